/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "dsp/engine_private.h"

#define PEAK_FALL_DB_S (20.0f / 1.7f) /* IEC 60268-10 type I */
#define RMS_TAU_S 0.3f
#define GR_RISE_DB_S 40.0f

static bool works(const struct lane_group *g) RT {
    return (g->dyn && dyn_active(g->dyn)) || (g->mb && multiband_active(g->mb)) ||
           (g->lim && limiter_active(g->lim)) || (g->print && limiter_active(g->print));
}

/* Gain reductions of a group since the last time, dB per lane. */
static void take_reductions(struct lane_group *g, float gr_db[GR_COUNT][LANES]) RT {
    memset(gr_db, 0, sizeof(float[GR_COUNT][LANES]));
    if (g->dyn)
        dyn_gr_take(g->dyn, gr_db[GR_GATE], gr_db[GR_COMP], gr_db[GR_DEESS]);
    if (g->mb)
        multiband_gr_take(g->mb, &gr_db[GR_MB]);
    if (g->lim)
        limiter_gr_take(g->lim, gr_db[GR_LIM]);
    if (!g->print)
        return;
    float print_db[LANES];
    limiter_gr_take(g->print, print_db);
    for (unsigned l = 0; l < LANES; l++)
        gr_db[GR_LIM][l] = fminf(gr_db[GR_LIM][l], print_db[l]);
}

static bool any_reduction(const struct lane_shown *shown) RT {
    for (unsigned r = 0; r < GR_COUNT; r++)
        for (unsigned l = 0; l < LANES; l++)
            if (shown->gr_db[r][l] < 0)
                return true;
    return false;
}

void meter_update(struct engine *e, uint32_t n) RT {
    const float seconds = (float)n / e->rate_hz;
    const struct meter_step step = {.fall = exp2f(-seconds * PEAK_FALL_DB_S / 6.0206f),
                                    .share = 1 - exp2f(-seconds * 1.442695f / RMS_TAU_S),
                                    .per_frame = 1 / (float)n,
                                    .rise_db = seconds * GR_RISE_DB_S};
    for (uint32_t i = 0; i < e->groups; i++) {
        struct lane_group *g = &e->group[i];
        const bool reduces = g->reduces || works(g);
        float gr_db[GR_COUNT][LANES];
        if (reduces)
            take_reductions(g, gr_db);
        e->k->show(&g->shown, &g->in_meter, &g->out_meter,
                   reduces ? (const float(*)[LANES])gr_db : NULL, &step);
        g->reduces = reduces && any_reduction(&g->shown);
        g->in_meter = g->out_meter = (struct lane_meter){0};
    }
}

uint32_t engine_meters(const struct engine *engine) {
    return engine->legs;
}

uint32_t engine_meter_of(const struct engine *engine, uint32_t object) {
    return engine->strip[object].leg;
}

void engine_meters_read(const struct engine *engine, struct meter_value *values) RT {
    for (uint32_t i = 0; i < engine->groups; i++) {
        const struct lane_group *g = &engine->group[i];
        for (unsigned l = 0; l < LANES; l++) {
            if (!g->used[l])
                continue;
            struct meter_value *v = &values[g->leg[l]];
            *v = (struct meter_value){.in_peak = g->shown.in_peak_lin[l],
                                      .in_rms = sqrtf(g->shown.in_ms_lin[l]),
                                      .out_peak = g->shown.out_peak_lin[l],
                                      .out_rms = sqrtf(g->shown.out_ms_lin[l])};
            for (unsigned r = 0; r < GR_COUNT; r++)
                v->gr_db[r] = g->shown.gr_db[r][l];
        }
    }
}
