/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The true-peak limiter of one lane group: sixteen legs, legs of one strip together.
 *
 *     x --+--> true peak --> gain that holds the ceiling --> hold, release --> smoothing --> g
 *         +--> delay, 64 frames ---------------------------------------------> x delayed * g
 *
 * Finding the gain and applying it are separate calls, since the print master's gain is also
 * applied to what it is the sum of.
 *
 *   True peak: between samples the signal is read at sixteen times the rate, twice by a
 * linear-phase half-band filter (32 taps), then eight times by short ones, and what is going on
 * near half the sample rate, where any two interpolators disagree, is added twice (k_limit.c). The
 * gain aims 0.1 dB below the ceiling. So no interpolator that is flat up to 0.45 of the rate finds
 * more than the ceiling, up to 0.05 dB, also in white noise.
 *
 *   Gain: the peak of a quad (4 frames anchored in the block) asks for min(1, aim / peak). The gain
 *   falls to that at once, stays for a tenth of the release time (25 ms at most), and goes back
 *   exponentially: 63 % of the way (of 1 - gain) in the release time, counted from the last loud
 *   sample to come out. A sliding minimum over 14 quads and a triangle over 9 of them turn this
 *   into slopes of 36 frames that are over 7 frames before the peak comes out of the delay. Where
 *   nothing is above the ceiling the gain is 1.0F, exactly, and x * g the very bits of x.
 *
 * Parameters arrive for cell boundaries: `wet` moves linearly in between, ceiling and release hold
 * for the cell before the boundary; the smoothing takes the steps out of them. A lane whose wet is
 * 0 keeps no state but the delay.
 *
 * A sample does not depend on how the block is cut into calls, nor on lanes that are not linked.
 *
 * Thread: setup functions any, the rest audio (RT). No allocation; the engine owns the memory.
 * Sources: sliding-minimum look-ahead as in F. Adriaensen's zita-dpl1; ITU-R BS.1770-5, annex 2, on
 * reading peaks between samples.
 */
#ifndef DSP_LIMITER_H
#define DSP_LIMITER_H

#include "dsp/kernels.h"

/** By how much limiter_delay delays, working or not, at every rate. */
#define LIMITER_LATENCY_FRAMES 64
#define LIMITER_ROWS (SPAN_CELLS + 1)
#define LIMITER_AIM_DB (-0.1F) /* what the gain aims at, from the ceiling */
#define LIMITER_RING 16        /* quads; the triangle looks at 9 */
#define LIMITER_EDGES 8        /* quads for which what was near half the rate counts */
#define LIMITER_STILL_QUADS 32 /* after which what has been held shows nowhere any more */
#define LIMITER_AIM_OFF 3e38F  /* the aim of lanes that are off */

struct limiter_params {
    float wet;        /* 0 off .. 1 on; between them that share of the gain, linearly */
    float ceiling_db; /* dBTP, clamped to -60..24 */
    float rel_ms;     /* clamped to 2..10000 */
};

struct limiter_bank {
    _Alignas(64) float past[LIMITER_LATENCY_FRAMES][LANES]; /* the delay, a ring */
    float wet[LIMITER_ROWS][LANES];                         /* at cell boundaries */
    /* of each cell */
    float aim_lin[SPAN_CELLS][LANES];
    float keep[SPAN_CELLS][LANES]; /* share of 1 - gain left after a quad of release */
    float hold_quads[SPAN_CELLS][LANES];
    /* what lanes remember */
    float last_aim_lin[LANES];
    float near_quads[LANES]; /* to go until the samples are surely too small to matter */
    float peak_lin[LANES];   /* of the present quad so far */
    float edge_lin[LIMITER_EDGES][LANES];
    float held[LANES];                /* the gain, unsmoothed */
    float less[LANES];                /* 1 - held, without its rounding */
    float wait_quads[LANES];          /* to go until release */
    float fresh_quads[LANES];         /* to go in which nothing is held */
    float floor[4][8][LANES];         /* least held over 1, 2, 4 and 8 quads, rings */
    float least[LIMITER_RING][LANES]; /* over 14 quads, a ring */
    float start[LANES], goal[LANES];  /* gain at the ends of the present quad */
    float low[LANES];                 /* lowest gain since taken */
    const struct kernels *k;
    double rate_hz;
    uint32_t at;          /* oldest frame of past */
    uint32_t quad;        /* counts, for the rings */
    uint32_t still_quads; /* since any lane held less than 1 */
    bool active;          /* some lane has a wet above 0 in this block */
    uint8_t links;        /* strips of several legs */
    struct {
        uint8_t lane, legs;
    } link[LANES / 2];
};

/** All lanes off and unlinked, zero state. Thread: setup. */
void limiter_init(struct limiter_bank *bank, const struct kernels *k, double rate_hz);

/** Legs lane .. lane + legs - 1 belong to one strip and get one gain. Thread: setup. */
void limiter_link(struct limiter_bank *bank, unsigned lane, unsigned legs);

/** Set what a strip is at boundary `row` (0..4) of the block to come or under way, and at all later
 *  ones. Row 0 at rest snaps. Values out of range are clamped. Not for cells that have been run. */
void limiter_write(struct limiter_bank *bank, unsigned lane, unsigned legs, unsigned row,
                   const struct limiter_params *p) RT;

/** The block is over: what the last row says holds from now on. To be called after every block in
 *  which something was written. */
void limiter_rest(struct limiter_bank *bank) RT;

/** Whether any lane has a wet above 0 in this block. Else limiter_gain need not be called: all
 *  gains are 1. */
bool limiter_active(const struct limiter_bank *bank) RT;

/** Look at n frames and give the gains for the frames that come out of the delay at the same time.
 *  What came before is looked up in the bank's delay: call limiter_delay with the same x
 * afterwards, and also for chunks that limiter_gain is not called for.
 *  @param x     [n][LANES]
 *  @param g_lin [n][LANES], written: 0..1, the same for all legs of a strip
 *  @param phase place of the first frame in the block, phase + n <= SPAN_FRAMES
 *  @return false if all gains are exactly 1.0F */
bool limiter_gain(struct limiter_bank *bank, const float (*x)[LANES], float (*g_lin)[LANES],
                  unsigned n, unsigned phase) RT;

/** x = x of LIMITER_LATENCY_FRAMES ago, times g.
 *  @param g [n][LANES], or NULL: 1 */
void limiter_delay(struct limiter_bank *bank, float (*x)[LANES], const float (*g)[LANES],
                   unsigned n) RT;

/** As freshly set up: silence in the delay, gain 1. */
void limiter_reset_lane(struct limiter_bank *bank, unsigned lane) RT;

/** Forget what has been held, without touching what is on its way: that is still limited while it
 *  comes out, and then the gain goes back to 1 at once, in the slope of the smoothing. */
void limiter_relax_lane(struct limiter_bank *bank, unsigned lane) RT;

/** Reset all lanes. */
void limiter_zero(struct limiter_bank *bank) RT;

/** At a block's end: whether all is as limiter_zero leaves it, so that with zero input the group
 *  may be skipped. */
bool limiter_is_quiet(const struct limiter_bank *bank) RT;

/** Lowest gain given out since last asked, dB <= 0; 0 for lanes that are off. */
void limiter_gr_take(struct limiter_bank *bank, float gr_db[LANES]) RT;

#endif
