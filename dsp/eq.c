/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/eq.h"

#include <math.h>
#include <string.h>

#define ALL_LANES ((1U << LANES) - 1U)
#define NOT_FADING (-INFINITY)
#define FADE_S 0.020
#define BUTTERWORTH_1 0.70710678F
#define BUTTERWORTH_2A 0.54119610F /* 24 dB/oct: two sections */
#define BUTTERWORTH_2B 1.30656297F
#define QUIET_LIN 1e-9F

/* A move is small when coefficients may go there in a straight line in 64 frames. The corners of
 * that line stay 80 dB below a sine at -6 dBFS above 4 kHz (test_eq_clicks.c), and glides of 45 dB
 * or 5 octaves a second are made of such moves. */
#define SMALL_GAIN_DB 0.06F
#define SMALL_RATIO 1.005F

/* A ghost starts with zero state, and what its resonances make of that start has to be gone before
 * it is heard: eleven time constants, up to this long. Resonances below the frequency cannot make
 * anything that is heard as a click. */
#define WARM_MAX_S 0.048
#define WARM_TIMES 11.0
#define WARM_FROM_HZ 1200.0F

/* -- settings to sections -------------------------------------------------------------------- */

static const struct eq_section section_through = {.shape = SVF_THROUGH};

static const int32_t shape_of_type[] = {
    [EQ_BELL] = SVF_BELL,   [EQ_LOW_SHELF] = SVF_LOW_SHELF, [EQ_HIGH_SHELF] = SVF_HIGH_SHELF,
    [EQ_NOTCH] = SVF_NOTCH, [EQ_BAND_PASS] = SVF_BAND_PASS,
};

static void filter_sections(struct eq_section s[2], const struct eq_filter *f, int32_t shape) RT;
static void filter_sections(struct eq_section s[2], const struct eq_filter *f, int32_t shape) {
    s[0] = s[1] = section_through;
    if (!f->on)
        return;
    bool steep = f->slope == EQ_24_DB_OCT;
    s[0] = (struct eq_section){
        .hz = f->hz, .q = steep ? BUTTERWORTH_2A : BUTTERWORTH_1, .shape = shape};
    if (steep)
        s[1] = (struct eq_section){.hz = f->hz, .q = BUTTERWORTH_2B, .shape = shape};
}

static struct eq_section band_section(const struct eq_band *b) RT;
static struct eq_section band_section(const struct eq_band *b) {
    if (!b->on || b->type >= sizeof shape_of_type / sizeof *shape_of_type)
        return section_through;
    struct eq_section s = {
        .hz = b->hz, .gain_db = b->gain_db, .q = b->q, .shape = shape_of_type[b->type]};
    if (b->type > EQ_HIGH_SHELF)
        s.gain_db = 0.0F; /* so that a gain that does nothing starts nothing */
    return s;
}

static bool same(const struct eq_section *a, const struct eq_section *b) RT;
static bool same(const struct eq_section *a, const struct eq_section *b) {
    return a->shape == b->shape && !(a->hz < b->hz) && !(a->hz > b->hz) &&
           !(a->gain_db < b->gain_db) && !(a->gain_db > b->gain_db) && !(a->q < b->q) &&
           !(a->q > b->q);
}

static bool small_ratio(float a, float b, float most) RT;
static bool small_ratio(float a, float b, float most) {
    return a <= b * most && b <= a * most;
}

static bool small_move(const struct eq_section *a, const struct eq_section *b) RT;
static bool small_move(const struct eq_section *a, const struct eq_section *b) {
    if (a->shape != b->shape || a->shape == SVF_THROUGH)
        return false;
    /* The sharper the resonance, the more a step of its frequency moves the gain beside it, and a
     * shelf's gain moves its resonances. */
    float q = a->q > b->q ? a->q : b->q, sharp = q > 2.0F ? 0.5F * q : 1.0F;
    bool shelf = a->shape == SVF_LOW_SHELF || a->shape == SVF_HIGH_SHELF;
    float gain_most_db = shelf ? SMALL_GAIN_DB / sharp : SMALL_GAIN_DB;
    return fabsf(a->gain_db - b->gain_db) <= gain_most_db &&
           small_ratio(a->hz, b->hz, 1.0F + (SMALL_RATIO - 1.0F) / sharp) &&
           small_ratio(a->q, b->q, SMALL_RATIO);
}

/* -- setup and asking ------------------------------------------------------------------------- */

static void chain_through(struct svf_chain *c) {
    memset(c, 0, sizeof *c);
    for (int s = 0; s < SVF_SECTIONS; s++)
        for (int l = 0; l < LANES; l++)
            c->coef[s][3][l] = 1.0F;
}

void eq_init(struct eq_bank *bank, const struct kernels *k, double rate_hz) {
    memset(bank, 0, sizeof *bank);
    bank->k = k;
    bank->rate_hz = rate_hz;
    bank->len_frames = (float)(ceil(FADE_S * rate_hz / SPAN_FRAMES) * SPAN_FRAMES);
    chain_through(&bank->main);
    chain_through(&bank->ghost);
    for (int l = 0; l < LANES; l++)
        bank->pos_frames[l] = NOT_FADING;
}

void eq_set(struct eq_bank *bank, unsigned lane, const struct eq_params *p) {
    struct eq_section *want = bank->want[lane];
    struct eq_section s[SVF_SECTIONS];
    filter_sections(s, &p->hpf, SVF_HIGH_PASS);
    for (int b = 0; b < EQ_BANDS; b++)
        s[2 + b] = p->eq_on ? band_section(&p->band[b]) : section_through;
    filter_sections(s + 2 + EQ_BANDS, &p->lpf, SVF_LOW_PASS);
    for (int i = 0; i < SVF_SECTIONS; i++) {
        if (same(&want[i], &s[i]))
            continue;
        want[i] = s[i];
        bank->dirty |= 1U << lane;
    }
}

void eq_snap(struct eq_bank *bank, unsigned lane) {
    bank->snap |= 1U << lane;
    bank->dirty |= 1U << lane;
}

/* -- lanes of chains --------------------------------------------------------------------------- */

static void lane_zero(struct svf_chain *c, unsigned lane) RT;
static void lane_zero(struct svf_chain *c, unsigned lane) {
    for (int s = 0; s < SVF_SECTIONS; s++)
        c->state[s][0][lane] = c->state[s][1][lane] = 0.0F;
}

static void lane_copy(struct svf_chain *to, const struct svf_chain *from, unsigned lane) RT;
static void lane_copy(struct svf_chain *to, const struct svf_chain *from, unsigned lane) {
    for (int s = 0; s < SVF_SECTIONS; s++) {
        for (int j = 0; j < SVF_COEFS; j++)
            to->coef[s][j][lane] = from->coef[s][j][lane];
        for (int j = 0; j < 2; j++)
            to->state[s][j][lane] = from->state[s][j][lane];
    }
}

static void lane_through(struct svf_chain *c, unsigned lane) RT;
static void lane_through(struct svf_chain *c, unsigned lane) {
    lane_zero(c, lane);
    for (int s = 0; s < SVF_SECTIONS; s++)
        for (int j = 0; j < SVF_COEFS; j++)
            c->coef[s][j][lane] = j == 3 ? 1.0F : 0.0F;
}

static uint32_t sections_used(struct eq_section (*sec)[SVF_SECTIONS], uint32_t lanes) RT;
static uint32_t sections_used(struct eq_section (*sec)[SVF_SECTIONS], uint32_t lanes) {
    uint32_t mask = 0;
    for (; lanes; lanes &= lanes - 1) {
        int l = __builtin_ctz(lanes);
        for (int s = 0; s < SVF_SECTIONS; s++)
            mask |= (uint32_t)(sec[l][s].shape != SVF_THROUGH) << s;
    }
    return mask;
}

/** How long a section rings, as frames of its time constant; 0 if that cannot click. */
static double ring_frames(const struct svf_chain *c, int s, unsigned lane, float hz) RT;
static double ring_frames(const struct svf_chain *c, int s, unsigned lane, float hz) {
    if (hz < WARM_FROM_HZ)
        return 0.0;
    double e0 = (double)c->coef[s][0][lane], e1 = (double)c->coef[s][1][lane];
    double e2 = (double)c->coef[s][2][lane];
    /* 1 - (pole radius)^2, from the determinant of the state matrix; -2 / ln(1 - d) < 2 / d. */
    double d = e0 + e2 - e0 * e2 - e1 * e1;
    return d > 1e-6 ? 2.0 / d : 2e6;
}

/* -- deciding ---------------------------------------------------------------------------------- */

/** What the lanes do in the coming block. */
struct plan {
    uint32_t snap, move, fade; /* lanes */
};

static void end_moves(struct eq_bank *bank) RT;
static void end_moves(struct eq_bank *bank) {
    for (uint32_t m = bank->move_mask; m; m &= m - 1) {
        int s = __builtin_ctz(m);
        memcpy(bank->main.coef[s], bank->goal[s], sizeof bank->goal[s]);
    }
    bank->move_mask = 0;
}

static void end_fade(struct eq_bank *bank, unsigned lane) RT;
static void end_fade(struct eq_bank *bank, unsigned lane) {
    lane_copy(&bank->main, &bank->ghost, lane);
    lane_through(&bank->ghost, lane);
    memcpy(bank->have[lane], bank->next[lane], sizeof bank->have[lane]);
    bank->pos_frames[lane] = NOT_FADING;
    bank->fading &= ~(1U << lane);
    bank->dirty |= 1U << lane; /* what came meanwhile */
}

static void advance_fades(struct eq_bank *bank) RT;
static void advance_fades(struct eq_bank *bank) {
    uint32_t before = bank->fading;
    for (uint32_t m = before; m; m &= m - 1) {
        unsigned l = (unsigned)__builtin_ctz(m);
        bank->pos_frames[l] += SPAN_FRAMES;
        if (bank->pos_frames[l] >= bank->len_frames)
            end_fade(bank, l);
    }
    if (bank->fading != before) {
        bank->main_mask = sections_used(bank->have, ALL_LANES);
        bank->ghost_mask = sections_used(bank->next, bank->fading);
    }
}

static struct plan make_plan(struct eq_bank *bank) RT;
static struct plan make_plan(struct eq_bank *bank) {
    struct plan plan = {0};
    for (uint32_t m = bank->dirty & (~bank->fading | bank->snap); m; m &= m - 1) {
        unsigned l = (unsigned)__builtin_ctz(m);
        uint32_t bit = 1U << l;
        bank->dirty &= ~bit;
        if (bank->snap & bit) {
            plan.snap |= bit;
            continue;
        }
        bool differs = false, small = true;
        for (int s = 0; s < SVF_SECTIONS; s++) {
            if (same(&bank->want[l][s], &bank->have[l][s]))
                continue;
            differs = true;
            small = small && small_move(&bank->have[l][s], &bank->want[l][s]);
        }
        if (differs)
            *(small ? &plan.move : &plan.fade) |= bit;
    }
    bank->snap = 0;
    return plan;
}

/** Fit one section of the lanes that need it and put the coefficients where the plan says. */
static void place_section(struct eq_bank *bank, const struct plan *plan, int s, uint32_t lanes) RT;
static void place_section(struct eq_bank *bank, const struct plan *plan, int s, uint32_t lanes) {
    _Alignas(64) struct svf_want want;
    _Alignas(64) float coef[SVF_COEFS][LANES];
    for (unsigned l = 0; l < LANES; l++) {
        bool here = lanes >> l & 1;
        const struct eq_section *w = here ? &bank->want[l][s] : &section_through;
        want.shape[l] = w->shape;
        want.hz[l] = here ? (double)w->hz : 1000.0;
        want.gain_db[l] = (double)w->gain_db;
        want.q[l] = here ? (double)w->q : 1.0;
    }
    bank->k->eq_fit(coef, &want, bank->rate_hz);
    if (lanes & plan->move) {
        memcpy(bank->goal[s], bank->main.coef[s], sizeof bank->goal[s]);
        bank->move_mask |= 1U << s;
    }
    for (uint32_t m = lanes; m; m &= m - 1) {
        unsigned l = (unsigned)__builtin_ctz(m);
        float(*to)[LANES] = bank->main.coef[s];
        if (plan->move >> l & 1)
            to = bank->goal[s];
        else if (plan->fade >> l & 1)
            to = bank->ghost.coef[s];
        for (int j = 0; j < SVF_COEFS; j++)
            to[j][l] = coef[j][l];
    }
}

/** Sections that stay as they are go on ringing as they did; the new ones start from silence. */
static void start_fade(struct eq_bank *bank, unsigned lane) RT;
static void start_fade(struct eq_bank *bank, unsigned lane) {
    double ring = 0.0;
    for (int s = 0; s < SVF_SECTIONS; s++) {
        struct svf_chain *g = &bank->ghost;
        bool kept = same(&bank->want[lane][s], &bank->have[lane][s]);
        for (int j = 0; j < 2; j++)
            g->state[s][j][lane] = kept ? bank->main.state[s][j][lane] : 0.0F;
        for (int j = 0; kept && j < SVF_COEFS; j++)
            g->coef[s][j][lane] = bank->main.coef[s][j][lane];
        if (kept || bank->want[lane][s].shape == SVF_THROUGH)
            continue;
        double r = ring_frames(g, s, lane, bank->want[lane][s].hz);
        ring = r > ring ? r : ring;
    }
    double warm = WARM_TIMES * ring, most = WARM_MAX_S * bank->rate_hz;
    int blocks = (int)ceil((warm < most ? warm : most) / SPAN_FRAMES);
    bank->pos_frames[lane] = (float)(-blocks * SPAN_FRAMES);
    memcpy(bank->next[lane], bank->want[lane], sizeof bank->next[lane]);
    bank->fading |= 1U << lane;
}

void eq_block(struct eq_bank *bank) {
    if (bank->move_mask)
        end_moves(bank);
    if (bank->fading)
        advance_fades(bank);
    if (!(bank->dirty & (~bank->fading | bank->snap)))
        return;
    struct plan plan = make_plan(bank);
    uint32_t lanes = plan.snap | plan.move | plan.fade;
    if (!lanes)
        return;
    for (uint32_t m = plan.snap; m; m &= m - 1) {
        unsigned l = (unsigned)__builtin_ctz(m);
        lane_through(&bank->main, l);
        lane_through(&bank->ghost, l);
        bank->pos_frames[l] = NOT_FADING;
        bank->fading &= ~(1U << l);
    }
    for (int s = 0; s < SVF_SECTIONS; s++) {
        uint32_t fit = plan.snap;
        for (uint32_t m = plan.move | plan.fade; m; m &= m - 1) {
            int l = __builtin_ctz(m);
            fit |= (uint32_t)!same(&bank->want[l][s], &bank->have[l][s]) << l;
        }
        if (fit)
            place_section(bank, &plan, s, fit);
    }
    for (uint32_t m = plan.fade; m; m &= m - 1)
        start_fade(bank, (unsigned)__builtin_ctz(m));
    for (uint32_t m = plan.snap | plan.move; m; m &= m - 1) {
        int l = __builtin_ctz(m);
        memcpy(bank->have[l], bank->want[l], sizeof bank->have[l]);
    }
    bank->main_mask = sections_used(bank->have, ALL_LANES);
    bank->ghost_mask = sections_used(bank->next, bank->fading);
}

/* -- running ----------------------------------------------------------------------------------- */

void eq_run(struct eq_bank *bank, float (*x)[LANES], unsigned n, unsigned phase) {
    const struct kernels *k = bank->k;
    const float(*goal)[SVF_COEFS][LANES] = (const float(*)[SVF_COEFS][LANES])bank->goal;
    if (!bank->fading) {
        if (bank->main_mask)
            k->svf(x, n, phase, &bank->main, bank->main_mask, goal, bank->move_mask);
        return;
    }
    _Alignas(64) float y[SPAN_FRAMES][LANES];
    memcpy(y, x, n * sizeof *y);
    k->svf(y, n, phase, &bank->ghost, bank->ghost_mask, NULL, 0);
    k->svf(x, n, phase, &bank->main, bank->main_mask, goal, bank->move_mask);
    k->crossfade(x, (const float(*)[LANES])y, n, phase, bank->pos_frames, bank->len_frames);
}

void eq_run_lanes(struct eq_bank *bank, float (*x)[LANES], unsigned n, unsigned phase,
                  uint32_t lanes) {
    _Alignas(64) float y[SPAN_FRAMES][LANES];
    float main[SVF_SECTIONS][2][LANES], ghost[SVF_SECTIONS][2][LANES];
    memcpy(y, x, n * sizeof *y);
    memcpy(main, bank->main.state, sizeof main);
    memcpy(ghost, bank->ghost.state, sizeof ghost);
    eq_run(bank, y, n, phase);
    for (unsigned l = 0; l < LANES; l++) {
        for (unsigned t = 0; t < n && (lanes >> l & 1); t++)
            x[t][l] = y[t][l];
        for (int s = 0; s < SVF_SECTIONS && !(lanes >> l & 1); s++)
            for (int j = 0; j < 2; j++) {
                bank->main.state[s][j][l] = main[s][j][l];
                bank->ghost.state[s][j][l] = ghost[s][j][l];
            }
    }
}

void eq_reset_lane(struct eq_bank *bank, unsigned lane) {
    lane_zero(&bank->main, lane);
    lane_zero(&bank->ghost, lane);
}

void eq_zero(struct eq_bank *bank) {
    memset(bank->main.state, 0, sizeof bank->main.state);
    memset(bank->ghost.state, 0, sizeof bank->ghost.state);
}

bool eq_is_quiet(const struct eq_bank *bank) {
    if (bank->k->svf_largest(&bank->main, bank->main_mask) >= QUIET_LIN)
        return false;
    return !bank->fading || bank->k->svf_largest(&bank->ghost, bank->ghost_mask) < QUIET_LIN;
}
