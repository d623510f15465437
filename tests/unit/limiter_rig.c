/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/limiter_rig.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define TIMES 32
#define HALF_MOST 512

static uint64_t seed = 1;

void limiter_rig_seed(unsigned s) {
    seed = s * 2654435761U + 1;
}

double limiter_rig_random(void) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(seed >> 33) / 1073741824.0 - 1.0;
}

double limiter_rig_gauss(void) {
    const double u = (limiter_rig_random() + 1) / 2, v = limiter_rig_random();
    return sqrt(-2 * log(u + 1e-12)) * cos(M_PI * v);
}

void limiter_rig_open(struct limiter_bank *b, const struct kernels *k, double rate_hz,
                      const struct limiter_params *p) {
#if defined(__SSE2__)
    _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
    limiter_init(b, k, rate_hz);
    limiter_write(b, 0, LANES, 0, p);
    limiter_rest(b);
}

void limiter_rig_run(struct limiter_bank *b, lanes_t *x, lanes_t *g, size_t frames, unsigned cut) {
    static _Alignas(64) lanes_t chunk[SPAN_FRAMES], gain[SPAN_FRAMES];
    unsigned random = cut;
    for (size_t at = 0; at < frames;) {
        const unsigned phase = (unsigned)(at % SPAN_FRAMES), left = SPAN_FRAMES - phase;
        unsigned n = cut ? 1 : left;
        if (cut > 1) {
            random = random * 1664525U + 1013904223U;
            n = 1 + (random >> 16) % 23;
        }
        n = n < left ? n : left;
        memcpy(chunk, x + at, n * sizeof *x);
        limiter_gain(b, (const lanes_t *)chunk, gain, n, phase);
        limiter_delay(b, chunk, (const lanes_t *)gain, n);
        memcpy(x + at, chunk, n * sizeof *x);
        if (g)
            memcpy(g + at, gain, n * sizeof *g);
        at += n;
    }
}

static double bessel(double x) {
    double sum = 1, term = 1;
    for (int i = 1; i < 60; i++) {
        term *= x * x / (4.0 * i * i);
        sum += term;
    }
    return sum;
}

/* tap[j][k]: what frame t - half + 1 + j gives to point t + k / TIMES */
static double tap[2 * HALF_MOST][TIMES];
static unsigned tap_half;

static void make_taps(unsigned half) {
    if (tap_half == half)
        return;
    tap_half = half;
    for (unsigned j = 0; j < 2 * half; j++)
        for (unsigned k = 0; k < TIMES; k++) {
            const double u = (double)half - 1 - j + (double)k / TIMES, r = u / half;
            const double window = bessel(8 * sqrt(fmax(0, 1 - r * r))) / bessel(8);
            tap[j][k] = (fabs(u) < 1e-12 ? 1 : sin(M_PI * u) / (M_PI * u)) * window;
        }
}

double limiter_rig_peak(const lanes_t *x, unsigned lane, size_t frames, unsigned half) {
    make_taps(half);
    double *padded = calloc(frames + 2 * half, sizeof *padded), peak = 0;
    if (!padded)
        abort();
    for (size_t t = 0; t < frames; t++)
        padded[half + t] = (double)x[t][lane];
    for (size_t t = 0; t < frames; t++) {
        double point[TIMES] = {0};
        const double *p = padded + t + 1;
        for (unsigned j = 0; j < 2 * half; j++)
            for (unsigned k = 0; k < TIMES; k++)
                point[k] += p[j] * tap[j][k];
        for (unsigned k = 0; k < TIMES; k++)
            peak = fmax(peak, fabs(point[k]));
    }
    free(padded);
    return peak;
}

double limiter_rig_peak_db(const lanes_t *x, unsigned lane, size_t frames, unsigned half) {
    return 20 * log10(fmax(limiter_rig_peak(x, lane, frames, half), 1e-20));
}
