/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a click is: sound above 4 kHz that was not there before and is not there afterwards, under a
 * sine of 1 kHz at 48 kHz. */
#ifndef TESTS_UNIT_CLICK_MEASURE_H
#define TESTS_UNIT_CLICK_MEASURE_H

#include <stdint.h>

#define CLICK_RATE 48000
#define CLICK_TAPS 401 /* linear phase, -100 dB at 3 kHz, passing above 4 kHz */
#define CLICK_PERIOD 48
/* Frames around a range that click_residue_db reads as well. */
#define CLICK_MARGIN (CLICK_TAPS / 2 + CLICK_PERIOD)

/** Peak above 4 kHz of x[from .. to), in dBFS; reads CLICK_MARGIN frames on both sides. Stretches
 * that repeat the 48 frames before them, bit for bit, are not computed twice. */
double click_residue_db(const float *x, uint32_t from, uint32_t to);

/** Largest difference of two whole periods of the sine, at a and at b. */
float click_difference(const float *x, uint32_t a, uint32_t b);

/** Sine that repeats every second, bit for bit (1 kHz: every 48 frames), from 30 degrees of 1 kHz
 * below phase 0 on, so that one third of the 16-frame cells begins on a peak. */
void click_sine(float *x, uint32_t frames, double hz, double amplitude);

#endif
