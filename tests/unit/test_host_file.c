/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound */
/* The file host without control: samples come out where and as they went in, at any period. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "daemon/sound/host_file.h"

#define RATE 48000
#define FADE 240 /* 5 ms: channels fed by tape come in under this when rolling begins */

static char dir[200];

static const char desk_text[] =
    "title = \"Test desk\"; rate = 48000; tape = { fps = 25; start = \"01:00:00:00\"; reel = "
    "\"reel\"; bits = 24; };\n"
    "channels = ( { id = \"A\"; in = \"reel:a\"; to = [\"DX\"]; },\n"
    "  { id = \"B\"; in = \"reel:b\"; format = \"stereo\"; to = [\"MX\"]; },\n"
    "  { id = \"C\"; in = \"reel:missing\"; to = [\"DX\"]; } );\n"
    "stems = ( { id = \"DX\"; role = \"dx\"; format = \"lcr\"; }, { id = \"MX\"; role = \"mx\"; "
    "format = \"stereo\"; record = false; } );\n"
    "mains = ( { id = \"PM\"; format = \"lcr\"; print_master = true; from = [\"DX\", \"MX\"]; } "
    ");\n";

static int sample(int64_t frame, unsigned leg) {
    return (int)((frame * 7919 + leg * 1000003) % 2000000 - 1000000);
}

static void write_track(const char *name, int legs, int64_t frames, int64_t reference) {
    char path[300];
    snprintf(path, sizeof path, "%s/reel/%s.wav", dir, name);
    SF_INFO info = {
        .samplerate = RATE, .channels = legs, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_24};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    SF_BROADCAST_INFO bext = {.version = 1, .time_reference_low = (uint32_t)reference};
    sf_command(file, SFC_SET_BROADCAST_INFO, &bext, sizeof bext);
    for (int64_t i = 0; i < frames; i++) {
        int x[2];
        for (int l = 0; l < legs; l++)
            x[l] = sample(i, (unsigned)l) * 256;
        sf_writef_int(file, x, 1);
    }
    sf_close(file);
}

static int make_dir(void **state) {
    (void)state;
    const char *tmp = getenv("TEST_TMP");
    char path[300];
    snprintf(dir, sizeof dir, "%s/host.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/reel", dir);
    mkdir(path, 0777);
    write_track("a", 1, 30000, 3600ll * RATE + 1000);
    write_track("b", 2, 20000, 3600ll * RATE);
    return 0;
}
static int remove_dir(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

/* A desk with a stand-in for control. */
struct rig {
    struct desk *desk;
    struct link sound, control;
    struct intake intake;
    struct engine *engine;
    struct host_file *host;
    bool deaf; /* control hands nothing down */
    int64_t stop_at;
    uint32_t move_slot; /* set at a timeline frame */
    int64_t move_at;
    float move_value;
    bool moved;
    char said[1024];
    double last_done;
    unsigned progressed;
};

static bool tick(void *ctx, int64_t timeline) {
    struct rig *rig = ctx;
    struct link_clock clock;
    assert_true(link_clock_read(&rig->control, &clock));
    assert_int_equal(clock.freewheel, 1);
    if (rig->deaf)
        return true;
    if (rig->move_at >= 0 && !rig->moved) {
        const struct command command = {
            .op = COMMAND_SET, .slot = rig->move_slot, .value = rig->move_value};
        const struct group group = {.seq = 1,
                                    .when = WHEN_TIMELINE,
                                    .frame = (uint64_t)rig->move_at,
                                    .epoch = clock.epoch,
                                    .count = 1};
        assert_int_equal(link_send(&rig->control, &group, &command), 0);
        rig->moved = true;
    }
    link_hand(&rig->control, clock.epoch, clock.timeline + 5 * RATE);
    return timeline < rig->stop_at;
}

static void say(void *ctx, int level, const char *text) {
    (void)level;
    struct rig *rig = ctx;
    strncat(rig->said, text, sizeof rig->said - strlen(rig->said) - 1);
}
static void progress(void *ctx, const struct host_file_progress *p) {
    struct rig *rig = ctx;
    assert_true(p->done >= rig->last_done && p->done <= 1);
    rig->last_done = p->done;
    rig->progressed++;
}

static void open_rig(struct rig *rig, uint32_t period) {
    char name[256], error[512];
    struct desk_error desk_error;
    memset(rig, 0, sizeof *rig);
    rig->stop_at = INT64_MAX;
    rig->move_at = -1;
    snprintf(name, sizeof name, "%s/desk.cfg", dir);
    if (desk_parse(desk_text, name, &rig->desk, &desk_error))
        fail_msg("%s", desk_error.text);
    assert_int_equal(
        link_create(&rig->sound, rig->desk, desk_text, name, intake_meters(rig->desk), 1, error),
        0);
    assert_int_equal(link_attach(&rig->control, rig->sound.fd, error), 0);
    intake_init(&rig->intake, &rig->sound, RATE);
    const struct engine_options engine = {.event = intake_event, .event_ctx = &rig->intake};
    rig->engine = engine_setup(rig->desk, &engine, error);
    assert_non_null(rig->engine);
    intake_engine(&rig->intake, rig->engine);
    const struct host_file_options options = {.desk = rig->desk,
                                              .link = &rig->sound,
                                              .intake = &rig->intake,
                                              .engine = rig->engine,
                                              .period_frames = period,
                                              .ctx = rig,
                                              .tick = tick,
                                              .log = say,
                                              .progress = progress};
    rig->host = host_file_setup(&options, error);
    assert_non_null(rig->host);
}
static void close_rig(struct rig *rig) {
    host_file_free(rig->host);
    engine_free(rig->engine);
    link_close(&rig->control);
    link_close(&rig->sound);
    desk_free(rig->desk);
}

static int run(struct rig *rig, int64_t chase, int64_t from, int64_t to, const char *out,
               struct host_file_result *result, char error[256]) {
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, out);
    mkdir(path, 0777);
    const struct host_file_pass pass = {.from = from, .to = to, .chase = chase, .out_dir = path};
    return host_file_run(rig->host, &pass, result, error);
}

/* All samples of an output, [frames][legs]; *reference is its bext's. */
static int *read_out(const char *out, const char *file, SF_INFO *info, int64_t *reference) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s/%s", dir, out, file);
    memset(info, 0, sizeof *info);
    SNDFILE *f = sf_open(path, SFM_READ, info);
    if (!f)
        fail_msg("%s: %s", path, sf_strerror(NULL));
    int *x = malloc(sizeof(int) * (size_t)(info->frames * info->channels + 1));
    assert_int_equal(sf_readf_int(f, x, info->frames), info->frames);
    SF_BROADCAST_INFO bext;
    assert_int_equal(sf_command(f, SFC_GET_BROADCAST_INFO, &bext, sizeof bext), SF_TRUE);
    *reference = (int64_t)bext.time_reference_high << 32 | bext.time_reference_low;
    sf_close(f);
    return x;
}

static void test_pass(void **state) {
    (void)state;
    struct rig rig;
    struct host_file_result result;
    char error[256];
    SF_INFO info;
    int64_t from = 1, to = 1, reference;
    open_rig(&rig, 100);
    assert_int_equal(host_file_missing(rig.host), 1);
    assert_non_null(strstr(rig.said, "reel:missing: no such file"));
    assert_true(host_file_extent(rig.host, &from, &to));
    assert_int_equal(from, 0);
    assert_int_equal(to, 31000);
    if (run(&rig, from, from, to, "whole", &result, error))
        fail_msg("%s", error);
    assert_int_equal(result.files, 3);
    assert_int_equal(result.failed, 0);
    assert_true(rig.progressed > 0 && rig.last_done == 1);
    int *x = read_out("whole", "stem_DX.wav", &info, &reference);
    assert_int_equal(info.frames, 31000);
    assert_int_equal(info.channels, 3);
    assert_int_equal(reference, 3600ll * RATE);
    for (int64_t i = 0; i < 31000; i++) { /* mono to C alone, at unity, 1000 frames in */
        assert_int_equal(x[i * 3 + 2], i < 1000 ? 0 : sample(i - 1000, 0) * 256);
        assert_int_equal(x[i * 3], 0);
    }
    free(x);
    x = read_out("whole", "stem_MX.wav", &info, &reference); /* not taped, but rendered */
    assert_int_equal(info.channels, 2);
    for (int64_t i = FADE; i < 31000; i++)
        assert_int_equal(x[i * 2 + 1], i < 20000 ? sample(i, 1) * 256 : 0);
    free(x);
    close_rig(&rig);
}

static void test_periods(void **state) {
    (void)state;
    static const uint32_t period[] = {1, 16, 48, 100, 256, 1024, 8192};
    int *first = NULL;
    for (unsigned p = 0; p < sizeof period / sizeof *period; p++) {
        struct rig rig;
        struct host_file_result result;
        char error[256], out[32];
        SF_INFO info;
        int64_t reference;
        open_rig(&rig, period[p]);
        rig.move_at = 5003;
        rig.move_value = -20;
        rig.move_slot = layout_slot(&rig.desk->layout, KIND_CH, 1, ROW_FADER, 0, 0);
        snprintf(out, sizeof out, "p%u", period[p]);
        if (run(&rig, 0, 0, 31000, out, &result, error))
            fail_msg("%s", error);
        int *x = read_out(out, "main_PM.wav", &info, &reference);
        assert_int_equal(info.frames, 31000);
        close_rig(&rig);
        if (!first) {
            first = x;
            continue;
        }
        assert_memory_equal(x, first, sizeof(int) * 31000 * 3);
        free(x);
    }
    assert_int_not_equal(first[3 * 4000], 0);
    free(first);
}

/* A part of the timeline; the head of a track that began before stays out; its file says where. */
static void test_range(void **state) {
    (void)state;
    struct rig rig;
    struct host_file_result result;
    char error[256];
    SF_INFO info;
    int64_t reference;
    open_rig(&rig, 256);
    rig.move_at = 2000;
    rig.move_value = -144;
    rig.move_slot = layout_slot(&rig.desk->layout, KIND_CH, 1, ROW_FADER, 0, 0);
    if (run(&rig, 2000, 10001, 20003, "range", &result, error))
        fail_msg("%s", error);
    int *x = read_out("range", "stem_DX.wav", &info, &reference);
    assert_int_equal(info.frames, 10002);
    assert_int_equal(reference, 3600ll * RATE + 10001);
    for (int64_t i = FADE; i < info.frames; i++)
        assert_int_equal(x[i * 3 + 2], sample(i + 10001 - 1000, 0) * 256);
    free(x);
    x = read_out("range", "stem_MX.wav", &info, &reference); /* closed on the way to it */
    for (int64_t i = 0; i < info.frames * 2; i++)
        assert_int_equal(x[i], 0);
    free(x);
    assert_int_equal(run(&rig, 5, 5, 5, "range", &result, error), -1);
    close_rig(&rig);
}

static void test_given_up(void **state) {
    (void)state;
    struct rig rig;
    struct host_file_result result;
    char error[256];
    SF_INFO info;
    int64_t reference;
    open_rig(&rig, 256);
    rig.stop_at = 10000;
    assert_int_equal(run(&rig, 0, 0, 31000, "stop", &result, error), -1);
    assert_string_equal(error, "stopped");
    assert_int_equal(result.files, 0);
    free(read_out("stop", "stem_DX.wav", &info, &reference)); /* whole up to there */
    assert_in_range(info.frames, 9000, 10000);
    close_rig(&rig);
    open_rig(&rig, 256);
    rig.deaf = true;
    assert_int_equal(run(&rig, 0, 0, 31000, "deaf", &result, error), -1);
    assert_non_null(strstr(error, "control does not hand down"));
    close_rig(&rig);
}

/* One file that cannot be made: the others are. */
static void test_one_file_fails(void **state) {
    (void)state;
    struct rig rig;
    struct host_file_result result;
    char error[256], path[300];
    open_rig(&rig, 256);
    snprintf(path, sizeof path, "%s/broken", dir);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/broken/stem_DX.wav", dir);
    mkdir(path, 0777);
    assert_int_equal(run(&rig, 0, 0, 31000, "broken", &result, error), 0);
    assert_int_equal(result.files, 2);
    assert_int_equal(result.failed, 1);
    assert_non_null(strstr(rig.said, "stem_DX.wav: Is a directory"));
    assert_int_equal(run(&rig, 0, 0, 31000, "no/where", &result, error), -1);
    close_rig(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pass),           cmocka_unit_test(test_periods),
        cmocka_unit_test(test_range),          cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_one_file_fails),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
