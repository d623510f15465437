/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/params.h"

#include <string.h>

#define ROW_STRUCT(id_, kinds_, path_, dim_, comps_, type_, unit_, min_, def_, max_, taper_, \
                   smooth_, flags_, words_, doc_)                                            \
    [ROW_##id_] = {.id = #id_,                                                               \
                   .kinds = (kinds_),                                                        \
                   .path = (path_),                                                          \
                   .dim = (dim_),                                                            \
                   .comps = (comps_),                                                        \
                   .type = TYPE_##type_,                                                     \
                   .unit = (unit_),                                                          \
                   .min = (min_),                                                            \
                   .def = (def_),                                                            \
                   .max = (max_),                                                            \
                   .taper = TAPER_##taper_,                                                  \
                   .smooth = SMOOTH_##smooth_,                                               \
                   .flags = (flags_),                                                        \
                   .words = (words_),                                                        \
                   .doc = (doc_)},

const struct row rows[ROW_COUNT] = {ROWS(ROW_STRUCT)};

const char *kind_path(enum kind kind) {
    static const char *const paths[KIND_COUNT] = {"ch",  "grp", "aux",  "stem", "main",
                                                  "mon", "vca", "mgrp", "solo"};
    return kind < KIND_COUNT ? paths[kind] : "";
}

bool kind_is_single(enum kind kind) {
    return kind == KIND_MON || kind == KIND_SOLO;
}

/* Minimum, default and maximum of azimuth, elevation and distance. Out here because real-time code
 * may have no static of its own. */
static const float aed[3][3] = {{-180, 0, 180}, {-90, 0, 90}, {0, 1, 1}};

void row_range(const struct row *row, unsigned comp, float *min, float *def, float *max) {
    if (row == &rows[ROW_PAN_AED] && comp < 3) {
        *min = aed[comp][0];
        *def = aed[comp][1];
        *max = aed[comp][2];
        return;
    }
    *min = row->min;
    *def = row->def;
    *max = row->max;
}

unsigned row_words(const struct row *row) {
    unsigned n = row->words[0] ? 1 : 0;
    for (const char *p = row->words; *p; p++)
        n += *p == '|';
    return n;
}

const char *row_word(const struct row *row, unsigned n, char *buf, unsigned size) {
    const char *p = row->words;
    for (; n && *p; p++)
        n -= *p == '|';
    if (n || !*p || !size)
        return NULL;
    unsigned len = (unsigned)strcspn(p, "|");
    if (len >= size)
        len = size - 1;
    memcpy(buf, p, len);
    buf[len] = '\0';
    return buf;
}

int row_word_number(const struct row *row, const char *word) {
    char buf[32];
    for (unsigned n = 0; row_word(row, n, buf, sizeof buf); n++)
        if (strcmp(buf, word) == 0)
            return (int)n;
    return -1;
}

static uint64_t fnv(uint64_t h, const void *data, size_t size) {
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * 0x100000001b3ull;
    return h;
}

uint64_t rows_hash(void) {
    uint64_t h = 0xcbf29ce484222325ull;
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const struct row *r = &rows[i];
        const char *text[5] = {r->id, r->path, r->unit, r->words, r->doc};
        for (unsigned k = 0; k < 5; k++)
            h = fnv(h, text[k], strlen(text[k]) + 1);
        const unsigned num[7] = {r->kinds, r->dim,    r->comps, r->type,
                                 r->taper, r->smooth, r->flags};
        h = fnv(h, num, sizeof num);
        const float range[3] = {r->min, r->def, r->max};
        h = fnv(h, range, sizeof range);
    }
    return h;
}
