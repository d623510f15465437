/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* Auxes that are summed side by side carry what they would carry alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "engine_rig.h"

#define FRAMES 48000
#define AUXES 5 /* the first one stays silent */
#define MOVES 300

static const char desk[] =
    "rate = 48000;\n"
    "channels = ( { id = \"A\"; to = [\"S\"]; }, { id = \"B\"; to = [\"S\"]; format = "
    "\"stereo\"; },\n"
    "  { id = \"C\"; to = [\"G\"]; format = \"5.1\"; }, { id = \"D\"; to = [\"G\"]; } );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [\"S\"]; } );\n"
    "auxes = ( { id = \"X0\"; format = \"mono\"; to = [\"S\"]; },\n"
    "  { id = \"X1\"; format = \"mono\"; to = [\"S\"]; }, { id = \"X2\"; format = \"stereo\"; "
    "to = [\"S\"]; },\n"
    "  { id = \"X3\"; format = \"5.1\"; to = [\"S\"]; }, { id = \"X4\"; format = \"mono\"; "
    "to = [\"S\"]; } );\n"
    "stems = ( { id = \"S\"; format = \"5.1\"; } );\n"
    "mains = ( { id = \"M\"; format = \"5.1\"; } );\n";

static uint32_t random_next(uint32_t *r) {
    *r = *r * 1664525u + 1013904223u;
    return *r >> 8;
}

static void queue_moves(struct rig *rig) {
    static const char *const from[] = {"/ch/A", "/ch/B", "/ch/C", "/ch/D", "/grp/G"};
    static const char *const what[] = {"on", "pre", "level", "level"};
    uint32_t r = 5;
    for (unsigned i = 0; i < MOVES; i++) {
        char address[64];
        const unsigned row = random_next(&r) % 4;
        snprintf(address, sizeof address, "%s/send/X%u/%s", from[random_next(&r) % 5],
                 1 + random_next(&r) % (AUXES - 1), what[row]);
        const float value = row < 2 ? (float)(random_next(&r) % 2) : -(float)(random_next(&r) % 30);
        const struct command c = {.op = row == 3 ? COMMAND_GLIDE : COMMAND_SET,
                                  .slot = rig_slot(rig, address),
                                  .value = value,
                                  .seconds = 0.1f};
        rig_at(rig, random_next(&r) % (FRAMES - 4096), &c);
    }
}

/* A bus that another aux feeds is summed alone; what a silent one adds is nothing. */
static void run(struct rig *rig, bool alone, uint32_t period) {
    rig_open(rig, desk, FRAMES, NULL);
    for (uint32_t i = 0; i < rig->ins; i++)
        rig_noise(rig, rig->in[i], i, 0.1);
    for (unsigned a = 1; a < AUXES; a++) {
        char address[64];
        snprintf(address, sizeof address, "/aux/X0/send/X%u/on", a);
        rig_set(rig, address, alone);
        snprintf(address, sizeof address, "/aux/X0/send/X%u/level", a);
        rig_set(rig, address, 0);
    }
    queue_moves(rig);
    rig_run(rig, 0, FRAMES, period);
}

static void test_alone(void **state) {
    (void)state;
    static const uint32_t period[] = {64, 100, 16};
    struct rig together, alone;
    run(&together, false, 256);
    assert_true(rig_peak(together.out[rig_out(&together, "stem S C")], FRAMES) > 0.1f);
    for (unsigned p = 0; p < sizeof period / sizeof *period; p++) {
        run(&alone, p != 0, period[p]);
        rig_same(&together, &alone, period[p]);
        rig_close(&alone);
    }
    rig_close(&together);
}

/* Between them and in the middle of a send's glide, a silent aux begins and ends to feed them. */
static void test_to_and_fro(void **state) {
    (void)state;
    struct rig a, b;
    run(&a, false, 64);
    rig_open(&b, desk, FRAMES, NULL);
    for (uint32_t i = 0; i < b.ins; i++)
        rig_noise(&b, b.in[i], i, 0.1);
    for (unsigned x = 1; x < AUXES; x++) {
        char address[64];
        snprintf(address, sizeof address, "/aux/X0/send/X%u/level", x);
        rig_set(&b, address, 0);
        snprintf(address, sizeof address, "/aux/X0/send/X%u/on", x);
        for (uint32_t frame = 2000 * x; frame < FRAMES - 4096; frame += 5000) {
            const struct command c = {.op = COMMAND_SET,
                                      .slot = rig_slot(&b, address),
                                      .value = (float)(frame / 5000 % 2)};
            rig_at(&b, frame, &c);
        }
    }
    queue_moves(&b);
    rig_run(&b, 0, FRAMES, 64);
    for (uint32_t o = 0; o < a.outs; o++)
        for (uint32_t i = 0; i < FRAMES; i++)
            if (a.out[o][i] != b.out[o][i])
                fail_msg("output %u differs from frame %u on: %.9g and %.9g", o, i,
                         (double)a.out[o][i], (double)b.out[o][i]);
    rig_close(&a);
    rig_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_to_and_fro),
    };
    return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
