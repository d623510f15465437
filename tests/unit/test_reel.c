/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound */
/* Reel tracks: every sample where it belongs, whatever the container, the rate or the portions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "daemon/sound/reel.h"

#define RATE 48000
#define START (3596ll * RATE) /* 00:59:56:00 */

static char dir[256];

static int make_dir(void **state) {
    (void)state;
    const char *tmp = getenv("TEST_TMP");
    snprintf(dir, sizeof dir, "%s/reel.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}
static int remove_dir(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

/* A test signal that tells each frame and leg apart and is exact in 24 bits. */
static float sample(int64_t frame, unsigned leg) {
    return (float)((frame * 37 + leg * 1000003) % 8000000 - 4000000) / 8388608.0f;
}

static void write_file(const char *name, int format, int rate, int legs, int64_t frames,
                       int64_t reference, float (*f)(int64_t, unsigned)) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    SF_INFO info = {.samplerate = rate, .channels = legs, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        fail_msg("%s: %s", path, sf_strerror(NULL));
    if (reference >= 0) {
        SF_BROADCAST_INFO bext = {.version = 1,
                                  .time_reference_low = (uint32_t)reference,
                                  .time_reference_high = (uint32_t)(reference >> 32)};
        assert_int_equal(sf_command(file, SFC_SET_BROADCAST_INFO, &bext, sizeof bext), SF_TRUE);
    }
    float *x = malloc(sizeof(float) * (size_t)(frames * legs));
    for (int64_t i = 0; i < frames; i++)
        for (int l = 0; l < legs; l++)
            x[i * legs + l] = f(i, (unsigned)l);
    if ((format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_24) { /* floats would be rescaled */
        int *y = malloc(sizeof(int) * (size_t)(frames * legs));
        for (int64_t i = 0; i < frames * legs; i++)
            y[i] = (int)lrintf(x[i] * 8388608.0f) * 256;
        assert_int_equal(sf_writef_int(file, y, frames), frames);
        free(y);
    } else {
        assert_int_equal(sf_writef_float(file, x, frames), frames);
    }
    free(x);
    sf_close(file);
}

static struct reel *open_reel(const char *name) {
    char error[256];
    struct reel *reel = reel_open(dir, name, RATE, START, error);
    if (!reel)
        fail_msg("%s", error);
    return reel;
}

/* Read [from, from + frames) in portions of `step` and compare. */
static void expect(struct reel *reel, int64_t from, int64_t frames, uint32_t step, unsigned legs,
                   int64_t first, int64_t length, unsigned file_legs) {
    static float buffer[8][4096];
    float *leg[8];
    for (unsigned l = 0; l < 8; l++)
        leg[l] = buffer[l];
    for (int64_t at = from; at < from + frames; at += step) {
        assert_int_equal(reel_read(reel, at, step, leg, legs), 0);
        for (uint32_t i = 0; i < step; i++)
            for (unsigned l = 0; l < legs; l++) {
                const int64_t t = at + i - first;
                const float want = t >= 0 && t < length && l < file_legs ? sample(t, l) : 0.0f;
                if (buffer[l][i] != want)
                    fail_msg("frame %lld leg %u: %g, expected %g", (long long)(at + i), l,
                             (double)buffer[l][i], (double)want);
            }
    }
}

static void test_containers(void **state) {
    (void)state;
    static const struct {
        const char *name, *file;
        int format;
    } kind[] = {{"a", "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24},
                {"b.rf64", "b.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_24},
                {"c", "c.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
                {"d", "d.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT},
                {"e", "e.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24},
                {"f.w64", "f.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_24}};
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        write_file(kind[i].file, kind[i].format, RATE, 2, 20000, -1, sample);
        struct reel *reel = open_reel(kind[i].name);
        assert_int_equal(reel_legs(reel), 2);
        assert_int_equal(reel_from(reel), 0);
        assert_int_equal(reel_to(reel), 20000);
        expect(reel, -100, 22000, 100, 2, 0, 20000, 2);
        expect(reel, 19000, 2000, 1000, 2, 0, 20000, 2); /* back and forth */
        expect(reel, 5, 48, 16, 2, 0, 20000, 2);
        expect(reel, 9999, 4096, 4096, 2, 0, 20000, 2);
        reel_close(reel);
    }
}

static void test_reference(void **state) {
    (void)state;
    write_file("t.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, RATE, 1, 3000, START + 1000, sample);
    struct reel *reel = open_reel("t");
    assert_int_equal(reel_from(reel), 1000);
    expect(reel, 0, 4800, 480, 1, 1000, 3000, 1);
    reel_close(reel);
    /* Before the desk's start: its head is not heard, the rest is where it belongs. */
    write_file("early.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, RATE, 1, 3000, START - 500, sample);
    reel = open_reel("early");
    assert_int_equal(reel_from(reel), -500);
    expect(reel, 0, 3000, 100, 1, -500, 3000, 1);
    reel_close(reel);
    /* A reference of 0 is none. */
    write_file("zero.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, RATE, 1, 3000, 0, sample);
    reel = open_reel("zero");
    assert_int_equal(reel_from(reel), 0);
    reel_close(reel);
    /* References count samples of their own file. */
    write_file("slow.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 24000, 1, 3000, (START + RATE) / 2,
               sample);
    reel = open_reel("slow");
    assert_int_equal(reel_from(reel), RATE);
    assert_int_equal(reel_to(reel), RATE + 6000);
    reel_close(reel);
}

static void test_legs(void **state) {
    (void)state;
    write_file("six.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, RATE, 6, 5000, -1, sample);
    struct reel *reel = open_reel("six");
    expect(reel, 0, 5000, 500, 6, 0, 5000, 6);
    expect(reel, 0, 5000, 500, 2, 0, 5000, 6); /* narrower: the rest is not heard */
    expect(reel, 0, 5000, 500, 8, 0, 5000, 6); /* wider: the rest is silent */
    reel_close(reel);
}

static float tone(int64_t frame, unsigned leg) {
    return (float)(0.5 * sin(2 * M_PI * (leg ? 441.0 : 997.0) * (double)frame / 44100.0));
}

/* 44.1 kHz to 48 kHz: a tone stays the same tone at the same place. */
static void test_rate(void **state) {
    (void)state;
    const int64_t frames = 44100 * 4;
    write_file("cd.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 44100, 2, frames, -1, tone);
    struct reel *reel = open_reel("cd");
    assert_int_equal(reel_to(reel), RATE * 4);
    float *x[2] = {malloc(4 * RATE * sizeof(float)), malloc(4 * RATE * sizeof(float))};
    assert_int_equal(reel_read(reel, 0, 4 * RATE, x, 2), 0);
    double worst = 0;
    for (int64_t i = RATE / 2; i < 4 * RATE - RATE / 2; i++)
        for (unsigned l = 0; l < 2; l++) {
            const double want = 0.5 * sin(2 * M_PI * (l ? 441.0 : 997.0) * (double)i / RATE);
            worst = fmax(worst, fabs(want - (double)x[l][i]));
        }
    print_message("44.1 to 48 kHz: worst error %.1f dBFS\n", 20 * log10(worst));
    assert_true(worst < 3e-6); /* the tone itself was made in floats */
    /* In other portions: the same samples. */
    float part[2][997], *leg[2] = {part[0], part[1]};
    for (int64_t at = 100000; at < 110000; at += 997) {
        assert_int_equal(reel_read(reel, at, 997, leg, 2), 0);
        assert_memory_equal(part[1], x[1] + at, sizeof part[1]);
    }
    free(x[0]);
    free(x[1]);
    reel_close(reel);
}

/* An impulse keeps its place through the conversion. */
static float impulse(int64_t frame, unsigned leg) {
    (void)leg;
    return frame == 11025 ? 0.5f : 0.0f;
}
static void test_rate_place(void **state) {
    (void)state;
    write_file("i.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 22050, 1, 22050, -1, impulse);
    struct reel *reel = open_reel("i");
    float *x = malloc(RATE * sizeof(float)), *leg[1] = {x};
    reel_read(reel, 0, RATE, leg, 1);
    int64_t peak = 0;
    for (int64_t i = 0; i < RATE; i++)
        if (fabsf(x[i]) > fabsf(x[peak]))
            peak = i;
    assert_int_equal(peak, RATE / 2);
    free(x);
    reel_close(reel);
}

static void test_ogg(void **state) {
    (void)state;
    write_file("o.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, RATE, 2, 96000, -1, tone);
    struct reel *reel = open_reel("o");
    assert_int_equal(reel_to(reel), 96000);
    float *x[2] = {malloc(96000 * sizeof(float)), malloc(96000 * sizeof(float))};
    assert_int_equal(reel_read(reel, 0, 96000, x, 2), 0);
    double rms = 0;
    for (int i = 0; i < 96000; i++)
        rms += (double)x[0][i] * (double)x[0][i] / 96000;
    assert_true(fabs(sqrt(rms) - 0.5 / sqrt(2)) < 0.02);
    float part[2][500], *leg[2] = {part[0], part[1]};
    assert_int_equal(reel_read(reel, 50000, 500, leg, 2), 0);
    assert_memory_equal(part[0], x[0] + 50000, sizeof part[0]);
    free(x[0]);
    free(x[1]);
    reel_close(reel);
}

static void test_errors(void **state) {
    (void)state;
    char error[256], path[512];
    assert_null(reel_open(dir, "nothere", RATE, START, error));
    assert_non_null(strstr(error, "reel:nothere: no such file"));
    assert_null(reel_open("", "a", RATE, START, error));
    assert_non_null(strstr(error, "no reel folder"));
    const char *outside[] = {"../x", "/etc/passwd", "a/../../b", ".."};
    for (int i = 0; i < 4; i++) {
        assert_null(reel_open(dir, outside[i], RATE, START, error));
        assert_non_null(strstr(error, "expected the name of a file in the reel folder"));
    }
    snprintf(path, sizeof path, "%s/text.wav", dir);
    FILE *file = fopen(path, "w");
    fputs("this is no sound", file);
    fclose(file);
    assert_null(reel_open(dir, "text", RATE, START, error));
    assert_non_null(strstr(error, "text.wav: "));
    snprintf(path, sizeof path, "%s/folder.wav", dir);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_null(reel_open(dir, "folder", RATE, START, error));
    assert_non_null(reel_name("reel:DX_A"));
    assert_string_equal(reel_name("reel:DX_A"), "DX_A");
    assert_null(reel_name("reel:"));
    assert_null(reel_name("system:capture_1"));
}

/* A file that shrinks under us plays silence and says so. */
static void test_cut_short(void **state) {
    (void)state;
    char path[512];
    write_file("cut.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, RATE, 1, 50000, -1, sample);
    struct reel *reel = open_reel("cut");
    snprintf(path, sizeof path, "%s/cut.wav", dir);
    assert_int_equal(truncate(path, 60000), 0);
    float x[1000], *leg[1] = {x};
    assert_int_equal(reel_read(reel, 0, 1000, leg, 1), 0);
    assert_int_equal(reel_read(reel, 40000, 1000, leg, 1), -1);
    for (int i = 0; i < 1000; i++)
        assert_float_equal(x[i], 0, 0);
    reel_close(reel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_containers), cmocka_unit_test(test_reference),
        cmocka_unit_test(test_legs),       cmocka_unit_test(test_rate),
        cmocka_unit_test(test_rate_place), cmocka_unit_test(test_ogg),
        cmocka_unit_test(test_errors),     cmocka_unit_test(test_cut_short),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
