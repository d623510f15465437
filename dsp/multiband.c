/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/multiband.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define LOG2_PER_DB 0.16609640F
#define DB_PER_LOG2 6.02059991F
#define FLOOR_LOG2 -26.57F /* -160 dB, which detectors take for silence */
#define KNEE_LEAST_LOG2 1e-3F
#define RANGE_LEAST_LOG2 1e-3F
#define HALF_OCTAVE 1.41421356F
#define LOWEST_HZ 10.0F
#define HIGHEST_OF_RATE 0.45F
#define QUIET_LIN 1e-9F
#define QUIET_ACTIVITY 1e-5F
/* How long after a step of the level a follower's first move counts as made, on average over the
 * places of the step in its quad. The move is decided on at a quad's end and carried out over the
 * next one; of a step down, the quad that it falls into still has the old peak. The second follower
 * lags by (1 - ROUND) / ROUND quads. */
#define LAG_ROUND_FRAMES (MULTIBAND_QUAD_FRAMES * (1.0F - MULTIBAND_ROUND) / MULTIBAND_ROUND)
#define LAG_UP_FRAMES (2.5F + LAG_ROUND_FRAMES)
#define LAG_DOWN_FRAMES (5.5F + LAG_ROUND_FRAMES)

static uint32_t lanes_of(unsigned lane, unsigned legs) RT;
static uint32_t lanes_of(unsigned lane, unsigned legs) {
    return ((1U << legs) - 1U) << lane;
}

/* -- setup --------------------------------------------------------------------------------------
 */

void multiband_init(struct multiband_bank *bank, const struct kernels *k, double rate_hz) {
    memset(bank, 0, sizeof *bank);
    bank->k = k;
    bank->rate_hz = rate_hz;
    const struct multiband_params off = {.hz = {120.0F, 1000.0F, 5000.0F}};
    for (unsigned l = 0; l < LANES; l++) {
        multiband_link(bank, l, 1);
        multiband_write(bank, l, 1, 0, &off);
    }
    multiband_zero(bank);
}

void multiband_link(struct multiband_bank *bank, unsigned lane, unsigned legs) {
    for (unsigned l = 0; l < legs; l++)
        for (unsigned s = 0; s < 4; s++)
            bank->link[s][lane + l] = (int32_t)(lane + (l + (1U << s)) % legs);
    unsigned steps = 0;
    while (1U << steps < legs)
        steps++;
    bank->link_steps = steps > bank->link_steps ? steps : bank->link_steps;
}

/* -- parameters ---------------------------------------------------------------------------------
 */

static float clamped(float v, float least, float most) RT;
static float clamped(float v, float least, float most) {
    return v < least ? least : v > most ? most : v;
}

/** Coefficient of a follower that moves once a quad. */
static float follower(float ms, float lag_frames, double rate_hz) RT;
static float follower(float ms, float lag_frames, double rate_hz) {
    float frames = 0.001F * ms * (float)rate_hz - lag_frames;
    return -expm1f(-(float)MULTIBAND_QUAD_FRAMES / (frames > 0.5F ? frames : 0.5F));
}

static void band_values(float v[MULTIBAND_VALUES], const struct multiband_band *p, double rate_hz)
    RT;
static void band_values(float v[MULTIBAND_VALUES], const struct multiband_band *p, double rate_hz) {
    const float thr = clamped(p->thr_db, -120.0F, 60.0F) * LOG2_PER_DB;
    const float knee = fmaxf(clamped(p->knee_db, 0.0F, 60.0F) * LOG2_PER_DB, KNEE_LEAST_LOG2);
    const float ratio = clamped(p->ratio, 1.0F, 1000.0F);
    const float range = clamped(p->range_db, 0.0F, 120.0F) * LOG2_PER_DB;
    const float wet = clamped(p->wet, 0.0F, 1.0F), expand = clamped(p->expand, 0.0F, 1.0F);
    const float gain = clamped(p->gain_db, -120.0F, 60.0F) * LOG2_PER_DB;
    /* An expander is shut in silence, however flat its curve: its range ends where that does. */
    const float bottom = (ratio - 1.0F) * (thr - FLOOR_LOG2);
    const float shut = range < bottom ? range : bottom;
    v[MULTIBAND_FROM] = thr - 0.5F * knee;
    v[MULTIBAND_UNTIL] = thr + 0.5F * knee;
    v[MULTIBAND_KNEE] = knee;
    v[MULTIBAND_COMP_SLOPE] = (1.0F - 1.0F / ratio) / knee;
    v[MULTIBAND_EXP_SLOPE] = (ratio - 1.0F) / knee;
    v[MULTIBAND_RANGE] = range;
    v[MULTIBAND_UNRANGE] = 1.0F / fmaxf(shut, RANGE_LEAST_LOG2);
    v[MULTIBAND_REDUCES] = -wet * (1.0F - expand);
    v[MULTIBAND_OPENS] = wet * expand * shut;
    v[MULTIBAND_SHUT] = wet * expand * shut;
    v[MULTIBAND_FIXED] = exp2f(wet * (gain - expand * shut));
    v[MULTIBAND_ATT] = follower(p->att_ms, LAG_UP_FRAMES, rate_hz);
    v[MULTIBAND_REL] = follower(p->rel_ms, LAG_DOWN_FRAMES, rate_hz);
}

/** Coefficients of the three crossovers, half an octave apart at least. */
static void split_coefs(float c[MULTIBAND_SPLITS][3], const float hz[MULTIBAND_SPLITS],
                        double rate_hz) RT;
static void split_coefs(float c[MULTIBAND_SPLITS][3], const float hz[MULTIBAND_SPLITS],
                        double rate_hz) {
    const float top = HIGHEST_OF_RATE * (float)rate_hz;
    const float mid = clamped(hz[1], LOWEST_HZ * HALF_OCTAVE, top / HALF_OCTAVE);
    const float at[MULTIBAND_SPLITS] = {clamped(hz[0], LOWEST_HZ, mid / HALF_OCTAVE), mid,
                                        clamped(hz[2], mid * HALF_OCTAVE, top)};
    for (int s = 0; s < MULTIBAND_SPLITS; s++) {
        const double g = tan(PI * (double)at[s] / rate_hz);
        const double damp = g * (g + (double)HALF_OCTAVE), a1 = 1.0 / (1.0 + damp); /* k: sqrt 2 */
        c[s][0] = (float)(2.0 * damp * a1);
        c[s][1] = (float)(2.0 * g * a1);
        c[s][2] = (float)(2.0 * g * g * a1);
    }
}

void multiband_write(struct multiband_bank *bank, unsigned lane, unsigned legs, unsigned row,
                     const struct multiband_params *p) {
    struct multiband_params *have = &bank->have[lane];
    if (row && !memcmp(have, p, sizeof *p))
        return;
    float v[MULTIBAND_BANDS][MULTIBAND_VALUES], c[MULTIBAND_SPLITS][3];
    for (int b = 0; b < MULTIBAND_BANDS; b++)
        band_values(v[b], &p->band[b], bank->rate_hz);
    split_coefs(c, p->hz, bank->rate_hz);
    const float wet = clamped(p->wet, 0.0F, 1.0F);
    for (unsigned r = row; r < MULTIBAND_ROWS; r++)
        for (unsigned l = lane; l < lane + legs; l++) {
            for (int b = 0; b < MULTIBAND_BANDS; b++)
                for (int i = 0; i < MULTIBAND_VALUES; i++)
                    bank->row[r][b][i][l] = v[b][i];
            for (int s = 0; s < MULTIBAND_SPLITS; s++)
                for (int j = 0; j < 3; j++)
                    bank->coef[r][s][j][l] = c[s][j];
            bank->wet[r][l] = wet;
        }
    const uint32_t lanes = lanes_of(lane, legs);
    bank->on = (row ? bank->on : bank->on & ~lanes) | (wet > 0.0F ? lanes : 0);
    if (row) {
        bank->moving = true;
        bank->gliding |= memcmp(have->hz, p->hz, sizeof p->hz) != 0;
    } else if (!(wet > 0.0F)) {
        for (unsigned l = lane; l < lane + legs; l++)
            multiband_reset_lane(bank, l);
    }
    for (unsigned l = lane; l < lane + legs; l++)
        bank->have[l] = *p;
}

void multiband_rest(struct multiband_bank *bank) {
    if (!bank->moving)
        return;
    const unsigned last = MULTIBAND_ROWS - 1;
    for (unsigned r = 0; r < last; r++) {
        memcpy(bank->row[r], bank->row[last], sizeof bank->row[r]);
        memcpy(bank->coef[r], bank->coef[last], sizeof bank->coef[r]);
        memcpy(bank->wet[r], bank->wet[last], sizeof bank->wet[r]);
    }
    bank->moving = bank->gliding = false;
    bank->on = 0;
    for (unsigned l = 0; l < LANES; l++)
        bank->on |= (uint32_t)(bank->wet[last][l] > 0.0F) << l;
}

bool multiband_active(const struct multiband_bank *bank) {
    return bank->on != 0;
}

/* -- running ------------------------------------------------------------------------------------
 */

void multiband_run(struct multiband_bank *bank, float (*x)[LANES], unsigned n, unsigned phase) {
    bank->k->multiband(bank, x, n, phase);
}

void multiband_reset_lane(struct multiband_bank *bank, unsigned lane) {
    for (int s = 0; s < MULTIBAND_SECTIONS; s++)
        bank->svf[s][0][lane] = bank->svf[s][1][lane] = 0.0F;
    for (int b = 0; b < MULTIBAND_BANDS; b++) {
        float(*m)[LANES] = bank->memory[b];
        for (int i = 0; i < MULTIBAND_MEMORIES; i++)
            m[i][lane] = 0.0F;
        m[MULTIBAND_START][lane] = m[MULTIBAND_GOAL][lane] = 1.0F;
    }
}

void multiband_zero(struct multiband_bank *bank) {
    for (unsigned l = 0; l < LANES; l++)
        multiband_reset_lane(bank, l);
}

bool multiband_is_quiet(const struct multiband_bank *bank) {
    float filters = 0.0F, activity = 0.0F;
    for (int s = 0; s < MULTIBAND_SECTIONS; s++)
        for (int j = 0; j < 2; j++)
            for (unsigned l = 0; l < LANES; l++)
                filters = fmaxf(filters, fabsf(bank->svf[s][j][l]));
    for (int b = 0; b < MULTIBAND_BANDS; b++)
        for (int m = MULTIBAND_REDUCED; m < MULTIBAND_MEMORIES; m++)
            for (unsigned l = 0; l < LANES; l++)
                activity = fmaxf(activity, bank->memory[b][m][l]);
    return filters < QUIET_LIN && activity < QUIET_ACTIVITY;
}

void multiband_gr_take(struct multiband_bank *bank, float (*db)[LANES]) {
    for (int b = 0; b < MULTIBAND_BANDS; b++) {
        const float(*now)[LANES] = (const float(*)[LANES])bank->row[MULTIBAND_ROWS - 1][b];
        const float(*m)[LANES] = (const float(*)[LANES])bank->memory[b];
        for (unsigned l = 0; l < LANES; l++) {
            const float present = m[MULTIBAND_REDUCED_SMOOTH][l] * now[MULTIBAND_REDUCES][l] +
                                  m[MULTIBAND_OPEN_SMOOTH][l] * now[MULTIBAND_OPENS][l] -
                                  now[MULTIBAND_SHUT][l];
            const float low = fminf(fminf(bank->low[b][l], present), 0.0F);
            db[b][l] = bank->on >> l & 1 ? low * DB_PER_LOG2 : 0.0F;
            bank->low[b][l] = 0.0F;
        }
    }
}
