/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files of the dynamics kernel share, see k_dyn.c. After k_all.h. */
#ifndef DSP_K_DYN_H
#define DSP_K_DYN_H

#include "dsp/dyn.h"
#include "dsp/k_log.h"

#define QUADS (SPAN_FRAMES / QUAD_FRAMES)
#define CELL_QUADS (CELL_FRAMES / QUAD_FRAMES)
#define BUTTERWORTH 1.41421356F
#define KEPT_WITHIN 0.003F /* log2, 0.02 dB: crests as far apart are the same */
#define NOINLINE static __attribute__((noinline))

typedef float lanes_row[LANES];

/** What stands between the loops of one chunk. */
struct dyn_work {
    _Alignas(64) lanes_row level[QUADS]; /* of x, log2 */
    lanes_row key[QUADS];                /* of what one detector hears instead */
    lanes_row sum[QUADS];                /* gain, log2 */
    lanes_row goal[QUADS + 2];     /* gain at the quads' ends, lin; [0] at the first's start */
    lanes_row shelf[2][QUADS + 2]; /* the same of the de-esser's shelf: of hp and of bp */
    lanes_row hp[SPAN_FRAMES], bp[SPAN_FRAMES];
};

static const float quad_weight[QUAD_FRAMES] = {0.25F, 0.5F, 0.75F, 1.0F};

/** A value at the end of a quad of the block. */
INLINE vf value(const struct dyn_bank *b, unsigned quad, int value, int v, bool moving) {
    if (!moving)
        return vf_load(&b->row[0][value][v]);
    unsigned cell = quad / CELL_QUADS;
    vf from = vf_load(&b->row[cell][value][v]);
    return vf_fma(vf_load(&b->row[cell + 1][value][v]) - from,
                  vf_set(quad_weight[quad % CELL_QUADS]), from);
}

/** A value that steps from cell to cell. */
INLINE vf stepped(const struct dyn_bank *b, unsigned quad, int value, int v, bool moving) {
    return vf_load(&b->row[moving ? quad / CELL_QUADS + 1 : 0][value][v]);
}

INLINE vf positive(vf on, vf a) {
    return vf_gt_sel(on, vf_set(0.0F), a, vf_set(0.0F));
}

/** A level that is kept for a while when less comes. */
struct kept {
    vf level, age;
};

/** @param quads  how long */
INLINE vf keep(struct kept *k, vf level, vf quads) {
    k->age = vf_gt_sel(level, k->level - KEPT_WITHIN, vf_set(0.0F), k->age + 1.0F);
    k->level = vf_gt_sel(k->age, quads, level, vf_max(k->level, level));
    return k->level;
}

/** Nothing is kept where wet is 0: after a quad where it moves, after a chunk where it does not. */
INLINE void keep_none(struct kept *k, vf wet) {
    k->age = positive(wet, k->age);
    k->level = vf_gt_sel(wet, vf_set(0.0F), k->level, vf_set(LEVEL_FLOOR_LOG2));
}

/** Frames from t on that belong to one quad. */
INLINE unsigned quad_end(unsigned t, unsigned n, unsigned phase) {
    unsigned end = t + QUAD_FRAMES - (phase + t) % QUAD_FRAMES;
    return end < n ? end : n;
}

/** Who listens where. */
struct ear {
    const lanes_row *key; /* NULL: nobody is keyed */
    vi keyed[VECS];
    int wet, filter; /* first values of the filter */
    int peak, state; /* of the bank */
};

/** Levels of the m quads that end in the chunk. */
void K(dyn_levels)(struct dyn_bank *b, const lanes_row *x, unsigned n, unsigned phase, unsigned m,
                   lanes_row *out) RT;

/** The same of what a detector hears, through the filter of `module`. */
void K(dyn_listen)(struct dyn_bank *b, const lanes_row *x, const struct ear *e,
                   enum dyn_module module, unsigned n, unsigned phase, unsigned m, lanes_row *out)
    RT;

/** The same of the de-esser's band, into key; hp and bp are kept for the shelf. */
void K(dyn_listen_deess)(struct dyn_bank *b, const lanes_row *x, unsigned n, unsigned phase,
                         unsigned m, struct dyn_work *w) RT;

#endif
