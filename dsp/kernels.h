/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The kernels: every loop over samples that the engine runs, compiled once per instruction set and
 * chosen once at start.
 *
 * Layouts
 *   planar   float p[SPAN_FRAMES]            one leg along time; frame 0 of the chunk is p[0]
 *   lanes    float x[SPAN_FRAMES][LANES]     sixteen legs side by side; x[0] is frame 0 of the
 * chunk
 *
 * Chunks. A chunk is n frames, 1 <= n <= SPAN_FRAMES, any n. `phase` is the place of its first
 * frame inside the 64-frame block (0..63); a chunk never crosses a block: phase + n <= SPAN_FRAMES.
 * What a frame becomes depends on its place in the block only, so that any cutting of a block into
 * chunks gives the same bits.
 *
 * Padding. Internal buffers are 64-byte aligned and hold SPAN_FRAMES frames. Kernels may read and
 * write them up to n rounded up to the next multiple of 16; what is written past n has no meaning
 * (and may be anything, also non-finite). Only `scan` and the source of `copy_scan` are safe on the
 * host's own buffers: they read exactly n frames at any alignment.
 *
 * Rounding. Within one instruction set a sample's result does not depend on n, phase, the other
 * lanes, or on whether a gain is handed over as static or as moving with equal ends.
 *
 * Thread: all functions of the table are RT and may be called from any thread; they keep nothing.
 */
#ifndef DSP_KERNELS_H
#define DSP_KERNELS_H

#include "config/params.h"
#include "config/rt.h"

#include <stdbool.h>
#include <stdint.h>

#define LANES 16       /* legs of strips in one lane group, on every machine */
#define SPAN_FRAMES 64 /* largest chunk, and the block that coefficient steps are anchored to */
#define CELL_FRAMES 16 /* the command grid; gains move linearly inside one cell */
#define SPAN_CELLS (SPAN_FRAMES / CELL_FRAMES)
#define MAX_LEGS 12 /* legs of the widest format, 7.1.4 */

/** Second-order sections of one strip, see eq.h. */
#define SVF_SECTIONS 10
/** Coefficients of a section, after Simper's a1 a2 a3 m0 m1 m2, kept as 2(1 - a1), 2 a2, 2 a3, m0,
 *  m1 / 2, m2 / 2: exact to float's relative precision also where a1 is almost 1. */
#define SVF_COEFS 6

/** Flags of `scan` and `copy_scan`. */
enum { SCAN_NONZERO = 1, SCAN_BAD = 2 };

/** Bad is what is no number or no sound: NaN, infinities, and from 2^20 on, 120 dB over full scale,
 *  since filters would make infinities of it. The bits of that magnitude. */
#define BAD_BITS 0x49800000U

/** Meter accumulators of one lane group; the reader takes them and clears them. */
struct lane_meter {
    _Alignas(64) float peak_lin[LANES]; /* largest |x| since cleared */
    float sumsq_lin[LANES];             /* sum of x * x since cleared */
};

/** Ballistic meters of one lane group, what is shown. */
struct lane_shown {
    _Alignas(64) float in_peak_lin[LANES];
    float in_ms_lin[LANES]; /* mean square */
    float out_peak_lin[LANES], out_ms_lin[LANES];
    float gr_db[GR_COUNT][LANES];
};

/** One step of the ballistics, over the frames that the meters gathered. */
struct meter_step {
    float fall;      /* factor of the peaks */
    float share;     /* of the new mean square */
    float per_frame; /* 1 / frames */
    float rise_db;   /* of gain reductions */
};

/** The gains of one leg of a mix source while they move; half a cache line, since sends often feed
 *  one leg of a bus each. */
struct mix_ramp {
    _Alignas(32) float g_lin[SPAN_CELLS]; /* at the start of each cell */
    float step_lin[SPAN_CELLS];           /* from there to its end */
};

/** From boundary `row` (0..4) on the gain is g_lin. */
static inline void mix_ramp_to(struct mix_ramp *r, unsigned row, float g_lin) RT {
    if (row)
        r->step_lin[row - 1] = g_lin - r->g_lin[row - 1];
    for (unsigned c = row; c < SPAN_CELLS; c++) {
        r->g_lin[c] = g_lin;
        r->step_lin[c] = 0;
    }
}

/**
 * One source of a bus mix.
 *
 * What leg l gets of y at block frame p, cell c = p / 16, k = p % 16, is
 *     static (ramp == NULL)   y * g_lin[l]
 *     moving                  y * ramp[l].g_lin[c] + (y * ((k + 1) / 16)) * ramp[l].step_lin[c]
 * each product fused with the sum where the machine has fma. Cells that the chunk does not touch
 * need not be valid; legs that it does not feed stand at 0 while moving.
 */
struct mix_src {
    const float *y;              /* planar [SPAN_FRAMES], 64-byte aligned, finite up to n */
    const struct mix_ramp *ramp; /* [MAX_LEGS] while moving, else NULL */
    float g_lin[MAX_LEGS];       /* static gains; not read while ramp is set */
    uint16_t legs;               /* bit l: feeds leg l; other legs' static gains are not read */
};

/** A serial chain of state-variable sections for one lane group. */
struct svf_chain {
    _Alignas(64) float coef[SVF_SECTIONS][SVF_COEFS][LANES]; /* as of the start of the block */
    float state[SVF_SECTIONS][2][LANES];
};

/** What one section of sixteen lanes should be; input of `eq_fit`. */
struct svf_want {
    double hz[LANES];
    double gain_db[LANES];
    double q[LANES];
    int32_t shape[LANES]; /* enum svf_shape */
};

enum svf_shape {
    SVF_THROUGH, /* exactly transparent, keeps no state */
    SVF_BELL,
    SVF_LOW_SHELF,
    SVF_HIGH_SHELF,
    SVF_NOTCH,
    SVF_BAND_PASS,
    SVF_HIGH_PASS,
    SVF_LOW_PASS
};

struct dyn_bank; /* dyn.h */
struct dyn_keys;
struct multiband_bank; /* multiband.h */

struct limiter_bank; /* limiter.h */

/** The table of one instruction set. */
struct kernels {
    const char *name; /* "sse2", "avx2", "avx512", "generic" */
    unsigned width;   /* floats in a vector */

    /** Transpose planar legs into lanes. A NULL source is a hole: zeros.
     *  @param x   [n] lanes, written
     *  @param src LANES planar internal buffers (aligned, padded), or NULL */
    void (*gather)(float (*x)[LANES], const float *const src[LANES], unsigned n) RT;

    /** Transpose lanes back to planar buffers; a NULL destination is left out.
     *  @param dst LANES planar internal buffers (aligned, SPAN_FRAMES long), or NULL */
    void (*scatter)(float *const dst[LANES], const float (*x)[LANES], unsigned n) RT;

    /** Multiply by a lane gain, in place.
     *  @param g_lin static: [1][LANES]. moving: [SPAN_CELLS + 1][LANES], gains at the cell
     *         boundaries of the whole block (row 0 at block frame 0), formula as struct mix_src. */
    void (*gain)(float (*x)[LANES], unsigned n, unsigned phase, const float (*g_lin)[LANES],
                 bool moving) RT;

    /** `gather`, `gain` and `meter` in one pass.
     *  @return SCAN_NONZERO unless all n frames of all sources are +-0 */
    unsigned (*gather_gain)(float (*x)[LANES], const float *const src[LANES], unsigned n,
                            unsigned phase, const float (*g_lin)[LANES], bool moving,
                            struct lane_meter *m) RT;

    /** `gain`, `meter` and `scatter` in one pass; x stays as it is. */
    void (*scatter_gain)(float *const dst[LANES], const float (*x)[LANES], unsigned n,
                         unsigned phase, const float (*g_lin)[LANES], bool moving,
                         struct lane_meter *m) RT;

    /** Add n frames to the meters. */
    void (*meter)(const float (*x)[LANES], unsigned n, struct lane_meter *m) RT;

    /** One step of the ballistics: peaks fall, mean squares follow, reductions rise.
     *  @param gr_db [GR_COUNT][LANES] dB <= 0, or NULL: leave the reductions alone */
    void (*show)(struct lane_shown *s, const struct lane_meter *in, const struct lane_meter *out,
                 const float (*gr_db)[LANES], const struct meter_step *step) RT;

    /** Look at exactly n frames of a planar buffer (any n, any alignment, never past the end).
     *  @return SCAN_NONZERO | SCAN_BAD as found */
    unsigned (*scan)(const float *p, unsigned n) RT;

    /** Copy n <= SPAN_FRAMES frames of a host buffer into an internal planar one and scan them.
     *  dst is zeroed from n up to the next multiple of 16. */
    unsigned (*copy_scan)(float *dst, const float *p, unsigned n) RT;

    /** x = a * g, of exactly n frames at any alignment; x may be a. */
    void (*product)(float *x, const float *a, const float *g, unsigned n) RT;

    /** Mix to one bus: out[l][i] = sum over sources in list order, one fma each, two while they
     * move. A leg nothing feeds becomes silence. Sources' samples have to be finite.
     *  @param out  nlegs planar buffers (1..MAX_LEGS), overwritten, none of them a source
     *  @param src  nsrc sources (any number, also 0) */
    void (*mix)(float *const *out, unsigned nlegs, const struct mix_src *src, unsigned nsrc,
                unsigned n, unsigned phase) RT;

    /** Run the sections whose bits are set, in ascending order, in place.
     *  @param goal NULL, or where coefficients of the sections in goal_mask go during this block:
     * at block frame p a coefficient is fma(goal - coef, (p + 1) / 64, coef). Source: A. Simper,
     * "Linear Trapezoidal Integrated State Variable Filter", 2013. */
    void (*svf)(float (*x)[LANES], unsigned n, unsigned phase, struct svf_chain *chain,
                unsigned sections, const float (*goal)[SVF_COEFS][LANES], unsigned goal_mask) RT;

    /** x += (y - x) * w: crossfade per lane; w is a raised cosine of (pos + frame + 1) / len
     * clamped to 0..1. A lane with pos = -inf keeps x bit for bit (y finite).
     *  @param pos_frames  [LANES] frames of the fade that are over at block frame 0
     *  @param len_frames  length of the fade */
    void (*crossfade)(float (*x)[LANES], const float (*y)[LANES], unsigned n, unsigned phase,
                      const float pos_frames[LANES], float len_frames) RT;

    /** The four-band compressor of one lane group, in place. For multiband.c, which looks after the
     *  bank; see multiband.h. */
    void (*multiband)(struct multiband_bank *bank, float (*x)[LANES], unsigned n, unsigned phase)
        RT;

    /** Largest |state| of the sections in the mask, over all lanes. */
    float (*svf_largest)(const struct svf_chain *chain, unsigned sections) RT;

    /** Gate, compressor and de-esser of one lane group, in place. For dyn.c, which looks after the
     * bank; see dyn.h. */
    void (*dyn)(struct dyn_bank *bank, float (*x)[LANES], unsigned n, unsigned phase,
                const struct dyn_keys *keys) RT;

    /** limiter_gain and limiter_delay of limiter.h. */
    bool (*limit_gain)(struct limiter_bank *b, const float (*x)[LANES], float (*g_lin)[LANES],
                       unsigned n, unsigned phase) RT;
    void (*limit_delay)(struct limiter_bank *b, float (*x)[LANES], const float (*g)[LANES],
                        unsigned n) RT;

    /** Fit one section for sixteen lanes. Values are clamped to what can be built: hz to 1 Hz..0.49
     *  rate, q to 0.05..100, gain to +-40 dB; a lane with a NaN becomes a through.
     *  @param coef [SVF_COEFS][LANES], written
     *  Sources: k_fit.c. */
    void (*eq_fit)(float (*coef)[LANES], const struct svf_want *want, double rate_hz) RT;
};

/** The best table this machine can run. Thread: any, setup. Never NULL. */
const struct kernels *kernels_best(void);

/** The table of that name, or NULL if it is not built in or this machine cannot run it.
 *  For tests and bench. Thread: any, setup. */
const struct kernels *kernels_by_name(const char *name);

/** The i-th table this machine can run, slowest first, or NULL past the last. */
const struct kernels *kernels_at(unsigned i);

/** Index of the first bad sample of n, or n. For the rare case after SCAN_BAD. RT. */
unsigned kernels_first_bad(const float *p, unsigned n) RT;

#endif
