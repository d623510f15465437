/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The four-band kernel; multiband.h says what it does. Everything runs cell by cell: split into
 * bands, peaks of the quads, followers, gains and sum. */
#include "dsp/k_all.h"
#include "dsp/k_log.h"
#include "dsp/multiband.h"

#define SQRT2 1.41421356F
#define QUAD MULTIBAND_QUAD_FRAMES
#define QUADS (CELL_FRAMES / QUAD)
#define BANDS MULTIBAND_BANDS
#define SILENCE_LOG2 -26.57F /* just above what vf_log2 says of LEVEL_FLOOR_LIN */

typedef float lanes_row[LANES];

/** A stretch of frames inside one cell. */
struct stretch {
    unsigned at; /* block frame of its first one */
    unsigned n;
    unsigned cell;
};

/* -- crossovers ---------------------------------------------------------------------------------
 */

struct section {
    vf s1, s2;
};

struct coefs {
    vf c[3], d[3]; /* at the cell's start; and how far they go */
};

INLINE struct coefs coefs_of(const struct multiband_bank *b, unsigned cell, int split, int v) {
    struct coefs k;
    UNROLL for (int j = 0; j < 3; j++) {
        k.c[j] = vf_load(&b->coef[cell][split][j][v]);
        k.d[j] = vf_load(&b->coef[cell + 1][split][j][v]) - k.c[j];
    }
    return k;
}

/** Coefficients of one frame. */
INLINE void coefs_now(vf *c, const struct coefs *k, unsigned at, bool moving) {
    vf w = vf_set(cell_weight[at % CELL_FRAMES]);
    UNROLL for (int j = 0; j < 3; j++) c[j] = moving ? vf_fma(k->d[j], w, k->c[j]) : k->c[j];
}

INLINE struct section section_load(const struct multiband_bank *b, int which, int v) {
    return (struct section){vf_load(&b->svf[which][0][v]), vf_load(&b->svf[which][1][v])};
}
INLINE void section_store(struct multiband_bank *b, int which, int v, const struct section *s) {
    vf_store(&b->svf[which][0][v], s->s1);
    vf_store(&b->svf[which][1][v], s->s2);
}

/** One step, as in k_svf.c. *v1 becomes twice the band-pass, *v2 twice the low-pass. */
INLINE void step(struct section *s, const vf *c, vf x, vf *v1, vf *v2) {
    vf v3 = x - s->s2;
    vf p = c[0] * s->s1, q = c[1] * s->s1;
    vf t1 = s->s1 + vf_fma(c[1], v3, -p);
    vf t2 = s->s2 + vf_fma(c[2], v3, q);
    *v1 = s->s1 + t1;
    *v2 = s->s2 + t2;
    s->s1 = t1;
    s->s2 = t2;
}

/** The all-pass x - 2 k v1 of a section with k = sqrt(2). */
INLINE vf around(vf x, vf v1) {
    return vf_fma(vf_set(-SQRT2), v1, x);
}

/** Split x at a crossover, after the all-pass of another one, if any. Sections: two of the split's
 *  from `first`, the all-pass's `pass`. x may be one of the outputs. */
INLINE void split(struct multiband_bank *b, lanes_row *x, lanes_row *low, lanes_row *high,
                  const struct stretch *at, int where, int other, bool moving) {
    int first = 2 * where, pass = 2 * MULTIBAND_SPLITS + (other > where);
    for (int v = 0; v < LANES; v += WIDTH) {
        struct section one = section_load(b, first, v), two = section_load(b, first + 1, v);
        struct section all = section_load(b, pass, v);
        struct coefs here = coefs_of(b, at->cell, where, v);
        struct coefs there = coefs_of(b, at->cell, other, v);
        for (unsigned t = 0; t < at->n; t++) {
            vf y = vf_load(&x[t][v]), v1, v2, c[3];
            if (other != where) {
                coefs_now(c, &there, at->at + t, moving);
                step(&all, c, y, &v1, &v2);
                y = around(y, v1);
            }
            coefs_now(c, &here, at->at + t, moving);
            step(&one, c, y, &v1, &v2);
            y = around(y, v1);
            step(&two, c, 0.5F * v2, &v1, &v2);
            vf_store(&low[t][v], 0.5F * v2);
            vf_store(&high[t][v], vf_fma(vf_set(-0.5F), v2, y));
        }
        section_store(b, first, v, &one);
        section_store(b, first + 1, v, &two);
        if (other != where)
            section_store(b, pass, v, &all);
    }
}

#define SPLITS(name, moving)                                                           \
    static __attribute__((noinline)) void name(struct multiband_bank *b, lanes_row *x, \
                                               lanes_row(*band)[CELL_FRAMES],          \
                                               const struct stretch *at) {             \
        split(b, x, band[1], band[2], at, 1, 1, moving);                               \
        split(b, band[1], band[0], band[1], at, 0, 2, moving);                         \
        split(b, band[2], band[2], band[3], at, 2, 0, moving);                         \
    }
SPLITS(splits, false)
SPLITS(splits_moving, true)

/* -- gains --------------------------------------------------------------------------------------
 */

/** Frame within the stretch at which the quad ends that frame t belongs to, or the stretch. */
INLINE unsigned quad_end(const struct stretch *at, unsigned t) {
    unsigned end = t + QUAD - (at->at + t) % QUAD;
    return end < at->n ? end : at->n;
}

/** Peaks of the quads that end in the stretch; what is left over stays in memory.
 *  @return how many quads */
static __attribute__((noinline)) unsigned peaks(struct multiband_bank *b,
                                                lanes_row (*band)[CELL_FRAMES],
                                                const struct stretch *at, lanes_row (*out)[BANDS]) {
    unsigned quads = 0;
    for (int i = 0; i < BANDS; i++)
        for (int v = 0; v < LANES; v += WIDTH) {
            vf m = vf_load(&b->memory[i][MULTIBAND_PEAK][v]);
            quads = 0;
            for (unsigned t = 0; t < at->n;) {
                for (unsigned end = quad_end(at, t); t < end; t++)
                    m = vf_max_abs(m, vf_load(&band[i][t][v]));
                if ((at->at + t) % QUAD == 0) {
                    vf_store(&out[quads++][i][v], m);
                    m = vf_set(0.0F);
                }
            }
            vf_store(&b->memory[i][MULTIBAND_PEAK][v], m);
        }
    return quads;
}

/** Peaks to levels in place, linked legs together: each looks at legs 1, 2, 4, 8 further on, around
 *  within its strip. */
static __attribute__((noinline)) void levels(const struct multiband_bank *b, lanes_row *p,
                                             unsigned m) {
    for (unsigned s = 0; s < b->link_steps; s++) {
        const int32_t *look = b->link[s];
        for (unsigned r = 0; r < m; r++) {
#if LANES_ID == 3
            __m512 a = _mm512_load_ps(p[r]);
            __m512 o = _mm512_permutexvar_ps(_mm512_load_si512(look), a);
            _mm512_store_ps(p[r], _mm512_max_ps(a, o));
#else
            _Alignas(64) lanes_row o;
            for (int l = 0; l < LANES; l++)
                o[l] = p[r][look[l]];
            for (int v = 0; v < LANES; v += WIDTH)
                vf_store(&p[r][v], vf_max(vf_load(&p[r][v]), vf_load(&o[v])));
#endif
        }
    }
    for (unsigned r = 0; r < m; r++)
        for (int v = 0; v < LANES; v += WIDTH)
            vf_store(&p[r][v], vf_log2(vf_max(vf_load(&p[r][v]), vf_set(LEVEL_FLOOR_LIN))));
}

/** A parameter at weight w of its way through the cell. */
INLINE vf value(const struct multiband_bank *b, unsigned cell, int band, int which, int v, vf w,
                bool moving) {
    vf from = vf_load(&b->row[cell][band][which][v]);
    return moving ? vf_fma(vf_load(&b->row[cell + 1][band][which][v]) - from, w, from) : from;
}

/** One move of a follower, and of the one behind it that rounds its corners off: a follower that
 *  grows in leaps from peak to peak of a tone is not to be heard as overtones. */
INLINE vf toward(float *memory, float *smooth, vf want, vf up, vf down) {
    vf have = vf_load(memory), round = vf_load(smooth);
    have = vf_fma(want - have, vf_gt_sel(want, have, up, down), have);
    round = vf_fma(have - round, vf_set(MULTIBAND_ROUND), round);
    vf_store(memory, have);
    vf_store(smooth, round);
    return round;
}

/** Follow the levels of the quads: activity, and the factors that the gains go to. */
INLINE void follow(struct multiband_bank *b, unsigned cell, unsigned first_quad, unsigned quads,
                   lanes_row (*level)[BANDS], lanes_row (*goal)[BANDS], bool moving) {
    for (unsigned q = 0; q < quads; q++)
        for (int i = 0; i < BANDS; i++)
            for (int v = 0; v < LANES; v += WIDTH) {
                vf w = vf_set((float)(first_quad + q + 1) * (1.0F / QUADS));
#define P(which) value(b, cell, i, MULTIBAND_##which, v, w, moving)
                vf l = vf_load(&level[q][i][v]), knee = P(KNEE);
                vf up = vf_load(&b->row[cell + 1][i][MULTIBAND_ATT][v]);
                vf down = vf_load(&b->row[cell + 1][i][MULTIBAND_REL][v]);
                vf over = vf_min(vf_knee(l - P(FROM), knee, P(COMP_SLOPE)), P(RANGE));
                vf under = vf_knee(P(UNTIL) - l, knee, P(EXP_SLOPE));
                under = vf_max(vf_fma(-under, P(UNRANGE), vf_set(1.0F)), vf_set(0.0F));
                under = vf_gt_sel(l, vf_set(SILENCE_LOG2), under, vf_set(0.0F));
                vf reduced = toward(&b->memory[i][MULTIBAND_REDUCED][v],
                                    &b->memory[i][MULTIBAND_REDUCED_SMOOTH][v], over, up, down);
                vf open = toward(&b->memory[i][MULTIBAND_OPEN][v],
                                 &b->memory[i][MULTIBAND_OPEN_SMOOTH][v], under, up, down);
                vf gain = vf_fma(open, P(OPENS), reduced * P(REDUCES));
                vf_store(&b->low[i][v], vf_min(vf_load(&b->low[i][v]), gain - P(SHUT)));
                vf_store(&goal[q][i][v], vf_exp2(gain));
#undef P
            }
}

#define FOLLOW(name, moving)                                                          \
    static __attribute__((noinline)) void name(                                       \
        struct multiband_bank *b, unsigned cell, unsigned first_quad, unsigned quads, \
        lanes_row(*level)[BANDS], lanes_row(*goal)[BANDS]) {                          \
        follow(b, cell, first_quad, quads, level, goal, moving);                      \
    }
FOLLOW(follow_still, false)
FOLLOW(follow_moving, true)

/** Sum the bands with their gains, and fade between that and what came in. */
static __attribute__((noinline)) void apply(struct multiband_bank *b, lanes_row *x,
                                            lanes_row (*band)[CELL_FRAMES],
                                            const struct stretch *at, lanes_row (*goal)[BANDS]) {
    const unsigned c = at->cell;
    for (int v = 0; v < LANES; v += WIDTH) {
        vf start[BANDS], end[BANDS], fixed[BANDS], further[BANDS];
        UNROLL for (int i = 0; i < BANDS; i++) {
            start[i] = vf_load(&b->memory[i][MULTIBAND_START][v]);
            end[i] = vf_load(&b->memory[i][MULTIBAND_GOAL][v]);
            fixed[i] = vf_load(&b->row[c][i][MULTIBAND_FIXED][v]);
            further[i] = vf_load(&b->row[c + 1][i][MULTIBAND_FIXED][v]) - fixed[i];
        }
        vf wet = vf_load(&b->wet[c][v]), wetter = vf_load(&b->wet[c + 1][v]);
        vi off = (wet <= 0.0F) & (wetter <= 0.0F);
        wetter -= wet;
        for (unsigned t = 0, q = 0; t < at->n;) {
            for (unsigned until = quad_end(at, t); t < until; t++) {
                vf w = vf_set(cell_weight[(at->at + t) % CELL_FRAMES]), y = {0};
                vf part = vf_set((float)((at->at + t) % QUAD + 1) * (1.0F / QUAD));
                UNROLL for (int i = 0; i < BANDS; i++) {
                    vf g = vf_fma(end[i] - start[i], part, start[i]);
                    g *= vf_fma(further[i], w, fixed[i]);
                    y = vf_fma(g, vf_load(&band[i][t][v]), y);
                }
                vf in = vf_load(&x[t][v]), share = vf_fma(wetter, w, wet);
                y = vf_fma(share, y, (1.0F - share) * in);
                vf_store(&x[t][v], vf_sel(off, in, y));
            }
            if ((at->at + t) % QUAD == 0) {
                UNROLL for (int i = 0; i < BANDS; i++) {
                    start[i] = end[i];
                    end[i] = vf_load(&goal[q][i][v]);
                }
                q++;
            }
        }
        UNROLL for (int i = 0; i < BANDS; i++) {
            vf_store(&b->memory[i][MULTIBAND_START][v], start[i]);
            vf_store(&b->memory[i][MULTIBAND_GOAL][v], end[i]);
        }
    }
}

/** At a cell's end: lanes that are off there keep nothing. */
static void forget(struct multiband_bank *b, unsigned boundary) {
    for (int v = 0; v < LANES; v += WIDTH) {
        vi on = vf_load(&b->wet[boundary][v]) > 0.0F;
        for (int s = 0; s < MULTIBAND_SECTIONS; s++)
            for (int j = 0; j < 2; j++)
                vf_store(&b->svf[s][j][v], (vf)((vi)vf_load(&b->svf[s][j][v]) & on));
        for (int i = 0; i < BANDS; i++)
            for (int m = 0; m < MULTIBAND_MEMORIES; m++) {
                bool factor = m == MULTIBAND_START || m == MULTIBAND_GOAL;
                float *p = &b->memory[i][m][v];
                vf_store(p, vf_sel(on, vf_load(p), vf_set(factor ? 1.0F : 0.0F)));
            }
    }
}

void K(multiband)(struct multiband_bank *b, float (*x)[LANES], unsigned n, unsigned phase) {
    for (unsigned t = 0; t < n;) {
        _Alignas(64) float band[BANDS][CELL_FRAMES][LANES];
        _Alignas(64) float level[QUADS][BANDS][LANES], goal[QUADS][BANDS][LANES];
        struct stretch at = {.at = phase + t, .cell = (phase + t) / CELL_FRAMES};
        unsigned end = (at.cell + 1) * CELL_FRAMES, here = at.at % CELL_FRAMES;
        at.n = end - at.at < n - t ? end - at.at : n - t;
        if (b->gliding)
            splits_moving(b, x + t, band, &at);
        else
            splits(b, x + t, band, &at);
        unsigned quads = peaks(b, band, &at, level);
        levels(b, level[0], quads * BANDS);
        if (b->moving)
            follow_moving(b, at.cell, here / QUAD, quads, level, goal);
        else
            follow_still(b, at.cell, here / QUAD, quads, level, goal);
        apply(b, x + t, band, &at, goal);
        t += at.n;
        if ((phase + t) % CELL_FRAMES == 0)
            forget(b, at.cell + 1);
    }
}
