/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* The delay of a strip: where it lands, that it waits for its line to fill, and that nothing jumps
 * when the tape does. Expectations are counted by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_rig.h"

#define FRAMES 48000
#define FADE 1216 /* 25 ms in whole blocks */

static const char desk_text[] =
    "rate = 48000;\n"
    "channels = ( { id = \"A\"; in = \"reel:A\"; to = [\"S\"]; },\n"
    "             { id = \"B\"; in = \"reel:B\"; to = [\"S\"]; delay = 10.0; } );\n"
    "stems = ( { id = \"S\"; format = \"mono\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"mono\"; } );\n";

/* From the desk file: B's delay is there at once. */
static void impulse_lands_on_its_frame(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, desk_text, FRAMES, NULL);
    rig.in[rig_in(&rig, "ch B 1")][10000] = 0.5f;
    rig_run(&rig, 0, FRAMES, 256);
    const float *out = rig.out[rig_out(&rig, "stem S 1")];
    for (uint32_t i = 0; i < FRAMES; i++)
        assert_float_equal(out[i], i == 10480 ? 0.5f : 0.0f, 1e-7);
    rig_close(&rig);
}

/* A ramp shows which sample is heard: the input's, later the one 100 ms older, in between a mixture
 * of the two; and the same once more when the delay goes back to nothing. */
static void change_waits_for_the_line(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, desk_text, FRAMES, NULL);
    float *in = rig.in[rig_in(&rig, "ch A 1")];
    const float *out = rig.out[rig_out(&rig, "stem S 1")];
    for (uint32_t i = 0; i < FRAMES; i++)
        in[i] = (float)i / FRAMES;
    rig_run(&rig, 0, 9600, 100);
    rig_set(&rig, "/ch/A/delay", 100.0f);
    rig_run(&rig, 9600, 14400, 100);
    rig_set(&rig, "/ch/A/delay", 0.0f);
    rig_run(&rig, 24000, 24000, 100);
    for (uint32_t i = 0; i < FRAMES; i++) {
        const float dry = in[i], wet = i >= 4800 ? in[i - 4800] : 0;
        if (i < 9600 + 4800 || i >= 24064 + FADE)
            assert_float_equal(out[i], dry, 1e-6);
        else if (i >= 9600 + 4800 + 512 + FADE && i < 24000)
            assert_float_equal(out[i], wet, 1e-6);
        else
            assert_true(out[i] <= dry + 1e-6f && out[i] >= wet - 1e-6f);
    }
    rig_close(&rig);
}

/* After a locate the line holds the old place's sound no more, and the new one comes in softly:
 * over 5 ms a raised cosine of 0.5 moves by 0.0033 from sample to sample. */
static void locate_is_soft(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, desk_text, FRAMES, NULL);
    float *in = rig.in[rig_in(&rig, "ch B 1")];
    const float *out = rig.out[rig_out(&rig, "stem S 1")];
    for (uint32_t i = 0; i < FRAMES; i++)
        in[i] = 0.5f;
    rig.rolling = true;
    rig_run(&rig, 0, 24000, 256);
    rig.timeline = 480000;
    rig_run(&rig, 24000, 24000, 256);
    assert_float_equal(out[23999], 0.5f, 1e-6);
    assert_float_equal(out[24000 + 400], 0.0f, 1e-6);
    assert_float_equal(out[FRAMES - 1], 0.5f, 1e-6);
    for (uint32_t i = 24001; i < FRAMES; i++)
        assert_true(fabsf(out[i] - out[i - 1]) < 0.0034f);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(impulse_lands_on_its_frame),
                                       cmocka_unit_test(change_waits_for_the_line),
                                       cmocka_unit_test(locate_is_soft)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
