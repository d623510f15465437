/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bench_figure *kept;
static size_t count, capacity;

static const char *copy(const char *text) {
    char *p = text ? strdup(text) : NULL;
    if (text && !p) {
        perror("bench");
        exit(1);
    }
    return p;
}

void bench_keep(const struct bench_figure *figure) {
    if (count == capacity) {
        capacity = capacity ? 2 * capacity : 64;
        struct bench_figure *more = realloc(kept, capacity * sizeof *kept);
        if (!more) {
            perror("bench");
            exit(1);
        }
        kept = more;
    }
    struct bench_figure *f = &kept[count++];
    *f = *figure;
    f->name = copy(figure->name);
    f->variant = copy(figure->variant);
    f->unit = copy(figure->unit);
    f->peer = copy(figure->peer);
    f->skipped = copy(figure->skipped);
}

const struct bench_figure *bench_figures(size_t *n) {
    *n = count;
    return kept;
}

/* Texts are our own, but a reason why something was skipped may quote a path. */
static void write_text(FILE *f, const char *key, const char *text) {
    fprintf(f, "\"%s\": \"", key);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', f);
        if ((unsigned char)*text >= ' ')
            fputc(*text, f);
    }
    fputs("\", ", f);
}

static void write_figure(FILE *f, const struct bench_figure *figure) {
    fputs("  {", f);
    write_text(f, "name", figure->name);
    write_text(f, "variant", figure->variant);
    fprintf(f, "\"strips\": %u, \"period\": %u, \"value\": %.5g, ", figure->strips,
            figure->period_frames, figure->value);
    if (figure->peer)
        write_text(f, "peer", figure->peer);
    if (figure->peer && figure->skipped)
        write_text(f, "skipped", figure->skipped);
    if (figure->peer && figure->skipped)
        fputs("\"peer_value\": null, \"ratio\": null, ", f);
    else if (figure->peer)
        fprintf(f, "\"peer_value\": %.5g, \"ratio\": %.4g, ", figure->peer_value,
                figure->peer_value / figure->value);
    fprintf(f, "\"unit\": \"%s\"}", figure->unit);
}

int bench_write_json(const char *path) {
    FILE *f = fopen(path, "w");
    if (!f)
        return -1;
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ",\n" : "[\n", f);
        write_figure(f, &kept[i]);
    }
    fputs(count ? "\n]\n" : "[]\n", f);
    return fclose(f);
}
