/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/limiter.h"

#include <math.h>
#include <string.h>

/* From the last loud frame to come out until the gain begins to rise: the sliding minimum, the
 * triangle and the way to a quad's end reach so much further than the delay. */
#define LAG_FRAMES 25.0
/* Until all that is in front of the detector now has been read. */
#define FRESH_QUADS 10.0F
#define HOLD_MAX_MS 25.0F
#define HOLD_SHARE 0.1F

static float clamp(float a, float low, float high) RT;
static float clamp(float a, float low, float high) {
    return a > low ? (a < high ? a : high) : low; /* a NaN becomes low */
}

/** The gain stage of a lane as freshly set up. */
static void lane_rest(struct limiter_bank *b, unsigned l) RT;
static void lane_rest(struct limiter_bank *b, unsigned l) {
    b->near_quads[l] = b->peak_lin[l] = 0;
    for (unsigned i = 0; i < LIMITER_EDGES; i++)
        b->edge_lin[i][l] = 0;
    b->held[l] = b->start[l] = b->goal[l] = 1;
    b->less[l] = b->wait_quads[l] = b->fresh_quads[l] = 0;
    for (unsigned i = 0; i < LIMITER_RING; i++)
        b->least[i][l] = 1;
    for (unsigned i = 0; i < 4 * 8; i++)
        b->floor[i / 8][i % 8][l] = 1;
}

void limiter_init(struct limiter_bank *b, const struct kernels *k, double rate_hz) {
    memset(b, 0, sizeof *b);
    b->k = k;
    b->rate_hz = rate_hz;
    const struct limiter_params off = {.wet = 0, .ceiling_db = 0, .rel_ms = 250};
    limiter_write(b, 0, LANES, 0, &off);
    limiter_zero(b);
    for (unsigned l = 0; l < LANES; l++) {
        b->last_aim_lin[l] = LIMITER_AIM_OFF;
        b->low[l] = 1;
    }
}

void limiter_link(struct limiter_bank *b, unsigned lane, unsigned legs) {
    if (legs < 2)
        return;
    b->link[b->links].lane = (uint8_t)lane;
    b->link[b->links].legs = (uint8_t)legs;
    b->links++;
}

void limiter_write(struct limiter_bank *b, unsigned lane, unsigned legs, unsigned row,
                   const struct limiter_params *p) {
    const float wet = clamp(p->wet, 0, 1), rel_ms = clamp(p->rel_ms, 2, 10000);
    const float aim_lin = powf(10, (clamp(p->ceiling_db, -60, 24) + LIMITER_AIM_DB) / 20);
    const float hold_ms = fminf(rel_ms * HOLD_SHARE, HOLD_MAX_MS);
    const double per_ms = b->rate_hz / 1000, quads = per_ms / 4;
    const float hold = (float)round(hold_ms * quads);
    const double fall = fmax((rel_ms - hold_ms) * per_ms - LAG_FRAMES, 4) / 4; /* quads */
    const float keep = (float)exp(-1 / fall);
    b->active |= wet > 0;
    for (unsigned l = lane; l < lane + legs; l++) {
        for (unsigned r = row; r < LIMITER_ROWS; r++)
            b->wet[r][l] = wet;
        for (unsigned c = row ? row - 1 : 0; c < SPAN_CELLS; c++) {
            const bool on = b->wet[c][l] > 0 || b->wet[c + 1][l] > 0;
            b->aim_lin[c][l] = on ? aim_lin : LIMITER_AIM_OFF;
            b->keep[c][l] = keep;
            b->hold_quads[c][l] = hold;
        }
    }
}

void limiter_rest(struct limiter_bank *b) {
    b->active = false;
    for (unsigned l = 0; l < LANES; l++) {
        const float wet = b->wet[SPAN_CELLS][l];
        for (unsigned r = 0; r < SPAN_CELLS; r++) {
            b->wet[r][l] = wet;
            b->aim_lin[r][l] = wet > 0 ? b->aim_lin[SPAN_CELLS - 1][l] : LIMITER_AIM_OFF;
            b->keep[r][l] = b->keep[SPAN_CELLS - 1][l];
            b->hold_quads[r][l] = b->hold_quads[SPAN_CELLS - 1][l];
        }
        b->active |= wet > 0;
        if (wet <= 0) {
            lane_rest(b, l);
            b->last_aim_lin[l] = LIMITER_AIM_OFF;
        }
    }
}

bool limiter_active(const struct limiter_bank *b) {
    return b->active;
}

bool limiter_gain(struct limiter_bank *b, const float (*x)[LANES], float (*g_lin)[LANES],
                  unsigned n, unsigned phase) {
    return b->k->limit_gain(b, x, g_lin, n, phase);
}

void limiter_delay(struct limiter_bank *b, float (*x)[LANES], const float (*g)[LANES], unsigned n) {
    b->k->limit_delay(b, x, g, n);
}

void limiter_reset_lane(struct limiter_bank *b, unsigned lane) {
    for (unsigned t = 0; t < LIMITER_LATENCY_FRAMES; t++)
        b->past[t][lane] = 0;
    lane_rest(b, lane);
}

void limiter_relax_lane(struct limiter_bank *b, unsigned lane) {
    b->held[lane] = 1;
    b->less[lane] = b->wait_quads[lane] = 0;
    b->fresh_quads[lane] = FRESH_QUADS;
    b->still_quads = 0;
}

void limiter_zero(struct limiter_bank *b) {
    for (unsigned l = 0; l < LANES; l++)
        limiter_reset_lane(b, l);
    b->still_quads = LIMITER_STILL_QUADS;
}

bool limiter_is_quiet(const struct limiter_bank *b) {
    for (unsigned l = 0; l < LANES; l++) {
        if (b->held[l] < 1 || b->near_quads[l] > 0 || b->fresh_quads[l] > 0)
            return false;
        for (unsigned i = 0; i < LIMITER_RING; i++)
            if (b->least[i][l] < 1)
                return false;
        for (unsigned i = 0; i < LIMITER_EDGES; i++)
            if (b->edge_lin[i][l] > 0)
                return false;
    }
    return !(b->k->scan(&b->past[0][0], LIMITER_LATENCY_FRAMES * LANES) & SCAN_NONZERO);
}

void limiter_gr_take(struct limiter_bank *b, float gr_db[LANES]) {
    for (unsigned l = 0; l < LANES; l++) {
        gr_db[l] = b->low[l] < 1 ? 20 * log10f(fmaxf(b->low[l], 1e-10F)) : 0;
        b->low[l] = 1;
    }
}
