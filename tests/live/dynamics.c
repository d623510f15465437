/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* timeout: 60 */
/* Dynamics of a running desk: set over OSC, heard at a port, gain reduction told back. */
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

#define LEVEL 0.25f /* -12.04 dBFS, constant */
#define LEVEL_DB (-12.0412f)
#define SETTLE_FRAMES 48000

static struct live_desk desk;
static struct live_jack jack;
static struct talk a;

static const char desk_text[] =
    "limiters = true;\n"
    "channels = ( { id = \"A\"; to = [\"DX\"]; comp = { on = false; att = 1; rel = 20; knee = 0; "
    "};\n"
    "    gate = { on = false; rel = 20; hold = 0; }; }, { id = \"B\"; to = [\"DX\"]; } );\n"
    "stems = ( { id = \"DX\"; format = \"mono\"; role = \"dx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"mono\"; print_master = true; },\n"
    "          { id = \"ME\"; format = \"mono\"; } );\n";

/* Say it, wait until it has settled, and find the level at the stem. */
static void gives(const char *line, float level_db, float tolerance_db) {
    say(&a, line);
    ask(&a, "/sync ,i 1", "/synced ,ih 1 *");
    live_jack_pass(&jack, SETTLE_FRAMES);
    live_jack_watch(&jack);
    live_jack_pass(&jack, 1024);
    const float db = 20 * log10f(fabsf(atomic_load(&jack.max)) + 1e-9f);
    if (fabsf(db - level_db) > tolerance_db)
        fail_msg("%s: %g dB, expected %g", line, (double)db, (double)level_db);
}

static void test_compressor(void **state) {
    (void)state;
    say(&a, "/ch/A/comp/thr ,f -32");
    say(&a, "/ch/A/comp/ratio ,f 4");
    gives("/ch/A/comp/on ,i 1", -32 + (LEVEL_DB + 32) / 4, 0.05f);
    ask(&a, "/ch/A/comp/gr ,", "/ch/A/comp/gr ,f -15");
    ask(&a, "/ch/A/gate/gr ,", "/ch/A/gate/gr ,f 0");
    gives("/ch/A/comp/mix ,f 0", LEVEL_DB, 0.01f);
    say(&a, "/ch/A/comp/mix ,f 100");
    gives("/ch/A/comp/key ,s /ch/B", LEVEL_DB, 0.01f); /* B is silent */
    ask(&a, "/ch/A/comp/key ,", "/ch/A/comp/key ,s /ch/B");
    gives("/ch/A/comp/key ,s none", -32 + (LEVEL_DB + 32) / 4, 0.05f);
    gives("/ch/A/comp/on ,i 0", LEVEL_DB, 0.001f);
    ask(&a, "/ch/A/comp/gr ,", "/ch/A/comp/gr ,f 0");
}

static void test_gate(void **state) {
    (void)state;
    say(&a, "/ch/A/gate/range ,f 20");
    say(&a, "/ch/A/gate/ratio ,f 100");
    say(&a, "/ch/A/gate/thr ,f -6");
    gives("/ch/A/gate/on ,i 1", LEVEL_DB - 20, 0.05f);
    ask(&a, "/ch/A/gate/gr ,", "/ch/A/gate/gr ,f -20");
    gives("/ch/A/gate/thr ,f -20", LEVEL_DB, 0.05f);
    gives("/ch/A/gate/on ,i 0", LEVEL_DB, 0.001f);
}

static void test_limiter(void **state) {
    (void)state;
    say(&a, "/stem/DX/lim/thr ,f -18");
    gives("/stem/DX/lim/on ,i 1", -18, 0.3f);
    gives("/stem/DX/lim/on ,i 0", LEVEL_DB, 0.001f);
    /* the print master turns its stem down, as that is its mode */
    ask(&a, "/main/PM/lim/mode ,", "/main/PM/lim/mode ,s stems");
    say(&a, "/main/PM/lim/thr ,f -15");
    gives("/main/PM/lim/on ,i 1", -15, 0.3f);
    gives("/main/PM/lim/mode ,s main", LEVEL_DB, 0.001f);
    say(&a, "/main/PM/lim/on ,i 0");
}

static void test_refused(void **state) {
    (void)state;
    ask(&a, "/main/ME/lim/mode ,s stems", "/error ,sss no-such-object /main/ME/lim/mode *");
    ask(&a, "/ch/A/lim/on ,i 1", "/error ,sss unknown-address /ch/A/lim/on *");
    ask(&a, "/ch/A/comp/gr ,f -3", "/error ,sss read-only /ch/A/comp/gr *");
    ask(&a, "/ch/A/comp/key ,s /ch/Z", "/error ,sss *");
    ask(&a, "/ch/A/order ,s eq-ins-dyn", "/error ,sss bad-value /ch/A/order *");
    ask(&a, "/ch/A/order ,", "/ch/A/order ,s eq-dyn-ins");
}

static int setup(void **state) {
    (void)state;
    const struct live_options options = {.desk_text = desk_text};
    live_start(&desk, &options);
    talk_open(&a, TALK_UDP, desk.osc_port);
    live_jack_open(&jack, &desk, LEVEL, "dubdesk:ch A 1", "dubdesk:stem DX 1");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_compressor),
                                       cmocka_unit_test(test_gate), cmocka_unit_test(test_limiter),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
