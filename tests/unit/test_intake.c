/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound link config */
/* The intake against an engine made of notes: what reaches it, what goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/sound/intake.h"

#define SLOTS 4000u
#define METERS 5u

/* ---- an engine that remembers ---- */

struct engine {
    uint32_t groups, commands, bulks;
    struct group last;
    struct command last_command;
    int answer;
    struct engine_counters counters;
    struct engine_time time;
    uint32_t meter_reads;
};

void engine_begin(struct engine *e, const struct engine_time *time) RT {
    if (time->rolling != e->time.rolling)
        e->counters.epoch++;
    e->time = *time;
}
int engine_queue(struct engine *e, const struct group *group, const struct command *c) RT {
    if (e->answer)
        return e->answer;
    e->groups++;
    e->commands += group->count;
    e->last = *group;
    if (group->count)
        e->last_command = c[group->count - 1];
    return 0;
}
int engine_queue_bulk(struct engine *e, const struct group *group, const struct command *c) RT {
    if (e->answer)
        return e->answer;
    e->bulks++;
    e->last = *group;
    e->last_command = c[group->count - 1];
    return 0;
}
void engine_counters(const struct engine *e, struct engine_counters *counters) RT {
    *counters = e->counters;
}
void engine_meters_read(const struct engine *e, struct meter_value *values) RT {
    ((struct engine *)(uintptr_t)e)->meter_reads++;
    for (uint32_t i = 0; i < METERS; i++)
        values[i] = (struct meter_value){.in_peak = (float)i, .out_rms = 1};
}

/* ---- both ends ---- */

struct rig {
    struct desk desk;
    struct link sound, control;
    struct engine engine;
    struct intake intake;
};
static struct rig rig;
static struct intake_period period;

static int open_rig(void **state) {
    (void)state;
    char error[256];
    memset(&rig, 0, sizeof rig);
    rig.desk.layout.slots = SLOTS;
    rig.desk.value = calloc(SLOTS, sizeof(float));
    assert_int_equal(link_create(&rig.sound, &rig.desk, "", "x", METERS, 1, error), 0);
    assert_int_equal(link_attach(&rig.control, rig.sound.fd, error), 0);
    intake_init(&rig.intake, &rig.sound, 48000);
    intake_engine(&rig.intake, &rig.engine);
    period = (struct intake_period){.time = {.frame = 1000, .timeline = 0}, .nframes = 64};
    return 0;
}

static int close_rig(void **state) {
    (void)state;
    link_close(&rig.control);
    link_close(&rig.sound);
    free(rig.desk.value);
    return 0;
}

static void run(void) {
    intake_begin(&rig.intake, &period);
    intake_take(&rig.intake, &period);
    intake_end(&rig.intake, &period);
    period.time.frame += period.nframes;
    if (period.time.rolling)
        period.time.timeline += period.nframes;
}

static bool next_event(struct event *event) {
    if (ring_avail(&rig.control.event) == 0)
        return false;
    ring_peek(&rig.control.event, 0, event, 1);
    ring_drop(&rig.control.event, 1);
    return true;
}

static void send(uint32_t seq, uint32_t count, uint16_t when) {
    static struct command c[BUNDLE_SETS];
    const struct group g = {
        .seq = seq, .count = count, .when = when, .flags = GROUP_TELL | 0xf0, .frame = 77};
    for (uint32_t i = 0; i < count; i++)
        c[i] = (struct command){.slot = seq + i};
    assert_int_equal(link_send(&rig.control, &g, c), 0);
}

static void test_group_arrives(void **state) {
    (void)state;
    send(9, 3, WHEN_FRAME);
    run();
    assert_int_equal(rig.engine.groups, 1);
    assert_int_equal(rig.engine.last.seq, 9);
    assert_int_equal(rig.engine.last.frame, 77);
    assert_int_equal(rig.engine.last.flags, GROUP_TELL); /* bits that mean nothing are gone */
    assert_int_equal(rig.engine.last_command.slot, 11);
}

static void test_refusals_are_told(void **state) {
    (void)state;
    struct event event = {0};
    send(1, 1, WHEN_NEXT + 1);
    run();
    assert_int_equal(rig.engine.groups, 0);
    assert_true(next_event(&event));
    assert_int_equal(event.op, EVENT_BAD);
    assert_int_equal(event.seq, 1);
    const int answers[] = {EVENT_BUSY, EVENT_STALE, EVENT_BAD};
    for (unsigned i = 0; i < 3; i++) {
        rig.engine.answer = answers[i];
        send(2 + i, 1, WHEN_FRAME);
        run();
        assert_true(next_event(&event));
        assert_int_equal(event.op, answers[i]);
        assert_int_equal(event.seq, 2 + i);
    }
    assert_false(next_event(&event));
}

static void post_bulk(uint32_t seq, unsigned which) {
    for (uint32_t i = 0; i < SLOTS; i++)
        rig.control.bulk[which][i] = (struct command){.slot = i};
    const struct group g = {.seq = seq, .count = SLOTS, .when = WHEN_NEXT};
    assert_int_equal(link_send_bulk(&rig.control, &g, which), 0);
}

static void test_bulk_comes_back(void **state) {
    (void)state;
    post_bulk(50, 1);
    run();
    assert_int_equal(rig.engine.bulks, 1);
    assert_int_equal(rig.engine.last_command.slot, SLOTS - 1);
    assert_int_equal(rig.engine.last.flags, GROUP_TELL); /* control did not ask, we need it */
    assert_false(link_bulk_free(&rig.control, 1));
    struct event event = {.op = EVENT_APPLIED, .seq = 49};
    intake_event(&rig.intake, &event);
    assert_false(link_bulk_free(&rig.control, 1));
    event.seq = 50;
    event.op = EVENT_NAN; /* numbers ports, not groups */
    intake_event(&rig.intake, &event);
    assert_false(link_bulk_free(&rig.control, 1));
    event.op = EVENT_APPLIED;
    intake_event(&rig.intake, &event);
    assert_true(link_bulk_free(&rig.control, 1));
    /* refused: given back at once, and told */
    rig.engine.answer = EVENT_BUSY;
    post_bulk(51, 0);
    run();
    assert_true(link_bulk_free(&rig.control, 0));
    int busy = 0;
    while (next_event(&event))
        busy += event.op == EVENT_BUSY && event.seq == 51;
    assert_int_equal(busy, 1);
}

static void test_flood_is_spread(void **state) {
    (void)state;
    for (uint32_t seq = 0; seq < 10000; seq++)
        send(seq, 1, WHEN_FRAME);
    period.nframes = 64;
    run();
    assert_in_range(rig.engine.groups, INTAKE_LEAST / 2 - 1, INTAKE_LEAST);
    const uint32_t first = rig.engine.groups;
    period.nframes = 1024;
    run();
    assert_in_range(rig.engine.groups - first, 1024 * INTAKE_PER_FRAME / 2 - 1,
                    1024 * INTAKE_PER_FRAME);
    period.freewheel = true; /* nobody listens: everything */
    period.nframes = 16;
    run();
    assert_int_equal(rig.engine.groups, 10000);
}

static void test_clock_and_epoch(void **state) {
    (void)state;
    struct link_clock clock;
    period.time.timeline = 480;
    period.raw_ns = 123;
    run();
    assert_true(link_clock_read(&rig.control, &clock));
    assert_int_equal(clock.frame, 1000);
    assert_int_equal(clock.timeline, 480);
    assert_int_equal(clock.raw_ns, 123);
    assert_int_equal(clock.epoch, 0);
    assert_int_equal(clock.rate_hz, 48000);
    assert_true(intake_handed(&rig.intake, &period)); /* stopped: nothing is due */
    period.time.rolling = true;
    intake_begin(&rig.intake, &period); /* told before anything sounds in the new epoch */
    assert_true(link_clock_read(&rig.control, &clock));
    assert_int_equal(clock.epoch, 1);
    assert_int_equal(clock.rolling, 1);
    assert_false(intake_handed(&rig.intake, &period));
    link_hand(&rig.control, 1, 480 + 63);
    assert_false(intake_handed(&rig.intake, &period));
    link_hand(&rig.control, 1, 480 + 64);
    assert_true(intake_handed(&rig.intake, &period));
    link_hand(&rig.control, 0, 1000000);
    assert_false(intake_handed(&rig.intake, &period));
}

static void test_counters_and_meters(void **state) {
    (void)state;
    rig.engine.counters = (struct engine_counters){
        .applied = 5, .late = 4, .nan_inputs = 3, .queued = 2, .queue_high = 7};
    for (int i = 0; i < 75; i++) /* 4800 frames, 100 ms */
        run();
    const struct link_status *status = &rig.control.head->status;
    assert_int_equal(atomic_load(&status->applied), 5);
    assert_int_equal(atomic_load(&status->late), 4);
    assert_int_equal(atomic_load(&status->nan_inputs), 3);
    assert_int_equal(atomic_load(&status->queued), 2);
    assert_int_equal(atomic_load(&status->queue_high), 7);
    assert_in_range(rig.engine.meter_reads, 9, 11);
    const struct link_meter *m = link_meters_take(&rig.control);
    assert_non_null(m);
    assert_true(m[4].in_peak == 4.0f && m[4].out_rms == 1.0f);
}

static void test_noise_in_the_ring(void **state) {
    (void)state;
    atomic_store(&rig.control.head->command.head, 0xdeadbeefu);
    run();
    assert_int_equal(rig.engine.groups, 0);
    assert_int_equal(atomic_load(&rig.control.head->status.bad_groups), 1);
    assert_int_equal(atomic_load(&rig.control.head->resync), 1);
}

static void test_meters_of_a_desk(void **state) {
    (void)state;
    struct desk_object object[] = {{.kind = KIND_CH, .format = FORMAT_MONO},
                                   {.kind = KIND_STEM, .format = FORMAT_5_1},
                                   {.kind = KIND_MON, .format = FORMAT_STEREO},
                                   {.kind = KIND_VCA}};
    const struct desk desk = {.objects = 4, .object = object};
    assert_int_equal(intake_meters(&desk), 1 + 6 + 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_group_arrives),     TEST(test_refusals_are_told), TEST(test_bulk_comes_back),
        TEST(test_flood_is_spread),   TEST(test_clock_and_epoch),   TEST(test_counters_and_meters),
        TEST(test_noise_in_the_ring), TEST(test_meters_of_a_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
