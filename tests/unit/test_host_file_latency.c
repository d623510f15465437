/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound */
/* The file host over an engine that is late, stems and mains by different lengths: it stands in the
 * real one's place on the link line. Every file begins at its frame and ends with its last one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sndfile.h>

#include "daemon/sound/host_file.h"

#define RATE 48000
#define LONG 20000
#define MOST 512
#define OUTS 4 /* stems A, B; main; monitor */

static char dir[200];

/* ---- an engine that is late ---- */

struct engine {
    uint32_t late[OUTS];
    float line[OUTS][MOST];
    uint32_t at;
    struct engine_time last;
    bool stopped_behind; /* it ran on, stopped, behind the pass */
};

void engine_begin(struct engine *e, const struct engine_time *time) RT {
    e->stopped_behind |= e->last.rolling && !time->rolling;
    e->last = *time;
}
void engine_run(struct engine *e, const struct engine_time *time, const float *const *in,
                float *const *out, uint32_t nframes) RT {
    engine_begin(e, time);
    for (uint32_t i = 0; i < nframes; i++, e->at = (e->at + 1) % MOST)
        for (uint32_t p = 0; p < OUTS; p++) {
            e->line[p][e->at] = in[0] ? in[0][i] : 0;
            out[p][i] = e->line[p][(e->at + MOST - e->late[p]) % MOST];
        }
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
    (void)e;
    *counters = (struct engine_counters){0};
}
void engine_meters_read(const struct engine *e, struct meter_value *values) RT {
    (void)e, (void)values;
}
uint32_t engine_latency_frames(const struct engine *e, enum kind kind) {
    return kind == KIND_STEM ? e->late[0] : kind == KIND_MAIN ? e->late[2] : 0;
}
void engine_insert_loop(struct engine *e, uint32_t loop_frames) RT {
    (void)e, (void)loop_frames;
}

/* ---- rig ---- */

static const char desk_text[] =
    "rate = 48000; tape = { reel = \"reel\"; bits = 32; };\n"
    "channels = ( { id = \"C\"; in = \"reel:c\"; to = [\"A\", \"B\"]; } );\n"
    "stems = ( { id = \"A\"; format = \"mono\"; }, { id = \"B\"; format = \"mono\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"mono\"; } );\n"
    "monitor = { format = \"mono\"; };\n";

static float sample(int64_t frame) {
    return (float)((frame * 7919 + 17) % 2000003) / 4e6f;
}

static int make_dir(void **state) {
    (void)state;
    const char *tmp = getenv("TEST_TMP");
    char path[300];
    snprintf(dir, sizeof dir, "%s/late.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/reel", dir);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/reel/c.wav", dir);
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        return -1;
    for (int64_t i = 0; i < LONG; i++) {
        const float x = sample(i);
        sf_writef_float(file, &x, 1);
    }
    return sf_close(file);
}
static int remove_dir(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static struct link control;

static bool tick(void *ctx, int64_t timeline) {
    (void)ctx, (void)timeline;
    struct link_clock clock;
    assert_true(link_clock_read(&control, &clock));
    link_hand(&control, clock.epoch, clock.timeline + 5 * RATE);
    return true;
}

static void check_file(const char *name, int64_t from, int64_t to) {
    char path[300];
    static float x[LONG];
    SF_INFO info = {0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.frames, to - from);
    assert_int_equal(sf_readf_float(file, x, to - from), to - from);
    sf_close(file);
    for (int64_t i = from; i < to; i++)
        if (x[i - from] != sample(i))
            fail_msg("%s frame %lld of %lld..%lld", name, (long long)i, (long long)from,
                     (long long)to);
}

static void render(uint32_t period, uint32_t stem, uint32_t main, int64_t from, int64_t to) {
    struct engine engine = {.late = {stem, stem, main, main}, .last = {0}};
    struct desk *desk;
    struct desk_error desk_error;
    struct link sound;
    struct intake intake;
    char name[256], error[512];
    snprintf(name, sizeof name, "%s/desk.cfg", dir);
    assert_int_equal(desk_parse(desk_text, name, &desk, &desk_error), 0);
    assert_int_equal(link_create(&sound, desk, desk_text, name, intake_meters(desk), 1, error), 0);
    assert_int_equal(link_attach(&control, sound.fd, error), 0);
    intake_init(&intake, &sound, RATE);
    intake_engine(&intake, &engine);
    const struct host_file_options options = {.desk = desk,
                                              .link = &sound,
                                              .intake = &intake,
                                              .engine = &engine,
                                              .period_frames = period,
                                              .tick = tick};
    struct host_file *host = host_file_setup(&options, error);
    assert_non_null(host);
    const struct host_file_pass pass = {.from = from, .to = to, .chase = from, .out_dir = dir};
    struct host_file_result result;
    if (host_file_run(host, &pass, &result, error))
        fail_msg("%s", error);
    assert_int_equal(result.files, 3);
    assert_int_equal(engine.stopped_behind, stem > 0);
    host_file_free(host);
    link_close(&control);
    link_close(&sound);
    desk_free(desk);
    check_file("stem_A.wav", from, to);
    check_file("stem_B.wav", from, to);
    check_file("main_PM.wav", from, to);
}

static void test_late(void **state) {
    (void)state;
    static const uint32_t period[] = {16, 100, 1024, 8192};
    for (unsigned p = 0; p < 4; p++) {
        render(period[p], 0, 0, 0, 9999);
        render(period[p], 128, 192, 0, 9999);
        render(period[p], 137, 402, 5003, 17001);
        render(period[p], 128, 192, 1000, 1007); /* shorter than the latency */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
