/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dynamics of a lane group, see dyn.h. Short loops over the quads of a chunk, one after the
 * other: peaks | log2 | gate | compressor | de-esser | exp2 | apply. One long loop would overflow
 * the scheduler.
 *
 * Whether something moves, and who listens where, is decided per call and outside the loops; the
 * `moving` arguments are constants where the inline functions are used. Both variants compute
 * derived parameters by the same functions from the same operations, so that a lane gets the same
 * bits from either. */
#include "dsp/k_all.h"

#include "dsp/k_dyn.h"

#define SETTLED 1e-9F /* -180 dBFS: filters that ring less are empty */
#define RUNAWAY 1e30F /* and those that ring more have met what no float filter can hold */
/* A follower's last bit of way, where its own steps get lost in rounding or take for ever: */
#define CREEP_FROM 0.01F /* of the way shut, or log2 */
#define CREEP_SHUT 1e-5F /* per block, 0.001 dB at most */
#define CREEP_RED 1e-4F  /* 0.0006 dB */

/* -- gate ------------------------------------------------------------------------------------- */

struct gate_set {
    vf wet, top, knee, slope, range, att, hold, rel, keep;
};

INLINE struct gate_set gate_set(const struct dyn_bank *b, unsigned quad, int v, bool moving) {
    struct gate_set s = {.wet = value(b, quad, DYN_GATE_WET, v, moving)};
    vf range = value(b, quad, DYN_GATE_RANGE, v, moving);
    s.knee = value(b, quad, DYN_GATE_KNEE, v, moving);
    s.top = vf_fma(vf_set(0.5F), s.knee, value(b, quad, DYN_GATE_THR, v, moving));
    vf slope = value(b, quad, DYN_GATE_SLOPE, v, moving);
    s.slope = positive(s.wet, slope / (s.knee * vf_max(range, vf_set(KNEE_MIN_LOG2))));
    s.range = range * -s.wet;
    s.att = stepped(b, quad, DYN_GATE_ATT, v, moving);
    s.hold = positive(s.wet, stepped(b, quad, DYN_GATE_HOLD, v, moving));
    s.rel = stepped(b, quad, DYN_GATE_REL, v, moving);
    s.keep = stepped(b, quad, DYN_GATE_KEEP, v, moving);
    return s;
}

/** @param quad  first quad that ends in the chunk, of m */
INLINE void gate(struct dyn_bank *b, const lanes_row *level, lanes_row *sum, unsigned quad,
                 unsigned m, bool moving) {
    const vf zero = vf_set(0.0F);
    for (int v = 0; v < LANES; v += WIDTH) {
        vf shut = vf_load(&b->state[DYN_GATE_SHUT][v]), aim = vf_load(&b->state[DYN_GATE_AIM][v]);
        vf wait = vf_load(&b->state[DYN_GATE_WAIT][v]), low = vf_load(&b->low[DYN_GATE_LOW][v]);
        struct kept kept = {vf_load(&b->state[DYN_GATE_LEVEL][v]),
                            vf_load(&b->state[DYN_GATE_AGE][v])};
        struct gate_set s = gate_set(b, quad, v, false);
        for (unsigned q = 0; q < m; q++) {
            if (moving)
                s = gate_set(b, quad + q, v, true);
            vf heard = keep(&kept, vf_load(&level[q][v]), s.keep);
            if (moving)
                keep_none(&kept, s.wet);
            aim = vf_min(vf_knee(s.top - heard, s.knee, s.slope), vf_set(1.0F));
            wait = vf_gt_sel(aim, zero, vf_max(wait - 1.0F, zero), s.hold);
            vf rel = vf_gt_sel(wait, zero, zero, s.rel);
            shut = vf_fma(vf_gt_sel(aim, shut, rel, s.att), aim - shut, shut);
            vf gain = s.range * shut;
            low = vf_min(low, gain);
            vf_store(&sum[q][v], gain);
        }
        if (!moving)
            keep_none(&kept, s.wet);
        vf_store(&b->state[DYN_GATE_LEVEL][v], kept.level);
        vf_store(&b->state[DYN_GATE_AGE][v], kept.age);
        vf_store(&b->state[DYN_GATE_SHUT][v], shut);
        vf_store(&b->state[DYN_GATE_AIM][v], aim);
        vf_store(&b->state[DYN_GATE_WAIT][v], wait);
        vf_store(&b->low[DYN_GATE_LOW][v], low);
    }
}

NOINLINE void gate_still(struct dyn_bank *b, const lanes_row *level, lanes_row *sum, unsigned quad,
                         unsigned m) {
    gate(b, level, sum, quad, m, false);
}
NOINLINE void gate_moving(struct dyn_bank *b, const lanes_row *level, lanes_row *sum, unsigned quad,
                          unsigned m) {
    gate(b, level, sum, quad, m, true);
}

/* -- compressor -------------------------------------------------------------------------------- */

struct comp_set {
    vf wet, bottom, knee, slope, range, makeup, mix, autorel, att, hold, rel, slow_att, slow_rel,
        keep;
};

INLINE struct comp_set comp_set(const struct dyn_bank *b, unsigned quad, int v, bool moving) {
    struct comp_set s = {.wet = value(b, quad, DYN_COMP_WET, v, moving)};
    s.knee = value(b, quad, DYN_COMP_KNEE, v, moving);
    s.bottom = vf_fma(vf_set(-0.5F), s.knee, value(b, quad, DYN_COMP_THR, v, moving));
    s.slope = positive(s.wet, value(b, quad, DYN_COMP_SLOPE, v, moving) / s.knee);
    s.range = value(b, quad, DYN_COMP_RANGE, v, moving);
    s.makeup = s.wet * value(b, quad, DYN_COMP_MAKEUP, v, moving);
    s.mix = value(b, quad, DYN_COMP_MIX, v, moving);
    s.autorel = value(b, quad, DYN_COMP_AUTO, v, moving);
    s.att = stepped(b, quad, DYN_COMP_ATT, v, moving);
    s.hold = positive(s.wet, stepped(b, quad, DYN_COMP_HOLD, v, moving));
    s.rel = stepped(b, quad, DYN_COMP_REL, v, moving);
    s.slow_att = stepped(b, quad, DYN_COMP_SLOW_ATT, v, moving);
    s.slow_rel = stepped(b, quad, DYN_COMP_SLOW_REL, v, moving);
    s.keep = stepped(b, quad, DYN_COMP_KEEP, v, moving);
    return s;
}

/** A gain in log2 mixed with the dry signal, where mix < 1. */
INLINE vf parallel(vf gain, vf mix) {
    vf lin = vf_fma(mix, vf_exp2(gain) - 1.0F, vf_set(1.0F));
    return vf_gt_sel(vf_set(1.0F), mix, vf_log2(vf_max(lin, vf_set(LEVEL_FLOOR_LIN))), gain);
}

/** @param keyed  lanes that do not hear the gate's gain
 *  @param sum    gains before the compressor, to which its own are added
 *  @param holding  some lane has a hold
 *  @param mixing  some lane has a mix or an automatic release */
INLINE void comp(struct dyn_bank *b, const lanes_row *level, const vi *keyed, lanes_row *sum,
                 unsigned quad, unsigned m, bool moving, bool holding, bool mixing) {
    const vf zero = vf_set(0.0F);
    for (int v = 0; v < LANES; v += WIDTH) {
        vf red = vf_load(&b->state[DYN_COMP_RED][v]), slow = vf_load(&b->state[DYN_COMP_SLOW][v]);
        vf wait = vf_load(&b->state[DYN_COMP_WAIT][v]), low = vf_load(&b->low[DYN_COMP_LOW][v]);
        vf aim = vf_load(&b->state[DYN_COMP_AIM][v]);
        struct kept kept = {vf_load(&b->state[DYN_COMP_LEVEL][v]),
                            vf_load(&b->state[DYN_COMP_AGE][v])};
        struct comp_set s = comp_set(b, quad, v, false);
        for (unsigned q = 0; q < m; q++) {
            if (moving)
                s = comp_set(b, quad + q, v, true);
            vf before = vf_load(&sum[q][v]);
            vf heard = vf_load(&level[q][v]) + (vf)((vi)before & ~keyed[v / WIDTH]);
            heard = keep(&kept, heard, s.keep);
            if (moving)
                keep_none(&kept, s.wet);
            aim = vf_min(vf_knee(heard - s.bottom, s.knee, s.slope), s.range);
            vf rel = holding ? vf_gt_sel(wait, zero, zero, s.rel) : s.rel;
            if (mixing) {
                vf charge = positive(s.autorel, aim);
                vf slow_rel = vf_gt_sel(wait, zero, zero, s.slow_rel);
                slow = vf_fma(vf_gt_sel(charge, slow, s.slow_att, slow_rel), charge - slow, slow);
            }
            if (holding)
                wait = vf_gt_sel(aim, red * 0.99999F, s.hold, vf_max(wait - 1.0F, zero));
            red = vf_fma(vf_gt_sel(aim, red, s.att, rel), aim - red, red);
            vf all = red;
            if (mixing)
                all = vf_fma(s.autorel, vf_max(slow - red, zero), red);
            low = vf_min(low, s.wet * -all);
            vf gain = vf_fma(s.wet, -all, s.makeup);
            if (mixing)
                gain = parallel(gain, s.mix);
            vf_store(&sum[q][v], before + gain);
        }
        if (!moving)
            keep_none(&kept, s.wet);
        vf_store(&b->state[DYN_COMP_LEVEL][v], kept.level);
        vf_store(&b->state[DYN_COMP_AGE][v], kept.age);
        vf_store(&b->state[DYN_COMP_RED][v], red);
        vf_store(&b->state[DYN_COMP_SLOW][v], slow);
        vf_store(&b->state[DYN_COMP_AIM][v], aim);
        vf_store(&b->state[DYN_COMP_WAIT][v], wait);
        vf_store(&b->low[DYN_COMP_LOW][v], low);
    }
}

NOINLINE void comp_still(struct dyn_bank *b, const lanes_row *level, const vi *keyed,
                         lanes_row *sum, unsigned quad, unsigned m) {
    comp(b, level, keyed, sum, quad, m, false, false, false);
}
NOINLINE void comp_holding(struct dyn_bank *b, const lanes_row *level, const vi *keyed,
                           lanes_row *sum, unsigned quad, unsigned m) {
    comp(b, level, keyed, sum, quad, m, false, true, false);
}
NOINLINE void comp_mixing(struct dyn_bank *b, const lanes_row *level, const vi *keyed,
                          lanes_row *sum, unsigned quad, unsigned m) {
    comp(b, level, keyed, sum, quad, m, false, true, true);
}
NOINLINE void comp_moving(struct dyn_bank *b, const lanes_row *level, const vi *keyed,
                          lanes_row *sum, unsigned quad, unsigned m) {
    comp(b, level, keyed, sum, quad, m, true, true, false);
}
NOINLINE void comp_moving_mixing(struct dyn_bank *b, const lanes_row *level, const vi *keyed,
                                 lanes_row *sum, unsigned quad, unsigned m) {
    comp(b, level, keyed, sum, quad, m, true, true, true);
}

static void run_comp(struct dyn_bank *b, const lanes_row *level, const vi *keyed, lanes_row *sum,
                     unsigned quad, unsigned m) {
    const bool moving = b->moving[DYN_COMP], mixing = b->parallel | b->autorel;
    if (moving && mixing)
        comp_moving_mixing(b, level, keyed, sum, quad, m);
    else if (moving)
        comp_moving(b, level, keyed, sum, quad, m);
    else if (mixing)
        comp_mixing(b, level, keyed, sum, quad, m);
    else if (b->holding)
        comp_holding(b, level, keyed, sum, quad, m);
    else
        comp_still(b, level, keyed, sum, quad, m);
}

/* -- de-esser ---------------------------------------------------------------------------------- */
struct deess_set {
    vf wet, split, thr, slope, range, att, rel;
};

INLINE struct deess_set deess_set(const struct dyn_bank *b, unsigned quad, int v, bool moving) {
    struct deess_set s = {.wet = value(b, quad, DYN_DEESS_WET, v, moving)};
    s.split = value(b, quad, DYN_DEESS_SPLIT, v, moving);
    s.thr = value(b, quad, DYN_DEESS_THR, v, moving);
    s.slope = positive(s.wet, value(b, quad, DYN_DEESS_SLOPE, v, moving));
    s.range = value(b, quad, DYN_DEESS_RANGE, v, moving);
    s.att = stepped(b, quad, DYN_DEESS_ATT, v, moving);
    s.rel = stepped(b, quad, DYN_DEESS_REL, v, moving);
    return s;
}

/** The shelf's gain goes to shelf[0], everything's is added to the sum. */
INLINE void deess(struct dyn_bank *b, struct dyn_work *w, unsigned quad, unsigned m, bool moving) {
    const vf zero = vf_set(0.0F);
    for (int v = 0; v < LANES; v += WIDTH) {
        vf red = vf_load(&b->state[DYN_DEESS_RED][v]), low = vf_load(&b->low[DYN_DEESS_LOW][v]);
        vf aim = vf_load(&b->state[DYN_DEESS_AIM][v]);
        struct deess_set s = deess_set(b, quad, v, false);
        for (unsigned q = 0; q < m; q++) {
            if (moving)
                s = deess_set(b, quad + q, v, true);
            vf before = vf_load(&w->sum[q][v]);
            vf over = vf_max(vf_load(&w->key[q][v]) + before - s.thr, zero);
            aim = vf_min(over * s.slope, s.range);
            red = vf_fma(vf_gt_sel(aim, red, s.att, s.rel), aim - red, red);
            vf gain = s.wet * -red;
            low = vf_min(low, gain);
            vf_store(&w->sum[q][v], vf_fma(gain, 1.0F - s.split, before));
            vf_store(&w->shelf[0][q + 2][v], gain * s.split);
        }
        vf_store(&b->state[DYN_DEESS_RED][v], red);
        vf_store(&b->state[DYN_DEESS_AIM][v], aim);
        vf_store(&b->low[DYN_DEESS_LOW][v], low);
    }
}

NOINLINE void deess_still(struct dyn_bank *b, struct dyn_work *w, unsigned quad, unsigned m) {
    deess(b, w, quad, m, false);
}
NOINLINE void deess_moving(struct dyn_bank *b, struct dyn_work *w, unsigned quad, unsigned m) {
    deess(b, w, quad, m, true);
}

/* -- gains to sound ---------------------------------------------------------------------------- */

/** Log2 gains of m quads to factors, behind those the chunk starts with. */
NOINLINE void goals(struct dyn_bank *b, struct dyn_work *w, unsigned m) {
    memcpy(w->goal, b->state[DYN_START], 2 * sizeof(lanes_row));
    for (unsigned q = 0; q < m; q++)
        for (int v = 0; v < LANES; v += WIDTH)
            vf_store(&w->goal[q + 2][v], vf_exp2(vf_load(&w->sum[q][v])));
    memcpy(b->state[DYN_START], w->goal[m], 2 * sizeof(lanes_row));
}

NOINLINE void shelf_goals(struct dyn_bank *b, struct dyn_work *w, unsigned m) {
    memcpy(w->shelf[0], b->state[DYN_SHELF_START], 2 * sizeof(lanes_row));
    memcpy(w->shelf[1], b->state[DYN_SHELF_BP_START], 2 * sizeof(lanes_row));
    for (unsigned q = 2; q < m + 2; q++)
        for (int v = 0; v < LANES; v += WIDTH) {
            vf root = vf_exp2(0.5F * vf_load(&w->shelf[0][q][v]));
            vf_store(&w->shelf[0][q][v], (root - 1.0F) * (root + 1.0F));
            vf_store(&w->shelf[1][q][v], 0.5F * BUTTERWORTH * (root - 1.0F));
        }
    memcpy(b->state[DYN_SHELF_START], w->shelf[0][m], 2 * sizeof(lanes_row));
    memcpy(b->state[DYN_SHELF_BP_START], w->shelf[1][m], 2 * sizeof(lanes_row));
}

NOINLINE void apply(lanes_row *x, unsigned n, unsigned phase, const lanes_row *goal) {
    for (int v = 0; v < LANES; v += WIDTH) {
        unsigned t = 0, q = 0;
        vf from = vf_load(&goal[0][v]);
        if (phase % QUAD_FRAMES == 0)
            for (; t + QUAD_FRAMES <= n; t += QUAD_FRAMES) {
                vf to = vf_load(&goal[++q][v]), way = to - from;
                UNROLL for (unsigned k = 0; k < QUAD_FRAMES; k++) {
                    vf g = vf_fma(way, vf_set(quad_weight[k]), from);
                    vf_store(&x[t + k][v], vf_load(&x[t + k][v]) * g);
                }
                from = to;
            }
        while (t < n) {
            from = vf_load(&goal[q][v]);
            vf way = vf_load(&goal[++q][v]) - from;
            for (unsigned end = quad_end(t, n, phase); t < end; t++) {
                vf g = vf_fma(way, vf_set(quad_weight[(phase + t) % QUAD_FRAMES]), from);
                vf_store(&x[t][v], vf_load(&x[t][v]) * g);
            }
        }
    }
}

/** The same with the shelf: x + (G - 1) hp + k (sqrt(G) - 1) bp is a high shelf of G; twice the
 *  band-pass and half of its factor are what is kept. */
NOINLINE void apply_shelf(lanes_row *x, unsigned n, unsigned phase, const struct dyn_work *w) {
    for (int v = 0; v < LANES; v += WIDTH) {
        for (unsigned t = 0, q = 0; t < n; q++) {
            vf from = vf_load(&w->goal[q][v]), way = vf_load(&w->goal[q + 1][v]) - from;
            vf h = vf_load(&w->shelf[0][q][v]), h_way = vf_load(&w->shelf[0][q + 1][v]) - h;
            vf d = vf_load(&w->shelf[1][q][v]), d_way = vf_load(&w->shelf[1][q + 1][v]) - d;
            for (unsigned end = quad_end(t, n, phase); t < end; t++) {
                vf k = vf_set(quad_weight[(phase + t) % QUAD_FRAMES]);
                vf y = vf_load(&x[t][v]);
                y = vf_fma(vf_fma(h_way, k, h), vf_load(&w->hp[t][v]), y);
                y = vf_fma(vf_fma(d_way, k, d), vf_load(&w->bp[t][v]), y);
                vf_store(&x[t][v], y * vf_fma(way, k, from));
            }
        }
    }
}

/* -- the end of a block ------------------------------------------------------------------------ */

/** Followers and where they want to go. */
static const uint8_t reds[][2] = {
    {DYN_COMP_RED, DYN_COMP_AIM}, {DYN_COMP_SLOW, DYN_COMP_AIM}, {DYN_DEESS_RED, DYN_DEESS_AIM}};

/** Followers go their last bit of way, so that they arrive; filters that are all but empty, or mad,
 *  become empty. Every lane by itself. */
NOINLINE void settle(struct dyn_bank *b) {
    const vf zero = vf_set(0.0F);
    const bool filters = b->on[DYN_DEESS] | b->on[DYN_GATE_SC] | b->on[DYN_COMP_SC];
    for (int v = 0; v < LANES; v += WIDTH) {
        vi changed = {0};
        vf shut = vf_load(&b->state[DYN_GATE_SHUT][v]);
        vf way = vf_load(&b->state[DYN_GATE_AIM][v]) - shut;
        way = vf_gt_sel(vf_set(CREEP_FROM), vf_abs(way), way, zero);
        way = vf_min(vf_max(way, vf_set(-CREEP_SHUT)), vf_set(CREEP_SHUT));
        vf nearer = shut + vf_gt_sel(vf_load(&b->state[DYN_GATE_WAIT][v]), zero, zero, way);
        changed |= nearer != shut;
        vf_store(&b->state[DYN_GATE_SHUT][v], nearer);
        for (unsigned i = 0; i < sizeof reds / sizeof *reds; i++) {
            vf red = vf_load(&b->state[reds[i][0]][v]);
            vf less = vf_gt_sel(vf_set(CREEP_FROM), red, vf_max(red - CREEP_RED, zero), red);
            less = vf_gt_sel(vf_load(&b->state[reds[i][1]][v]), zero, red, less);
            changed |= less != red;
            vf_store(&b->state[reds[i][0]][v], less);
        }
        for (int s = DYN_FILTERS; filters && s < DYN_STATES; s += 2) {
            vf s1 = vf_load(&b->state[s][v]), s2 = vf_load(&b->state[s + 1][v]);
            vf most = vf_max(vf_abs(s1), vf_abs(s2));
            vi keep = (most > SETTLED) & (vf_abs(s1) < RUNAWAY) & (vf_abs(s2) < RUNAWAY);
            changed |= ~keep & (most > zero);
            vf_store(&b->state[s][v], vf_sel(keep, s1, zero));
            vf_store(&b->state[s + 1][v], vf_sel(keep, s2, zero));
        }
        vf_store(&b->state[DYN_SETTLING][v], vf_sel(changed, vf_set(1.0F), zero));
    }
}

/* -- all of it --------------------------------------------------------------------------------- */

static void ear_of(struct ear *e, const lanes_row *key, uint32_t lanes) {
    _Alignas(64) int32_t mask[LANES];
    for (int l = 0; l < LANES; l++)
        mask[l] = key && lanes >> l & 1 ? -1 : 0;
    memcpy(e->keyed, mask, sizeof mask);
    e->key = lanes ? key : NULL;
}

void K(dyn)(struct dyn_bank *b, float (*x)[LANES], unsigned n, unsigned phase,
            const struct dyn_keys *keys) {
    struct dyn_work w;
    const unsigned quad = phase / QUAD_FRAMES, m = (phase + n) / QUAD_FRAMES - quad;
    struct ear gate_ear = {.wet = DYN_GATE_SC_WET,
                           .filter = DYN_GATE_SC_HP,
                           .peak = DYN_GATE_PEAK,
                           .state = DYN_GATE_SVF};
    struct ear comp_ear = {.wet = DYN_COMP_SC_WET,
                           .filter = DYN_COMP_SC_HP,
                           .peak = DYN_COMP_PEAK,
                           .state = DYN_COMP_SVF};
    if (keys) {
        ear_of(&gate_ear, keys->gate, keys->gate_lanes);
        ear_of(&comp_ear, keys->comp, keys->comp_lanes);
    }
    const bool gate_on = b->on[DYN_GATE], gate_own = gate_ear.key || b->on[DYN_GATE_SC];
    const bool comp_on = b->on[DYN_COMP], comp_own = comp_ear.key || b->on[DYN_COMP_SC];
    const lanes_row *in = (const lanes_row *)x;
    if ((gate_on && !gate_own) || (comp_on && !comp_own))
        K(dyn_levels)(b, in, n, phase, m, w.level);
    if (gate_on) {
        if (gate_own)
            K(dyn_listen)(b, in, &gate_ear, DYN_GATE_SC, n, phase, m, w.key);
        const lanes_row *level = (const lanes_row *)(gate_own ? w.key : w.level);
        if (b->moving[DYN_GATE])
            gate_moving(b, level, w.sum, quad, m);
        else
            gate_still(b, level, w.sum, quad, m);
    } else {
        memset(w.sum, 0, m * sizeof *w.sum);
    }
    if (comp_on) {
        if (comp_own)
            K(dyn_listen)(b, in, &comp_ear, DYN_COMP_SC, n, phase, m, w.key);
        run_comp(b, (const lanes_row *)(comp_own ? w.key : w.level), comp_ear.keyed, w.sum, quad,
                 m);
    }
    if (b->on[DYN_DEESS]) {
        K(dyn_listen_deess)(b, in, n, phase, m, &w);
        if (b->moving[DYN_DEESS])
            deess_moving(b, &w, quad, m);
        else
            deess_still(b, &w, quad, m);
    }
    goals(b, &w, m);
    if (b->on[DYN_DEESS] && b->split) {
        shelf_goals(b, &w, m);
        apply_shelf(x, n, phase, &w);
    } else {
        apply(x, n, phase, (const lanes_row *)w.goal);
    }
    if (phase + n == SPAN_FRAMES)
        settle(b);
}
