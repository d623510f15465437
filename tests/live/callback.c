/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: link config */
/* timeout: 120 */
/* The callback waits for nothing: an interposer watches every callback of a live desk that is kept
 * busy, the desk's own counter watches its page faults, and planted faults show that both can see.
 */
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

#define BUSY_MS 3000
#define PLANTED_MS 1500

static char preload[600], report[600];

struct verdict {
    long cycles, violations;
    unsigned long faults;
    char names[2048];
};

static void request(struct link *link, uint32_t op, int64_t arg) {
    const struct link_request r = {.op = op, .arg = {arg}};
    if (ring_free(&link->request)) {
        ring_put(&link->request, &r, 1);
        ring_commit(&link->request);
    }
}

/* Play control: commands of all sorts, transport, bulk, locates. */
static void keep_busy(struct link *link, unsigned ms) {
    static struct command c[BUNDLE_SETS];
    const int64_t until_ns = live_now_ns() + (int64_t)ms * 1000000;
    uint32_t seq = 1;
    request(link, REQUEST_RECORD, 1);
    request(link, REQUEST_PLAY, 1);
    while (live_now_ns() < until_ns) {
        struct link_clock clock;
        if (!link_clock_read(link, &clock))
            continue;
        for (uint32_t i = 0; i < BUNDLE_SETS; i++)
            c[i] = (struct command){.op = (uint16_t)(seq % 3),
                                    .slot = (seq * 7919 + i * 31) % link->slots,
                                    .value = (float)(seq % 5),
                                    .seconds = 0.05f};
        seq++;
        struct group g = {.seq = seq,
                          .when = (uint16_t)(seq % 4), /* 3 is nonsense, on purpose */
                          .frame = clock.frame + seq % 4096,
                          .epoch = clock.epoch,
                          .flags = GROUP_TELL,
                          .count = seq % BUNDLE_SETS};
        link_send(link, &g, c);
        link_hand(link, clock.epoch, clock.timeline + 48000);
        for (uint32_t i = 0; seq % 3 == 0 && i < 40; i++) { /* single ones are taken, too */
            g.count = 1;
            g.seq = seq++;
            g.when = WHEN_NEXT;
            c[0].slot = (c[0].slot + 1) % link->slots;
            c[0].op = COMMAND_SET;
            c[0].value = (float)(i % 2);
            link_send(link, &g, c);
        }
        if (seq % 50 == 0 && link_bulk_free(link, 0)) {
            for (uint32_t i = 0; i < link->slots; i++)
                link->bulk[0][i] = (struct command){.slot = i, .value = link->target[i]};
            g.count = link->slots;
            link_send_bulk(link, &g, 0);
        }
        if (seq % 701 == 0)
            request(link, REQUEST_LOCATE, (int64_t)(seq * 977 % 480000));
        struct event event;
        while (ring_avail(&link->event) - 1 < LINK_EVENTS) {
            ring_peek(&link->event, 0, &event, 1);
            ring_drop(&link->event, 1);
        }
        (void)link_meters_take(link);
        live_sleep_ms(2);
    }
    request(link, REQUEST_PLAY, 0);
    request(link, REQUEST_RECORD, 0);
    live_sleep_ms(100);
}

static void run(const char *plant, unsigned ms, struct verdict *v) {
    char plant_env[64], error[256];
    struct live_desk desk;
    struct link link;
    snprintf(plant_env, sizeof plant_env, "RTCHECK_PLANT=%s", plant ? plant : "none");
    const struct live_options options = {
        .no_control = true, .preload = preload, .preload_env = plant_env};
    unlink(report);
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link, fd, error), 0);
    close(fd);
    live_sleep_ms(200);
    keep_busy(&link, ms);
    v->faults = atomic_load(&link.head->status.page_faults);
    printf("# plant %s: applied %lu, worst callback %u us, late %lu, bad groups %lu\n",
           plant ? plant : "none", (unsigned long)atomic_load(&link.head->status.applied),
           atomic_load(&link.head->status.worst_us),
           (unsigned long)atomic_load(&link.head->status.late),
           (unsigned long)atomic_load(&link.head->status.bad_groups));
    assert_true(atomic_load(&link.head->status.applied) > 100);
    link_close(&link);
    assert_int_equal(live_stop(&desk), 0);
    FILE *f = fopen(report, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "cycles %ld violations %ld\n", &v->cycles, &v->violations), 2);
    v->names[fread(v->names, 1, sizeof v->names - 1, f)] = '\0';
    fclose(f);
    printf("# plant %s: %ld callbacks, %ld violations, %lu page faults\n", plant ? plant : "none",
           v->cycles, v->violations, v->faults);
}

static void test_busy_desk_waits_for_nothing(void **state) {
    (void)state;
    struct verdict v = {0};
    run(NULL, BUSY_MS, &v);
    assert_true(v.cycles > 300);
    if (v.violations)
        fail_msg("%ld violations:\n%s", v.violations, v.names);
    assert_int_equal(v.faults, 0);
}

static void planted(const char *what, const char *name) {
    struct verdict v = {0};
    run(what, PLANTED_MS, &v);
    assert_true(v.violations > 0);
    assert_non_null(strstr(v.names, name));
}

static void test_planted_malloc_is_seen(void **state) {
    (void)state;
    planted("malloc", "malloc from");
}

static void test_planted_lock_is_seen(void **state) {
    (void)state;
    planted("lock", "pthread_mutex_lock from");
}

static void test_planted_sleep_is_seen(void **state) {
    (void)state;
    planted("sleep", "nanosleep from");
}

static void test_planted_write_is_seen(void **state) {
    (void)state;
    planted("write", "write from");
}

static void test_planted_fault_is_seen(void **state) {
    (void)state;
    struct verdict v = {0};
    run("fault", PLANTED_MS, &v);
    assert_true(v.faults > 0);
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP %s\n", missing);
        return LIVE_SKIP;
    }
    const char *build = getenv("BUILD"), *tmp = getenv("TEST_TMP");
    char resolved[512];
    snprintf(preload, sizeof preload, "%s/tests/preload/rtcheck.so", build ? build : "build");
    if (!realpath(preload, resolved)) {
        printf("SKIP %s is not built\n", preload);
        return LIVE_SKIP;
    }
    snprintf(preload, sizeof preload, "%s", resolved);
    snprintf(report, sizeof report, "%s/rtcheck-%ld", tmp ? tmp : "/tmp", (long)getpid());
    setenv("RTCHECK_REPORT", report, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_busy_desk_waits_for_nothing),
        cmocka_unit_test(test_planted_malloc_is_seen),
        cmocka_unit_test(test_planted_lock_is_seen),
        cmocka_unit_test(test_planted_sleep_is_seen),
        cmocka_unit_test(test_planted_write_is_seen),
        cmocka_unit_test(test_planted_fault_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
