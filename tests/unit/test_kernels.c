/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* Every kernel of every instruction set against plain double arithmetic, and bit for bit against
 * itself under other cuttings into chunks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/kernels.h"

#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)

typedef float lanes_t[LANES];

static uint64_t seed;

static uint32_t rnd(void) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33);
}

static float rnd_lin(void) {
    return (float)rnd() / 1073741824.0F - 1.0F;
}

static void fill(float *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        p[i] = rnd_lin();
}

/** Cut a block into random chunks; the first cutting is single frames. */
static unsigned next_chunk(unsigned trial, unsigned phase) {
    unsigned left = SPAN_FRAMES - phase;
    unsigned n = trial == 0 ? 1 : 1 + rnd() % 23;
    return n < left ? n : left;
}

static void assert_near(double got, double want, double tolerance, const char *what) {
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%s: %.9g, expected %.9g", what, got, want);
}

static void names(void **state) {
    (void)state;
    const struct kernels *k;
    unsigned n = 0;
    EVERY_SET(k) {
        assert_ptr_equal(kernels_by_name(k->name), k);
        n++;
    }
    assert_true(n > 0);
    assert_ptr_equal(kernels_best(), kernels_at(n - 1));
    assert_null(kernels_by_name("mmx"));
}

static void gather_and_scatter(void **state) {
    (void)state;
    static _Alignas(64) float in[LANES][SPAN_FRAMES], out[LANES][SPAN_FRAMES];
    static _Alignas(64) lanes_t x[SPAN_FRAMES];
    const struct kernels *k;
    fill(in[0], LANES * SPAN_FRAMES);
    EVERY_SET(k) {
        for (unsigned n = 1; n <= SPAN_FRAMES; n++) {
            const float *src[LANES];
            float *dst[LANES];
            for (unsigned l = 0; l < LANES; l++) {
                src[l] = (rnd() & 3) ? in[l] : NULL;
                dst[l] = (rnd() & 3) ? out[l] : NULL;
            }
            memset(out, 0xff, sizeof out);
            k->gather(x, src, n);
            for (unsigned t = 0; t < n; t++)
                for (unsigned l = 0; l < LANES; l++)
                    assert_true(!(x[t][l] < (src[l] ? in[l][t] : 0.0F)) &&
                                !(x[t][l] > (src[l] ? in[l][t] : 0.0F)));
            k->scatter(dst, (const lanes_t *)x, n);
            for (unsigned l = 0; l < LANES; l++)
                for (unsigned t = 0; t < SPAN_FRAMES; t++) {
                    if (dst[l] && t < n)
                        assert_memory_equal(&out[l][t], &x[t][l], sizeof(float));
                    if (!dst[l] || t >= ((n + 15) & ~15U)) /* beyond the padding: untouched */
                        assert_true(isnan(out[l][t]));
                }
        }
    }
}

static double gain_at(const lanes_t *g, bool moving, unsigned p, unsigned l) {
    if (!moving)
        return (double)g[0][l];
    double a = (double)g[p / 16][l], b = (double)g[p / 16 + 1][l];
    return a + (b - a) * (p % 16 + 1) / 16.0;
}

/* Gain and meter in the three ways that there are, each in place. */
typedef void gain_way(const struct kernels *k, lanes_t *x, unsigned n, unsigned phase,
                      const lanes_t *g, bool moving, struct lane_meter *m);

static _Alignas(64) float planar_legs[LANES][SPAN_FRAMES];

static void way_apart(const struct kernels *k, lanes_t *x, unsigned n, unsigned phase,
                      const lanes_t *g, bool moving, struct lane_meter *m) {
    k->gain(x, n, phase, g, moving);
    k->meter((const lanes_t *)x, n, m);
}

static void way_in(const struct kernels *k, lanes_t *x, unsigned n, unsigned phase,
                   const lanes_t *g, bool moving, struct lane_meter *m) {
    static _Alignas(64) lanes_t y[SPAN_FRAMES];
    const float *src[LANES];
    for (unsigned l = 0; l < LANES; l++) {
        src[l] = planar_legs[l];
        for (unsigned t = 0; t < SPAN_FRAMES; t++)
            planar_legs[l][t] = t < n ? x[t][l] : 1e30F; /* beyond n nothing counts */
    }
    assert_int_equal(k->gather_gain(y, src, n, phase, g, moving, m), SCAN_NONZERO);
    memcpy(x, y, n * sizeof *x);
}

static void way_out(const struct kernels *k, lanes_t *x, unsigned n, unsigned phase,
                    const lanes_t *g, bool moving, struct lane_meter *m) {
    static _Alignas(64) lanes_t y[SPAN_FRAMES];
    float *dst[LANES];
    for (unsigned l = 0; l < LANES; l++)
        dst[l] = planar_legs[l];
    memcpy(y, x, n * sizeof *y);
    k->scatter_gain(dst, (const lanes_t *)y, n, phase, g, moving, m);
    for (unsigned l = 0; l < LANES; l++)
        for (unsigned t = 0; t < n; t++)
            x[t][l] = planar_legs[l][t];
}

static gain_way *const ways[] = {way_apart, way_in, way_out};

static void gains_and_meters(void **state) {
    (void)state;
    static _Alignas(64) lanes_t in[SPAN_FRAMES], whole[SPAN_FRAMES], part[SPAN_FRAMES];
    static _Alignas(64) lanes_t g[SPAN_CELLS + 1];
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 60; trial++) {
            bool moving = trial & 1;
            fill(in[0], SPAN_FRAMES * LANES);
            fill(g[0], sizeof g / sizeof(float));
            struct lane_meter m = {0}, mp = {0}, mm = {0};
            memcpy(whole, in, sizeof in);
            memcpy(part, in, sizeof in);
            k->gain(whole, SPAN_FRAMES, 0, (const lanes_t *)g, moving);
            k->meter((const lanes_t *)whole, SPAN_FRAMES, &m);
            for (unsigned p = 0, n; p < SPAN_FRAMES; p += n) {
                n = next_chunk(trial / 2, p);
                ways[trial % 3](k, part + p, n, p, (const lanes_t *)g, moving, &mp);
            }
            assert_memory_equal(whole, part, sizeof whole);
            assert_memory_equal(&m, &mp, sizeof m);
            k->meter((const lanes_t *)whole, SPAN_FRAMES, &mm);
            assert_memory_equal(&m, &mm, sizeof m);
            for (unsigned l = 0; l < LANES; l++) {
                double peak = 0, sum = 0;
                for (unsigned p = 0; p < SPAN_FRAMES; p++) {
                    double y = (double)in[p][l] * gain_at((const lanes_t *)g, moving, p, l);
                    assert_near((double)whole[p][l], y, 4e-7, "gain");
                    peak = fmax(peak, fabs(y));
                    sum += y * y;
                }
                assert_near((double)m.peak_lin[l], peak, 4e-7, "peak");
                assert_near((double)m.sumsq_lin[l], sum, 1e-4, "sum of squares");
            }
            /* A moving gain that stands still is a static one. */
            for (unsigned c = 1; c <= SPAN_CELLS; c++)
                memcpy(g[c], g[0], sizeof g[0]);
            memcpy(whole, in, sizeof in);
            memcpy(part, in, sizeof in);
            k->gain(whole, SPAN_FRAMES, 0, (const lanes_t *)g, true);
            k->gain(part, SPAN_FRAMES, 0, (const lanes_t *)g, false);
            assert_memory_equal(whole, part, sizeof whole);
        }
    }
}

static void scans(void **state) {
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY, 0x1p20F, -3e38F};
    static _Alignas(64) float dst[SPAN_FRAMES];
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned n = 0; n <= SPAN_FRAMES; n++) {
            float *p = calloc(n + 1, sizeof *p); /* p + 1: unaligned, and ends with the block */
            assert_non_null(p);
            p[0] = NAN;
            assert_int_equal(k->scan(p + 1, n), 0);
            for (unsigned i = 0; i < n; i++) {
                p[1 + i] = i & 1 ? -1e-30F : 1048575.0F;
                assert_int_equal(k->scan(p + 1, n), SCAN_NONZERO);
                assert_int_equal(kernels_first_bad(p + 1, n), n);
                p[1 + i] = bad[i % 5];
                assert_int_equal(k->scan(p + 1, n), SCAN_NONZERO | SCAN_BAD);
                assert_int_equal(kernels_first_bad(p + 1, n), i);
                memset(dst, 0x55, sizeof dst);
                assert_int_equal(k->copy_scan(dst, p + 1, n), SCAN_NONZERO | SCAN_BAD);
                assert_memory_equal(dst, p + 1, n * sizeof *p);
                for (unsigned t = n; t < ((n + 15) & ~15U); t++)
                    assert_true(fpclassify(dst[t]) == FP_ZERO);
                p[1 + i] = 0.0F;
            }
            if (n) {
                p[n] = -0.0F; /* silence all the same */
                assert_int_equal(k->scan(p + 1, n), 0);
            }
            free(p);
        }
    }
}

#define SOURCES 150

struct mix_rig {
    _Alignas(64) float y[SOURCES][SPAN_FRAMES];
    struct mix_ramp ramp[SOURCES][MAX_LEGS];
    struct mix_src src[SOURCES];
    _Alignas(64) float whole[MAX_LEGS][SPAN_FRAMES], part[MAX_LEGS][SPAN_FRAMES];
    _Alignas(64) float chunk_y[SOURCES][SPAN_FRAMES], chunk_out[MAX_LEGS][SPAN_FRAMES];
};

static void mix_fill(struct mix_rig *r, unsigned nsrc, unsigned sparse, unsigned moving) {
    fill(r->y[0], SOURCES * SPAN_FRAMES);
    for (unsigned s = 0; s < nsrc; s++) {
        struct mix_src *m = &r->src[s];
        *m = (struct mix_src){.y = r->y[s]};
        m->legs = (uint16_t)(sparse == 2 ? 1U << rnd() % MAX_LEGS : sparse ? rnd() : 0xffffU);
        m->ramp = rnd() % 4 < moving ? r->ramp[s] : NULL;
        for (unsigned l = 0; l < MAX_LEGS; l++) {
            m->g_lin[l] = m->legs >> l & 1 ? rnd_lin() : NAN; /* not to be read */
            for (unsigned c = 0; c <= SPAN_CELLS; c++)
                mix_ramp_to(&r->ramp[s][l], c, m->legs >> l & 1 ? rnd_lin() : 0);
        }
    }
}

/** Mix in chunks as the engine does: the chunk's frames at the start of every buffer. */
static void mix_chunks(const struct kernels *k, struct mix_rig *r, unsigned legs, unsigned nsrc,
                       unsigned trial) {
    static struct mix_src src[SOURCES];
    float *out[MAX_LEGS];
    for (unsigned l = 0; l < legs; l++)
        out[l] = r->chunk_out[l];
    for (unsigned p = 0, n; p < SPAN_FRAMES; p += n) {
        n = next_chunk(trial, p);
        for (unsigned s = 0; s < nsrc; s++) {
            memset(r->chunk_y[s], 0xff, sizeof r->chunk_y[s]);
            memcpy(r->chunk_y[s], r->y[s] + p, n * sizeof(float));
            src[s] = r->src[s];
            src[s].y = r->chunk_y[s];
        }
        k->mix(out, legs, src, nsrc, n, p);
        for (unsigned l = 0; l < legs; l++)
            memcpy(r->part[l] + p, out[l], n * sizeof(float));
    }
}

static void mixes(void **state) {
    (void)state;
    static struct mix_rig r;
    static const unsigned counts[] = {0, 1, 31, 32, 33, SOURCES};
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 72; trial++) {
            unsigned nsrc = counts[trial % 6], legs = 1 + trial % MAX_LEGS;
            mix_fill(&r, nsrc, trial % 3, trial % 5);
            float *out[MAX_LEGS];
            for (unsigned l = 0; l < legs; l++)
                out[l] = r.whole[l];
            memset(r.whole, 0xff, sizeof r.whole);
            k->mix(out, legs, r.src, nsrc, SPAN_FRAMES, 0);
            mix_chunks(k, &r, legs, nsrc, trial % 4);
            for (unsigned l = 0; l < legs; l++) {
                assert_memory_equal(r.whole[l], r.part[l], sizeof r.whole[l]);
                for (unsigned p = 0; p < SPAN_FRAMES; p++) {
                    double sum = 0;
                    for (unsigned s = 0; s < nsrc; s++) {
                        const struct mix_src *m = &r.src[s];
                        if (!(m->legs >> l & 1))
                            continue;
                        double a = (double)r.ramp[s][l].g_lin[p / 16];
                        double b = a + (double)r.ramp[s][l].step_lin[p / 16];
                        double g =
                            m->ramp ? a + (b - a) * (p % 16 + 1) / 16.0 : (double)m->g_lin[l];
                        sum += g * (double)r.y[s][p];
                    }
                    assert_near((double)r.whole[l][p], sum, 2e-5, "mix");
                }
            }
        }
    }
}

/** Moving with equal ends is static; a bus with one leg is that leg of a wide bus. */
static void mix_ways_agree(void **state) {
    (void)state;
    static struct mix_rig r;
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 20; trial++) {
            mix_fill(&r, SOURCES, trial % 3, 0);
            float *out[MAX_LEGS];
            for (unsigned l = 0; l < MAX_LEGS; l++)
                out[l] = r.whole[l];
            k->mix(out, MAX_LEGS, r.src, SOURCES, SPAN_FRAMES, 0);
            for (unsigned l = 0; l < MAX_LEGS; l++) {
                float *one = r.chunk_out[0];
                static struct mix_src src[SOURCES];
                for (unsigned s = 0; s < SOURCES; s++) {
                    src[s] = r.src[s];
                    src[s].legs = (r.src[s].legs >> l) & 1;
                    src[s].g_lin[0] = r.src[s].g_lin[l];
                }
                k->mix(&one, 1, src, SOURCES, SPAN_FRAMES, 0);
                assert_memory_equal(one, r.whole[l], sizeof r.whole[l]);
            }
            for (unsigned s = 0; s < SOURCES; s++) {
                if (!(rnd() & 1))
                    continue;
                for (unsigned l = 0; l < MAX_LEGS; l++)
                    mix_ramp_to(&r.ramp[s][l], 0,
                                r.src[s].legs >> l & 1 ? r.src[s].g_lin[l] : 0.0F);
                r.src[s].ramp = r.ramp[s];
            }
            for (unsigned l = 0; l < MAX_LEGS; l++)
                out[l] = r.part[l];
            k->mix(out, MAX_LEGS, r.src, SOURCES, SPAN_FRAMES, 0);
            assert_memory_equal(r.whole, r.part, sizeof r.whole);
        }
    }
}

/** Coefficients of any stable section: g up to 3, damping k up to 2, outputs up to 1. */
static void random_coefs(lanes_t *coef, unsigned l) {
    double g = 0.001 + 3.0 * fabs((double)rnd_lin()), k = 0.05 + 2.0 * fabs((double)rnd_lin());
    double a1 = 1.0 / (1.0 + g * (g + k));
    coef[0][l] = (float)(2.0 * (1.0 - a1));
    coef[1][l] = (float)(2.0 * g * a1);
    coef[2][l] = (float)(2.0 * g * g * a1);
    for (unsigned j = 3; j < 6; j++)
        coef[j][l] = 0.5F * rnd_lin();
}

struct svf_rig {
    _Alignas(64) struct svf_chain whole, part;
    _Alignas(64) float goal[SVF_SECTIONS][SVF_COEFS][LANES];
    _Alignas(64) lanes_t in[SPAN_FRAMES], x[SPAN_FRAMES], y[SPAN_FRAMES];
};

/** The same chain in double, written from the filter's definition. */
static double svf_reference(const struct svf_rig *r, const struct svf_chain *c, unsigned sections,
                            unsigned moving, unsigned l, double (*s)[2], unsigned p, double x) {
    for (unsigned i = 0; i < SVF_SECTIONS; i++) {
        if (!(sections >> i & 1))
            continue;
        double v[SVF_COEFS];
        for (unsigned j = 0; j < SVF_COEFS; j++) {
            double a = (double)c->coef[i][j][l], b = (double)r->goal[i][j][l];
            v[j] = moving >> i & 1 ? a + (b - a) * (p + 1) / 64.0 : a;
        }
        double a1 = 1.0 - v[0] / 2, a2 = v[1] / 2, a3 = v[2] / 2, v3 = x - s[i][1];
        double v1 = a1 * s[i][0] + a2 * v3, v2 = s[i][1] + a2 * s[i][0] + a3 * v3;
        s[i][0] = 2 * v1 - s[i][0];
        s[i][1] = 2 * v2 - s[i][1];
        x = v[3] * x + 2 * v[4] * v1 + 2 * v[5] * v2;
    }
    return x;
}

static void svf_chains(void **state) {
    (void)state;
    static struct svf_rig r;
    const struct kernels *k;
    typedef float coefs_t[SVF_COEFS][LANES];
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 60; trial++) {
            unsigned sections = trial ? rnd() & 0x3ff : 0x3ff,
                     moving = trial & 1 ? rnd() & 0x3ff : 0;
            memset(&r, 0, sizeof r);
            for (unsigned i = 0; i < SVF_SECTIONS; i++)
                for (unsigned l = 0; l < LANES; l++) {
                    random_coefs(r.whole.coef[i], l);
                    random_coefs(r.goal[i], l);
                }
            fill(r.whole.state[0][0], sizeof r.whole.state / sizeof(float));
            fill(r.in[0], SPAN_FRAMES * LANES);
            r.part = r.whole;
            struct svf_chain start = r.whole;
            memcpy(r.x, r.in, sizeof r.in);
            memcpy(r.y, r.in, sizeof r.in);
            k->svf(r.x, SPAN_FRAMES, 0, &r.whole, sections, (const coefs_t *)r.goal, moving);
            for (unsigned p = 0, n; p < SPAN_FRAMES; p += n) {
                n = next_chunk(trial / 2, p);
                k->svf(r.y + p, n, p, &r.part, sections, (const coefs_t *)r.goal, moving);
            }
            assert_memory_equal(r.x, r.y, sizeof r.x);
            assert_memory_equal(&r.whole, &r.part, sizeof r.whole);
            float largest = 0.0F;
            for (unsigned l = 0; l < LANES; l++) {
                double s[SVF_SECTIONS][2];
                for (unsigned i = 0; i < SVF_SECTIONS; i++)
                    for (unsigned j = 0; j < 2; j++) {
                        s[i][j] = (double)start.state[i][j][l];
                        if (sections >> i & 1)
                            largest = fmaxf(largest, fabsf(r.whole.state[i][j][l]));
                    }
                for (unsigned p = 0; p < SPAN_FRAMES; p++) {
                    double want =
                        svf_reference(&r, &start, sections, moving, l, s, p, (double)r.in[p][l]);
                    assert_near((double)r.x[p][l], want, 1e-5 * fmax(1.0, fabs(want)), "svf");
                }
            }
            assert_near((double)k->svf_largest(&r.whole, sections), (double)largest, 0, "largest");
        }
    }
}

static void products(void **state) {
    (void)state;
    static float a[SPAN_FRAMES + 2], g[SPAN_FRAMES], x[SPAN_FRAMES + 2];
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned n = 0; n <= SPAN_FRAMES; n++) {
            fill(a, SPAN_FRAMES + 2);
            fill(g, SPAN_FRAMES);
            memcpy(x, a, sizeof x);
            k->product(x + 1, a + 1, g, n);
            for (unsigned i = 0; i < n; i++)
                assert_true(x[1 + i] == a[1 + i] * g[i]);
            assert_true(x[0] == a[0] && x[1 + n] == a[1 + n]);
        }
    }
}

static void crossfades(void **state) {
    (void)state;
    static _Alignas(64) lanes_t a[SPAN_FRAMES], b[SPAN_FRAMES], x[SPAN_FRAMES], y[SPAN_FRAMES];
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 40; trial++) {
            _Alignas(64) float pos[LANES];
            fill(a[0], SPAN_FRAMES * LANES);
            fill(b[0], SPAN_FRAMES * LANES);
            for (unsigned l = 0; l < LANES; l++)
                pos[l] = l % 4 ? 64.0F * (float)((int)(rnd() % 20) - 4) : -INFINITY;
            memcpy(x, a, sizeof a);
            memcpy(y, a, sizeof a);
            k->crossfade(x, (const lanes_t *)b, SPAN_FRAMES, 0, pos, 960.0F);
            for (unsigned p = 0, n; p < SPAN_FRAMES; p += n) {
                n = next_chunk(trial, p);
                k->crossfade(y + p, (const lanes_t *)(b + p), n, p, pos, 960.0F);
            }
            assert_memory_equal(x, y, sizeof x);
            for (unsigned p = 0; p < SPAN_FRAMES; p++)
                for (unsigned l = 0; l < LANES; l++) {
                    double t = fmin(fmax(((double)pos[l] + p + 1) / 960.0, 0.0), 1.0);
                    double w = 0.5 - 0.5 * cos(3.14159265358979 * t);
                    double u = (double)a[p][l], v = (double)b[p][l];
                    assert_near((double)x[p][l], u + (v - u) * w, 4e-7, "crossfade");
                    if (t <= 0.0) /* not fading: not touched */
                        assert_memory_equal(&x[p][l], &a[p][l], sizeof(float));
                }
        }
    }
}

int main(void) {
    seed = 20240229;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(gather_and_scatter),
        cmocka_unit_test(gains_and_meters),
        cmocka_unit_test(scans),
        cmocka_unit_test(mixes),
        cmocka_unit_test(mix_ways_agree),
        cmocka_unit_test(svf_chains),
        cmocka_unit_test(products),
        cmocka_unit_test(crossfades),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
