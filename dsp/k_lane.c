/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels that turn planar legs into lanes and back, gains, meters and crossfades. See kernels.h.
 */
#include "dsp/k_all.h"

/* One halving step of a transpose: rows i and i + h of every 2h change their off-diagonal blocks.
 */
#define SWAP(r, i, h, LO, HI)                                 \
    do {                                                      \
        vf a_ = (r)[i], b_ = (r)[(i) + (h)];                  \
        (r)[i] = __builtin_shufflevector(a_, b_, LO);         \
        (r)[(i) + (h)] = __builtin_shufflevector(a_, b_, HI); \
    } while (0)

#if WIDTH == 4
#define LO2 0, 1, 4, 5
#define HI2 2, 3, 6, 7
#define LO1 0, 4, 2, 6
#define HI1 1, 5, 3, 7
#elif WIDTH == 8
#define LO4 0, 1, 2, 3, 8, 9, 10, 11
#define HI4 4, 5, 6, 7, 12, 13, 14, 15
#define LO2 0, 1, 8, 9, 4, 5, 12, 13
#define HI2 2, 3, 10, 11, 6, 7, 14, 15
#define LO1 0, 8, 2, 10, 4, 12, 6, 14
#define HI1 1, 9, 3, 11, 5, 13, 7, 15
#else
#define LO8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HI8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LO4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HI4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LO2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HI2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LO1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HI1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#endif

/** Transpose WIDTH x WIDTH in place. */
INLINE void transpose(vf *r) {
#if WIDTH == 16
    UNROLL for (int i = 0; i < 8; i++) SWAP(r, i, 8, LO8, HI8);
#endif
#if WIDTH >= 8
    UNROLL for (int h = 0; h < WIDTH; h += 8) {
        UNROLL for (int i = h; i < h + 4; i++) SWAP(r, i, 4, LO4, HI4);
    }
#endif
    UNROLL for (int h = 0; h < WIDTH; h += 4) {
        UNROLL for (int i = h; i < h + 2; i++) SWAP(r, i, 2, LO2, HI2);
    }
    UNROLL for (int h = 0; h < WIDTH; h += 2) SWAP(r, h, 1, LO1, HI1);
}

static const _Alignas(64) float hole[SPAN_FRAMES];

void K(gather)(float (*x)[LANES], const float *const src[LANES], unsigned n) {
    const float *p[LANES];
    for (int l = 0; l < LANES; l++)
        p[l] = src[l] ? src[l] : hole;
    for (unsigned t = 0; t < n; t += WIDTH) {
        for (int g = 0; g < LANES; g += WIDTH) {
            vf r[WIDTH];
            UNROLL for (int l = 0; l < WIDTH; l++) r[l] = vf_load(p[g + l] + t);
            transpose(r);
            UNROLL for (int l = 0; l < WIDTH; l++) vf_store(&x[t + (unsigned)l][g], r[l]);
        }
    }
}

void K(scatter)(float *const dst[LANES], const float (*x)[LANES], unsigned n) {
    _Alignas(64) float nowhere[SPAN_FRAMES];
    float *p[LANES];
    for (int l = 0; l < LANES; l++)
        p[l] = dst[l] ? dst[l] : nowhere;
    for (unsigned t = 0; t < n; t += WIDTH) {
        for (int g = 0; g < LANES; g += WIDTH) {
            vf r[WIDTH];
            UNROLL for (int l = 0; l < WIDTH; l++) r[l] = vf_load(&x[t + (unsigned)l][g]);
            transpose(r);
            UNROLL for (int l = 0; l < WIDTH; l++) vf_store(p[g + l] + t, r[l]);
        }
    }
}

INLINE void run_gain(float (*x)[LANES], unsigned n, unsigned phase, const float (*g)[LANES],
                     bool moving) {
    for (int v = 0; v < LANES; v += WIDTH) {
        vf base = vf_load(&g[0][v]), slope = {0};
        for (unsigned t = 0, end; t < n; t = end) {
            end = n;
            if (moving) {
                unsigned p = phase + t, cell = p / CELL_FRAMES,
                         left = CELL_FRAMES - p % CELL_FRAMES;
                base = vf_load(&g[cell][v]);
                slope = vf_load(&g[cell + 1][v]) - base;
                end = t + left < n ? t + left : n;
            }
            for (unsigned i = t; i < end; i++) {
                vf w = vf_set(cell_weight[(phase + i) % CELL_FRAMES]);
                vf_store(&x[i][v], vf_load(&x[i][v]) * (moving ? vf_fma(slope, w, base) : base));
            }
        }
    }
}

void K(gain)(float (*x)[LANES], unsigned n, unsigned phase, const float (*g_lin)[LANES],
             bool moving) {
    if (moving)
        run_gain(x, n, phase, g_lin, true);
    else
        run_gain(x, n, phase, g_lin, false);
}

void K(meter)(const float (*x)[LANES], unsigned n, struct lane_meter *m) {
    for (int v = 0; v < LANES; v += WIDTH) {
        vf peak = vf_load(&m->peak_lin[v]), sumsq = vf_load(&m->sumsq_lin[v]);
        for (unsigned t = 0; t < n; t++) {
            vf y = vf_load(&x[t][v]);
            peak = vf_max(vf_abs(y), peak);
            sumsq = vf_fma(y, y, sumsq);
        }
        vf_store(&m->peak_lin[v], peak);
        vf_store(&m->sumsq_lin[v], sumsq);
    }
}

/** What gather_gain and scatter_gain keep of one vector of lanes. */
struct gained {
    vf base, slope, peak, sumsq;
    const float (*g_lin)[LANES];
    int lane;
};

INLINE void gained_open(struct gained *s, const float (*g_lin)[LANES], const struct lane_meter *m,
                        int lane) {
    s->g_lin = g_lin;
    s->lane = lane;
    s->base = vf_load(&g_lin[0][lane]);
    s->peak = vf_load(&m->peak_lin[lane]);
    s->sumsq = vf_load(&m->sumsq_lin[lane]);
}

INLINE void gained_close(const struct gained *s, struct lane_meter *m) {
    vf_store(&m->peak_lin[s->lane], s->peak);
    vf_store(&m->sumsq_lin[s->lane], s->sumsq);
}

/** While gains move: those of block frame p's cell. */
INLINE void gained_cell(struct gained *s, unsigned p) {
    unsigned cell = p / CELL_FRAMES < SPAN_CELLS ? p / CELL_FRAMES : SPAN_CELLS - 1;
    s->base = vf_load(&s->g_lin[cell][s->lane]);
    s->slope = vf_load(&s->g_lin[cell + 1][s->lane]) - s->base;
}

/** @param weight  of the cell's end, at this frame */
INLINE vf gained_step(struct gained *s, vf x, const float *weight, bool moving) {
    x *= moving ? vf_fma(s->slope, vf_set(*weight), s->base) : s->base;
    s->peak = vf_max(vf_abs(x), s->peak);
    s->sumsq = vf_fma(x, x, s->sumsq);
    return x;
}

/** WIDTH frames from block frame p on, in r; the first `count` of them count. */
INLINE void gained_rows(struct gained *s, vf *r, unsigned p, unsigned count, bool moving) {
    if (moving)
        gained_cell(s, p);
    const float *weight = &cell_weight[p % CELL_FRAMES]; /* and on into the next cell */
    if (count >= WIDTH && (!moving || p % WIDTH == 0)) {
        UNROLL for (unsigned i = 0; i < WIDTH; i++) r[i] = gained_step(s, r[i], weight + i, moving);
        return;
    }
    for (unsigned i = 0; i < WIDTH && i < count; i++) {
        if (moving && (p + i) % CELL_FRAMES == 0)
            gained_cell(s, p + i);
        r[i] = gained_step(s, r[i], weight + i, moving);
    }
}

INLINE unsigned run_gather(float (*x)[LANES], const float *const src[LANES], unsigned n,
                           unsigned phase, const float (*g_lin)[LANES], bool moving,
                           struct lane_meter *m) {
    const float *p[LANES];
    vi any = {0};
    for (int l = 0; l < LANES; l++)
        p[l] = src[l] ? src[l] : hole;
    for (int g = 0; g < LANES; g += WIDTH) {
        struct gained s;
        gained_open(&s, g_lin, m, g);
        for (unsigned t = 0; t < n; t += WIDTH) {
            vf r[WIDTH];
            UNROLL for (int l = 0; l < WIDTH; l++) r[l] = vf_load(p[g + l] + t);
            transpose(r);
            if (t + WIDTH <= n) {
                UNROLL for (int i = 0; i < WIDTH; i++) any |= (vi)r[i];
            }
            for (unsigned i = 0; t + WIDTH > n && t + i < n;
                 i++) /* what is beyond n says nothing */
                any |= (vi)r[i];
            gained_rows(&s, r, phase + t, n - t, moving);
            UNROLL for (unsigned i = 0; i < WIDTH; i++) vf_store(&x[t + i][g], r[i]);
        }
        gained_close(&s, m);
    }
    return vu_any((vu)any & 0x7fffffffU) ? SCAN_NONZERO : 0U;
}

unsigned K(gather_gain)(float (*x)[LANES], const float *const src[LANES], unsigned n,
                        unsigned phase, const float (*g_lin)[LANES], bool moving,
                        struct lane_meter *m) {
    return moving ? run_gather(x, src, n, phase, g_lin, true, m)
                  : run_gather(x, src, n, phase, g_lin, false, m);
}

INLINE void run_scatter(float *const dst[LANES], const float (*x)[LANES], unsigned n,
                        unsigned phase, const float (*g_lin)[LANES], bool moving,
                        struct lane_meter *m) {
    _Alignas(64) float nowhere[SPAN_FRAMES];
    float *p[LANES];
    for (int l = 0; l < LANES; l++)
        p[l] = dst[l] ? dst[l] : nowhere;
    for (int g = 0; g < LANES; g += WIDTH) {
        struct gained s;
        gained_open(&s, g_lin, m, g);
        for (unsigned t = 0; t < n; t += WIDTH) {
            vf r[WIDTH];
            UNROLL for (unsigned i = 0; i < WIDTH; i++) r[i] = vf_load(&x[t + i][g]);
            gained_rows(&s, r, phase + t, n - t, moving);
            transpose(r);
            UNROLL for (int l = 0; l < WIDTH; l++) vf_store(p[g + l] + t, r[l]);
        }
        gained_close(&s, m);
    }
}

void K(scatter_gain)(float *const dst[LANES], const float (*x)[LANES], unsigned n, unsigned phase,
                     const float (*g_lin)[LANES], bool moving, struct lane_meter *m) {
    if (moving)
        run_scatter(dst, x, n, phase, g_lin, true, m);
    else
        run_scatter(dst, x, n, phase, g_lin, false, m);
}

/** A peak and a mean square of one vector of lanes. */
INLINE void show_point(float *peak_lin, float *ms_lin, const struct lane_meter *m,
                       const struct meter_step *step, int v) {
    vf fallen = vf_load(peak_lin + v) * step->fall, peak = vf_load(&m->peak_lin[v]);
    fallen = vf_sel(fallen > 1e-9F, fallen, vf_set(0.0F));
    vf_store(peak_lin + v, vf_max(peak, fallen));
    vf ms = vf_load(ms_lin + v);
    ms = vf_fma(vf_load(&m->sumsq_lin[v]) * step->per_frame - ms, vf_set(step->share), ms);
    vf_store(ms_lin + v, vf_sel(ms < 1e-18F, vf_set(0.0F), ms));
}

void K(show)(struct lane_shown *s, const struct lane_meter *in, const struct lane_meter *out,
             const float (*gr_db)[LANES], const struct meter_step *step) {
    for (int v = 0; v < LANES; v += WIDTH) {
        show_point(s->in_peak_lin, s->in_ms_lin, in, step, v);
        show_point(s->out_peak_lin, s->out_ms_lin, out, step, v);
        for (int r = 0; gr_db && r < GR_COUNT; r++) {
            vf risen = vf_min(vf_load(&s->gr_db[r][v]) + step->rise_db, vf_set(0.0F));
            vf_store(&s->gr_db[r][v], vf_min(vf_load_loose(&gr_db[r][v]), risen));
        }
    }
}

/** Any bit of magnitude is sound. From BAD_BITS on, adding what is left carries into the sign. */
INLINE unsigned scan_run(float *dst, const float *p, unsigned n) {
    vu any = {0}, over = {0};
    unsigned t = 0;
    for (; t + WIDTH <= n; t += WIDTH) {
        vf a = vf_load_loose(p + t);
        if (dst)
            vf_store(dst + t, a);
        vu m = (vu)a & 0x7fffffffU;
        any |= m;
        over |= m + (0x80000000U - BAD_BITS);
    }
    uint32_t last_any = 0, last_over = 0;
    for (; t < n; t++) {
        uint32_t m;
        memcpy(&m, p + t, sizeof m);
        m &= 0x7fffffffU;
        last_any |= m;
        last_over |= m + (0x80000000U - BAD_BITS);
        if (dst)
            dst[t] = p[t];
    }
    const bool sound = vu_any(any) || last_any;
    const bool bad = vu_any(over & 0x80000000U) || last_over >> 31;
    return (sound ? (unsigned)SCAN_NONZERO : 0U) | (bad ? (unsigned)SCAN_BAD : 0U);
}

unsigned K(scan)(const float *p, unsigned n) {
    return scan_run(NULL, p, n);
}

unsigned K(copy_scan)(float *dst, const float *p, unsigned n) {
    unsigned flags = scan_run(dst, p, n);
    for (unsigned t = n; t < lanes_padded(n); t++)
        dst[t] = 0.0F;
    return flags;
}

void K(product)(float *x, const float *a, const float *g, unsigned n) {
    unsigned t = 0;
    for (; t + WIDTH <= n; t += WIDTH)
        vf_store_loose(x + t, vf_load_loose(a + t) * vf_load_loose(g + t));
    for (; t < n; t++)
        x[t] = a[t] * g[t];
}

/** Raised cosine of t in 0..1: 1/2 + 1/2 sin(pi (t - 1/2)), sine as an odd polynomial of degree 11
 *  (Taylor, error under 6e-8), so that all lanes can stand at different places of their fades. */
INLINE vf fade_weight(vf t) {
    t = vf_min(vf_max(t, vf_set(0.0F)), vf_set(1.0F));
    vf u = (t - 0.5F) * 3.14159265358979F;
    vf u2 = u * u;
    vf s = vf_set(-2.50521084e-8F);
    s = vf_fma(s, u2, vf_set(2.75573192e-6F));
    s = vf_fma(s, u2, vf_set(-1.98412698e-4F));
    s = vf_fma(s, u2, vf_set(8.33333333e-3F));
    s = vf_fma(s, u2, vf_set(-1.66666667e-1F));
    s = vf_fma(s, u2, vf_set(1.0F));
    vf w = vf_fma(s * 0.5F, u, vf_set(0.5F));
    w = vf_min(vf_max(w, vf_set(0.0F)), vf_set(1.0F));
    return vf_sel(t > 0.0F, w, vf_set(0.0F));
}

void K(crossfade)(float (*x)[LANES], const float (*y)[LANES], unsigned n, unsigned phase,
                  const float pos_frames[LANES], float len_frames) {
    float step = 1.0F / len_frames;
    for (int v = 0; v < LANES; v += WIDTH) {
        vf pos = vf_load(&pos_frames[v]);
        for (unsigned t = 0; t < n; t++) {
            vf w = fade_weight((pos + (float)(phase + t + 1)) * step);
            vf a = vf_load(&x[t][v]);
            vf_store(&x[t][v], vf_fma(vf_load(&y[t][v]) - a, w, a));
        }
    }
}
