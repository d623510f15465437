/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the text of a desk file to a struct desk. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/desk_read.h"
#include "config/timecode.h"

#define TOP_KEYS                                                                                   \
    "title rate period max_delay_ms limiters tape channels groups auxes stems mains monitor vcas " \
    "mute_groups solo osc"
#define FILE_BYTES_MAX (64L << 20)

static bool read_text(struct reader *r, config_t *config, const char *text) {
    if (!reader_scan(r, text))
        return false;
    if (config_read_string(config, text) == CONFIG_TRUE)
        return true;
    const char *cause = config_error_text(config), *expected = "";
    const int line = config_error_line(config);
    if (!cause)
        cause = "unreadable";
    if (strcmp(cause, "syntax error") == 0)
        expected = "; expected 'key = value;': is a ';', a ',' or a bracket missing in this line "
                   "or the one before?";
    else if (strstr(cause, "mismatched element type"))
        expected = "; expected numbers of one kind in [ ] (all with a decimal point or none), or "
                   "( ) around them";
    else if (strstr(cause, "duplicate setting"))
        expected = "; expected each key once";
    return reader_fail_line(r, line > 0 ? (unsigned)line : 0, "%s%s", cause, expected);
}

/* A folder as given, or below the folder of the desk file. */
static bool read_folder(struct reader *r, const config_setting_t *s, char out[256]) {
    char text[256];
    if (!reader_text(r, s, text, sizeof text))
        return false;
    const char *slash = strrchr(r->name, '/');
    const int dir = text[0] == '/' || !slash ? 0 : (int)(slash - r->name) + 1;
    const int len = snprintf(out, 256, "%.*s%s", dir, r->name, text);
    return len < 256 || reader_fail(r, s,
                                    "the path of this folder is too long (%d bytes); "
                                    "expected at most 255",
                                    len);
}

static bool read_tape(struct reader *r, const config_setting_t *tape) {
    struct desk *d = r->desk;
    const config_setting_t *s;
    unsigned bits = 0;
    char text[40], why[160];
    if (!tape)
        return true;
    if (!reader_group(r, tape) || !reader_keys(r, tape, "fps start reel record bits"))
        return false;
    if ((s = config_setting_get_member(tape, "fps")) && !reader_word(r, s, FPS_WORDS, &d->fps))
        return false;
    if ((s = config_setting_get_member(tape, "start"))) {
        if (!reader_text(r, s, text, sizeof text))
            return false;
        if (!timecode_parse(text, (enum fps)d->fps, d->rate_hz, &d->start_frames, why, sizeof why))
            return reader_fail(r, s, "'start': %s", why);
    }
    if ((s = config_setting_get_member(tape, "reel")) && !read_folder(r, s, d->reel_dir))
        return false;
    if ((s = config_setting_get_member(tape, "record")) && !read_folder(r, s, d->record_dir))
        return false;
    if ((s = config_setting_get_member(tape, "bits"))) {
        if (!reader_word(r, s, "24|32", &bits))
            return false;
        d->sample_bits = bits ? 32 : 24;
    }
    return true;
}

static bool read_globals(struct reader *r, const config_t *config) {
    struct desk *d = r->desk;
    const config_setting_t *s;
    double x;
    long n;
    d->rate_hz = 48000;
    d->period_frames = 256;
    d->max_delay_ms = 100;
    d->fps = FPS_25;
    d->sample_bits = 24;
    const char *slash = strrchr(r->name, '/');
    snprintf(d->record_dir, sizeof d->record_dir, "%.*stakes",
             slash && slash - r->name < 240 ? (int)(slash - r->name) + 1 : 0, r->name);
    if ((s = config_lookup(config, "title")) && !reader_text(r, s, d->title, sizeof d->title))
        return false;
    if ((s = config_lookup(config, "rate"))) {
        if (!reader_whole(r, s, 44100, 192000, &n))
            return false;
        d->rate_hz = (uint32_t)n;
    }
    if ((s = config_lookup(config, "period"))) {
        if (!reader_whole(r, s, 16, 8192, &n))
            return false;
        d->period_frames = (uint32_t)n;
    }
    if ((s = config_lookup(config, "max_delay_ms"))) {
        if (!reader_number(r, s, &x))
            return false;
        const float longest = rows[ROW_DELAY].max;
        if (!(x >= 0 && x <= (double)longest))
            return reader_fail(r, s, "'max_delay_ms' is %.9g; expected 0..%g ms", x,
                               (double)longest);
        d->max_delay_ms = (float)x;
    }
    if ((s = config_lookup(config, "limiters")) && !reader_switch(r, s, &d->limiters))
        return false;
    return read_tape(r, config_lookup(config, "tape"));
}

static bool read_desk(struct reader *r, config_t *config, const char *text) {
    if (!read_text(r, config, text))
        return false;
    if (!reader_keys(r, config_root_setting(config), TOP_KEYS) || !read_globals(r, config) ||
        !reader_objects(r, config))
        return false;
    for (uint32_t i = 0; i < r->desk->objects; i++)
        if (!reader_rows(r, &r->desk->object[i]))
            return false;
    return reader_relations(r) && reader_osc(r, config_lookup(config, "osc"));
}

int desk_parse(const char *text, const char *name, struct desk **out, struct desk_error *error) {
    struct desk_error scratch = {0};
    struct reader *r = calloc(1, sizeof *r);
    struct desk *desk = calloc(1, sizeof *desk);
    *out = NULL;
    error = error ? error : &scratch;
    *error = (struct desk_error){0};
    if (!r || !desk) {
        snprintf(error->text, sizeof error->text, "%.200s: out of memory", name);
        free(r);
        free(desk);
        return -1;
    }
    r->name = name;
    r->desk = desk;
    r->error = error;
    config_t config;
    config_init(&config);
    const bool ok = read_desk(r, &config, text);
    config_destroy(&config);
    free(r);
    if (!ok) {
        desk_free(desk);
        return -1;
    }
    *out = desk;
    return 0;
}

/* The whole of a file as text. NULL, with the cause in error. */
static char *read_file(const char *path, struct desk_error *error) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    const char *cause = NULL;
    long size = -1;
    if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET) != 0)
        cause = strerror(errno);
    else if (size > FILE_BYTES_MAX)
        cause = "too large for a desk file";
    else if (!(text = malloc((size_t)size + 1)))
        cause = "out of memory";
    else if (fread(text, 1, (size_t)size, file) != (size_t)size)
        cause = ferror(file) ? strerror(errno) : "it changed while it was read";
    else if (memchr(text, '\0', (size_t)size))
        cause = "it holds NUL bytes; expected a text file";
    if (file)
        fclose(file);
    if (!text || cause) {
        snprintf(error->text, sizeof error->text, "%.200s: cannot read it: %s", path, cause);
        free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}

int desk_load(const char *path, struct desk **desk, char **bytes, struct desk_error *error) {
    struct desk_error scratch = {0};
    *desk = NULL;
    if (bytes)
        *bytes = NULL;
    error = error ? error : &scratch;
    *error = (struct desk_error){0};
    char *text = read_file(path, error);
    if (!text)
        return -1;
    const int result = desk_parse(text, path, desk, error);
    if (result == 0 && bytes)
        *bytes = text;
    else
        free(text);
    return result;
}
