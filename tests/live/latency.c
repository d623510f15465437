/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: link config */
/* timeout: 120 */
/* From a set to the first sample that changes, at 256 frames, with source and sink as clients of
 * their own: once as OSC over UDP to the whole desk, once handed to sound over the link, which is
 * the part that the sound process can be blamed for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/link.h"
#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"

#define TRIALS 200
#define PERIOD 256
#define RATE 48000.0

static const char desk_text[] =
    "rate = 48000;\n"
    "channels = ( { id = \"A\"; format = \"mono\"; in = \"\"; to = [ \"DX\" ]; } );\n"
    "stems = ( { id = \"DX\"; format = \"mono\"; role = \"dx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"mono\"; } );\n";

struct figures {
    double min, median, p99, max;
    double late_median, late_p99; /* how long this thread, which asks for no priority, overslept */
    int missed;
};

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Move the fader TRIALS times with `set`; milliseconds until the sink sees it. */
static struct figures measure(struct live_jack *jack, void (*set)(void *, float), void *arg) {
    static double ms[TRIALS], late_ms[TRIALS];
    struct figures f = {0};
    int n = 0;
    atomic_store(&jack->xruns, 0);
    for (int i = 0; i < TRIALS; i++) {
        const unsigned pause_ms = 60 + (unsigned)rand() % 40; /* longer than the step; odd places */
        const int64_t before_ns = live_now_ns();
        live_sleep_ms(pause_ms);
        late_ms[i] = (double)(live_now_ns() - before_ns) / 1e6 - pause_ms;
        atomic_store(&jack->armed, true);
        const jack_nframes_t sent = jack_frame_time(jack->sink);
        set(arg, i % 2 ? 0.0f : -6.0f);
        if (live_jack_hit(jack, 1000))
            ms[n++] = (double)(int32_t)(atomic_load(&jack->hit) - sent) * 1000 / RATE;
        else
            f.missed++;
        atomic_store(&jack->armed, false);
    }
    qsort(ms, (size_t)n, sizeof *ms, by_value);
    qsort(late_ms, TRIALS, sizeof *late_ms, by_value);
    f.late_median = late_ms[TRIALS / 2];
    f.late_p99 = late_ms[TRIALS * 99 / 100 - 1];
    if (n) {
        f.min = ms[0];
        f.median = ms[n / 2];
        f.p99 = ms[(n * 99) / 100 < n ? (n * 99) / 100 - 1 : n - 1];
        f.max = ms[n - 1];
    }
    return f;
}

/* The limits hold on a machine that does not stall. It does where JACK itself reported xruns, or
 * where a thread that only sleeps (this one) came back late: the tail is not judged when one sleep
 * in a hundred overran by half of the spread that is allowed, the median when half of them overran
 * by a quarter of it. */
#define STALL_P99_MS 0.5
#define STALL_MEDIAN_MS 0.25
static void judge(const char *what, struct figures f, const struct live_jack *jack) {
    const double period_ms = PERIOD * 1000 / RATE;
    const unsigned xruns = atomic_load(&jack->xruns);
    printf("# %s: %d trials, min %.2f median %.2f p99 %.2f max %.2f ms, spread %.2f, missed %d, "
           "xruns %u\n",
           what, TRIALS, f.min, f.median, f.p99, f.max, f.p99 - f.min, f.missed, xruns);
    printf("# meanwhile sleeps overran by %.2f ms in the median, %.2f ms in the 99th percentile\n",
           f.late_median, f.late_p99);
    assert_int_equal(f.missed, 0);
    if (f.median > period_ms + 0.5) {
        if (f.late_median <= STALL_MEDIAN_MS)
            fail_msg("median %.2f ms", f.median);
        printf("# skip: %s: the machine stalled all the time\n", what);
        skip();
    }
    if (f.p99 <= 2 * period_ms && f.p99 - f.min <= 1.0)
        return;
    if (!xruns && f.late_p99 <= STALL_P99_MS)
        fail_msg("p99 %.2f ms, spread %.2f ms", f.p99, f.p99 - f.min);
    printf("# skip: %s: p99 and spread: the machine stalled (%u xruns)\n", what, xruns);
    skip();
}

/* ---- over the link ---- */

struct sender {
    struct link link;
    uint32_t slot, seq;
};

/* What control does with a set that has no time: it lands one period after its arrival. */
static void set_by_link(void *arg, float fader_db) {
    struct sender *s = arg;
    struct link_clock clock;
    const int64_t now_ns = live_now_ns();
    while (!link_clock_read(&s->link, &clock)) {
    }
    const int64_t frame =
        (int64_t)clock.frame + (int64_t)((double)(now_ns - clock.raw_ns) * RATE / 1e9) + PERIOD;
    const struct command c = {.op = COMMAND_SET, .slot = s->slot, .value = fader_db};
    const struct group g = {
        .seq = ++s->seq, .when = WHEN_FRAME, .frame = (uint64_t)frame, .count = 1};
    assert_int_equal(link_send(&s->link, &g, &c), 0);
}

static void test_over_link(void **state) {
    (void)state;
    char error[256];
    struct desk_error desk_error;
    struct desk *parsed;
    assert_int_equal(desk_parse(desk_text, "latency.cfg", &parsed, &desk_error), 0);
    struct sender sender = {.slot = layout_slot(&parsed->layout, KIND_CH, 0, ROW_FADER, 0, 0)};
    desk_free(parsed);
    struct live_desk desk;
    struct live_jack jack;
    const struct live_options options = {
        .desk_text = desk_text, .no_control = true, .period_frames = PERIOD};
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&sender.link, fd, error), 0);
    close(fd);
    live_jack_open(&jack, &desk, 0.5f, "dubdesk:ch A 1", "dubdesk:stem DX 1");
    const struct figures f = measure(&jack, set_by_link, &sender);
    live_jack_close(&jack);
    link_close(&sender.link);
    assert_int_equal(live_stop(&desk), 0);
    judge("over the link", f, &jack);
}

/* ---- over OSC ---- */

static void set_by_osc(void *arg, float fader_db) {
    live_osc(arg, "/ch/1/fader", "f", (double)fader_db);
}

static void test_over_osc(void **state) {
    (void)state;
    const char *build = getenv("BUILD");
    char control[512];
    snprintf(control, sizeof control, "%s/dubdesk-control", build ? build : "build");
    if (access(control, X_OK)) {
        printf("# skip: %s is not built\n", control);
        skip();
    }
    struct live_desk desk;
    struct live_jack jack;
    const struct live_options options = {.desk_text = desk_text, .period_frames = PERIOD};
    live_start(&desk, &options);
    live_jack_open(&jack, &desk, 0.5f, "dubdesk:ch A 1", "dubdesk:stem DX 1");
    live_sleep_ms(500);
    const struct figures f = measure(&jack, set_by_osc, &desk);
    live_jack_close(&jack);
    assert_int_equal(live_stop(&desk), 0);
    judge("over OSC", f, &jack);
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_link),
        cmocka_unit_test(test_over_osc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
