/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Every row of the parameter table: well-formed, settable and readable in words, in the desk file,
 * in scenes and the state, addressed, and documented. A new row is tested by being there. */
#include "tests/unit/config_rig.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "config/scene.h"
#include "config/value.h"
#include "config/views.h"

static bool same(float a, float b) {
    return !(a < b) && !(a > b);
}

static void rows_are_well_formed(void **state) {
    (void)state;
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const struct row *r = &rows[i];
        if (!r->kinds || r->kinds >> KIND_COUNT || !r->path[0] || !r->doc[0] || !r->comps ||
            r->comps > 3)
            fail_msg("%s", r->id);
        assert_int_equal(strstr(r->path, "{}") != NULL, r->dim != DIM_NONE);
        assert_null(strchr(r->doc, '|')); /* goes into tables */
        assert_int_equal(r->doc[strlen(r->doc) - 1], '.');
        for (const char *p = r->path; *p; p++)
            assert_true(islower((unsigned char)*p) || strchr("/{}", *p));
        assert_int_equal(row_words(r) > 0, r->type == TYPE_ENUM);
        if (r->type == TYPE_ENUM)
            assert_true(same(r->max + 1, (float)row_words(r)));
        for (unsigned k = 0; k < i; k++) {
            assert_string_not_equal(rows[k].id, r->id);
            if (rows[k].kinds & r->kinds)
                assert_string_not_equal(rows[k].path, r->path);
        }
        if (r->type == TYPE_TEXT || r->type == TYPE_STRIP || r->type == TYPE_SET)
            continue;
        for (unsigned c = 0; c < r->comps; c++) {
            float min, def, max;
            row_range(r, c, &min, &def, &max);
            if (!(min < max) || !(def >= min) || !(def <= max))
                fail_msg("%s: default out of range", r->id);
            if (r->taper == TAPER_LOG)
                assert_true(min > 0);
        }
    }
}

static void the_hash_sees_every_row(void **state) {
    (void)state;
    assert_true(rows_hash() == rows_hash());
    assert_true(rows_hash() != 0);
}

/* Ends, default and something between, at every place of a desk, as number and as word. */
static void set_and_get(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    char text[VALUE_BYTES], why[VALUE_WHY_BYTES];
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        if (rows[i].type == TYPE_TEXT)
            continue;
        for (unsigned c = 0; c < rows[i].comps; c++) {
            float min, def, max, out;
            value_range(d, (enum row_id)i, c, &min, &def, &max);
            const float mid = rows[i].type == TYPE_FLOAT ? min + (max - min) / 3 : max;
            const float all[] = {min, def, max, mid};
            for (unsigned k = 0; k < 4; k++) {
                out = NAN;
                assert_int_equal(
                    value_check(d, (enum row_id)i, c, (double)all[k], &out, why, sizeof why),
                    VALUE_OK);
                assert_true(same(out, all[k]));
                assert_true(value_print(d, (enum row_id)i, c, out, text, sizeof text) > 0);
                out = NAN;
                if (value_parse(d, (enum row_id)i, c, text, &out, why, sizeof why) != VALUE_OK)
                    fail_msg("%s: %s", rows[i].id, why);
                assert_true(same(out, all[k]));
            }
            assert_false(value_taken(value_check(d, (enum row_id)i, c, NAN, &out, NULL, 0)));
            const enum value_result above =
                value_check(d, (enum row_id)i, c, (double)max + 1000, &out, why, sizeof why);
            const bool clamps = rows[i].type == TYPE_FLOAT || rows[i].type == TYPE_INT;
            assert_int_equal(above, clamps ? VALUE_CLAMPED : VALUE_OUT_OF_RANGE);
            assert_non_null(strstr(why, " takes "));
        }
    }
    desk_free(d);
}

/* -- the desk file --------------------------------------------------------------------------- */

/* A desk with one object of each kind (two auxes) and `members` in the first of `kind`. */
static void write_desk(char *text, size_t size, enum kind kind, const char *members) {
#define IN(k) (kind == (k) ? members : "")
    snprintf(text, size,
             "channels = ( { id = \"A\"; %s } );\ngroups = ( { id = \"G\"; format = \"5.1\"; %s } "
             ");\nauxes = ( { id = \"R1\"; format = \"5.1\"; %s }, { id = \"R2\"; format = "
             "\"5.1\"; } );\nstems = ( { id = \"DX\"; format = \"5.1\"; %s } );\nmains = ( { id = "
             "\"PM\"; format = \"5.1\"; %s } );\nmonitor = { %s };\nvcas = ( { id = \"V\"; %s } "
             ");\nmute_groups = ( { id = \"M\"; %s } );\nsolo = { %s };\n",
             IN(KIND_CH), IN(KIND_GRP), IN(KIND_AUX), IN(KIND_STEM), IN(KIND_MAIN), IN(KIND_MON),
             IN(KIND_VCA), IN(KIND_MGRP), IN(KIND_SOLO));
#undef IN
}

/* `eq = { bands = ( { freq = VALUE; } ); };` from "eq/{}/freq". */
static void write_key(char *text, size_t size, const struct row *row, const char *value) {
    static const char *const ids[DIM_COUNT] = {
        [DIM_AUX] = "R2", [DIM_DEST] = "DX",  [DIM_STEM] = "DX", [DIM_VCA] = "V",
        [DIM_MGRP] = "M", [DIM_SET] = "main", [DIM_SPK] = "L"};
    char path[64], close[64] = "", more[96];
    snprintf(path, sizeof path, "%s", row->path);
    *text = '\0';
    for (char *p = path, *slash; p; p = slash) {
        slash = strchr(p, '/');
        if (slash)
            *slash++ = '\0';
        const bool index = strcmp(p, "{}") == 0, band = index && DIM_IS_BANDS(row->dim);
        const size_t len = strlen(text);
        snprintf(text + len, size - len, "%s = %s",
                 band    ? "bands"
                 : index ? ids[row->dim]
                         : p,
                 !slash ? value
                 : band ? "( { "
                        : "{ ");
        snprintf(more, sizeof more, "%s%s", !slash ? ";" : band ? " } );" : " };", close);
        memcpy(close, more, sizeof close);
    }
    strncat(text, close, size - strlen(text) - 1);
}

/* A value that is not the default: max, or min where that is the default already. */
static float other(const struct desk *d, enum row_id row, unsigned comp) {
    float min, def, max;
    value_range(d, row, comp, &min, &def, &max);
    return same(def, max) ? min : max;
}

static void write_value(const struct desk *d, enum row_id row, char *text, size_t size) {
    const struct row *r = &rows[row];
    char one[VALUE_BYTES];
    size_t len = (size_t)snprintf(text, size, "%s", r->comps > 1 ? "( " : "");
    if (r->type == TYPE_TEXT) {
        snprintf(text, size, "\"Text of %s\"", r->id);
        return;
    }
    for (unsigned c = 0; c < r->comps; c++) {
        value_print(d, row, c, other(d, row, c), one, sizeof one);
        const bool number = strspn(one, "-0123456789.") == strlen(one);
        len += (size_t)snprintf(text + len, size - len, number ? "%s%s" : "%s\"%s\"", c ? ", " : "",
                                one);
    }
    snprintf(text + len, size - len, "%s", r->comps > 1 ? " )" : "");
}

static uint32_t test_dim(const struct row *row) {
    /* R2 is the second aux; DX comes after the one group */
    return row->dim == DIM_AUX || row->dim == DIM_DEST ? 1 : 0;
}

static void check_row(const struct desk *base, enum kind kind, enum row_id row) {
    const struct row *r = &rows[row];
    char text[6000], key[512], value[128];
    struct desk *d;
    struct desk_error error;
    write_value(base, row, value, sizeof value);
    write_key(key, sizeof key, r, value);
    write_desk(text, sizeof text, kind, key);
    const int result = desk_parse(text, "row", &d, &error);
    if (r->flags & ROW_READ_ONLY) {
        assert_int_equal(result, -1);
        if (!strstr(error.text, "told by the desk") && strcmp(r->path, "format") != 0)
            fail_msg("%s", error.text);
        return;
    }
    if (result != 0)
        fail_msg("%s: %s", key, error.text);
    if (r->type == TYPE_TEXT) {
        snprintf(value, sizeof value, "Text of %s", r->id);
        assert_string_equal(d->text[layout_text(&d->layout, kind, 0, row)], value);
    } else if (r->flags & ROW_VIEW) {
        const struct place view = {kind, 0, row, 0, 0}, at = desk_stored(&view, 0);
        const uint32_t slot = layout_slot(&d->layout, kind, 0, at.row, 0, 0);
        assert_true(!same(d->value[slot], base->value[slot]));
    } else {
        for (unsigned c = 0; c < r->comps; c++) {
            const uint32_t slot = layout_slot(&d->layout, kind, 0, row, test_dim(r), c);
            if (!same(d->value[slot], other(base, row, c)))
                fail_msg("%s: %g", key, (double)d->value[slot]);
        }
    }
    desk_free(d);
}

static void in_the_desk_file(void **state) {
    (void)state;
    char text[6000];
    struct desk *base;
    write_desk(text, sizeof text, KIND_CH, "");
    assert_int_equal(desk_parse(text, "base", &base, NULL), 0);
    unsigned checked = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        for (unsigned i = 0; i < ROW_COUNT; i++) {
            const struct row *r = &rows[i];
            const struct place p = {(enum kind)k, 0, (enum row_id)i, test_dim(r), 0};
            if (!(r->kinds & 1u << k) || !desk_has_place(base, &p))
                continue;
            check_row(base, (enum kind)k, (enum row_id)i);
            checked++;
        }
    assert_true(checked > 150);
    desk_free(base);
}

/* -- scenes ---------------------------------------------------------------------------------- */

/* Each row alone: moved, written, read onto a fresh desk, and only it has moved. */
static void in_scenes(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    const struct layout *l = &d->layout;
    float *value = malloc(l->slots * sizeof *value), *back = malloc(l->slots * sizeof *back);
    char(*text)[TEXT_BYTES] = malloc(l->texts * sizeof *text);
    char(*text_back)[TEXT_BYTES] = malloc(l->texts * sizeof *text);
    uint32_t *slots = malloc(l->slots * sizeof *slots), *texts = malloc(l->texts * sizeof *texts);
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        struct scene_head head;
        struct scene_result result = {.slot = slots, .text_slot = texts};
        char *file, why[300];
        size_t size;
        uint32_t moved = 0;
        memcpy(value, d->value, l->slots * sizeof *value);
        memcpy(text, d->text, l->texts * sizeof *text);
        for (uint32_t slot = 0; slot < l->slots; slot++) {
            struct place p;
            layout_place(l, slot, &p);
            if (p.row == (enum row_id)i && desk_has_place(d, &p)) {
                const float now = d->value[slot], to = other(d, p.row, p.comp);
                value[slot] = same(now, to) ? rows[i].def : to;
                moved += !same(value[slot], now);
            }
        }
        for (uint32_t t = 0; t < l->texts; t++) {
            struct place p;
            layout_text_place(l, t, &p);
            if (p.row == (enum row_id)i)
                moved += snprintf(text[t], TEXT_BYTES, "moved %u", t) > 0;
        }
        for (int kind = SCENE_SCENE; kind <= SCENE_STATE; kind++) {
            scene_head_init(&head, (enum scene_kind)kind, d, "one");
            FILE *stream = open_memstream(&file, &size);
            assert_int_equal(scene_write(stream, &head, d, value, text), 0);
            fclose(stream);
            memcpy(back, d->value, l->slots * sizeof *back);
            memcpy(text_back, d->text, l->texts * sizeof *text);
            assert_int_equal(
                scene_parse(file, "s", d, back, text_back, &result, NULL, NULL, why, sizeof why),
                0);
            free(file);
            assert_int_equal(result.skipped, 0);
            const bool held = scene_holds((enum scene_kind)kind, (enum row_id)i);
            if (result.slots + result.texts != (held ? moved : 0))
                fail_msg("%s: %u of %u moved", rows[i].id, result.slots + result.texts, moved);
            if (held) {
                assert_memory_equal(back, value, l->slots * sizeof *back);
                assert_memory_equal(text_back, text, l->texts * sizeof *text);
            }
        }
        if (rows[i].flags & ROW_SCENE)
            assert_true(moved > 0);
    }
    free(value);
    free(back);
    free(text);
    free(text_back);
    free(slots);
    free(texts);
    desk_free(d);
}

/* -- documents ------------------------------------------------------------------------------- */

static char *read_document(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing", path);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void documented(void **state) {
    (void)state;
    char *protocol = read_document("osc/PROTOCOL.md"),
         *deskfile = read_document("config/DESKFILE.md");
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        if (!strstr(protocol, rows[i].doc))
            fail_msg("%s is not in osc/PROTOCOL.md: run make docs", rows[i].id);
        if (!(rows[i].flags & ROW_READ_ONLY) && !strstr(deskfile, rows[i].doc))
            fail_msg("%s is not in config/DESKFILE.md: run make docs", rows[i].id);
    }
    free(protocol);
    free(deskfile);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(the_hash_sees_every_row),
        cmocka_unit_test(set_and_get),
        cmocka_unit_test(in_the_desk_file),
        cmocka_unit_test(in_scenes),
        cmocka_unit_test(documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
