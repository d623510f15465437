/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* timeout: 60 */
/* Loudspeaker sets of a running desk: their ports and connections, and a change of set, a trim, a
 * polarity and a mute over OSC, as they arrive at a port without a click. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"
#include "tests/lib/osc_talk.h"

#define LEVEL 0.25f
#define PERIODS_FRAMES 9600 /* two hundred milliseconds: every fade is over */

static struct live_desk desk;
static struct live_jack jack;
static struct talk a;

static const char desk_text[] =
    "channels = ( { id = \"A\"; to = [\"DX\"]; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; } );\n"
    "monitor = { sets = (\n"
    "  { id = \"main\"; connect = \"system:playback_*\"; },\n"
    "  { id = \"near\"; format = \"stereo\"; ref = 79;\n"
    "    speakers = { R = { connect = \"system:playback_9\"; }; }; } ); };\n";

static void test_ports_and_connections(void **state) {
    (void)state;
    char text[8192];
    bool right = false;
    for (unsigned i = 0; i < 40 && !right; i++) {
        live_shell(
            &desk,
            "jack_lsp dubdesk:; jack_lsp -c system:playback_5; jack_lsp -c system:playback_9", text,
            sizeof text);
        right = strstr(text, "dubdesk:mon LFE\n") && strstr(text, "dubdesk:mon near L\n") &&
                strstr(text, "system:playback_5\n   dubdesk:mon Ls\n") &&
                strstr(text, "system:playback_9\n   dubdesk:mon near R\n");
        live_sleep_ms(50);
    }
    if (!right)
        fail_msg("ports:\n%s", text);
}

/* Say it, wait, and find the level at the loudspeaker; no step on the way is above `steepest`. */
static void gives(const char *line, float level, float steepest) {
    live_jack_steepest(&jack);
    say(&a, line);
    ask(&a, "/sync ,i 1", "/synced ,ih 1 *");
    live_jack_pass(&jack, PERIODS_FRAMES);
    live_jack_watch(&jack);
    live_jack_pass(&jack, 1024);
    if (fabsf(atomic_load(&jack.min) - level) > 1e-5f ||
        fabsf(atomic_load(&jack.max) - level) > 1e-5f)
        fail_msg("%s: %g..%g, expected %g", line, (double)atomic_load(&jack.min),
                 (double)atomic_load(&jack.max), (double)level);
    const float step = live_jack_steepest(&jack);
    if (step > steepest)
        fail_msg("%s: a step of %g", line, (double)step);
}

static void test_over_osc(void **state) {
    (void)state;
    const float centre = LEVEL * 0.70710678f; /* C folded into L */
    ask(&a, "/mon/ref ,", "/mon/ref ,f 85");
    gives("/mon/spk/near.L/trim ,f 0", 0, 0); /* main sounds, near does not */
    gives("/mon/set ,s near", centre, centre * 2e-3f);
    ask(&a, "/mon/ref ,", "/mon/ref ,f 79");
    gives("/mon/spk/near.L/trim ,f -20", centre / 10, centre * 2e-3f);
    gives("/mon/spk/7/polarity ,i 1", -centre / 10, centre * 2e-3f); /* the same one by number */
    gives("/mon/spk/near.R/solo ,i 1", 0, centre * 2e-3f);
    gives("/mon/spk/near.R/solo ,i 0", -centre / 10, centre * 2e-3f);
    gives("/mon/spk/near.L/mute ,i 1", 0, centre * 2e-3f);
    gives("/mon/spk/near.L/mute ,i 0", -centre / 10, centre * 2e-3f);
    gives("/mon/set ,s main", 0, centre * 2e-3f);
}

static int setup(void **state) {
    (void)state;
    const struct live_options options = {.desk_text = desk_text};
    live_start(&desk, &options);
    talk_open(&a, TALK_UDP, desk.osc_port);
    live_jack_open(&jack, &desk, LEVEL, "dubdesk:ch A 1", "dubdesk:mon near L");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    live_jack_close(&jack);
    talk_close(&a);
    return live_stop(&desk);
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP: no %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ports_and_connections),
                                       cmocka_unit_test(test_over_osc)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
