/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The multiband compressor and expander of one lane group: four bands, sixteen legs side by side.
 *
 *      x -- split at mid --+-- all-pass high -- split at low  --+-- band 1
 *                          |                                    +-- band 2
 *                          +-- all-pass low  -- split at high --+-- band 3
 *                                                               +-- band 4
 *
 * A split is a Linkwitz-Riley crossover of fourth order (S. Linkwitz, "Active Crossover Networks
 * for Noncoincident Drivers", JAES 24(1), 1976): the low side is two Butterworth low-passes, the
 * high side what is left of the first one's all-pass, so that both add up to that all-pass at any
 * time, also while frequencies move. Each side passes the all-pass of the other side's crossover;
 * so all four bands are in phase where they meet and, at rest, sum to an all-pass.
 *
 * The gains of the bands run on quads, as those of dyn.h: peak over a quad, linked legs together;
 * log domain, quadratic knee, smooth branching detector (Giannoulis, Massberg, Reiss, JAES 60(6),
 * 2012). What is smoothed is called the activity and rests at 0 in silence: the reduction of a
 * compressor; of an expander how far it is open, from 0 (reduced by its whole range) to 1. So
 * `att_ms` is the time to 63 % of a compressor's reduction and of an expander's opening. Both are
 * followed all the time, and fading between the modes fades between their gains in dB. A second
 * follower of 1.5 quads rounds the corners off. Times are shortened by all this lag, so that the
 * times to 63 % stand as they were asked for, from 1 ms up.
 *
 * A band that is off (band.wet 0) passes as it is, without its gain, too. A lane that is off (wet
 * 0) passes bit for bit and keeps no state: when it comes on, its filters start from silence.
 * Crossovers keep half an octave: low and high give way to mid.
 *
 * Parameters arrive for the cell boundaries of a block and move linearly between them; times step.
 * Lanes do not depend on one another (unless linked), nor a sample on how a block is cut.
 *
 * Thread: setup functions any, the rest audio (RT). No allocation; the engine owns the memory.
 */
#ifndef DSP_MULTIBAND_H
#define DSP_MULTIBAND_H

#include "dsp/kernels.h"

#define MULTIBAND_BANDS 4
#define MULTIBAND_SPLITS 3 /* low, mid, high */
#define MULTIBAND_QUAD_FRAMES 4
#define MULTIBAND_ROWS (SPAN_CELLS + 1)

struct multiband_band {
    float wet;    /* 0 off .. 1 on; between them the share of the gain in dB */
    float expand; /* 0 compressor above thr .. 1 expander below thr */
    float thr_db, ratio;
    float range_db; /* most it takes away */
    float knee_db;
    float gain_db; /* of the band, while it is on */
    float att_ms, rel_ms;
};

struct multiband_params {
    float wet;                  /* 0 dry .. 1 through the bands */
    float hz[MULTIBAND_SPLITS]; /* low, mid, high */
    struct multiband_band band[MULTIBAND_BANDS];
};

/** Parameters of a band as the kernel wants them, levels in log2 units. */
enum multiband_value {
    MULTIBAND_FROM,  /* compressor: foot of the knee */
    MULTIBAND_UNTIL, /* expander: head of the knee */
    MULTIBAND_KNEE,
    MULTIBAND_COMP_SLOPE, /* by knee */
    MULTIBAND_EXP_SLOPE,
    MULTIBAND_RANGE,   /* of the compressor */
    MULTIBAND_UNRANGE, /* 1 / range of the expander */
    MULTIBAND_REDUCES, /* what one unit of the compressor's activity adds to the gain */
    MULTIBAND_OPENS,   /* and of the expander's */
    MULTIBAND_SHUT,    /* the expander's reduction at no activity, >= 0 */
    MULTIBAND_FIXED,   /* linear gain at no activity */
    MULTIBAND_ATT,     /* coefficients of a follower that moves once a quad */
    MULTIBAND_REL,
    MULTIBAND_VALUES
};

/** Activities are smoothed once more, by this share of the difference in every quad. */
#define MULTIBAND_ROUND 0.4F

/** What a band remembers of a lane. */
enum multiband_memory {
    MULTIBAND_PEAK,  /* of the present quad so far, lin */
    MULTIBAND_START, /* factor on FIXED at the present quad's start and end */
    MULTIBAND_GOAL,
    MULTIBAND_REDUCED, /* activity of the compressor */
    MULTIBAND_OPEN,    /* and of the expander */
    MULTIBAND_REDUCED_SMOOTH,
    MULTIBAND_OPEN_SMOOTH,
    MULTIBAND_MEMORIES
};

/** Sections: each split has two, and two all-passes. */
#define MULTIBAND_SECTIONS (2 * MULTIBAND_SPLITS + 2)

/** One lane group. At rest all rows are equal. */
struct multiband_bank {
    _Alignas(64) float row[MULTIBAND_ROWS][MULTIBAND_BANDS][MULTIBAND_VALUES][LANES];
    float coef[MULTIBAND_ROWS][MULTIBAND_SPLITS][3][LANES]; /* as the first three of a svf_chain */
    float wet[MULTIBAND_ROWS][LANES];
    float svf[MULTIBAND_SECTIONS][2][LANES];
    float memory[MULTIBAND_BANDS][MULTIBAND_MEMORIES][LANES];
    float low[MULTIBAND_BANDS][LANES]; /* lowest gain since taken, log2, without gain_db */
    int32_t link[4][LANES];            /* whom a lane looks at in each step of the maximum */
    const struct kernels *k;
    double rate_hz;
    struct multiband_params have[LANES]; /* what row 4 was made from; of a strip's first lane */
    unsigned link_steps;                 /* 0: nobody is linked */
    uint32_t on;                         /* lanes with wet > 0 somewhere in this block */
    bool moving;                         /* rows differ */
    bool gliding;                        /* crossovers as well */
};

/** All off, unlinked. Thread: setup. */
void multiband_init(struct multiband_bank *bank, const struct kernels *k, double rate_hz);

/** A strip occupies `legs` lanes from `lane` on: they share detectors. Thread: setup. */
void multiband_link(struct multiband_bank *bank, unsigned lane, unsigned legs);

/** Set the parameters of a strip at boundary `row` (0..4, block frame 16 * row) and the later ones.
 *  Row 0, between blocks, is a jump; a strip that is off then is reset. Values out of range are
 *  clamped to what can be built; they have to be finite. */
void multiband_write(struct multiband_bank *bank, unsigned lane, unsigned legs, unsigned row,
                     const struct multiband_params *p) RT;

/** The block is over; rows rest at row 4. */
void multiband_rest(struct multiband_bank *bank) RT;

/** Whether anything is on in this block. If not, multiband_run need not be called. */
bool multiband_active(const struct multiband_bank *bank) RT;

/** Process n frames in place; phase + n <= 64. Chunks of a block in ascending order. */
void multiband_run(struct multiband_bank *bank, float (*x)[LANES], unsigned n, unsigned phase) RT;

/** One lane as freshly set up: filters empty, no activity. Detectors that it shares go on with its
 *  other legs. */
void multiband_reset_lane(struct multiband_bank *bank, unsigned lane) RT;

/** All lanes as silence leaves them, which is as freshly set up. */
void multiband_zero(struct multiband_bank *bank) RT;

/** True when all state is next to that: the group may be zeroed and left out until something
 *  comes, which is exact from then on. To be asked at the end of a block. */
bool multiband_is_quiet(const struct multiband_bank *bank) RT;

/** Lowest gains since last taken, dB <= 0, without gain_db; 0 where lane or band are off.
 *  @param db  [MULTIBAND_BANDS][LANES] */
void multiband_gr_take(struct multiband_bank *bank, float (*db)[LANES]) RT;

#endif
