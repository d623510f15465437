/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the dynamics' detectors hear: peaks of quads, filters before them, legs of a strip together.
 * See k_dyn.c. */
#include "dsp/k_all.h"

#include "dsp/k_dyn.h"

#define SC_FILTERS 2 /* high-pass, low-pass */

NOINLINE void peaks(const lanes_row *x, unsigned n, unsigned phase, float *part, lanes_row *out) {
    for (int v = 0; v < LANES; v += WIDTH) {
        vf m = vf_load(&part[v]);
        unsigned t = 0, q = 0;
        if (phase % QUAD_FRAMES == 0)
            for (; t + QUAD_FRAMES <= n; t += QUAD_FRAMES) {
                vf a = vf_max_abs(vf_abs(vf_load(&x[t][v])), vf_load(&x[t + 1][v]));
                vf b = vf_max_abs(vf_abs(vf_load(&x[t + 2][v])), vf_load(&x[t + 3][v]));
                vf_store(&out[q++][v], vf_max(a, b));
            }
        while (t < n) {
            for (unsigned end = quad_end(t, n, phase); t < end; t++)
                m = vf_max_abs(m, vf_load(&x[t][v]));
            if ((phase + t) % QUAD_FRAMES == 0) {
                vf_store(&out[q++][v], m);
                m = vf_set(0.0F);
            }
        }
        vf_store(&part[v], m);
    }
}

/** Peaks to levels, linked legs together: each looks at legs 1, 2, 4, 8 further on, around. */
NOINLINE void levels(const struct dyn_bank *b, lanes_row *p, unsigned m) {
    for (unsigned s = 0; s < b->link_steps; s++) {
        const int32_t *look = b->link_lane[s];
        for (unsigned q = 0; q < m; q++) {
#if LANES_ID == 3
            __m512 a = _mm512_load_ps(p[q]);
            __m512 o = _mm512_permutexvar_ps(_mm512_load_si512(look), a);
            _mm512_store_ps(p[q], _mm512_max_ps(a, o));
#else
            _Alignas(64) lanes_row o;
            for (int l = 0; l < LANES; l++)
                o[l] = p[q][look[l]];
            for (int v = 0; v < LANES; v += WIDTH)
                vf_store(&p[q][v], vf_max(vf_load(&p[q][v]), vf_load(&o[v])));
#endif
        }
    }
    for (unsigned q = 0; q < m; q++)
        for (int v = 0; v < LANES; v += WIDTH)
            vf_store(&p[q][v], vf_log2(vf_max(vf_load(&p[q][v]), vf_set(LEVEL_FLOOR_LIN))));
}

void K(dyn_levels)(struct dyn_bank *b, const lanes_row *x, unsigned n, unsigned phase, unsigned m,
                   lanes_row *out) {
    peaks(x, n, phase, b->state[DYN_PEAK], out);
    levels(b, out, m);
}

/* -- filters of detectors ---------------------------------------------------------------------- */

struct svf {
    vf c[3];
    vf s1, s2;
};

/** One step, as in k_svf.c; u1 and u2 are twice the band-pass and the low-pass. */
INLINE void svf_step(struct svf *s, vf x, vf *u1, vf *u2) {
    vf v3 = x - s->s2;
    vf p = s->c[0] * s->s1, q = s->c[1] * s->s1;
    vf t1 = s->s1 + vf_fma(s->c[1], v3, -p);
    vf t2 = s->s2 + vf_fma(s->c[2], v3, q);
    *u1 = s->s1 + t1;
    *u2 = s->s2 + t2;
    s->s1 = t1;
    s->s2 = t2;
}

INLINE vf svf_high(vf x, vf u1, vf u2) {
    return vf_fma(vf_set(-0.5F * BUTTERWORTH), u1, vf_fma(vf_set(-0.5F), u2, x));
}

INLINE void svf_coefs(struct svf *s, const struct dyn_bank *b, unsigned quad, int first, int v,
                      bool moving) {
    UNROLL for (int j = 0; j < 3; j++) s->c[j] = value(b, quad, first + j, v, moving);
}

/** The peaks of what a detector hears: a lane's own signal or its key, filtered or not. */
INLINE void hear(struct dyn_bank *b, const lanes_row *x, const struct ear *e, unsigned n,
                 unsigned phase, lanes_row *out, bool filter, bool moving) {
    for (int v = 0; v < LANES; v += WIDTH) {
        vf peak = vf_load(&b->state[e->peak][v]), wet = {0};
        struct svf f[SC_FILTERS] = {0};
        for (int i = 0; filter && i < SC_FILTERS; i++) {
            f[i].s1 = vf_load(&b->state[e->state + 2 * i][v]);
            f[i].s2 = vf_load(&b->state[e->state + 2 * i + 1][v]);
        }
        vi keyed = e->keyed[v / WIDTH];
        for (unsigned t = 0, q = 0; t < n;) {
            unsigned quad = (phase + t) / QUAD_FRAMES;
            if (filter && (moving || t == 0)) {
                wet = value(b, quad, e->wet, v, moving);
                for (int i = 0; i < SC_FILTERS; i++)
                    svf_coefs(&f[i], b, quad, e->filter + 3 * i, v, moving);
            }
            for (unsigned end = quad_end(t, n, phase); t < end; t++) {
                vf d = vf_load(&x[t][v]);
                if (e->key)
                    d = vf_sel(keyed, vf_load(&e->key[t][v]), d);
                if (filter) {
                    vf in = positive(wet, d), u1, u2, w1, w2;
                    svf_step(&f[0], in, &u1, &u2);
                    svf_step(&f[1], svf_high(in, u1, u2), &w1, &w2);
                    d = vf_fma(wet, vf_fma(vf_set(0.5F), w2, -d), d);
                }
                peak = vf_max_abs(peak, d);
            }
            if ((phase + t) % QUAD_FRAMES == 0) {
                vf_store(&out[q++][v], peak);
                peak = vf_set(0.0F);
            }
        }
        vf_store(&b->state[e->peak][v], peak);
        for (int i = 0; filter && i < SC_FILTERS; i++) {
            vf_store(&b->state[e->state + 2 * i][v], f[i].s1);
            vf_store(&b->state[e->state + 2 * i + 1][v], f[i].s2);
        }
    }
}

NOINLINE void hear_plain(struct dyn_bank *b, const lanes_row *x, const struct ear *e, unsigned n,
                         unsigned phase, lanes_row *out) {
    hear(b, x, e, n, phase, out, false, false);
}
NOINLINE void hear_filter(struct dyn_bank *b, const lanes_row *x, const struct ear *e, unsigned n,
                          unsigned phase, lanes_row *out) {
    hear(b, x, e, n, phase, out, true, false);
}
NOINLINE void hear_moving(struct dyn_bank *b, const lanes_row *x, const struct ear *e, unsigned n,
                          unsigned phase, lanes_row *out) {
    hear(b, x, e, n, phase, out, true, true);
}

void K(dyn_listen)(struct dyn_bank *b, const lanes_row *x, const struct ear *e,
                   enum dyn_module module, unsigned n, unsigned phase, unsigned m, lanes_row *out) {
    if (!b->on[module])
        hear_plain(b, x, e, n, phase, out);
    else if (b->moving[module])
        hear_moving(b, x, e, n, phase, out);
    else
        hear_filter(b, x, e, n, phase, out);
    levels(b, out, m);
}

/** The de-esser's filters of vectors side by side, so that one works while another waits. */
#define PAIR (VECS > 1 ? 2 : 1)

struct band {
    vf e1, c1, e2, c2; /* 1 - c[0], c[1], 1 - c[2], c[2] of an svf: from 1 kHz up that is exact
                          enough, and the states' way from frame to frame is shorter */
    vf s1, s2, wet, peak;
};

INLINE void band_set(struct band *f, const struct dyn_bank *b, unsigned quad, int v, bool moving) {
    f->wet = value(b, quad, DYN_DEESS_WET, v, moving);
    f->e1 = 1.0F - value(b, quad, DYN_DEESS_HP, v, moving);
    f->c1 = value(b, quad, DYN_DEESS_HP + 1, v, moving);
    f->c2 = value(b, quad, DYN_DEESS_HP + 2, v, moving);
    f->e2 = 1.0F - f->c2;
}

INLINE void band_frame(struct band *f, vf x, float *hp, float *bp) {
    vf in = positive(f->wet, x);
    vf t1 = vf_fma(f->e1, f->s1, vf_fma(-f->c1, f->s2, f->c1 * in));
    vf t2 = vf_fma(f->e2, f->s2, vf_fma(f->c1, f->s1, f->c2 * in));
    vf u1 = f->s1 + t1, high = svf_high(in, u1, f->s2 + t2);
    f->s1 = t1;
    f->s2 = t2;
    f->peak = vf_max_abs(f->peak, high);
    vf_store(hp, high);
    vf_store(bp, u1);
}

/** The band that is listened to, its peaks, and what a shelf is made of. */
INLINE void deess_hear(struct dyn_bank *b, struct dyn_work *w, const lanes_row *x, unsigned n,
                       unsigned phase, bool moving) {
    for (int v = 0; v < LANES; v += WIDTH * PAIR) {
        struct band f[PAIR];
        UNROLL for (int i = 0; i < PAIR; i++) {
            f[i].s1 = vf_load(&b->state[DYN_DEESS_SVF][v + i * WIDTH]);
            f[i].s2 = vf_load(&b->state[DYN_DEESS_SVF + 1][v + i * WIDTH]);
            f[i].peak = vf_load(&b->state[DYN_DEESS_PEAK][v + i * WIDTH]);
            band_set(&f[i], b, phase / QUAD_FRAMES, v + i * WIDTH, false);
        }
        for (unsigned t = 0, q = 0; t < n;) {
            UNROLL for (int i = 0; moving && i < PAIR; i++)
                band_set(&f[i], b, (phase + t) / QUAD_FRAMES, v + i * WIDTH, true);
            for (unsigned end = quad_end(t, n, phase); t < end; t++) {
                UNROLL for (int i = 0; i < PAIR; i++) {
                    const int at = v + i * WIDTH;
                    band_frame(&f[i], vf_load(&x[t][at]), &w->hp[t][at], &w->bp[t][at]);
                }
            }
            if ((phase + t) % QUAD_FRAMES)
                continue;
            UNROLL for (int i = 0; i < PAIR; i++) {
                vf_store(&w->key[q][v + i * WIDTH], f[i].peak);
                f[i].peak = vf_set(0.0F);
            }
            q++;
        }
        UNROLL for (int i = 0; i < PAIR; i++) {
            vf_store(&b->state[DYN_DEESS_SVF][v + i * WIDTH], f[i].s1);
            vf_store(&b->state[DYN_DEESS_SVF + 1][v + i * WIDTH], f[i].s2);
            vf_store(&b->state[DYN_DEESS_PEAK][v + i * WIDTH], f[i].peak);
        }
    }
}

NOINLINE void deess_hear_still(struct dyn_bank *b, struct dyn_work *w, const lanes_row *x,
                               unsigned n, unsigned phase) {
    deess_hear(b, w, x, n, phase, false);
}
NOINLINE void deess_hear_moving(struct dyn_bank *b, struct dyn_work *w, const lanes_row *x,
                                unsigned n, unsigned phase) {
    deess_hear(b, w, x, n, phase, true);
}

void K(dyn_listen_deess)(struct dyn_bank *b, const lanes_row *x, unsigned n, unsigned phase,
                         unsigned m, struct dyn_work *w) {
    if (b->moving[DYN_DEESS])
        deess_hear_moving(b, w, x, n, phase);
    else
        deess_hear_still(b, w, x, n, phase);
    levels(b, w->key, m);
}
