/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to sixteen legs between trim and fader: equaliser and dynamics, in the order that
 * each strip asks for. */
#include "dsp/engine_private.h"

static bool dynamics_active(const struct lane_group *g) RT {
    return (g->dyn && dyn_active(g->dyn)) || (g->mb && multiband_active(g->mb));
}

static void run_dynamics(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                         unsigned phase) RT {
    if (g->dyn && dyn_active(g->dyn)) {
        _Alignas(64) float gate[SPAN_FRAMES][LANES], comp[SPAN_FRAMES][LANES];
        struct dyn_keys keys = {0};
        if (g->keyed[KEY_GATE]) {
            key_gather(e, g, KEY_GATE, gate, n);
            keys.gate = (const float(*)[LANES])gate;
            keys.gate_lanes = g->keyed[KEY_GATE];
        }
        if (g->keyed[KEY_COMP]) {
            key_gather(e, g, KEY_COMP, comp, n);
            keys.comp = (const float(*)[LANES])comp;
            keys.comp_lanes = g->keyed[KEY_COMP];
        }
        dyn_run(g->dyn, x, n, phase, &keys);
    }
    if (g->mb && multiband_active(g->mb))
        multiband_run(g->mb, x, n, phase);
}

void chain_run(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
               unsigned phase) RT {
    const bool dynamics = dynamics_active(g);
    const uint32_t first = dynamics ? g->dyn_first : 0, all = g->lanes;
    if (g->eq && first != all)
        first ? eq_run_lanes(g->eq, x, n, phase, all & ~first) : eq_run(g->eq, x, n, phase);
    if (dynamics)
        run_dynamics(e, g, x, n, phase);
    if (g->eq && first)
        first == all ? eq_run(g->eq, x, n, phase) : eq_run_lanes(g->eq, x, n, phase, first);
}

/* A detector with a key goes on while its own strip is silent. */
bool chain_listens(const struct lane_group *g) RT {
    return (g->keyed[KEY_GATE] | g->keyed[KEY_COMP]) && g->dyn && dyn_active(g->dyn);
}

bool chain_is_quiet(const struct lane_group *g) RT {
    return (!g->eq || eq_is_quiet(g->eq)) && (!g->dyn || dyn_is_quiet(g->dyn)) &&
           (!g->mb || multiband_is_quiet(g->mb)) && (!g->lim || limiter_is_quiet(g->lim)) &&
           (!g->print || limiter_is_quiet(g->print));
}

void chain_zero(struct lane_group *g) RT {
    if (g->eq)
        eq_zero(g->eq);
    if (g->dyn)
        dyn_zero(g->dyn);
    if (g->mb)
        multiband_zero(g->mb);
    if (g->lim)
        limiter_zero(g->lim);
    if (g->print)
        limiter_zero(g->print);
}

void chain_reset(struct lane_group *g, const struct strip *s) RT {
    for (uint32_t l = s->lane; l < s->lane + s->legs; l++) {
        if (g->eq)
            eq_reset_lane(g->eq, l);
        if (g->dyn)
            dyn_reset_lane(g->dyn, l);
        if (g->mb)
            multiband_reset_lane(g->mb, l);
        /* what is on its way through a limiter still comes out */
        if (g->lim)
            limiter_relax_lane(g->lim, l);
        if (g->print)
            limiter_relax_lane(g->print, l);
    }
}
