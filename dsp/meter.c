/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "dsp/engine_private.h"

#define PEAK_FALL_DB_S (20.0f / 1.7f) /* IEC 60268-10 type I */
#define RMS_TAU_S 0.3f

static void fold(float *peak, float *ms, float new_peak, float sumsq, float fall, float share,
                 float n) RT {
    const float fallen = *peak * fall;
    *peak = new_peak > fallen ? new_peak : fallen > 1e-9f ? fallen : 0;
    *ms += share * (sumsq / n - *ms);
    if (*ms < 1e-18f)
        *ms = 0;
}

void meter_update(struct engine *e, uint32_t n) RT {
    const float seconds = (float)n / e->rate_hz;
    const float fall = exp2f(-seconds * PEAK_FALL_DB_S / 6.0206f);
    const float share = 1 - exp2f(-seconds * 1.442695f / RMS_TAU_S);
    for (uint32_t i = 0; i < e->groups; i++) {
        struct lane_group *g = &e->group[i];
        for (unsigned l = 0; l < LANES; l++) {
            if (!g->used[l])
                continue;
            struct meter_state *m = &e->meter[g->leg[l]];
            fold(&m->in_peak, &m->in_ms, g->in_meter.peak_lin[l], g->in_meter.sumsq_lin[l], fall,
                 share, (float)n);
            fold(&m->out_peak, &m->out_ms, g->out_meter.peak_lin[l], g->out_meter.sumsq_lin[l],
                 fall, share, (float)n);
        }
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
    for (uint32_t i = 0; i < engine->legs; i++) {
        const struct meter_state *m = &engine->meter[i];
        values[i] = (struct meter_value){.in_peak = m->in_peak,
                                         .in_rms = sqrtf(m->in_ms),
                                         .out_peak = m->out_peak,
                                         .out_rms = sqrtf(m->out_ms)};
    }
}
