/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Addresses of all places there and back, in both spellings, and what is refused. */
#include "tests/unit/config_rig.h"

#include <stdio.h>
#include <string.h>

#include "config/address.h"

static const char *const suffixes[SUFFIX_COUNT] = {"",       "/norm",   "/glide",
                                                   "/delta", "/toggle", "/touch"};

static void all_places(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    const struct layout *l = &d->layout;
    char text[128], full[160], why[160];
    unsigned places = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        for (uint32_t i = 0; i < l->count[k]; i++)
            for (unsigned r = 0; r < ROW_COUNT; r++)
                for (uint32_t n = 0; n < l->dims[rows[r].dim]; n++) {
                    const struct place p = {(enum kind)k, i, (enum row_id)r, n, 0};
                    if (!(rows[r].kinds & 1u << k))
                        continue;
                    for (unsigned s = 0; s < 2 * SUFFIX_COUNT; s++) {
                        struct address a;
                        assert_true(
                            address_print(d, &p, (enum spelling)(s & 1), text, sizeof text) > 0);
                        snprintf(full, sizeof full, "%s%s", text, suffixes[s / 2]);
                        const enum address_result result =
                            address_resolve(d, full, &a, why, sizeof why);
                        if (!desk_has_place(d, &p)) {
                            assert_int_equal(result, ADDRESS_NO_OBJECT);
                            continue;
                        }
                        if (result != ADDRESS_OK)
                            fail_msg("%s: %s", full, why);
                        assert_true(a.place.kind == p.kind && a.place.index == p.index &&
                                    a.place.row == p.row && a.place.dim == p.dim);
                        assert_int_equal(a.suffix, s / 2);
                        assert_int_equal(a.object, d->first[k] + i);
                        assert_int_equal(a.slot, layout_slot(l, p.kind, i, p.row, n, 0));
                        assert_int_equal(a.text, layout_text(l, p.kind, i, p.row));
                        places++;
                    }
                }
    assert_true(places > 2000);
    desk_free(d);
}

static void spellings(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    static const struct {
        const char *text, *same;
    } pairs[] = {
        {"/ch/01/fader", "/ch/A/fader"},
        {"/ch/001/eq/02/freq", "/ch/A/eq/2/freq"},
        {"/main/fader", "/main/PM/fader"},
        {"/main/1/fader", "/main/PM/fader"},
        {"/main/02/from/1/on", "/main/ME/from/DX/on"},
        {"/main/from/FX/level", "/main/PM/from/FX/level"},
        {"/ch/2/to/1", "/ch/B/to/G"},
        {"/ch/2/to/2", "/ch/B/to/DX"},
        {"/ch/2/to/3", "/ch/B/to/FX"},
        {"/aux/1/send/2/level", "/aux/R1/send/R2/level"},
        {"/mon/level", "/mon/level"},
        {"/solo/mode", "/solo/mode"},
        {"/stem/DX/vca/1", "/stem/DX/vca/V"},
        {"/mgrp/1/on", "/mgrp/M/on"},
    };
    char why[160], text[128];
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct address a;
        if (address_resolve(d, pairs[i].text, &a, why, sizeof why) != ADDRESS_OK)
            fail_msg("%s: %s", pairs[i].text, why);
        address_print(d, &a.place, SPELL_ID, text, sizeof text);
        assert_string_equal(text, pairs[i].same);
    }
    struct address a;
    assert_int_equal(address_resolve(d, "/ch/C/eq/6/q", &a, why, sizeof why), ADDRESS_OK);
    assert_int_equal(address_print(d, &a.place, SPELL_INDEX, text, sizeof text), 12);
    assert_string_equal(text, "/ch/3/eq/6/q");
    assert_int_equal(address_print(d, &a.place, SPELL_INDEX, text, 12), -1);
    desk_free(d);
}

static void refused(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    static const struct {
        const char *text;
        enum address_result result;
        const char *words;
    } bad[] = {
        {"", ADDRESS_UNKNOWN, "begins with /"},
        {"ch/1/fader", ADDRESS_UNKNOWN, "begins with /"},
        {"/", ADDRESS_UNKNOWN, "empty"},
        {"/ch//fader", ADDRESS_UNKNOWN, "empty"},
        {"/ch/1/fader/", ADDRESS_UNKNOWN, "empty"},
        {"/channel/1/fader", ADDRESS_UNKNOWN, "expected /ch"},
        {"/ch", ADDRESS_UNKNOWN, "1..3 or an id"},
        {"/ch/1", ADDRESS_UNKNOWN, "such as /ch/1/fader"},
        {"/ch/0/fader", ADDRESS_NO_OBJECT, "1..3 or an id"},
        {"/ch/4/fader", ADDRESS_NO_OBJECT, "1..3 or an id"},
        {"/ch/99999999999999999999/fader", ADDRESS_NO_OBJECT, "1..3"},
        {"/ch/-1/fader", ADDRESS_NO_OBJECT, "1..3"},
        {"/ch/a/fader", ADDRESS_NO_OBJECT, "1..3"},
        {"/main/XX/fader", ADDRESS_NO_OBJECT, "1..2"},
        {"/main/3/fader", ADDRESS_NO_OBJECT, "1..2"},
        {"/main", ADDRESS_UNKNOWN, "such as /main/fader"},
        {"/ch/1/fadr", ADDRESS_UNKNOWN, "did you mean 'fader'"},
        {"/ch/1/eq/freq", ADDRESS_UNKNOWN, "eq/N/freq"},
        {"/ch/1/from/DX/on", ADDRESS_UNKNOWN, "no parameter"},
        {"/main/1/trim", ADDRESS_UNKNOWN, "no parameter"},
        {"/ch/1/eq/7/freq", ADDRESS_NO_OBJECT, "1..6"},
        {"/ch/1/eq/0/freq", ADDRESS_NO_OBJECT, "1..6"},
        {"/ch/1/send/R3/level", ADDRESS_NO_OBJECT, "no aux 'R3'"},
        {"/ch/1/to/PM", ADDRESS_NO_OBJECT, "no group or stem"},
        {"/grp/1/to/G", ADDRESS_NO_OBJECT, "cannot feed"},
        {"/main/2/lim/mode", ADDRESS_NO_OBJECT, "print master"},
        {"/grp/1/mb/5/on", ADDRESS_NO_OBJECT, "1..4"},
        {"/aux/R2/send/R1/level", ADDRESS_NO_OBJECT, "higher number"},
        {"/aux/R1/send/R1/level", ADDRESS_NO_OBJECT, "higher number"},
        {"/ch/1/fader/fader", ADDRESS_UNKNOWN, "no parameter"},
        {"/ch/1/fader/norm/norm", ADDRESS_UNKNOWN, "no parameter"},
        {"/ch/1/norm", ADDRESS_UNKNOWN, "no parameter"},
        {"/mon/1/level", ADDRESS_UNKNOWN, "no parameter"},
        {"/a/b/c/d/e/f/g/h/i", ADDRESS_UNKNOWN, "too long"},
        {"/ch/1/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         ADDRESS_UNKNOWN, "too long"},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct address a = {.slot = 12345};
        char why[160] = "";
        const enum address_result result = address_resolve(d, bad[i].text, &a, why, sizeof why);
        if (result != bad[i].result || !strstr(why, bad[i].words))
            fail_msg("'%s': %d, %s", bad[i].text, (int)result, why);
        assert_int_equal(a.slot, 12345); /* left alone */
    }
    /* no message needs more room than promised, and less is no harm */
    char tiny[8];
    struct address a;
    assert_int_equal(address_resolve(d, "/nothing", &a, tiny, sizeof tiny), ADDRESS_UNKNOWN);
    assert_int_equal(strlen(tiny), 7);
    desk_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_places),
        cmocka_unit_test(spellings),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
