/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* No output of the limiter is over its ceiling by more than 0.05 dB, read between the samples by an
 * oversampler that shares nothing with it: EBU's true-peak signals, square bursts, white and
 * coloured noise, clicks, recorded speech and music. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sndfile.h>

#include "tests/unit/limiter_rig.h"

#define RATE 48000.0
#define LONG_FRAMES (SPAN_FRAMES * 1500) /* 2 s */
#define MID_FRAMES (LONG_FRAMES / 2)
#define TOLERANCE_DB 0.05

static struct limiter_bank bank;
static lanes_t in[LONG_FRAMES], x[LONG_FRAMES];

static double lin(double db) {
    return pow(10, db / 20);
}

/** The first n frames of `in`, cut off 256 frames before their end so that all comes out, through
 *  the limiter; fails if a lane is over, prints the worst. */
static void assert_held(const char *what, const struct kernels *k, double ceiling_db, size_t n,
                        unsigned lanes, unsigned half) {
    const struct limiter_params p = {1, (float)ceiling_db, 250};
    limiter_rig_open(&bank, k, RATE, &p);
    memcpy(x, in, n * sizeof *x);
    memset(x + n - 256, 0, 256 * sizeof *x);
    limiter_rig_run(&bank, x, NULL, n, 0);
    double worst = -1000;
    for (unsigned l = 0; l < lanes; l++)
        worst = fmax(worst, limiter_rig_peak_db((const lanes_t *)x, l, n, half) - ceiling_db);
    print_message("%-24s ceiling %5.1f dBTP: %+.3f dB (%s, %u taps)\n", what, ceiling_db, worst,
                  k->name, half * 64);
    if (!(worst <= TOLERANCE_DB))
        fail_msg("%s: %.3f dB over the ceiling", what, worst);
}

static void held_at_ceilings(const char *what, size_t n, unsigned lanes, unsigned half) {
    static const double ceilings_db[] = {-1, -20};
    for (size_t i = 0; i < sizeof ceilings_db / sizeof *ceilings_db; i++)
        assert_held(what, kernels_best(), ceilings_db[i], n, lanes, half);
}

/* Cases 15..19: sines of a few frames a period, fading in and out in 10 ms; here at their own and
 * fifteen more phases, and up to 12 dB louder, so that there is something to do. */
static void ebu_sines(void **state) {
    (void)state;
    static const struct {
        double frames, amplitude, degrees;
    } cases[] = {{4, .5, 0}, {4, .5, 45}, {6, .5, 60}, {8, .5, 67.5}, {4, 1.41, 45}};
    const size_t n = SPAN_FRAMES * 70;
    for (unsigned c = 0; c < 5; c++) {
        for (size_t t = 0; t < n; t++)
            for (unsigned l = 0; l < LANES; l++) {
                const double fade =
                    fmin(1, fmin((double)t, fmax(0, (double)n - 200 - (double)t)) / 480);
                in[t][l] = (float)(cases[c].amplitude * lin(4.0 * (l % 4)) * fade *
                                   sin(2 * M_PI * ((double)t / cases[c].frames + l / 64.0) +
                                       cases[c].degrees * M_PI / 180));
            }
        held_at_ceilings("EBU 15..19", n, LANES, 64);
    }
}

/* Cases 20..23: fs/6 at 0.5 with one period of fs/4 at 1.0, made at four times the rate, under a
 * 65-tap Kaiser low-pass (beta 5), decimated at offsets 0..3. */
static void ebu_bursts(void **state) {
    (void)state;
    enum { AT4 = 4 * 6400 };
    static double raw[AT4], low[65];
    double phase = 0, sum = 0;
    for (unsigned t = 0; t < AT4; t++) {
        const bool burst = t >= 24 * 500 && t < 24 * 500 + 16;
        raw[t] = (burst ? 1.0 : .5) * sin(phase);
        phase += 2 * M_PI / (burst ? 16 : 24);
    }
    for (int i = -32; i <= 32; i++) {
        double window = 0, term = 1;
        for (int j = 1; j < 40; j++) { /* I0 of 5 sqrt(1 - r^2), over 5's below */
            window += term;
            term *= 25 * (1 - i * i / 1024.0) / (4.0 * j * j);
        }
        low[i + 32] = (i ? sin(M_PI * i / 4.0) / (M_PI * i) : .25) * window;
        sum += low[i + 32];
    }
    memset(in, 0, sizeof in);
    for (unsigned t = 20; t < 6380; t++)
        for (unsigned l = 0; l < LANES; l++) {
            double a = 0;
            for (int i = -32; i <= 32; i++)
                a += low[i + 32] / sum * raw[(int)(4 * t + l % 4) - i];
            in[t][l] = (float)(a * lin(l - l % 4));
        }
    held_at_ceilings("EBU 20..23", 6400 + SPAN_FRAMES * 4, LANES, 64);
}

/* Bursts of squares of any pitch and length, 24 dB and more over, pauses between them. */
static void square_bursts(void **state) {
    (void)state;
    limiter_rig_seed(2);
    for (unsigned l = 0; l < LANES; l++) {
        size_t t = 0;
        while (t < LONG_FRAMES) {
            const double hz = 30 * pow(500, (limiter_rig_random() + 1) / 2);
            const double amplitude = lin(10 * limiter_rig_random() + 2.0 * l);
            const double turn = limiter_rig_random();
            const size_t on = t + (size_t)(3 + 750 * (1 + limiter_rig_random()));
            const size_t off = on + (size_t)(750 * (1 + limiter_rig_random()));
            for (; t < on && t < LONG_FRAMES; t++)
                in[t][l] = (float)(sin(2 * M_PI * (hz * (double)t / RATE + turn)) > 0 ? amplitude
                                                                                      : -amplitude);
            for (; t < off && t < LONG_FRAMES; t++)
                in[t][l] = 0;
        }
    }
    held_at_ceilings("square bursts", MID_FRAMES, LANES, 32);
}

/* White noise is where interpolators disagree most: also read by a very long one. */
static void white_noise(void **state) {
    (void)state;
    limiter_rig_seed(3);
    for (size_t t = 0; t < LONG_FRAMES; t++)
        for (unsigned l = 0; l < LANES; l++) {
            const double uniform = limiter_rig_random(), gauss = .4 * limiter_rig_gauss();
            in[t][l] = (float)(l % 3 == 0   ? uniform
                               : l % 3 == 1 ? (uniform > 0 ? 1 : -1)
                                            : fmax(-1, fmin(1, gauss)));
        }
    held_at_ceilings("full-scale white noise", LONG_FRAMES, LANES, 16);
    held_at_ceilings("full-scale white noise", LONG_FRAMES, 3, 64);
    assert_held("full-scale white noise", kernels_best(), -20, MID_FRAMES, 2, 512);
}

/* Noise whose level jumps every 10 ms by up to 40 dB, noise in bands (one resonance), and clicks.
 */
static void rough_noise(void **state) {
    (void)state;
    limiter_rig_seed(4);
    for (unsigned l = 0; l < LANES; l++) {
        double level = 1, one = 0, two = 0;
        const double w = M_PI * (.05 + .06 * l), pole = .98;
        for (size_t t = 0; t < LONG_FRAMES; t++) {
            if (t % 480 == 0)
                level = lin(20 * limiter_rig_random());
            const double gauss = limiter_rig_gauss();
            if (l % 2) {
                const double y = gauss + 2 * pole * cos(w) * one - pole * pole * two;
                two = one;
                one = y;
                in[t][l] = (float)(.2 * y);
            } else if (l % 4) {
                in[t][l] = (float)(level * gauss);
            } else {
                in[t][l] = (float)(.02 * gauss + (limiter_rig_random() > .995 ? 4 * gauss : 0));
            }
        }
    }
    held_at_ceilings("jumping, coloured, clicks", MID_FRAMES, LANES, 32);
}

/** One recording into four lanes, peaks at 0, 6, 12 and 18 dBFS. */
static bool recorded(const char *path) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file) {
        print_message("SKIP %s: not installed\n", path);
        return false;
    }
    const size_t channels = (size_t)info.channels;
    float *data = calloc((size_t)LONG_FRAMES * channels, sizeof *data);
    assert_non_null(data);
    sf_seek(file, info.frames > 4 * LONG_FRAMES ? 2 * LONG_FRAMES : 0, SEEK_SET);
    const size_t got = (size_t)sf_readf_float(file, data, LONG_FRAMES);
    sf_close(file);
    float peak = 1e-6F;
    for (size_t i = 0; i < got * channels; i++)
        peak = fmaxf(peak, fabsf(data[i]));
    memset(in, 0, sizeof in);
    for (size_t t = 0; t < got; t++)
        for (unsigned l = 0; l < 4; l++)
            in[t][l] = data[t * channels + l % channels] / peak * (float)lin(6.0 * l);
    free(data);
    return true;
}

static void recordings(void **state) {
    (void)state;
    static const char *const paths[] = {
        "/usr/share/sounds/alsa/Front_Center.wav",
        "/usr/share/sounds/alsa/Noise.wav",
        "/usr/share/asterisk/sounds/en_US_f_Allison/agent-incorrect.wav",
        "/usr/share/sounds/freedesktop/stereo/alarm-clock-elapsed.oga",
        "/usr/share/sounds/freedesktop/stereo/phone-incoming-call.oga",
        "/usr/share/sounds/freedesktop/stereo/camera-shutter.oga",
        "/usr/share/games/neverball/bgm/track1.ogg",
        "/usr/share/games/neverball/bgm/track2.ogg",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (!recorded(paths[i]))
            continue;
        const char *slash = strrchr(paths[i], '/');
        assert_held(slash + 1, kernels_best(), i % 2 ? -2 : -12, LONG_FRAMES, 4, 32);
    }
}

/* Hardly anything over, and all of it between the samples: work must not be left out here. Tones of
 * 3, 4, 6 and 8 frames at sixteen phases, and samples whose signs make the largest peak halfway
 * between two of them, 8 dB above each. */
static void between_samples_only(void **state) {
    (void)state;
    static const double frames[] = {3, 4, 6, 8};
    const size_t n = SPAN_FRAMES * 40;
    for (unsigned step = 0; step < 4; step++) {
        for (size_t t = 0; t < n; t++)
            for (unsigned l = 0; l < LANES; l++) {
                const double fade =
                    fmin(1, fmin((double)t, fmax(0, (double)n - 300 - (double)t)) / 480);
                in[t][l] = (float)(lin(.2 + .3 * step) * fade *
                                   sin(2 * M_PI * ((double)t / frames[l % 4] + l / 64.0)));
            }
        assert_held("tones just over", kernels_best(), 0, n, LANES, 32);
    }
    memset(in, 0, n * sizeof *in);
    for (unsigned l = 0; l < LANES; l++)
        for (int i = 0; i < 16; i++)
            in[1000 + i][l] = in[999 - i][l] = (i % 2 ? -1.0F : 1.0F) * (float)lin(-.5 * l);
    assert_true(limiter_rig_peak_db((const lanes_t *)in, 0, n, 32) > 8);
    for (unsigned step = 0; step < 4; step++)
        assert_held("signs", kernels_best(), 1 + 2.0 * step, n, LANES, 32);
}

/* The other instruction sets compute the same with other roundings. */
static void every_set(void **state) {
    (void)state;
    limiter_rig_seed(5);
    for (size_t t = 0; t < MID_FRAMES; t++)
        for (unsigned l = 0; l < LANES; l++)
            in[t][l] = (float)(limiter_rig_random() * lin(t / 480 % 2 ? 3.0 * l : -40));
    const struct kernels *k;
    EVERY_SET(k) assert_held("noise bursts", k, -2, MID_FRAMES, LANES, 16);
}

/* The oversampler itself finds what it should: a sine between its samples. */
static void oversampler(void **state) {
    (void)state;
    memset(in, 0, sizeof in);
    for (size_t t = 0; t < 4800; t++) {
        const double fade = fmin(1, fmin((double)t, 4799.0 - (double)t) / 1000);
        in[t][0] = (float)(fade * sin(M_PI / 2 * (double)t + M_PI / 4));
        in[t][1] = (float)(fade * sin(2 * M_PI * .4173 * (double)t + 1));
    }
    for (unsigned l = 0; l < 2; l++)
        for (unsigned half = 16; half <= 512; half *= 2)
            if (fabs(limiter_rig_peak((const lanes_t *)in, l, 4800, half) - 1) > .003)
                fail_msg("%u, %u taps: %f", l, half * 64,
                         limiter_rig_peak((const lanes_t *)in, l, 4800, half));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oversampler), cmocka_unit_test(ebu_sines),
        cmocka_unit_test(ebu_bursts),  cmocka_unit_test(square_bursts),
        cmocka_unit_test(white_noise), cmocka_unit_test(rough_noise),
        cmocka_unit_test(recordings),  cmocka_unit_test(between_samples_only),
        cmocka_unit_test(every_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
