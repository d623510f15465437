/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* Solo as it is heard: every case of the truth table, read off the outputs of a small film desk. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_rig.h"

/* A -> DX -> PM; B -> G -> FX -> PM, ME; C -> FX; B sends to X -> MX -> PM, ME. */
static const char desk_text[] =
    "rate = 48000;\n"
    "channels = ( { id = \"A\"; to = [\"DX\"]; }, { id = \"B\"; to = [\"G\"]; send = { X = { on = "
    "true; level = 0.0; }; }; },\n"
    "  { id = \"C\"; to = [\"FX\"]; } );\n"
    "groups = ( { id = \"G\"; format = \"mono\"; to = [\"FX\"]; } );\n"
    "auxes = ( { id = \"X\"; format = \"mono\"; to = [\"MX\"]; } );\n"
    "stems = ( { id = \"DX\"; format = \"mono\"; }, { id = \"MX\"; format = \"mono\"; }, { id = "
    "\"FX\"; format = \"mono\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"mono\"; from = [\"DX\", \"MX\", \"FX\"]; },\n"
    "  { id = \"ME\"; format = \"mono\"; from = [\"MX\", \"FX\"]; } );\n"
    "monitor = { format = \"mono\"; source = \"/main/PM\"; };\n"
    "vcas = ( { id = \"V\"; members = [\"/ch/A\"]; } );\n";

#define A 0.1f
#define B 0.02f
#define C 0.003f

static void check(const char *set, const float expected[6]) {
    static const char *const port[6] = {"stem DX 1", "stem MX 1", "stem FX 1",
                                        "main PM 1", "main ME 1", "mon 1"};
    struct rig rig;
    rig_open(&rig, desk_text, 9600, NULL);
    const float level[3] = {A, B, C};
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t k = 0; k < rig.frames; k++)
            rig.in[i][k] = level[i];
    char text[256];
    snprintf(text, sizeof text, "%s", set);
    for (char *save = NULL, *item = strtok_r(text, " ", &save); item;
         item = strtok_r(NULL, " ", &save)) {
        float value = 1;
        char *equals = strchr(item, '=');
        if (equals) {
            *equals = '\0';
            value = strtof(equals + 1, NULL);
        }
        rig_set(&rig, item, value);
    }
    rig_run(&rig, 0, 9600, 256);
    for (unsigned i = 0; i < 6; i++) {
        const float got = rig.out[rig_out(&rig, port[i])][9599];
        if (fabsf(got - expected[i]) > 1e-6f)
            fail_msg("%s: %s is %g, expected %g", set, port[i], (double)got, (double)expected[i]);
    }
    rig_close(&rig);
}

static void test_truth_table(void **state) {
    (void)state;
    static const struct {
        const char *set;
        float dx, mx, fx, pm, me, mon;
    } t[] = {
        {"", A, B, B + C, A + 2 * B + C, 2 * B + C, A + 2 * B + C},
        /* AFL and PFL change the monitor alone */
        {"/ch/A/solo", A, B, B + C, A + 2 * B + C, 2 * B + C, A},
        {"/ch/A/solo /ch/C/solo", A, B, B + C, A + 2 * B + C, 2 * B + C, A + C},
        {"/ch/A/solo /ch/A/fader=-20", A / 10, B, B + C, A / 10 + 2 * B + C, 2 * B + C, A / 10},
        {"/solo/mode=1 /ch/A/solo /ch/A/fader=-20", A / 10, B, B + C, A / 10 + 2 * B + C, 2 * B + C,
         A},
        {"/solo/mode=1 /ch/A/solo /ch/A/mute", 0, B, B + C, 2 * B + C, 2 * B + C, A},
        {"/ch/A/solo /solo/level=-20", A, B, B + C, A + 2 * B + C, 2 * B + C, A / 10},
        {"/stem/FX/solo", A, B, B + C, A + 2 * B + C, 2 * B + C, B + C},
        {"/vca/V/solo", A, B, B + C, A + 2 * B + C, 2 * B + C, A},
        /* in place: soloed, and what is up- or downstream of it */
        {"/solo/mode=2 /ch/A/solo", A, 0, 0, A, 0, A},
        {"/solo/mode=2 /ch/B/solo", 0, B, B, 2 * B, 2 * B, 2 * B},
        {"/solo/mode=2 /ch/C/solo", 0, 0, C, C, C, C},
        {"/solo/mode=2 /grp/G/solo", 0, 0, B, B, B, B},
        {"/solo/mode=2 /aux/X/solo", 0, B, 0, B, B, B},
        {"/solo/mode=2 /stem/FX/solo", 0, 0, B + C, B + C, B + C, B + C},
        {"/solo/mode=2 /vca/V/solo", A, 0, 0, A, 0, A},
        {"/solo/mode=2 /ch/A/solo /ch/C/solosafe", A, 0, 0, A, 0, A},
        {"/solo/mode=2 /ch/A/solo /ch/C/solosafe /stem/FX/solosafe", A, 0, C, A + C, 0, A + C},
        {"/solo/mode=2 /ch/A/solo /ch/A/mute", 0, 0, 0, 0, 0, 0},
        {"/solo/mode=2 /ch/B/solo /ch/B/send/X/on=0", 0, 0, B, B, B, B},
        {"/mon/source=0", A, B, B + C, A + 2 * B + C, 2 * B + C, 0},
        {"/mon/dim", A, B, B + C, A + 2 * B + C, 2 * B + C, (A + 2 * B + C) / 10},
        {"/mon/cut", A, B, B + C, A + 2 * B + C, 2 * B + C, 0},
    };
    for (unsigned i = 0; i < sizeof t / sizeof *t; i++)
        check(t[i].set, (const float[6]){t[i].dx, t[i].mx, t[i].fx, t[i].pm, t[i].me, t[i].mon});
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_truth_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
