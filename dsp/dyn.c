/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/dyn.h"

#include <math.h>
#include <string.h>

#define ALL_LANES ((1U << LANES) - 1U)
#define LOG2_PER_DB 0.16609640F
#define DB_PER_LOG2 6.0205999F
#define LOG2_E 1.44269504
#define KNEE_MIN_LOG2 1e-4F
#define SLOW_TIMES 8.0F
#define SLOW_MAX_MS 10000.0F

/* A follower moves at the ends of quads and is heard a quad later. So many frames, in the mean over
 * the places of a step in its quad, does that add to its time constant: a rise counts from its own
 * quad on, a fall from the next. */
#define KEEP_MOST_MS 5.0F
#define KEEP_SHARE 0.2F          /* of the release */
#define LEVEL_FLOOR_LOG2 -26.58F /* see k_log.h */
#define RISE_LAG_FRAMES 1.5F
#define FALL_LAG_FRAMES 4.5F

/** Values of each module, first its wet. */
static const uint8_t first_value[DYN_MODULES + 1] = {
    DYN_GATE_WET, DYN_COMP_WET, DYN_DEESS_WET, DYN_GATE_SC_WET, DYN_COMP_SC_WET, DYN_VALUES};

/* -- what people say to what kernels want ------------------------------------------------------ */

static float at_least(float a, float least) RT {
    return a > least ? a : least;
}

static float limited(float a, float least, float most) RT {
    return a < most ? at_least(a, least) : most;
}

/** Share of the way that a follower goes in a quad. */
static float step_of(const struct dyn_bank *b, float ms, float lag_frames) RT {
    const float frames = at_least(ms, 0.0F) * (float)b->rate_hz * 1e-3F - lag_frames;
    return -expm1f(-QUAD_FRAMES / at_least(frames, 1.0F));
}

static float quads_of(const struct dyn_bank *b, float ms) RT {
    return ceilf(at_least(ms, 0.0F) * (float)b->rate_hz * 1e-3F / QUAD_FRAMES);
}

/** For how long a level is kept, and what is left of hold and release then. */
struct fall {
    float keep, hold, rel; /* quads, quads, step */
    float lag_frames;
};

static struct fall fall_of(const struct dyn_bank *b, float hold_ms, float rel_ms) RT {
    const float quads = (float)b->rate_hz * 1e-3F / QUAD_FRAMES;
    struct fall f = {.hold = quads_of(b, hold_ms)};
    f.keep = floorf(limited(rel_ms * KEEP_SHARE, 0.0F, KEEP_MOST_MS) * quads);
    f.lag_frames = FALL_LAG_FRAMES + QUAD_FRAMES * at_least(f.keep - f.hold, 0.0F);
    f.hold = at_least(f.hold - f.keep, 0.0F);
    f.rel = step_of(b, rel_ms, f.lag_frames);
    return f;
}

/** Coefficients of a Butterworth section, form of struct svf_chain. */
static void filter_of(const struct dyn_bank *b, float hz, float c[3]) RT {
    const double f = (double)hz / b->rate_hz;
    const double g = tan(3.14159265358979 * (f < 1e-5 ? 1e-5 : f > 0.46 ? 0.46 : f));
    const double k = 1.41421356237310, a1 = 1.0 / (1.0 + g * (g + k));
    c[0] = (float)(2.0 * g * (g + k) * a1);
    c[1] = (float)(2.0 * g * a1);
    c[2] = (float)(2.0 * g * g * a1);
}

/* Exponentials and tangents are computed only where what they come from changed: `was` is what v
 * was made from before, or NULL. */
#define CHANGED(field) (!was || was->field < p->field || was->field > p->field)

static void values_of_gate(const struct dyn_bank *b, const struct dyn_gate *was,
                           const struct dyn_gate *p, float *v) RT {
    v[DYN_GATE_WET] = limited(p->wet, 0.0F, 1.0F);
    v[DYN_GATE_THR] = p->thr_db * LOG2_PER_DB;
    v[DYN_GATE_KNEE] = at_least(p->knee_db * LOG2_PER_DB, KNEE_MIN_LOG2);
    v[DYN_GATE_SLOPE] = at_least(p->ratio, 1.0F) - 1.0F;
    v[DYN_GATE_RANGE] = at_least(p->range_db, 0.0F) * LOG2_PER_DB;
    if (CHANGED(att_ms))
        v[DYN_GATE_ATT] = step_of(b, p->att_ms, RISE_LAG_FRAMES);
    const bool rel = CHANGED(rel_ms), hold = CHANGED(hold_ms);
    if (rel || hold) {
        const struct fall fall = fall_of(b, p->hold_ms, p->rel_ms);
        v[DYN_GATE_KEEP] = fall.keep;
        v[DYN_GATE_HOLD] = fall.hold;
        v[DYN_GATE_REL] = fall.rel;
    }
}

static void values_of_comp(const struct dyn_bank *b, const struct dyn_comp *was,
                           const struct dyn_comp *p, float *v) RT {
    v[DYN_COMP_WET] = limited(p->wet, 0.0F, 1.0F);
    v[DYN_COMP_THR] = p->thr_db * LOG2_PER_DB;
    v[DYN_COMP_KNEE] = at_least(p->knee_db * LOG2_PER_DB, KNEE_MIN_LOG2);
    v[DYN_COMP_SLOPE] = 1.0F - 1.0F / at_least(p->ratio, 1.0F);
    v[DYN_COMP_RANGE] = at_least(p->range_db, 0.0F) * LOG2_PER_DB;
    v[DYN_COMP_MAKEUP] = p->makeup_db * LOG2_PER_DB;
    v[DYN_COMP_MIX] = limited(p->mix, 0.0F, 1.0F);
    v[DYN_COMP_AUTO] = limited(p->autorel, 0.0F, 1.0F);
    if (CHANGED(att_ms))
        v[DYN_COMP_ATT] = step_of(b, p->att_ms, RISE_LAG_FRAMES);
    const bool rel = CHANGED(rel_ms), hold = CHANGED(hold_ms);
    if (rel || hold) {
        const struct fall fall = fall_of(b, p->hold_ms, p->rel_ms);
        v[DYN_COMP_KEEP] = fall.keep;
        v[DYN_COMP_HOLD] = fall.hold;
        v[DYN_COMP_REL] = fall.rel;
        v[DYN_COMP_SLOW_ATT] = step_of(b, p->rel_ms, RISE_LAG_FRAMES);
        v[DYN_COMP_SLOW_REL] =
            step_of(b, limited(p->rel_ms * SLOW_TIMES, 0.0F, SLOW_MAX_MS), fall.lag_frames);
    }
}

static void values_of_deess(const struct dyn_bank *b, const struct dyn_deess *was,
                            const struct dyn_deess *p, float *v) RT {
    v[DYN_DEESS_WET] = limited(p->wet, 0.0F, 1.0F);
    v[DYN_DEESS_SPLIT] = limited(p->split, 0.0F, 1.0F);
    v[DYN_DEESS_THR] = p->thr_db * LOG2_PER_DB;
    v[DYN_DEESS_SLOPE] = 1.0F - 1.0F / at_least(p->ratio, 1.0F);
    v[DYN_DEESS_RANGE] = at_least(p->range_db, 0.0F) * LOG2_PER_DB;
    if (CHANGED(att_ms))
        v[DYN_DEESS_ATT] = step_of(b, p->att_ms, RISE_LAG_FRAMES);
    if (CHANGED(rel_ms))
        v[DYN_DEESS_REL] = step_of(b, p->rel_ms, FALL_LAG_FRAMES);
    if (CHANGED(freq_hz))
        filter_of(b, p->freq_hz, v + DYN_DEESS_HP);
}

/** A filter is on while what it serves is. */
static void values_of_filter(const struct dyn_bank *b, const struct dyn_filter *was,
                             const struct dyn_filter *p, float served, float *v) RT {
    v[0] = served > 0.0F ? limited(p->wet, 0.0F, 1.0F) : 0.0F;
    if (CHANGED(hpf_hz))
        filter_of(b, p->hpf_hz, v + 1);
    if (CHANGED(lpf_hz))
        filter_of(b, p->lpf_hz, v + 4);
}

/** Modules whose settings differ, as bits. A filter's wet depends on what it serves, too. */
static unsigned changed(const struct dyn_params *a, const struct dyn_params *p) RT {
    const bool gate = memcmp(&a->gate, &p->gate, sizeof a->gate);
    const bool comp = memcmp(&a->comp, &p->comp, sizeof a->comp);
    const bool deess = memcmp(&a->deess, &p->deess, sizeof a->deess);
    const bool gate_sc = (a->gate.wet > 0.0F) != (p->gate.wet > 0.0F) ||
                         memcmp(&a->gate_sc, &p->gate_sc, sizeof a->gate_sc);
    const bool comp_sc = (a->comp.wet > 0.0F) != (p->comp.wet > 0.0F) ||
                         memcmp(&a->comp_sc, &p->comp_sc, sizeof a->comp_sc);
    return (unsigned)gate << DYN_GATE | (unsigned)comp << DYN_COMP | (unsigned)deess << DYN_DEESS |
           (unsigned)gate_sc << DYN_GATE_SC | (unsigned)comp_sc << DYN_COMP_SC;
}

static void values_of(const struct dyn_bank *b, const struct dyn_params *was,
                      const struct dyn_params *p, unsigned modules, float *v) RT {
    if (modules >> DYN_GATE & 1)
        values_of_gate(b, was ? &was->gate : NULL, &p->gate, v);
    if (modules >> DYN_COMP & 1)
        values_of_comp(b, was ? &was->comp : NULL, &p->comp, v);
    if (modules >> DYN_DEESS & 1)
        values_of_deess(b, was ? &was->deess : NULL, &p->deess, v);
    if (modules >> DYN_GATE_SC & 1)
        values_of_filter(b, was ? &was->gate_sc : NULL, &p->gate_sc, p->gate.wet,
                         v + DYN_GATE_SC_WET);
    if (modules >> DYN_COMP_SC & 1)
        values_of_filter(b, was ? &was->comp_sc : NULL, &p->comp_sc, p->comp.wet,
                         v + DYN_COMP_SC_WET);
}

/* -- lanes ------------------------------------------------------------------------------------- */

/** What a lane keeps that keeps nothing. */
static float unknown(unsigned state) RT {
    return state == DYN_GATE_LEVEL || state == DYN_COMP_LEVEL ? LEVEL_FLOOR_LOG2 : 0.0F;
}

/** Begin afresh, at the latest when the lane is run again. */
static void fresh(struct dyn_bank *b, uint32_t lanes) RT {
    for (uint32_t m = lanes & ~b->fresh; m; m &= m - 1)
        for (unsigned s = 0; s < DYN_STATES; s++)
            b->state[s][__builtin_ctz(m)] = unknown(s);
    b->fresh |= lanes;
    b->still = false;
}

/** Put fresh lanes where the kernel itself ends in silence, to the last bit, with the parameters of
 * the present boundary: two quads for what the gate aims at, two for the gain. The other lanes are
 * put back as they were. */
static void settle(struct dyn_bank *b) RT {
    float state[DYN_STATES][LANES], low[DYN_LOWS][LANES];
    uint32_t moving[DYN_MODULES];
    _Alignas(64) float nothing[2 * QUAD_FRAMES][LANES];
    memcpy(state, b->state, sizeof state);
    memcpy(low, b->low, sizeof low);
    memcpy(moving, b->moving, sizeof moving);
    if (b->next == 0) /* what rests is at row 0, there is no quad that ends there */
        memset(b->moving, 0, sizeof b->moving);
    const unsigned end = b->next / QUAD_FRAMES * QUAD_FRAMES;
    const unsigned phase = (end > 2 * QUAD_FRAMES ? end : 2 * QUAD_FRAMES) - 2 * QUAD_FRAMES;
    for (unsigned pass = 0; pass < 2; pass++) {
        memset(nothing, 0, sizeof nothing);
        b->k->dyn(b, nothing, 2 * QUAD_FRAMES, phase, NULL);
        memcpy(b->state[DYN_GATE_SHUT], b->state[DYN_GATE_AIM], sizeof b->state[0]);
    }
    for (uint32_t m = b->fresh; m; m &= m - 1) {
        const unsigned l = (unsigned)__builtin_ctz(m);
        state[DYN_GATE_SHUT][l] = state[DYN_GATE_AIM][l] = b->state[DYN_GATE_AIM][l];
        state[DYN_START][l] = state[DYN_GOAL][l] = b->state[DYN_GOAL][l];
    }
    memcpy(b->state, state, sizeof state);
    memcpy(b->low, low, sizeof low);
    memcpy(b->moving, moving, sizeof moving);
    b->fresh = 0;
}

/** What each module keeps; the de-esser's filter comes on top. */
static const uint8_t first_state[DYN_MODULES] = {DYN_GATE_SHUT, DYN_COMP_RED, DYN_DEESS_RED,
                                                 DYN_GATE_SVF, DYN_COMP_SVF};
static const uint8_t state_count[DYN_MODULES] = {4, 5, 2, 4, 4};

/** A module is off: forget what it knew, so that it starts alike whoever else is on. */
static void forget(struct dyn_bank *b, unsigned module, unsigned l) RT {
    const unsigned first = first_state[module];
    for (unsigned s = first; s < first + state_count[module]; s++)
        b->state[s][l] = 0.0F;
    if (module == DYN_GATE)
        b->state[DYN_GATE_LEVEL][l] = LEVEL_FLOOR_LOG2;
    if (module == DYN_COMP)
        b->state[DYN_COMP_LEVEL][l] = LEVEL_FLOOR_LOG2;
    if (module == DYN_DEESS)
        b->state[DYN_DEESS_SVF][l] = b->state[DYN_DEESS_SVF + 1][l] = 0.0F;
}

/** Note what row 4 of lanes uses. Nothing is struck out. */
static void note(struct dyn_bank *b, unsigned l, uint32_t lanes) RT {
    const float(*v)[LANES] = (const float(*)[LANES])b->row[DYN_ROWS - 1];
    for (unsigned i = 0; i < DYN_MODULES; i++)
        if (v[first_value[i]][l] > 0.0F)
            b->on[i] |= lanes;
    if (v[DYN_DEESS_SPLIT][l] > 0.0F)
        b->split |= lanes;
    if (v[DYN_COMP_MIX][l] < 1.0F)
        b->parallel |= lanes;
    if (v[DYN_COMP_AUTO][l] > 0.0F)
        b->autorel |= lanes;
    if (v[DYN_COMP_HOLD][l] > 0.0F)
        b->holding |= lanes;
}

static void strike(struct dyn_bank *b, uint32_t lanes) RT {
    for (unsigned i = 0; i < DYN_MODULES; i++)
        b->on[i] &= ~lanes;
    b->split &= ~lanes;
    b->parallel &= ~lanes;
    b->autorel &= ~lanes;
    b->holding &= ~lanes;
}

/* -- setup ------------------------------------------------------------------------------------- */

void dyn_init(struct dyn_bank *b, const struct kernels *k, double rate_hz) {
    memset(b, 0, sizeof *b);
    b->k = k;
    b->rate_hz = rate_hz;
    for (unsigned l = 0; l < LANES; l++)
        b->have[l].comp.mix = 1.0F;
    float v[DYN_VALUES];
    values_of(b, NULL, &b->have[0], ~0U, v);
    for (unsigned r = 0; r < DYN_ROWS; r++)
        for (unsigned i = 0; i < DYN_VALUES; i++)
            for (unsigned l = 0; l < LANES; l++)
                b->row[r][i][l] = v[i];
    for (unsigned l = 0; l < LANES; l++)
        dyn_link(b, l, 1);
    fresh(b, ALL_LANES);
}

void dyn_link(struct dyn_bank *b, unsigned lane, unsigned legs) {
    for (unsigned l = 0; l < legs; l++) {
        b->first[lane + l] = (uint8_t)lane;
        b->legs[lane + l] = (uint8_t)legs;
        for (unsigned s = 0; s < 4; s++)
            b->link_lane[s][lane + l] = (int32_t)(lane + (l + (1U << s)) % legs);
    }
    b->link_steps = 0;
    for (unsigned l = 0; l < LANES; l++)
        while (1U << b->link_steps < b->legs[l])
            b->link_steps++;
}

/* -- the block --------------------------------------------------------------------------------- */

void dyn_write(struct dyn_bank *b, unsigned lane, unsigned legs, unsigned row,
               const struct dyn_params *p) {
    const unsigned modules = changed(&b->have[lane], p);
    if (!modules)
        return;
    float was[DYN_VALUES], v[DYN_VALUES];
    for (unsigned i = 0; i < DYN_MODULES; i++)
        for (unsigned j = first_value[i]; modules >> i & 1 && j < first_value[i + 1]; j++)
            was[j] = v[j] = b->row[DYN_ROWS - 1][j][lane];
    values_of(b, &b->have[lane], p, modules, v);
    const uint32_t lanes = ((1U << legs) - 1U) << lane;
    b->have[lane] = *p;
    for (unsigned i = 0; i < DYN_MODULES; i++) {
        if (!(modules >> i & 1))
            continue;
        bool moves = false;
        for (unsigned j = first_value[i]; j < first_value[i + 1]; j++) {
            /* Row 0 is a jump from whatever the rows say. */
            if (row > 0 && !(v[j] < was[j]) && !(v[j] > was[j]))
                continue;
            moves = true;
            for (unsigned r = row; r < DYN_ROWS; r++)
                for (unsigned l = lane; l < lane + legs; l++)
                    b->row[r][j][l] = v[j];
        }
        b->moving[i] = row > 0 ? b->moving[i] | (moves ? lanes : 0) : b->moving[i] & ~lanes;
    }
    if (row == 0) {
        strike(b, lanes);
        fresh(b, lanes);
    }
    note(b, lane, lanes);
    b->still = false;
}

bool dyn_active(const struct dyn_bank *b) {
    return b->on[DYN_GATE] | b->on[DYN_COMP] | b->on[DYN_DEESS];
}

/** Run what was left out of this block, as the silence it was. */
static void catch_up(struct dyn_bank *b, unsigned to) RT {
    _Alignas(64) float nothing[SPAN_FRAMES][LANES];
    if (b->fresh)
        settle(b);
    if (b->next >= to || b->still || !dyn_active(b))
        return;
    memset(nothing, 0, sizeof nothing);
    b->k->dyn(b, nothing, to - b->next, b->next, NULL);
}

void dyn_run(struct dyn_bank *b, float (*x)[LANES], unsigned n, unsigned phase,
             const struct dyn_keys *keys) {
    catch_up(b, phase);
    b->next = phase + n;
    if (!dyn_active(b))
        return;
    b->still = false;
    b->keyed = keys && ((keys->gate && keys->gate_lanes) || (keys->comp && keys->comp_lanes));
    b->k->dyn(b, x, n, phase, b->keyed ? keys : NULL);
}

void dyn_begin(struct dyn_bank *b, unsigned phase) {
    b->next = phase;
}

void dyn_rest(struct dyn_bank *b) {
    const bool left_out = b->next == 0;
    if (left_out)
        catch_up(b, SPAN_FRAMES);
    else if (b->fresh)
        settle(b);
    if (!left_out && b->next % QUAD_FRAMES) /* a quad that never ends */
        memset(b->state[DYN_PEAK], 0, (DYN_DEESS_PEAK + 1 - DYN_PEAK) * sizeof b->state[0]);
    b->next = 0;
    if (left_out && !b->still && dyn_is_quiet(b))
        b->still = true;
    /* The gain of a module that went off is at rest a quad later: it stays on for a block. */
    uint32_t moved = 0;
    for (unsigned i = 0; i < DYN_MODULES; i++)
        moved |= b->moving[i];
    if (!(moved | b->lingering))
        return;
    const uint32_t on_gate = b->on[DYN_GATE], on_comp = b->on[DYN_COMP];
    const uint32_t on_deess = b->on[DYN_DEESS], split = b->split;
    strike(b, moved | b->lingering);
    for (unsigned i = 0; i < DYN_MODULES; i++) {
        const unsigned j = first_value[i];
        for (unsigned r = 0; b->moving[i] && r < DYN_ROWS - 1; r++)
            memcpy(b->row[r][j], b->row[DYN_ROWS - 1][j],
                   (first_value[i + 1] - j) * sizeof *b->row[r]);
    }
    for (uint32_t m = moved | b->lingering; m; m &= m - 1) {
        const unsigned l = (unsigned)__builtin_ctz(m);
        for (unsigned i = 0; i < DYN_MODULES; i++)
            if (b->moving[i] >> l & 1 && !(b->row[0][first_value[i]][l] > 0.0F))
                forget(b, i, l);
        if (!(b->row[0][DYN_COMP_AUTO][l] > 0.0F))
            b->state[DYN_COMP_SLOW][l] = 0.0F;
        if (!(b->row[0][DYN_COMP_HOLD][l] > 0.0F))
            b->state[DYN_COMP_WAIT][l] = 0.0F;
        note(b, l, 1U << l);
    }
    b->on[DYN_GATE] |= on_gate & moved;
    b->on[DYN_COMP] |= on_comp & moved;
    b->on[DYN_DEESS] |= on_deess & moved;
    b->split |= split & moved;
    b->lingering = moved;
    memset(b->moving, 0, sizeof b->moving);
}

/* -- silence ----------------------------------------------------------------------------------- */

void dyn_reset_lane(struct dyn_bank *b, unsigned lane) {
    fresh(b, ((1U << b->legs[lane]) - 1U) << b->first[lane]);
}

static const float nowhere[LANES];

/** Largest distances so far, per lane. */
static void farthest(float *restrict far, const float *restrict a, const float *restrict c) RT {
    for (unsigned l = 0; l < LANES; l++)
        far[l] = at_least(fabsf(a[l] - c[l]), far[l]);
}

bool dyn_is_quiet(const struct dyn_bank *b) {
    uint32_t busy = b->lingering;
    for (unsigned i = 0; i < DYN_MODULES; i++)
        busy |= b->moving[i];
    if (busy || b->fresh)
        return false;
    if (!dyn_active(b))
        return true;
    if (b->keyed)
        return false;
    _Alignas(64) float far[LANES] = {0};
    farthest(far, b->state[DYN_GOAL], b->state[DYN_START]);
    farthest(far, b->state[DYN_GATE_AIM], b->state[DYN_GATE_SHUT]);
    for (unsigned s = DYN_SHELF_START; s < DYN_STATES; s++)
        if (s < DYN_GATE_LEVEL || s > DYN_GATE_AIM) /* levels, and what was looked at */
            farthest(far, b->state[s], nowhere);
    float most = 0.0F;
    for (unsigned l = 0; l < LANES; l++)
        most = at_least(far[l], most);
    return !(most > 0.0F);
}

void dyn_zero(struct dyn_bank *b) {
    if (dyn_is_quiet(b))
        b->still = true;
    else
        fresh(b, ALL_LANES);
}

/* -- meters ------------------------------------------------------------------------------------ */

/** Take the lowest, and begin anew with the present one. */
static void take(float *restrict low, const float *restrict wet, const float *restrict red,
                 float *restrict db) RT {
    for (unsigned l = 0; l < LANES; l++) {
        db[l] = low[l] * DB_PER_LOG2;
        low[l] = -wet[l] * red[l];
    }
}

static void product(float *restrict to, const float *restrict a, const float *restrict c) RT {
    for (unsigned l = 0; l < LANES; l++)
        to[l] = a[l] * c[l];
}

/** Of the two followers, as the compressor takes them. */
static void both(float *restrict to, const float *restrict fast, const float *restrict slow,
                 const float *restrict autorel) RT {
    for (unsigned l = 0; l < LANES; l++)
        to[l] = fast[l] + autorel[l] * at_least(slow[l] - fast[l], 0.0F);
}

void dyn_gr_take(struct dyn_bank *b, float gate_db[LANES], float comp_db[LANES],
                 float deess_db[LANES]) {
    _Alignas(64) float shut[LANES], red[LANES];
    const float(*v)[LANES] = (const float(*)[LANES])b->row[0];
    product(shut, b->state[DYN_GATE_SHUT], v[DYN_GATE_RANGE]);
    take(b->low[DYN_GATE_LOW], v[DYN_GATE_WET], shut, gate_db);
    both(red, b->state[DYN_COMP_RED], b->state[DYN_COMP_SLOW], v[DYN_COMP_AUTO]);
    take(b->low[DYN_COMP_LOW], v[DYN_COMP_WET], red, comp_db);
    take(b->low[DYN_DEESS_LOW], v[DYN_DEESS_WET], b->state[DYN_DEESS_RED], deess_db);
}
