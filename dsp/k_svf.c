/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain of state-variable sections (A. Simper, "Linear Trapezoidal Integrated State Variable
 * Filter With Low Noise Optimisation", 2013), up to three sections in one pass over the samples so
 * that their latencies overlap.
 *
 * Moving coefficients a1 a2 a3 are interpolated directly. That is safe at any speed: with no input
 * a section never gains energy s1^2 + s2^2 for any g, k >= 0, and a mean of two matrices that never
 * lengthen a vector does not lengthen one either. */
#include "dsp/k_all.h"

#define FUSE 3

struct section {
    vf s1, s2;
    vf c[SVF_COEFS];
    vf d[SVF_COEFS];
};

/* Written with increments of the states: v1 = (s1 + new s1) / 2 and v2 alike, so that nothing small
 * is ever the difference of two almost equal coefficients. */
INLINE vf section_step(struct section *s, const vf *c, vf x) {
    vf v3 = x - s->s2;
    vf p = c[0] * s->s1, q = c[1] * s->s1;
    vf t1 = s->s1 + vf_fma(c[1], v3, -p);
    vf t2 = s->s2 + vf_fma(c[2], v3, q);
    vf y = vf_fma(c[4], s->s1 + t1, c[3] * x);
    y = vf_fma(c[5], s->s2 + t2, y);
    s->s1 = t1;
    s->s2 = t2;
    return y;
}

/** Run `fuse` sections, whose numbers are in `which`, over one vector of lanes. */
INLINE void run_sections(float (*x)[LANES], unsigned n, unsigned phase, struct svf_chain *chain,
                         const unsigned *which, int fuse, bool moving,
                         const float (*goal)[SVF_COEFS][LANES], int v) {
    struct section s[FUSE];
    UNROLL for (int k = 0; k < fuse; k++) {
        unsigned w = which[k];
        s[k].s1 = vf_load(&chain->state[w][0][v]);
        s[k].s2 = vf_load(&chain->state[w][1][v]);
        UNROLL for (int j = 0; j < SVF_COEFS; j++) {
            s[k].c[j] = vf_load(&chain->coef[w][j][v]);
            if (moving)
                s[k].d[j] = vf_load(&goal[w][j][v]) - s[k].c[j];
        }
    }
    for (unsigned t = 0; t < n; t++) {
        vf y = vf_load(&x[t][v]);
        vf weight = vf_set((float)(phase + t + 1) * (1.0F / SPAN_FRAMES));
        UNROLL for (int k = 0; k < fuse; k++) {
            if (moving) {
                vf c[SVF_COEFS];
                UNROLL for (int j = 0; j < SVF_COEFS; j++) c[j] =
                    vf_fma(s[k].d[j], weight, s[k].c[j]);
                y = section_step(&s[k], c, y);
            } else {
                y = section_step(&s[k], s[k].c, y);
            }
        }
        vf_store(&x[t][v], y);
    }
    UNROLL for (int k = 0; k < fuse; k++) {
        vf_store(&chain->state[which[k]][0][v], s[k].s1);
        vf_store(&chain->state[which[k]][1][v], s[k].s2);
    }
}

#define PASS(name, fuse, moving)                                                               \
    static __attribute__((noinline)) void name(float(*x)[LANES], unsigned n, unsigned phase,   \
                                               struct svf_chain *chain, const unsigned *which, \
                                               const float(*goal)[SVF_COEFS][LANES]) {         \
        for (int v = 0; v < LANES; v += WIDTH)                                                 \
            run_sections(x, n, phase, chain, which, fuse, moving, goal, v);                    \
    }
PASS(pass_1, 1, false)
PASS(pass_2, 2, false)
PASS(pass_3, 3, false)
PASS(pass_1_moving, 1, true)
PASS(pass_2_moving, 2, true)

void K(svf)(float (*x)[LANES], unsigned n, unsigned phase, struct svf_chain *chain,
            unsigned sections, const float (*goal)[SVF_COEFS][LANES], unsigned goal_mask) {
    if (!goal)
        goal_mask = 0;
    for (unsigned todo = sections & ((1U << SVF_SECTIONS) - 1U); todo;) {
        unsigned which[FUSE], count = 0, most = FUSE;
        bool moving = false;
        /* Take the next few that are all moving or all still. */
        while (todo && count < most) {
            unsigned w = (unsigned)__builtin_ctz(todo);
            bool moves = goal_mask >> w & 1;
            if (!count) {
                moving = moves;
                most = moves ? 2 : FUSE;
            } else if (moves != moving) {
                break;
            }
            which[count++] = w;
            todo &= todo - 1;
        }
        if (moving && count == 2)
            pass_2_moving(x, n, phase, chain, which, goal);
        else if (moving)
            pass_1_moving(x, n, phase, chain, which, goal);
        else if (count == 3)
            pass_3(x, n, phase, chain, which, goal);
        else if (count == 2)
            pass_2(x, n, phase, chain, which, goal);
        else
            pass_1(x, n, phase, chain, which, goal);
    }
}

float K(svf_largest)(const struct svf_chain *chain, unsigned sections) {
    vf largest = {0};
    for (unsigned todo = sections & ((1U << SVF_SECTIONS) - 1U); todo; todo &= todo - 1) {
        unsigned w = (unsigned)__builtin_ctz(todo);
        for (int v = 0; v < LANES; v += WIDTH) {
            largest = vf_max(vf_abs(vf_load(&chain->state[w][0][v])), largest);
            largest = vf_max(vf_abs(vf_load(&chain->state[w][1][v])), largest);
        }
    }
    float top = 0.0F;
    for (int i = 0; i < WIDTH; i++)
        top = largest[i] > top ? largest[i] : top;
    return top;
}
