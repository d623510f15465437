/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound */
/* The tape, with the test as its audio thread: what plays, what is recorded, what is told. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "daemon/link.h"
#include "daemon/sound/tape.h"

#define RATE 48000
#define START (3596ll * RATE)
#define INS 6  /* A 1, B 2, C (not of the reel), missing, D (put in later) */
#define OUTS 8 /* stems DX 1, MX 2, NO 1; main PM 2; monitor 2 */

static char dir[200];

static const char desk_text[] =
    "title = \"A film, reel 1\"; rate = 48000;\n"
    "tape = { fps = 25; start = \"00:59:56:00\"; reel = \"reel\"; record = \"takes\"; };\n"
    "channels = ( { id = \"A\"; in = \"reel:a\"; to = [\"DX\"]; },\n"
    "  { id = \"B\"; in = \"reel:b\"; format = \"stereo\"; to = [\"MX\"]; },\n"
    "  { id = \"C\"; in = \"system:capture_1\"; to = [\"DX\"]; },\n"
    "  { id = \"E\"; in = \"reel:missing\"; to = [\"DX\"]; },\n"
    "  { id = \"D\"; to = [\"DX\"]; } );\n"
    "stems = ( { id = \"DX\"; role = \"dx\"; format = \"mono\"; }, { id = \"MX\"; role = \"mx\"; "
    "format = \"stereo\"; },\n"
    "  { id = \"NO\"; format = \"mono\"; record = false; } );\n"
    "mains = ( { id = \"PM\"; format = \"stereo\"; print_master = true; from = [\"DX\", \"MX\"]; } "
    ");\n"
    "monitor = { format = \"stereo\"; source = \"/main/PM\"; };\n";

static int number(int64_t frame, unsigned leg) {
    return (int)((frame * 7919 + leg * 1000003) % 4000000 - 2000000);
}
static float sample(int64_t frame, unsigned leg) {
    return (float)number(frame, leg) / 8388608.0f;
}

static void write_track(const char *name, int legs, int64_t frames, unsigned first_leg) {
    char path[300];
    snprintf(path, sizeof path, "%s/reel/%s.wav", dir, name);
    SF_INFO info = {
        .samplerate = RATE, .channels = legs, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_24};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    for (int64_t i = 0; i < frames; i++) {
        int x[2];
        for (int l = 0; l < legs; l++)
            x[l] = number(i, first_leg + (unsigned)l) * 256;
        sf_writef_int(file, x, 1);
    }
    sf_close(file);
}

static int make_dir(void **state) {
    (void)state;
    const char *tmp = getenv("TEST_TMP");
    char path[300];
    snprintf(dir, sizeof dir, "%s/tape.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/reel", dir);
    mkdir(path, 0777);
    write_track("a", 1, 600000, 0);
    write_track("b", 2, 600000, 1);
    write_track("other", 1, 600000, 9);
    return 0;
}
static int remove_dir(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

struct rig {
    struct desk *desk;
    struct tape *tape;
    char takes[300];
    float in[INS][8192], out[OUTS][8192];
    const float *inp[INS];
    float *outp[OUTS];
    char news[4096];
};

static const struct tape_latency prompt;

static void open_rig(struct rig *rig, const char *takes, const struct tape_latency *latency) {
    char name[300], error[256];
    struct desk_error desk_error;
    memset(rig, 0, sizeof *rig);
    snprintf(name, sizeof name, "%s/desk.cfg", dir);
    if (desk_parse(desk_text, name, &rig->desk, &desk_error))
        fail_msg("%s", desk_error.text);
    assert_int_equal(desk_ports(rig->desk, NULL, 0), INS + OUTS);
    snprintf(rig->takes, sizeof rig->takes, "%s/%s", dir, takes);
    const struct tape_options options = {
        .record_dir = rig->takes, .max_period_frames = 8192, .latency = *latency};
    rig->tape = tape_setup(rig->desk, &options, error);
    if (!rig->tape)
        fail_msg("%s", error);
    for (int p = 0; p < OUTS; p++)
        rig->outp[p] = rig->out[p];
}
static void close_rig(struct rig *rig) {
    tape_free(rig->tape);
    desk_free(rig->desk);
}

static struct tape_status service(struct rig *rig) {
    struct tape_status status, first;
    tape_service(rig->tape, &first);
    for (status = first; status.text[0]; tape_service(rig->tape, &status)) {
        strncat(rig->news, status.text, sizeof rig->news - strlen(rig->news) - 2);
        strcat(rig->news, "\n");
    }
    return first;
}

static void wait_ready(struct rig *rig, int64_t timeline, uint32_t n) {
    for (int i = 0; !tape_ready(rig->tape, timeline, n); i++) {
        if (i > 20000)
            fail_msg("the tape does not get ready");
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
}
static void wait_settled(struct rig *rig) {
    for (int i = 0; !service(rig).settled; i++) {
        if (i > 20000)
            fail_msg("the tape does not settle");
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
}

/* One period as a host does it. Outputs carry what tells frame and port apart. */
static void period(struct rig *rig, int64_t timeline, bool rolling, uint32_t n, int64_t stem_lag,
                   int64_t main_lag) {
    for (int p = 0; p < INS; p++)
        rig->inp[p] = rig->in[p];
    tape_play(rig->tape, timeline, rolling, n, rig->inp);
    for (int p = 0; p < OUTS; p++)
        for (uint32_t i = 0; i < n; i++)
            rig->out[p][i] =
                sample(timeline + i - (p < 4 ? stem_lag : main_lag), 100 + (unsigned)p);
    tape_record(rig->tape, timeline, rolling, rig->inp, rig->outp, n);
}

static void check_played(const struct rig *rig, int64_t timeline, uint32_t n) {
    assert_ptr_equal(rig->inp[3], rig->in[3]); /* C is not ours */
    assert_ptr_equal(rig->inp[5], rig->in[5]);
    for (unsigned p = 0; p < 5; p++)
        for (uint32_t i = 0; i < n && p != 3; i++) {
            const int64_t t = timeline + i;
            const float want = p == 4 || t < 0 || t >= 600000 ? 0 : sample(t, p);
            if (rig->inp[p][i] != want)
                fail_msg("port %u frame %lld: %g, expected %g", p, (long long)t,
                         (double)rig->inp[p][i], (double)want);
        }
}

static void test_play(void **state) {
    (void)state;
    static const uint32_t size[] = {16, 48, 100, 256, 1024, 8192};
    struct rig rig;
    open_rig(&rig, "none", &prompt);
    wait_ready(&rig, 0, 16);
    period(&rig, 0, false, 256, 0, 0); /* stopped: silence */
    for (int i = 0; i < 256; i++)
        assert_float_equal(rig.inp[0][i], 0, 0);
    for (unsigned s = 0; s < 6; s++) {
        const int64_t from = (int64_t)s * 7001; /* a locate each time */
        for (int64_t t = from; t < from + 60000; t += size[s]) {
            wait_ready(&rig, t, size[s]);
            period(&rig, t, true, size[s], 0, 0);
            check_played(&rig, t, size[s]);
        }
    }
    /* Far away, back, over the end. */
    static const int64_t at[] = {590000, 3, 599990, 300000, 700000, 2000, 298000};
    for (unsigned i = 0; i < sizeof at / sizeof *at; i++)
        for (int k = 0; k < 20; k++) {
            wait_ready(&rig, at[i] + k * 1000, 1000);
            period(&rig, at[i] + k * 1000, true, 1000, 0, 0);
            check_played(&rig, at[i] + k * 1000, 1000);
        }
    struct tape_status status = service(&rig);
    assert_int_equal(status.underruns, 0);
    assert_int_equal(status.state, TAPE_PLAYING);
    assert_non_null(strstr(rig.news, "reel:missing: no such file"));
    close_rig(&rig);
}

/* Without waiting: silence at first, counted, and soon the sound. */
static void test_underrun(void **state) {
    (void)state;
    struct rig rig;
    open_rig(&rig, "none", &prompt);
    wait_ready(&rig, 0, 256);
    period(&rig, 400000, true, 256, 0, 0);
    for (int i = 0; i < 256; i++)
        assert_float_equal(rig.inp[1][i], 0, 0);
    assert_int_equal(service(&rig).underruns, 1);
    wait_ready(&rig, 400256, 256);
    period(&rig, 400256, true, 256, 0, 0);
    check_played(&rig, 400256, 256);
    assert_int_equal(service(&rig).underruns, 1);
    /* A hint from main has the blocks there before the audio thread asks. */
    tape_locate(rig.tape, 100000);
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL); /* to look would be to ask */
    wait_ready(&rig, 100000, 256); /* the reader still has to see that it is no hint any more */
    close_rig(&rig);
}

static void test_input(void **state) {
    (void)state;
    struct rig rig;
    char error[256];
    open_rig(&rig, "none", &prompt);
    wait_ready(&rig, 0, 1000);
    assert_int_equal(tape_input(rig.tape, 0, "reel:nothere", error), -1);
    assert_non_null(strstr(error, "no such file"));
    period(&rig, 0, true, 1000, 0, 0);
    check_played(&rig, 0, 1000); /* the old one stays */
    assert_int_equal(tape_input(rig.tape, 0, "reel:other", error), 0);
    assert_int_equal(tape_input(rig.tape, 4, "reel:a", error), 0);
    wait_ready(&rig, 1000, 1000);
    period(&rig, 1000, true, 1000, 0, 0);
    assert_float_equal(rig.inp[0][5], sample(1005, 9), 0);
    assert_float_equal(rig.inp[1][5], sample(1005, 1), 0);
    assert_float_equal(rig.inp[5][5], sample(1005, 0), 0);
    assert_int_equal(tape_input(rig.tape, 0, "system:capture_2", error), 0);
    period(&rig, 2000, true, 1000, 0, 0);
    assert_ptr_equal(rig.inp[0], rig.in[0]);
    assert_int_equal(tape_input(rig.tape, 99, "reel:a", error), -1);
    assert_int_equal(service(&rig).underruns, 0);
    close_rig(&rig);
}

/* ---- recording ---- */

static const char *take_path(const struct rig *rig, int take, const char *file) {
    static char path[512];
    snprintf(path, sizeof path, "%s/A_film_reel_1_%03d/%s", rig->takes, take, file);
    return path;
}

struct taken {
    int *x;
    SF_INFO info;
    int64_t reference;
};
static struct taken read_take(const struct rig *rig, int take, const char *file) {
    struct taken t = {0};
    SNDFILE *f = sf_open(take_path(rig, take, file), SFM_READ, &t.info);
    if (!f)
        fail_msg("%s: %s", take_path(rig, take, file), sf_strerror(NULL));
    t.x = malloc(sizeof(int) * (size_t)(t.info.frames * t.info.channels + 1));
    assert_int_equal(sf_readf_int(f, t.x, t.info.frames), t.info.frames);
    SF_BROADCAST_INFO bext;
    assert_int_equal(sf_command(f, SFC_GET_BROADCAST_INFO, &bext, sizeof bext), SF_TRUE);
    t.reference = (int64_t)bext.time_reference_high << 32 | bext.time_reference_low;
    sf_close(f);
    return t;
}

/* A file of a take: frames from timeline `first` on, but for a silent stretch. */
static void check_take(const struct rig *rig, int take, int64_t first, int64_t frames,
                       int64_t silent, int64_t silent_frames) {
    static const struct {
        const char *file;
        unsigned port;
    } file[] = {{"stem_DX.wav", 0}, {"stem_MX.wav", 1}, {"main_PM.wav", 4}};
    for (unsigned i = 0; i < 3; i++) {
        struct taken t = read_take(rig, take, file[i].file);
        assert_int_equal(t.info.frames, frames);
        assert_int_equal(t.reference, START + first);
        for (int64_t f = 0; f < frames; f++)
            for (int l = 0; l < t.info.channels; l++) {
                const int64_t at = first + f;
                const bool quiet = at >= silent && at < silent + silent_frames;
                const int want = quiet ? 0 : number(at, 100 + file[i].port + (unsigned)l) * 256;
                if (t.x[f * t.info.channels + l] != want)
                    fail_msg("%s frame %lld leg %d", file[i].file, (long long)at, l);
            }
        free(t.x);
    }
    assert_int_not_equal(access(take_path(rig, take, "stem_NO.wav"), F_OK), 0);
}

static void test_record(void **state) {
    (void)state;
    struct rig rig;
    char error[256];
    open_rig(&rig, "rec/here", &prompt);
    period(&rig, 0, true, 256, 0, 0); /* not armed */
    if (tape_arm(rig.tape, true, error))
        fail_msg("%s", error);
    period(&rig, 256, false, 256, 0, 0); /* not rolling */
    assert_true(service(&rig).settled);
    for (int64_t t = 5000; t < 125000; t += 100) {
        wait_ready(&rig, t, 100);
        period(&rig, t, true, 100, 0, 0);
    }
    assert_false(service(&rig).settled);
    period(&rig, 125000, false, 100, 0, 0);
    wait_settled(&rig);
    assert_int_equal(service(&rig).frames, 120000);
    check_take(&rig, 1, 5000, 120000, 0, 0);
    /* The next roll is the next take; a gap is silence; a jump begins another. */
    for (int64_t t = 0; t < 10000; t += 1000)
        period(&rig, t, true, 1000, 0, 0);
    tape_gap(rig.tape, 512);
    for (int64_t t = 10512; t < 20512; t += 1000)
        period(&rig, t, true, 1000, 0, 0);
    period(&rig, 90000, true, 1000, 0, 0);
    assert_int_equal(service(&rig).state, TAPE_RECORDING);
    assert_int_equal(tape_arm(rig.tape, false, error), 0);
    period(&rig, 91000, true, 1000, 0, 0);
    wait_settled(&rig);
    check_take(&rig, 2, 0, 20512, 10000, 512);
    check_take(&rig, 3, 90000, 1000, 0, 0);
    FILE *log = fopen(take_path(&rig, 2, "take.txt"), "r");
    char text[512] = "";
    assert_true(fread(text, 1, sizeof text - 1, log) > 0);
    fclose(log);
    assert_string_equal(text, "begin\t0\t0\t00:59:56:00.00\ngap\t10000\t512\t00:59:56:05.20\n"
                              "end\t20512\t0\t00:59:56:10.68\n");
    const struct tape_status status = service(&rig);
    assert_int_equal(status.overruns, 0);
    assert_false(status.armed);
    assert_non_null(strstr(rig.news, "take begun: "));
    assert_non_null(strstr(rig.news, "A_film_reel_1_003, 1000 frames"));
    close_rig(&rig);
}

/* What the engine delays comes out of the files again, stems and mains each by its own; the last
 * frames come after the end, in periods of any length. */
static void test_latency(void **state) {
    (void)state;
    static const uint32_t size[] = {16, 100, 1000};
    static const struct tape_latency late = {.stem_frames = 137, .main_frames = 205};
    char error[256];
    for (unsigned s = 0; s < 3; s++) {
        struct rig rig;
        char name[16];
        snprintf(name, sizeof name, "late%u", s);
        open_rig(&rig, name, &late);
        assert_int_equal(tape_arm(rig.tape, true, error), 0);
        const int64_t end = 1000 + 4000;
        int64_t t = 1000;
        for (; t < end; t += size[s])
            period(&rig, t, true, size[s], 137, 205);
        for (int64_t after = t; after < t + 205; after += size[s]) { /* the engine runs on */
            for (int p = 0; p < OUTS; p++)
                for (uint32_t i = 0; i < size[s]; i++)
                    rig.out[p][i] = sample(after + i - (p < 4 ? 137 : 205), 100 + (unsigned)p);
            tape_record(rig.tape, t, false, rig.inp, rig.outp, size[s]);
        }
        wait_settled(&rig);
        check_take(&rig, 1, 1000, t - 1000, 0, 0);
        /* Shorter than the latency. */
        period(&rig, 20000, true, 16, 137, 205);
        for (int64_t after = 20016; after < 20016 + 205; after += 16) {
            for (int p = 0; p < OUTS; p++)
                for (uint32_t i = 0; i < 16; i++)
                    rig.out[p][i] = sample(after + i - (p < 4 ? 137 : 205), 100 + (unsigned)p);
            tape_record(rig.tape, 20016, false, rig.inp, rig.outp, 16);
        }
        wait_settled(&rig);
        check_take(&rig, 2, 20000, 16, 0, 0);
        close_rig(&rig);
    }
}

/* A gap in the middle; a jump at the end, which cuts off the last frames. */
static void test_latency_cut(void **state) {
    (void)state;
    static const struct tape_latency late = {.stem_frames = 137, .main_frames = 205};
    struct rig rig;
    char error[256], text[512] = "";
    open_rig(&rig, "cut", &late);
    assert_int_equal(tape_arm(rig.tape, true, error), 0);
    for (int64_t t = 1000; t < 5000; t += 100)
        period(&rig, t, true, 100, 137, 205);
    period(&rig, 90000, true, 100, 137, 205);
    /* and one that another roll from where it stopped cuts short */
    for (int64_t t = 90100; t < 91000; t += 100)
        period(&rig, t, true, 100, 137, 205);
    period(&rig, 91000, false, 100, 137, 205);
    period(&rig, 91000, true, 100, 137, 205);
    assert_int_equal(tape_arm(rig.tape, false, error), 0);
    for (int64_t t = 91100; t < 91500; t += 100) /* disarmed and rolling on */
        period(&rig, t, true, 100, 137, 205);
    wait_settled(&rig);
    check_take(&rig, 1, 1000, 4000, 5000 - 205, 205);
    check_take(&rig, 2, 90000, 1000, 91000 - 105, 105);
    check_take(&rig, 3, 91000, 100, 0, 0);
    FILE *log = fopen(take_path(&rig, 1, "take.txt"), "r");
    assert_true(fread(text, 1, sizeof text - 1, log) > 0);
    fclose(log);
    assert_non_null(strstr(text, "gap\t4795\t205\t"));
    close_rig(&rig);
    /* no callback for a while: what is in the engine then comes behind it */
    open_rig(&rig, "gap", &late);
    assert_int_equal(tape_arm(rig.tape, true, error), 0);
    for (int64_t t = 1000; t < 5000; t += 100)
        period(&rig, t, true, 100, 137, 205);
    tape_gap(rig.tape, 50);
    for (int64_t t = 5050; t < 9050; t += 100)
        period(&rig, t, true, 100, 137 - 68, 205); /* 68: what waited for the mains came before */
    period(&rig, 9050, false, 100, 137, 205);
    period(&rig, 9050, false, 200, 137, 205);
    wait_settled(&rig);
    struct taken taken = read_take(&rig, 1, "main_PM.wav");
    assert_int_equal(taken.info.frames, 8050);
    for (int64_t f = 5000 - 205; f < 5050 - 205; f++)
        assert_int_equal(taken.x[2 * (f - 1000)], 0);
    for (int64_t f = 5050 - 205; f < 9050 - 205; f++)
        assert_int_equal(taken.x[2 * (f - 1000)], number(f, 104) * 256);
    free(taken.x);
    /* another latency ends the take */
    assert_int_equal(tape_arm(rig.tape, true, error), 0);
    period(&rig, 0, true, 1000, 137, 205);
    tape_latency(rig.tape, &prompt);
    period(&rig, 1000, true, 1000, 0, 0);
    period(&rig, 2000, false, 1000, 0, 0);
    wait_settled(&rig);
    check_take(&rig, 2, 0, 1000, 1000 - 205, 205);
    check_take(&rig, 3, 1000, 1000, 0, 0);
    close_rig(&rig);
}

/* Returns of inserts stand beside the stems, in floating point, each taken back by its own latency.
 */
static void test_returns(void **state) {
    (void)state;
    static const char text[] =
        "title = \"R\"; rate = 48000; tape = { start = \"00:59:56:00\"; bits = 24; };\n"
        "channels = ( { id = \"A\"; insert = true; }, { id = \"B\"; } );\n"
        "groups = ( { id = \"G\"; format = \"stereo\"; insert = true; } );\n"
        "stems = ( { id = \"S\"; format = \"mono\"; } );\n";
    static float in[5][256], out[6][256];
    const float *inp[5] = {in[0], in[1], in[2], in[3], in[4]};
    float *outp[6] = {out[0], out[1], out[2], out[3], out[4], out[5]};
    struct rig rig = {.tape = NULL};
    struct desk_error desk_error;
    char error[256];
    assert_int_equal(desk_parse(text, "r.cfg", &rig.desk, &desk_error), 0);
    snprintf(rig.takes, sizeof rig.takes, "%s/returns", dir);
    const struct tape_options options = {
        .record_dir = rig.takes, .max_period_frames = 256, .latency_most_frames = 1024};
    rig.tape = tape_setup(rig.desk, &options, error);
    assert_non_null(rig.tape);
    static const struct tape_latency late = {
        .stem_frames = 512, .main_frames = 512, .ch_return_frames = 200, .grp_return_frames = 456};
    tape_latency(rig.tape, &late);
    assert_int_equal(tape_arm(rig.tape, true, error), 0);
    for (int64_t t = 1000; t < 1000 + 200 * 20; t += 200) {
        for (unsigned i = 0; i < 200; i++) {
            in[2][i] = sample(t + i - 200, 0) * 1.1f; /* not of 24 bits */
            in[3][i] = sample(t + i - 456, 1);
            in[4][i] = sample(t + i - 456, 2);
            out[0][i] = sample(t + i - 512, 3);
        }
        tape_record(rig.tape, t, t < 4000, inp, outp, 200);
    }
    wait_settled(&rig);
    static const char *const names[] = {"insert_ch_A.wav", "insert_grp_G.wav", "stem_S.wav"};
    for (unsigned f = 0; f < 3; f++) {
        char path[512];
        SF_INFO info = {0};
        snprintf(path, sizeof path, "%s/R_001/%s", rig.takes, names[f]);
        SNDFILE *file = sf_open(path, SFM_READ, &info);
        assert_non_null(file);
        assert_int_equal(info.frames, 3000);
        assert_int_equal(info.format & SF_FORMAT_SUBMASK,
                         f < 2 ? SF_FORMAT_FLOAT : SF_FORMAT_PCM_24);
        for (int64_t t = 1000; t < 4000; t++) {
            float x[2];
            sf_readf_float(file, x, 1);
            const float want = f == 0 ? sample(t, 0) * 1.1f : sample(t, f == 1 ? 1 : 3);
            if (x[0] != want)
                fail_msg("%s frame %lld", names[f], (long long)t);
            if (f == 1)
                assert_float_equal(x[1], sample(t, 2), 0);
        }
        sf_close(file);
    }
    close_rig(&rig);
}

/* Faster than any disk: what does not fit is silence of the same length, and logged. */
static void test_overrun(void **state) {
    (void)state;
    struct rig rig;
    char error[256];
    open_rig(&rig, "over", &prompt);
    for (int p = 0; p < OUTS; p++)
        for (int i = 0; i < 8192; i++)
            rig.out[p][i] = 0.5f;
    assert_int_equal(tape_arm(rig.tape, true, error), 0);
    int64_t t = 0;
    while (service(&rig).overruns == 0 && t < 8192 * 4000ll) {
        tape_record(rig.tape, t, true, rig.inp, rig.outp, 8192);
        t += 8192;
    }
    tape_record(rig.tape, t, false, rig.inp, rig.outp, 8192);
    for (int i = 0; i < 3000 && !service(&rig).settled; i++) { /* the end may be owed */
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        tape_record(rig.tape, t, false, rig.inp, rig.outp, 8192);
    }
    wait_settled(&rig);
    assert_true(service(&rig).overruns > 0);
    struct taken take = read_take(&rig, 1, "stem_DX.wav");
    assert_int_equal(take.info.frames, t);
    int64_t silent = 0;
    for (int64_t i = 0; i < t; i++)
        silent += take.x[i] == 0;
    assert_true(silent > 0 && silent % 8192 == 0);
    free(take.x);
    close_rig(&rig);
}

/* The desk goes away in the middle of a take: its files are whole. */
static void test_freed(void **state) {
    (void)state;
    struct rig rig;
    char error[256];
    open_rig(&rig, "freed", &prompt);
    assert_int_equal(tape_arm(rig.tape, true, error), 0);
    for (int64_t t = 0; t < 50000; t += 1000)
        period(&rig, t, true, 1000, 0, 0);
    tape_free(rig.tape);
    check_take(&rig, 1, 0, 50000, 0, 0);
    desk_free(rig.desk);
}

static void test_cannot_record(void **state) {
    (void)state;
    struct rig rig;
    char error[256], path[300];
    snprintf(path, sizeof path, "%s/file", dir);
    FILE *file = fopen(path, "w");
    fclose(file);
    open_rig(&rig, "file/below", &prompt);
    assert_int_equal(tape_arm(rig.tape, true, error), -1);
    assert_non_null(strstr(error, "cannot record into"));
    assert_false(service(&rig).armed);
    close_rig(&rig);
    /* The folder goes after arming: told, and the desk goes on. */
    open_rig(&rig, "gone", &prompt);
    assert_int_equal(tape_arm(rig.tape, true, error), 0);
    snprintf(path, sizeof path, "%s/gone", dir);
    rmdir(path);
    file = fopen(path, "w");
    fclose(file);
    for (int64_t t = 0; t < 5000; t += 1000)
        period(&rig, t, true, 1000, 0, 0);
    for (int i = 0; i < 2000 && service(&rig).state != TAPE_ERROR; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_int_equal(service(&rig).state, TAPE_ERROR);
    assert_non_null(strstr(rig.news, "nothing is recorded: "));
    period(&rig, 5000, false, 1000, 0, 0);
    wait_settled(&rig);
    close_rig(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_play),    cmocka_unit_test(test_underrun),
        cmocka_unit_test(test_input),   cmocka_unit_test(test_record),
        cmocka_unit_test(test_latency), cmocka_unit_test(test_latency_cut),
        cmocka_unit_test(test_returns), cmocka_unit_test(test_overrun),
        cmocka_unit_test(test_freed),   cmocka_unit_test(test_cannot_record),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
