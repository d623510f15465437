/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the parts of documents that are derived from tables: the parameter rows, the formats, the
 * verbs. They stand between marker lines:
 *
 *     <!-- generated: parameters -->
 *     ...
 *     <!-- end -->
 *
 *     mkdocs             brings osc/PROTOCOL.md and config/DESKFILE.md up to date
 *     mkdocs --check     changes nothing; says which is stale and exits 1
 *
 * Run from the top of the tree. Exit status: 0, 1 stale, 2 trouble. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/desk.h"
#include "config/value.h"
#if __has_include("osc/verbs.h")
#include "osc/verbs.h"
#endif
#if __has_include("osc/errors.h")
#include "osc/errors.h"
#endif

static const char *const documents[] = {"osc/PROTOCOL.md", "config/DESKFILE.md"};

/* -- tables ---------------------------------------------------------------------------------- */

/* A row's path with the name of its index. */
static void print_path(FILE *out, const struct row *row) {
    static const char *const index[DIM_COUNT] = {
        [DIM_NONE] = "",        [DIM_BAND] = "{band}", [DIM_MBAND] = "{band}",
        [DIM_AUX] = "{aux}",    [DIM_DEST] = "{dest}", [DIM_STEM] = "{stem}",
        [DIM_VCA] = "{vca}",    [DIM_MGRP] = "{mgrp}", [DIM_SET] = "{set}",
        [DIM_SPK] = "{speaker}"};
    const char *brace = strstr(row->path, "{}");
    if (brace)
        fprintf(out, "%.*s%s%s", (int)(brace - row->path), row->path, index[row->dim], brace + 2);
    else
        fprintf(out, "%s", row->path);
}

/* "{S}/fader" for rows of several kinds, "/mon/level" for rows of one. */
static void print_address(FILE *out, const struct row *row) {
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        if (row->kinds == 1u << k) {
            fprintf(out, "/%s/%s", kind_path((enum kind)k),
                    kind_is_single((enum kind)k) ? "" : "{n}/");
            print_path(out, row);
            return;
        }
    }
    fprintf(out, "{S}/");
    print_path(out, row);
}

static void print_kinds(FILE *out, unsigned kinds) {
    const char *space = "";
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        if (kinds & 1u << k) {
            fprintf(out, "%s%s", space, kind_path((enum kind)k));
            space = " ";
        }
    }
}

/* OSC types that a set takes. */
static void print_types(FILE *out, const struct row *row) {
    static const char type[] = {
        [TYPE_FLOAT] = 'f', [TYPE_INT] = 'i', [TYPE_SWITCH] = 'i', [TYPE_ENUM] = 's',
        [TYPE_STRIP] = 's', [TYPE_SET] = 's', [TYPE_TEXT] = 's'};
    for (unsigned c = 0; c < row->comps; c++)
        fputc(type[row->type], out);
}

/* "-144..10 dB", or the words. Words are parted by commas, since '|' parts a table's columns. */
static void print_range(FILE *out, enum row_id id) {
    const struct row *row = &rows[id];
    char text[VALUE_BYTES];
    for (unsigned c = 0; c < row->comps; c++) {
        value_expected(NULL, id, c, text, sizeof text);
        const char *p = strncmp(text, "one of ", 7) == 0 ? text + 7 : text;
        fprintf(out, "%s%s", c ? "; " : "", p);
    }
    if (row->type == TYPE_ENUM && row->unit[0])
        fprintf(out, " %s", row->unit);
}

static void print_default(FILE *out, enum row_id id) {
    const struct row *row = &rows[id];
    char text[VALUE_BYTES];
    if (row->type == TYPE_TEXT) {
        fprintf(out, id == ROW_NAME ? "its id" : "");
        return;
    }
    if (row->type == TYPE_SET) {
        fprintf(out, "the first");
        return;
    }
    for (unsigned c = 0; c < row->comps; c++) {
        float min, def, max;
        row_range(row, c, &min, &def, &max);
        value_print(NULL, id, c, def, text, sizeof text);
        fprintf(out, "%s%s", c ? " " : "", text);
    }
}

static void print_marks(FILE *out, const struct row *row) {
    static const struct {
        unsigned flag;
        const char *word;
    } marks[] = {{ROW_READ_ONLY, "read-only"}, {ROW_SCENE, "scene"}, {ROW_STATE, "state"},
                 {ROW_AUTO, "auto"},           {ROW_VIEW, "view"},   {ROW_SILENT, "silent"},
                 {ROW_ADMIN, "admin"}};
    const char *comma = "";
    for (unsigned i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (row->flags & marks[i].flag) {
            fprintf(out, "%s%s", comma, marks[i].word);
            comma = ", ";
        }
    }
}

static const char *taper_name(enum taper taper) {
    static const char *const names[TAPER_COUNT] = {"linear", "log", "fader"};
    return (unsigned)taper < TAPER_COUNT ? names[taper] : "?";
}

static void parameters(FILE *out) {
    fprintf(out, "| address | strips | type | range | default | taper | marks | |\n"
                 "|---|---|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        fprintf(out, "| `");
        print_address(out, row);
        fprintf(out, "` | ");
        print_kinds(out, row->kinds);
        fprintf(out, " | ");
        print_types(out, row);
        fprintf(out, " | ");
        print_range(out, (enum row_id)i);
        fprintf(out, " | ");
        print_default(out, (enum row_id)i);
        fprintf(out, " | %s | ", row->type == TYPE_FLOAT ? taper_name(row->taper) : "");
        print_marks(out, row);
        fprintf(out, " | %s |\n", row->doc);
    }
}

/* How a row is written in its object: `hpf = { freq = ...; };`. */
static void print_key(FILE *out, const struct row *row) {
    char path[64], close[96] = "", more[128];
    snprintf(path, sizeof path, "%s", row->path);
    for (char *p = path, *slash; p; p = slash) {
        slash = strchr(p, '/');
        if (slash)
            *slash++ = '\0';
        const bool index = strcmp(p, "{}") == 0, band = index && DIM_IS_BANDS(row->dim);
        fprintf(out, "%s = %s",
                band    ? "bands"
                : index ? "ID"
                        : p,
                !slash ? "...;"
                : band ? "( { "
                       : "{ ");
        if (!slash)
            break;
        snprintf(more, sizeof more, "%s%s", band ? " }, ... );" : " };", close);
        memcpy(close, more, sizeof close);
    }
    fprintf(out, "%s", close);
}

static void keys(FILE *out) {
    fprintf(out, "| key | of | takes | default | |\n|---|---|---|---|---|\n");
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        if (row->flags & ROW_READ_ONLY)
            continue;
        fprintf(out, "| `");
        print_key(out, row);
        fprintf(out, "` | ");
        print_kinds(out, row->kinds);
        fprintf(out, " | ");
        print_range(out, (enum row_id)i);
        fprintf(out, " | ");
        print_default(out, (enum row_id)i);
        fprintf(out, " | %s |\n", row->doc);
    }
}

static void formats(FILE *out) {
    fprintf(out, "| format | legs, in the order of ports and files |\n|---|---|\n");
    for (unsigned f = 0; f < FORMAT_COUNT; f++) {
        fprintf(out, "| `\"%s\"` |", format_name((enum format)f));
        for (unsigned leg = 0; leg < format_legs((enum format)f); leg++)
            fprintf(out, " %s", leg_table[format_table[f].leg[leg]].name);
        fprintf(out, " |\n");
    }
}

#ifdef VERB_LIST
/* '|' between alternatives would end the column. */
static void print_alternatives(FILE *out, const char *text) {
    for (; *text; text++)
        fprintf(out, *text == '|' ? " or " : "%c", *text);
}

static void verbs_table(FILE *out) {
    static const char *const roles[] = {
        [CLIENT_VIEW] = "view", [CLIENT_MIX] = "mix", [CLIENT_ADMIN] = "admin"};
#define VERB_LINE(id_, path_, args_, reply_, role_, doc_) {#id_, path_, args_, reply_, role_, doc_},
    static const struct verb list[] = {VERB_LIST(VERB_LINE)};
#undef VERB_LINE
    fprintf(out, "| address | takes | answers | role | |\n|---|---|---|---|---|\n");
    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++) {
        fprintf(out, "| `%s` | ", list[i].path);
        print_alternatives(out, list[i].args);
        fprintf(out, " | ");
        print_alternatives(out, list[i].reply);
        fprintf(out, " | %s | %s |\n", roles[list[i].role], list[i].doc);
    }
}
#endif

#ifdef OSC_ERROR_LIST
static void errors(FILE *out) {
    fprintf(out, "| code | |\n|---|---|\n");
#define ERROR_LINE(symbol, word, doc) fprintf(out, "| `%s` | %s |\n", word, doc);
    OSC_ERROR_LIST(ERROR_LINE)
#undef ERROR_LINE
}
#endif

static const struct section {
    const char *name;
    void (*print)(FILE *out);
} sections[] = {
    {"parameters", parameters}, {"keys", keys}, {"formats", formats},
#ifdef VERB_LIST
    {"verbs", verbs_table},
#endif
#ifdef OSC_ERROR_LIST
    {"errors", errors},
#endif
};

/* -- documents ------------------------------------------------------------------------------- */

static char *read_all(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *text = NULL, buf[4096];
    FILE *copy = file ? open_memstream(&text, size) : NULL;
    for (size_t n; copy && (n = fread(buf, 1, sizeof buf, file)) > 0;)
        fwrite(buf, 1, n, copy);
    if (copy)
        fclose(copy);
    if (file)
        fclose(file);
    return text;
}

/* The document with its generated parts made anew; NULL with a message if a marker is wrong. */
static char *regenerate(const char *path, const char *text, size_t *size) {
    static const char open_mark[] = "<!-- generated: ", end_mark[] = "<!-- end -->\n";
    char *result = NULL;
    FILE *out = open_memstream(&result, size);
    const char *p = text, *mark;
    bool ok = out != NULL;
    while (ok && (mark = strstr(p, open_mark))) {
        const char *name = mark + strlen(open_mark), *line_end = strchr(name, '\n');
        const char *end = line_end ? strstr(line_end, end_mark) : NULL;
        unsigned s = 0;
        const size_t len = strcspn(name, " ");
        while (s < sizeof sections / sizeof sections[0] &&
               (strlen(sections[s].name) != len || strncmp(sections[s].name, name, len) != 0))
            s++;
        if (!end || s == sizeof sections / sizeof sections[0]) {
            fprintf(stderr, "%s: '%.*s': %s\n", path, (int)len, name,
                    end ? "there is no such table" : "no <!-- end --> follows");
            ok = false;
            break;
        }
        fwrite(p, 1, (size_t)(line_end + 1 - p), out);
        sections[s].print(out);
        p = end;
    }
    if (ok)
        fputs(p, out);
    if (out)
        fclose(out);
    if (ok)
        return result;
    free(result);
    return NULL;
}

/* 0 fresh or brought up to date, 1 stale, 2 trouble. */
static int update(const char *path, bool check) {
    size_t old_size = 0, new_size = 0;
    char *old = read_all(path, &old_size);
    if (!old) {
        perror(path);
        return 2;
    }
    char *fresh = regenerate(path, old, &new_size);
    int status = 2;
    if (fresh) {
        const bool same = old_size == new_size && memcmp(old, fresh, old_size) == 0;
        status = 0;
        if (!same && check) {
            fprintf(stderr, "%s is stale: run 'make docs'\n", path);
            status = 1;
        } else if (!same) {
            FILE *file = fopen(path, "wb");
            const bool written = file && fwrite(fresh, 1, new_size, file) == new_size;
            if (!file || fclose(file) != 0 || !written) {
                perror(path);
                status = 2;
            }
        }
    }
    free(old);
    free(fresh);
    return status;
}

int main(int argc, char **argv) {
    const bool check = argc == 2 && strcmp(argv[1], "--check") == 0;
    int status = 0;
    if (argc > 1 && !check) {
        fprintf(stderr, "usage: mkdocs [--check]\n");
        return 2;
    }
    for (unsigned i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const int result = update(documents[i], check);
        status = result > status ? result : status;
    }
    return status;
}
