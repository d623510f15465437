/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: soundjack sound link dsp config */
/* The callback under a JACK and an engine made of notes: time that wraps, gaps, other servers, the
 * fade, periods of every size. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/sound/host_jack_private.h"

#define INPUTS 2u
#define OUTPUTS 2u

/* ---- a JACK that says what we want ---- */

static struct {
    uint32_t frame32, timeline;
    uint64_t us;
    bool rolling, no_cycle_times;
    float buffer[INPUTS + OUTPUTS][HOST_MAX_PERIOD + 16];
} jack;

int jack_get_cycle_times(const jack_client_t *client, jack_nframes_t *frame, jack_time_t *us,
                         jack_time_t *next_us, float *period_us) {
    (void)client;
    *frame = jack.frame32;
    *us = *next_us = jack.us;
    *period_us = 0;
    return jack.no_cycle_times;
}
jack_nframes_t jack_last_frame_time(const jack_client_t *client) {
    (void)client;
    return jack.frame32;
}
jack_time_t jack_get_time(void) {
    return jack.us;
}
jack_transport_state_t jack_transport_query(const jack_client_t *client, jack_position_t *pos) {
    (void)client;
    memset(pos, 0, sizeof *pos);
    pos->frame = jack.timeline;
    return jack.rolling ? JackTransportRolling : JackTransportStopped;
}
void *jack_port_get_buffer(jack_port_t *port, jack_nframes_t nframes) {
    (void)nframes;
    return jack.buffer[(uintptr_t)port - 1];
}

/* ---- an engine that remembers ---- */

struct engine {
    struct engine_time begun, ran;
    uint32_t nframes, runs, skips;
    uint64_t skipped;
    struct engine_counters counters;
};
void engine_begin(struct engine *e, const struct engine_time *time) RT {
    e->begun = *time;
}
void engine_run(struct engine *e, const struct engine_time *time, const float *const *in,
                float *const *out, uint32_t nframes) RT {
    e->ran = *time;
    e->nframes = nframes;
    e->runs++;
    for (uint32_t i = 0; i < OUTPUTS; i++)
        memcpy(out[i], in[i], nframes * sizeof(float));
}
void engine_skip(struct engine *e, uint32_t nframes) RT {
    e->skips++;
    e->skipped += nframes;
}
int engine_queue(struct engine *e, const struct group *g, const struct command *c) RT {
    (void)e, (void)g, (void)c;
    return 0;
}
int engine_queue_bulk(struct engine *e, const struct group *g, const struct command *c) RT {
    (void)e, (void)g, (void)c;
    return 0;
}
void engine_counters(const struct engine *e, struct engine_counters *counters) RT {
    *counters = e->counters;
}
void engine_meters_read(const struct engine *e, struct meter_value *values) RT {
    (void)e, (void)values;
}
uint32_t engine_latency_frames(const struct engine *e, enum kind kind) {
    (void)e, (void)kind;
    return 0;
}
void engine_insert_loop(struct engine *e, uint32_t frames) RT {
    (void)e, (void)frames;
}

/* ---- a tape that remembers ---- */

struct tape {
    uint32_t gap;
};
static struct tape tape;
void tape_play(struct tape *t, int64_t timeline, bool rolling, uint32_t n, const float *in[]) RT {
    (void)t, (void)timeline, (void)rolling, (void)n, (void)in;
}
void tape_record(struct tape *t, int64_t timeline, bool rolling, const float *const x[],
                 float *const y[], uint32_t n) RT {
    (void)t, (void)timeline, (void)rolling, (void)x, (void)y, (void)n;
}
void tape_gap(struct tape *t, uint32_t n) RT {
    t->gap += n;
}
void tape_latency(struct tape *t, const struct tape_latency *latency) RT {
    (void)t, (void)latency;
}
bool tape_ready(struct tape *t, int64_t timeline, uint32_t n) RT {
    (void)t, (void)timeline, (void)n;
    return true;
}

/* ---- rig ---- */

static struct host_jack host;
static struct link link_sound;
static struct intake intake;
static struct engine engine;
static struct desk desk = {.rate_hz = 48000};
static const float *in[INPUTS];
static float *out[OUTPUTS];
static jack_port_t *ports[INPUTS + OUTPUTS];
static struct host_gap gap_cells[HOST_GAPS];
static int last_return;

static int open_rig(void **state) {
    (void)state;
    char error[256];
    memset(&jack, 0, sizeof jack);
    memset(&host, 0, sizeof host);
    memset(&engine, 0, sizeof engine);
    memset(&tape, 0, sizeof tape);
    assert_int_equal(link_create(&link_sound, &desk, "", "x", 0, 1, error), 0);
    intake_init(&intake, &link_sound, desk.rate_hz);
    intake_engine(&intake, &engine);
    for (uintptr_t i = 0; i < INPUTS + OUTPUTS; i++)
        ports[i] = (jack_port_t *)(i + 1);
    host.o = (struct host_options){
        .desk = &desk, .link = &link_sound, .intake = &intake, .engine = &engine, .tape = &tape};
    host.inputs = INPUTS;
    host.outputs = OUTPUTS;
    host.ports = INPUTS + OUTPUTS;
    host.jack_port = ports;
    host.audio.in = in;
    host.audio.out = out;
    host.gaps = (struct ring){.shared = &host.shared.gaps,
                              .cells = (unsigned char *)gap_cells,
                              .cell_bytes = sizeof(struct host_gap),
                              .capacity = HOST_GAPS};
    host.audio.gaps = host.gaps;
    host.audio.fade = 1;
    host.audio.resumed = true;
    jack.us = 1000000;
    return 0;
}

static int close_rig(void **state) {
    (void)state;
    link_close(&link_sound);
    return 0;
}

/* One callback, and JACK goes on as it should. */
static void cycle(uint32_t nframes) {
    last_return = host_process(nframes, &host);
    assert_int_equal(last_return, 0);
    jack.frame32 += nframes;
    jack.us += nframes * 1000000ull / 48000;
    if (jack.rolling)
        jack.timeline += nframes;
}

static void miss(uint32_t nframes) {
    jack.frame32 += nframes;
    jack.us += nframes * 1000000ull / 48000;
    if (jack.rolling)
        jack.timeline += nframes;
}

static void test_time_unwraps(void **state) {
    (void)state;
    jack.frame32 = 0xfffff000u;
    for (int i = 0; i < 64; i++) { /* 16384 frames, over the edge */
        assert_int_equal(engine.skips, 0);
        cycle(256);
        assert_int_equal(engine.ran.frame, (uint64_t)i * 256);
    }
    jack.frame32 = 0xffffff00u; /* a gap right over the edge */
    host.audio.next_frame32 = 0xfffff000u;
    jack.frame32 += 0x200;
    cycle(256);
    assert_int_equal(engine.skipped, 0x1100);
    assert_int_equal(engine.ran.frame, 64u * 256 + 0x1100);
    cycle(256);
    assert_int_equal(engine.skipped, 0x1100);
    assert_int_equal(engine.ran.frame, 65u * 256 + 0x1100);
}

/* A callback that runs late reads the counters of the next cycle, and so does the next callback. */
static void test_lateness_is_no_gap(void **state) {
    (void)state;
    for (int stopped = 0; stopped < 2; stopped++) {
        jack.rolling = !stopped;
        cycle(256);
        cycle(256);
        const uint64_t frame = engine.ran.frame;
        const int64_t timeline = engine.ran.timeline;
        const struct {
            uint32_t frame32, timeline;
        } lead[] = {{256, 0}, {0, 0}, {512, 256}, {256, 256}, {0, 0}, {0, 256}, {256, 0}, {0, 0}};
        for (unsigned i = 0; i < sizeof lead / sizeof *lead; i++) {
            jack.frame32 += lead[i].frame32;
            jack.timeline += jack.rolling ? lead[i].timeline : 0;
            cycle(256);
            jack.frame32 -= lead[i].frame32;
            jack.timeline -= jack.rolling ? lead[i].timeline : 0;
            assert_int_equal(engine.ran.frame, frame + (i + 1) * 256);
            assert_int_equal(engine.ran.timeline,
                             timeline + (jack.rolling ? (int64_t)(i + 1) * 256 : 0));
        }
        assert_int_equal(engine.skips, 0);
    }
}

/* One missed cycle is known for what it is a few callbacks later, the engine's timeline never goes
 * back or twice. */
static void test_one_missed_cycle(void **state) {
    (void)state;
    jack.rolling = true;
    cycle(256);
    cycle(256);
    miss(256);
    for (int i = 0; i < 6; i++) {
        const int64_t before = engine.ran.timeline;
        cycle(256);
        assert_int_equal(engine.ran.timeline - before, i == 2 ? 512 : 256);
        assert_int_equal(engine.skipped, i < 2 ? 0 : 256);
        assert_int_equal((int64_t)engine.ran.frame, engine.ran.timeline);
        /* the clock says when that frame really was */
        const int64_t us = (int64_t)engine.ran.frame * 1000000 / 48000 + 1000000;
        struct link_clock clock;
        memcpy(&clock, &link_sound.head->clock, sizeof clock);
        assert_in_range(clock.raw_ns / 1000, us - 20, us + 20);
    }
    assert_int_equal(tape.gap, 256);
    assert_int_equal(engine.ran.timeline, jack.timeline - 256);
}

static void test_missed_cycles(void **state) {
    (void)state;
    uint64_t frame;
    uint32_t frames;
    jack.rolling = true;
    cycle(256);
    cycle(256);
    miss(5 * 256);
    cycle(256);
    assert_int_equal(engine.skips, 1);
    assert_int_equal(engine.skipped, 1280);
    assert_int_equal(tape.gap, 1280);
    assert_int_equal(engine.ran.frame, 7 * 256);
    assert_int_equal(engine.ran.timeline, 7 * 256);
    assert_true(host_jack_gap(&host, &frame, &frames));
    assert_int_equal(frame, 512);
    assert_int_equal(frames, 1280);
    assert_false(host_jack_gap(&host, &frame, &frames));
    assert_int_equal(atomic_load(&link_sound.head->status.missed_frames), 1280);
    /* While stopped, and when the timeline jumped meanwhile, the tape has nothing to fill. */
    jack.rolling = false;
    cycle(256);
    miss(1280);
    cycle(256);
    jack.rolling = true;
    cycle(256);
    miss(1280);
    jack.timeline = 480000;
    cycle(256);
    assert_int_equal(engine.skips, 3);
    assert_int_equal(engine.ran.timeline, 480000);
    assert_int_equal(tape.gap, 1280);
    /* A locate that is no gap is one at once, however near. */
    jack.timeline -= 256;
    cycle(256);
    assert_int_equal(engine.ran.timeline, 480000);
    jack.timeline += 256 * 5;
    cycle(256);
    assert_int_equal(engine.ran.timeline, 480000 + 256 * 6);
    assert_int_equal(engine.skips, 3);
    /* A server that set its timer back is no gap of a day. */
    jack.frame32 -= 10000;
    cycle(256);
    assert_int_equal(engine.skips, 3);
}

static void test_gaps_beyond_the_ring_are_still_counted(void **state) {
    (void)state;
    for (unsigned i = 0; i < HOST_GAPS + 50; i++) {
        cycle(64);
        miss(640);
    }
    cycle(64);
    uint64_t frame;
    uint32_t frames;
    unsigned told = 0;
    while (host_jack_gap(&host, &frame, &frames))
        told++;
    assert_int_equal(told, HOST_GAPS);
    assert_int_equal(atomic_load(&link_sound.head->status.missed_frames), (HOST_GAPS + 50) * 640);
}

static void test_another_server(void **state) {
    (void)state;
    jack.frame32 = 123456;
    cycle(256);
    cycle(256);
    const uint64_t before = engine.ran.frame;
    /* Half a second later, on a server that has just begun to count. */
    jack.us += 500000;
    jack.frame32 = 77;
    host.audio.resumed = true;
    cycle(256);
    assert_in_range(engine.skipped, 23998, 24002);
    assert_in_range(engine.ran.frame - before, 24256 - 2, 24256 + 2);
    cycle(256);
    assert_int_equal(engine.skips, 1);
}

static void test_period_sizes(void **state) {
    (void)state;
    uint64_t expected = 0;
    const uint32_t sizes[] = {1, 16, 48, 100, 256, 1024, 8192, 17};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cycle(sizes[i]);
        assert_int_equal(engine.nframes, sizes[i]);
        assert_int_equal(engine.ran.frame, expected);
        expected += sizes[i];
    }
    /* Larger than anything that was prepared: silence, and still 0. */
    const uint32_t runs = engine.runs;
    jack.buffer[INPUTS][HOST_MAX_PERIOD] = 1;
    assert_int_equal(host_process(HOST_MAX_PERIOD + 1, &host), 0);
    assert_int_equal(engine.runs, runs);
    assert_true(jack.buffer[INPUTS][HOST_MAX_PERIOD] == 0);
    jack.no_cycle_times = true;
    cycle(256);
    assert_int_equal(engine.runs, runs + 1);
}

static void test_fade(void **state) {
    (void)state;
    for (uint32_t i = 0; i < HOST_MAX_PERIOD; i++)
        jack.buffer[0][i] = jack.buffer[1][i] = 1.0f;
    cycle(256);
    for (uint32_t i = 0; i < 256; i++)
        assert_true(jack.buffer[INPUTS][i] == 1.0f); /* open: not one bit is touched */
    assert_true(atomic_load(&host.shared.faded));
    host_jack_fade(&host, true);
    host.client = (jack_client_t *)1;
    float last = 1, steepest = 0;
    int cycles = 0;
    while (!host_jack_faded(&host) && cycles++ < 100) {
        cycle(100);
        for (uint32_t i = 0; i < 100; i++) {
            steepest = fmaxf(steepest, fabsf(jack.buffer[INPUTS][i] - last));
            last = jack.buffer[INPUTS][i];
        }
    }
    assert_int_equal(cycles, 24); /* 50 ms are 2400 frames */
    assert_true(fabsf(last) < 1e-5f);
    assert_true(steepest < 1.001f * 3.14159265f / 2 / 2400); /* of a raised cosine */
    cycle(100);
    assert_true(jack.buffer[INPUTS][0] == 0 && jack.buffer[INPUTS + 1][99] == 0);
}

static void test_non_stop_heartbeat(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++)
        cycle(64);
    assert_int_equal(atomic_load(&link_sound.head->status.callbacks), 10);
    struct link control;
    char error[256];
    struct link_clock clock;
    assert_int_equal(link_attach(&control, link_sound.fd, error), 0);
    assert_true(link_clock_read(&control, &clock));
    assert_int_equal(clock.frame, 9 * 64);
    assert_int_equal(clock.period_frames, 64);
    assert_int_equal(clock.raw_ns / 1000, jack.us - 64 * 1000000ull / 48000);
    link_close(&control);
}

static void test_sync(void **state) {
    (void)state;
    jack_position_t pos = {.frame = 4800};
    jack.timeline = 4800;
    cycle(256);
    assert_int_equal(host_sync(JackTransportStarting, &pos, &host), 1); /* nobody to wait for */
    atomic_store(&host.shared.expect_control, true);
    assert_int_equal(host_sync(JackTransportStarting, &pos, &host), 0);
    struct link control;
    char error[256];
    assert_int_equal(link_attach(&control, link_sound.fd, error), 0);
    link_hand(&control, 0, 4800 + 255);
    assert_int_equal(host_sync(JackTransportStarting, &pos, &host), 0);
    link_hand(&control, 0, 4800 + 256);
    assert_int_equal(host_sync(JackTransportStarting, &pos, &host), 1);
    pos.frame = 9600; /* the engine has not seen that position yet */
    assert_int_equal(host_sync(JackTransportStarting, &pos, &host), 0);
    unsigned waited = 0;
    while (!host_sync(JackTransportStarting, &pos, &host) && waited < 1000)
        waited++;
    assert_in_range(waited, 40, 60); /* and 300 ms are all it waits: 56 periods */
    link_close(&control);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_time_unwraps),
        TEST(test_missed_cycles),
        TEST(test_lateness_is_no_gap),
        TEST(test_one_missed_cycle),
        TEST(test_gaps_beyond_the_ring_are_still_counted),
        TEST(test_another_server),
        TEST(test_period_sizes),
        TEST(test_fade),
        TEST(test_non_stop_heartbeat),
        TEST(test_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
