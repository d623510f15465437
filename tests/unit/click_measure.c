/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "click_measure.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MID 200 /* the tap in the middle */
_Static_assert(CLICK_TAPS == 2 * MID + 1, "taps");
#define BLOCK 16 /* outputs at a time, so that the compiler finds something to do in parallel */

static double fir[MID + 1]; /* one half of it, the middle first */

static double bessel0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 60; k++) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* Kaiser's window, 106 dB. */
static void make_fir(void) {
    const double cut = 3500.0 / CLICK_RATE, beta = 0.1102 * (100 + 6 - 8.7);
    for (int k = 0; k <= MID; k++) {
        const double ideal = k ? -sin(2 * M_PI * cut * k) / (M_PI * k) : 1 - 2 * cut;
        const double r = (double)k / MID;
        fir[k] = ideal * bessel0(beta * sqrt(1 - r * r)) / bessel0(beta);
    }
}

static void filter_block(const float *x, double y[BLOCK]) {
    for (int j = 0; j < BLOCK; j++)
        y[j] = fir[0] * (double)x[j];
    for (int k = 1; k <= MID; k++) {
        const float *before = x - k, *after = x + k;
        for (int j = 0; j < BLOCK; j++)
            y[j] += fir[k] * ((double)before[j] + (double)after[j]);
    }
}

static bool repeats(const float *x, uint32_t at) {
    const float *span = x + at - MID;
    return memcmp(span, span - CLICK_PERIOD, sizeof *x * (CLICK_PERIOD + CLICK_TAPS)) == 0;
}

double click_residue_db(const float *x, uint32_t from, uint32_t to) {
    if (fir[0] == 0)
        make_fir();
    double peak = 0;
    for (uint32_t i = from; i < to; i += CLICK_PERIOD) {
        if (i != from && repeats(x, i))
            continue;
        for (uint32_t b = 0; b < CLICK_PERIOD; b += BLOCK) {
            double y[BLOCK];
            filter_block(x + i + b, y);
            for (int j = 0; j < BLOCK; j++)
                peak = fmax(peak, fabs(y[j]));
        }
    }
    return 20 * log10(fmax(peak, 1e-12));
}

float click_difference(const float *x, uint32_t a, uint32_t b) {
    float d = 0;
    for (uint32_t i = 0; i < CLICK_PERIOD; i++)
        d = fmaxf(d, fabsf(x[a + i] - x[b + i]));
    return d;
}

void click_sine(float *x, uint32_t frames, double hz, double amplitude) {
    const uint32_t period = hz == 1000 ? CLICK_PERIOD : CLICK_RATE;
    for (uint32_t i = 0; i < frames; i++)
        x[i] = i < period ? (float)(amplitude * sin(2 * M_PI * hz * (i - 4.0) / CLICK_RATE))
                          : x[i - period];
}
