/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* The layout: every place has one slot, every slot one place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/layout.h"

static const uint32_t shapes[][KIND_COUNT] = {
    {1, 0, 0, 0, 0, 1, 0, 0, 1},         {3, 2, 2, 4, 2, 1, 3, 1, 1}, {64, 8, 6, 8, 3, 1, 8, 8, 1},
    {1024, 16, 16, 24, 8, 1, 64, 64, 1}, {2, 0, 3, 1, 0, 1, 0, 2, 1},
};

static struct layout shaped(const uint32_t count[KIND_COUNT]) {
    struct layout l = {0};
    for (unsigned k = 0; k < KIND_COUNT; k++)
        l.count[k] = count[k];
    l.dims[DIM_BAND] = EQ_BANDS;
    l.dims[DIM_MBAND] = MB_BANDS;
    l.dims[DIM_AUX] = count[KIND_AUX];
    l.dims[DIM_DEST] = count[KIND_GRP] + count[KIND_STEM];
    l.dims[DIM_STEM] = count[KIND_STEM];
    l.dims[DIM_VCA] = count[KIND_VCA];
    l.dims[DIM_MGRP] = count[KIND_MGRP];
    l.dims[DIM_SET] = 2;
    l.dims[DIM_SPK] = 8;
    layout_init(&l);
    return l;
}

static void every_slot_once(void **state) {
    (void)state;
    for (unsigned s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        const struct layout l = shaped(shapes[s]);
        unsigned char *seen = calloc(l.slots + 1, 1);
        uint32_t found = 0;
        for (unsigned k = 0; k < KIND_COUNT; k++)
            for (uint32_t i = 0; i < l.count[k]; i++)
                for (unsigned r = 0; r < ROW_COUNT; r++)
                    for (uint32_t d = 0; d < l.dims[rows[r].dim]; d++)
                        for (uint32_t c = 0; c < rows[r].comps; c++) {
                            const uint32_t slot =
                                layout_slot(&l, (enum kind)k, i, (enum row_id)r, d, c);
                            const bool has = (rows[r].kinds & 1u << k) &&
                                             !(rows[r].flags & ROW_VIEW) &&
                                             rows[r].type != TYPE_TEXT;
                            if (!has) {
                                assert_int_equal(slot, SLOT_NONE);
                                continue;
                            }
                            struct place p;
                            assert_true(slot < l.slots && !seen[slot]);
                            seen[slot] = 1;
                            found++;
                            assert_true(layout_place(&l, slot, &p));
                            assert_true(p.kind == k && p.index == i && p.row == r && p.dim == d &&
                                        p.comp == c);
                        }
        assert_int_equal(found, l.slots);
        free(seen);
    }
}

static void every_text_once(void **state) {
    (void)state;
    for (unsigned s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        const struct layout l = shaped(shapes[s]);
        uint32_t expected = 0;
        for (unsigned k = 0; k < KIND_COUNT; k++)
            for (uint32_t i = 0; i < l.count[k]; i++)
                for (unsigned r = 0; r < ROW_COUNT; r++) {
                    const uint32_t text = layout_text(&l, (enum kind)k, i, (enum row_id)r);
                    if (!(rows[r].kinds & 1u << k) || rows[r].type != TYPE_TEXT) {
                        assert_int_equal(text, SLOT_NONE);
                        continue;
                    }
                    struct place p;
                    assert_int_equal(text, expected++); /* in order, without holes */
                    assert_true(layout_text_place(&l, text, &p));
                    assert_true(p.kind == k && p.index == i && p.row == r);
                }
        assert_int_equal(expected, l.texts);
    }
}

static void out_of_range(void **state) {
    (void)state;
    const struct layout l = shaped(shapes[1]);
    struct place p;
    assert_false(layout_place(&l, l.slots, &p));
    assert_false(layout_place(&l, SLOT_NONE, &p));
    assert_false(layout_text_place(&l, l.texts, &p));
    assert_int_equal(layout_slot(&l, KIND_CH, 3, ROW_FADER, 0, 0), SLOT_NONE);
    assert_int_equal(layout_slot(&l, KIND_CH, 0, ROW_FADER, 0, 1), SLOT_NONE);
    assert_int_equal(layout_slot(&l, KIND_CH, 0, ROW_EQ_BAND_ON, 6, 0), SLOT_NONE);
    assert_int_equal(layout_slot(&l, KIND_MAIN, 0, ROW_TRIM, 0, 0), SLOT_NONE);
    assert_int_equal(layout_slot(&l, KIND_CH, 0, ROW_PAN, 0, 0), SLOT_NONE); /* a view */
    assert_int_equal(layout_text(&l, KIND_CH, 3, ROW_NAME), SLOT_NONE);
    assert_int_equal(layout_text(&l, KIND_MON, 0, ROW_NAME), SLOT_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slot_once),
        cmocka_unit_test(every_text_once),
        cmocka_unit_test(out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
