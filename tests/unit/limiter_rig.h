/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound through a limiter bank of one's own, and an oversampler that shares nothing with it. */
#ifndef TESTS_UNIT_LIMITER_RIG_H
#define TESTS_UNIT_LIMITER_RIG_H

#include "dsp/limiter.h"

#include <stddef.h>

#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)

typedef float lanes_t[LANES];

/** A bank with denormals flushed as on the audio thread, all lanes at `p` from the first frame. */
void limiter_rig_open(struct limiter_bank *b, const struct kernels *k, double rate_hz,
                      const struct limiter_params *p);
/** Run `frames` (a multiple of SPAN_FRAMES) in place.
 *  @param g   [frames][LANES] gains, or NULL
 *  @param cut 0: whole blocks; 1: single frames; else the seed of random chunks */
void limiter_rig_run(struct limiter_bank *b, lanes_t *x, lanes_t *g, size_t frames, unsigned cut);

/** Largest magnitude of one lane at 32 times the rate: a sinc under a Kaiser window of beta 8,
 *  `half` frames on either side (16 .. 512), in double. What is outside x is silence. */
double limiter_rig_peak(const lanes_t *x, unsigned lane, size_t frames, unsigned half);
double limiter_rig_peak_db(const lanes_t *x, unsigned lane, size_t frames, unsigned half);

/** Uniform in -1..1. */
double limiter_rig_random(void);
void limiter_rig_seed(unsigned seed);
/** Gaussian, variance 1. */
double limiter_rig_gauss(void);

#endif
