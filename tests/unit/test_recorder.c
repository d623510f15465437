/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound */
/* Recorders: what is in the file, sample by sample and byte by byte; death and full disks. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "daemon/sound/recorder.h"

#define RATE 48000

static char dir[200], path[300];

static int make_dir(void **state) {
    (void)state;
    const char *tmp = getenv("TEST_TMP");
    snprintf(dir, sizeof dir, "%s/rec.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/out.wav", dir);
    return 0;
}
static int remove_dir(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static struct recorder *start(enum format format, int bits) {
    char error[256];
    const struct recorder_options options = {.path = path,
                                             .rate_hz = RATE,
                                             .format = format,
                                             .sample_bits = bits,
                                             .start_frames = 3596ll * RATE + 5,
                                             .description = "Film: stem_DX.wav",
                                             .date = 1700000000};
    struct recorder *recorder = recorder_open(&options, error);
    if (!recorder)
        fail_msg("%s", error);
    return recorder;
}

static void finish(struct recorder *recorder) {
    char error[256];
    if (recorder_close(recorder, NULL, error))
        fail_msg("%s", error);
}

static unsigned char *bytes(size_t *size) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    unsigned char *b = malloc((size_t)st.st_size);
    FILE *file = fopen(path, "rb");
    *size = fread(b, 1, (size_t)st.st_size, file);
    fclose(file);
    return b;
}

static SNDFILE *reopen(SF_INFO *info) {
    memset(info, 0, sizeof *info);
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (!file)
        fail_msg("%s", sf_strerror(NULL));
    return file;
}

static void test_samples_24(void **state) {
    (void)state;
    static const float in[] = {0,     1,      -1,       2,   -2,        0.5f,
                               1e-7f, -1e-7f, INFINITY, NAN, 0.999999f, 3.0f / 8388608.0f};
    static const int want[] = {0, 8388607, -8388608, 8388607, -8388608, 4194304,
                               1, -1,      0,        0,       8388600,  3};
    struct recorder *recorder = start(FORMAT_MONO, 24);
    const float *leg[1] = {in};
    assert_int_equal(recorder_write(recorder, leg, 12), 0);
    assert_int_equal(recorder_clipped(recorder), 3);
    finish(recorder);
    SF_INFO info;
    SNDFILE *file = reopen(&info);
    int out[12];
    assert_int_equal(info.frames, 12);
    sf_readf_int(file, out, 12);
    for (int i = 0; i < 12; i++)
        assert_int_equal(out[i], want[i] * 256);
    sf_close(file);
}

static void test_legs_and_silence(void **state) {
    (void)state;
    float x[6][1000];
    const float *leg[6];
    for (int l = 0; l < 6; l++) {
        leg[l] = l == 4 ? NULL : x[l];
        for (int i = 0; i < 1000; i++)
            x[l][i] = (float)(l + 1) * 0.1f + (float)i * 1e-4f;
    }
    for (int bits = 24; bits <= 32; bits += 8) {
        struct recorder *recorder = start(FORMAT_5_1, bits);
        recorder_write(recorder, leg, 1000);
        recorder_silence(recorder, 20000);
        recorder_write(recorder, leg, 1);
        recorder_write(recorder, leg, 999);
        recorder_update(recorder);
        assert_int_equal(recorder_frames(recorder), 22000);
        finish(recorder);
        SF_INFO info;
        SNDFILE *file = reopen(&info);
        assert_int_equal(info.frames, 22000);
        assert_int_equal(info.channels, 6);
        float *out = malloc(22000 * 6 * sizeof(float));
        sf_readf_float(file, out, 22000);
        for (int l = 0; l < 6; l++) {
            const float want = l == 4 ? 0 : x[l][999];
            assert_float_equal(out[999 * 6 + l], want, bits == 32 ? 0 : 6e-8f);
            assert_float_equal(out[1000 * 6 + l], 0, 0);
            assert_float_equal(out[20999 * 6 + l], 0, 0);
            assert_float_equal(out[21000 * 6 + l], l == 4 ? 0 : x[l][0], bits == 32 ? 0 : 6e-8f);
        }
        free(out);
        sf_close(file);
    }
}

/* The header as other programs see it. */
static void test_header(void **state) {
    (void)state;
    static const struct {
        enum format format;
        unsigned mask;
    } shape[] = {{FORMAT_STEREO, 0x3}, {FORMAT_5_1, 0x3F}, {FORMAT_7_1_4, 0x2D63F}};
    const float x[100] = {0.25f};
    const float *leg[MAX_LEGS];
    for (int l = 0; l < MAX_LEGS; l++)
        leg[l] = x;
    for (size_t i = 0; i < 3; i++) {
        struct recorder *recorder = start(shape[i].format, 24);
        recorder_write(recorder, leg, 100);
        finish(recorder);
        size_t size;
        unsigned char *b = bytes(&size);
        assert_memory_equal(b, "RIFF", 4); /* small: plain WAV */
        const unsigned char *fmt = memmem(b, size, "fmt ", 4);
        assert_non_null(fmt);
        assert_int_equal(fmt[8] | fmt[9] << 8, 0xFFFE);
        assert_int_equal(fmt[10], format_legs(shape[i].format));
        assert_int_equal((unsigned)(fmt[28] | fmt[29] << 8 | fmt[30] << 16), shape[i].mask);
        assert_null(memmem(b, size, "PEAK", 4));
        assert_non_null(memmem(b, size, "Film: stem_DX.wav", 17));
        assert_non_null(memmem(b, size, "2023-11-1422:13:20", 18));
        free(b);
        SF_INFO info;
        SNDFILE *file = reopen(&info);
        SF_BROADCAST_INFO bext;
        assert_int_equal(sf_command(file, SFC_GET_BROADCAST_INFO, &bext, sizeof bext), SF_TRUE);
        assert_int_equal(bext.time_reference_low, 3596 * RATE + 5);
        assert_memory_equal(bext.originator, "Dubdesk", 8);
        sf_close(file);
    }
}

/* The same samples make the same file. */
static void test_reproducible(void **state) {
    (void)state;
    unsigned char *b[2];
    size_t size[2];
    for (int run = 0; run < 2; run++) {
        float x[500];
        const float *leg[2] = {x, x};
        for (int i = 0; i < 500; i++)
            x[i] = sinf((float)i);
        struct recorder *recorder = start(FORMAT_STEREO, 32);
        for (int i = 0; i < 500; i += run ? 500 : 100) {
            const float *at[2] = {leg[0] + i, leg[1] + i};
            recorder_write(recorder, at, run ? 500 : 100);
            if (!run)
                recorder_update(recorder);
        }
        finish(recorder);
        b[run] = bytes(&size[run]);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(b[0], b[1], size[0]);
    free(b[0]);
    free(b[1]);
}

/* SIGKILL after an update: everything up to there is a whole file. */
static void test_killed(void **state) {
    (void)state;
    static float x[48000];
    const float *leg[2] = {x, x};
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        struct recorder *recorder = start(FORMAT_STEREO, 24);
        for (int i = 0; i < 5; i++) {
            recorder_write(recorder, leg, 48000);
            recorder_update(recorder);
        }
        recorder_write(recorder, leg, 48000);
        kill(getpid(), SIGKILL);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status));
    SF_INFO info;
    SNDFILE *file = reopen(&info);
    assert_true(info.frames >= 5 * 48000);
    sf_close(file);
}

/* A full disk (here: a limit of the file's size): it stops, says why, and is whole up to there. */
static void test_full(void **state) {
    (void)state;
    static float x[48000];
    const float *leg[2] = {x, x};
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit = {1000000, 1000000};
        setrlimit(RLIMIT_FSIZE, &limit);
        struct recorder *recorder = start(FORMAT_STEREO, 24);
        int failed = 0;
        for (int i = 0; i < 10 && !failed; i++)
            failed = recorder_write(recorder, leg, 48000);
        const bool said = failed && recorder_failed(recorder) &&
                          strstr(recorder_failed(recorder), "File too large");
        failed = recorder_write(recorder, leg, 48000); /* stays failed */
        char error[256] = "";
        const bool closed = recorder_close(recorder, NULL, error) == -1 && strstr(error, path);
        _exit(said && failed == -1 && closed ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    SF_INFO info;
    SNDFILE *file = reopen(&info);
    assert_in_range(info.frames, 150000, 166667);
    sf_close(file);
}

static void test_cannot_open(void **state) {
    (void)state;
    char error[256];
    const struct recorder_options options = {
        .path = "/nowhere/x.wav", .rate_hz = RATE, .format = FORMAT_MONO, .sample_bits = 24};
    assert_null(recorder_open(&options, error));
    assert_string_equal(error, "/nowhere/x.wav: No such file or directory");
    assert_int_equal(recorder_close(NULL, NULL, error), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_24),  cmocka_unit_test(test_legs_and_silence),
        cmocka_unit_test(test_header),      cmocka_unit_test(test_reproducible),
        cmocka_unit_test(test_killed),      cmocka_unit_test(test_full),
        cmocka_unit_test(test_cannot_open),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
