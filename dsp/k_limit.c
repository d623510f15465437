/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels of the limiter (limiter.h): true peaks of a quad, and the gain that follows from them.
 *
 * The quad that ends with frame e is the last thing known. Peaks are read where the filters have
 * all their frames: from e - 21 to e - 17, both included, at sixteen points a frame:
 *
 *     twice:  o(t + 1/2) = sum over i of half[i] * (x(t - i) + x(t + 1 + i)), i = 0..15
 *             a sinc under a Kaiser window of beta 3
 *     8 times: with s_i = z(-i) + z(1 + i) and d_i = z(-i) - z(1 + i), i = 0..3, of the doubled
 *             rate, point k / 8 is E_k + O_k and point 1 - k / 8 is E_k - O_k,
 *             E_k = sum even[k][i] * s_i, O_k = sum odd[k][i] * d_i;
 *             least squares over 0..0.27 of the doubled rate
 *
 * so the larger magnitude of two mirrored points is |E| + |O|.
 *
 * Near half the rate the first filter is on its way down (as every filter must be), and what it
 * leaves out another interpolator may find. How much there is, is read by `edge`: x times a raised
 * cosine over 40 frames, moved up to half the rate. Twice the most of the last quads' edges is
 * added to the peak. That is more than a longer filter would have found: with an ideal one (of
 * unlimited length), white noise stays below the ceiling too.
 *
 * Where no lane can ask for a gain below the one it has anyway, the work is left out, in three
 * steps: edges, points between, points inside. This never changes a gain: the bounds are sums of
 * the filters' magnitudes. */
#include "dsp/k_all.h"
#include "dsp/limiter.h"

#define QUAD 4
#define SPAN_QUADS (SPAN_FRAMES / QUAD)
#define HALF 16
#define SHORT 4
#define EDGE 20    /* half of its frames */
#define HISTORY 40 /* frames needed in front of a chunk */
#define OLDEST 21  /* from the end of a quad to where its peak is read */
#define ZS 15      /* points of the doubled rate that the peaks of a quad depend on */
#define FAR (HISTORY / QUAD)
#define WINDOW 14 /* quads of the sliding minimum */
#define TRIANGLE 9
#define EDGE_SHARE 2.0F
#define EDGE_MOST 1e37F
/* A sample counts in the filters of 10 quads, and through the edges in 7 more. */
#define NEAR_QUADS 18.0F
/* Sums of magnitudes, with room for rounding: 2.711, 2 more for edges, and 1.619. */
#define BOUND 4.75F
#define BOUND_LONG 2.72F
#define BOUND_SHORT 1.63F
_Static_assert(WINDOW > 8 && WINDOW < 16, "a minimum over twice eight quads");
_Static_assert(LIMITER_STILL_QUADS > WINDOW + LIMITER_RING, "quads that the rings remember");
#define LESS_MIN 7.62939453125e-6F /* 2^-17: -102 dB */

static const float half[HALF] = {0.638445999F,  -0.210801285F,   0.124087964F,   -0.0861130599F,
                                 0.0644230549F, -0.050176323F,   0.0399792744F,  -0.0322534384F,
                                 0.0261668499F, -0.0212402756F,  0.0171784076F,  -0.0137891086F,
                                 0.0109414199F, -0.00854225083F, 0.00652274599F, -0.00482997525F};
static const float even[4][SHORT] = {{0.547204234F, -0.061268366F, 0.0171592426F, -0.00320338149F},
                                     {0.58250825F, -0.107816262F, 0.0309198693F, -0.00580907229F},
                                     {0.60434105F, -0.136889498F, 0.0397981803F, -0.00750520722F},
                                     {0.611728641F, -0.146774428F, 0.0428633365F, -0.00809328495F}};
static const float odd[3][SHORT] = {
    {0.410004574F, -0.0150241072F, 0.00242402103F, -0.000299581305F},
    {0.29076981F, -0.0176133905F, 0.00290989512F, -0.000361911771F},
    {0.150771461F, -0.0111768043F, 0.0018719265F, -0.000233688641F}};
/* sin^2(pi (n + 1/2) / 40) from its middle outwards, sum of both sides 1 */
static const float edge[EDGE] = {0.0499229333F,  0.049309248F,   0.0480969883F,  0.0463160041F,
                                 0.0440101491F,  0.0412362012F,  0.0380624641F,  0.0345670858F,
                                 0.0308361341F,  0.0269614774F,  0.0230385226F,  0.0191638659F,
                                 0.0154329142F,  0.0119375359F,  0.00876379879F, 0.00598985086F,
                                 0.00368399589F, 0.00190301169F, 0.00069075199F, 7.70666567e-05F};
static const float triangle[TRIANGLE] = {1, 2, 3, 4, 5, 4, 3, 2, 1};

typedef float lanes_t[LANES];

/** What is looked at in one call. */
struct view {
    _Alignas(64) lanes_t x[HISTORY + SPAN_FRAMES]; /* the chunk, and what was before it */
    lanes_t top[SPAN_QUADS + FAR - 1];             /* peaks of x, fours that end where quads do */
    lanes_t mid[SPAN_FRAMES + QUAD];               /* points between x; eight belong to a quad */
    lanes_t near[SPAN_QUADS];                      /* > 0: this lane has to be looked at */
    uint32_t look;                                 /* bit per quad: some lane has to */
    unsigned first;                                /* frame at which the first quad ends */
    unsigned quads;                                /* that end in this chunk */
    unsigned mids;                                 /* mid is made up to this quad */
};

INLINE bool any(vi a) {
#if LANES_ID == 3
    return _mm512_movepi32_mask((__m512i)a) != 0;
#elif LANES_ID == 2
    return _mm256_movemask_ps((__m256)a) != 0;
#elif LANES_ID == 1
    return _mm_movemask_ps((__m128)a) != 0;
#else
    return (a[0] | a[1] | a[2] | a[3]) != 0;
#endif
}

/** Peaks of the samples themselves, and which quads need more than that. */
static void judge(struct limiter_bank *b, struct view *w, const float (*x)[LANES], unsigned n,
                  unsigned phase) RT;
static void judge(struct limiter_bank *b, struct view *w, const float (*x)[LANES], unsigned n,
                  unsigned phase) {
    w->first = QUAD - 1 - phase % QUAD;
    w->quads = (phase + n) / QUAD - phase / QUAD;
    w->look = 0;
    for (int v = 0; v < LANES; v += WIDTH) {
        vf peak = vf_load(&b->peak_lin[v]), near = vf_load(&b->near_quads[v]);
        vf last = vf_load(&b->last_aim_lin[v]);
        unsigned t = 0;
        for (unsigned q = 0; q < w->quads; q++) {
            for (; t <= w->first + q * QUAD; t++)
                peak = vf_max(vf_abs(vf_load(&x[t][v])), peak);
            vf aim = vf_load(&b->aim_lin[(phase + t - 1) / CELL_FRAMES][v]);
            vf away = vf_max(near - 1.0F, vf_set(0.0F));
            near = vf_sel((peak * BOUND > aim) | (aim < last), vf_set(NEAR_QUADS), away);
            vf_store(&w->near[q][v], near);
            w->look |= (uint32_t)any(near > 0.0F) << q;
            last = aim;
            peak = vf_set(0.0F);
        }
        for (; t < n; t++)
            peak = vf_max(vf_abs(vf_load(&x[t][v])), peak);
        vf_store(&b->peak_lin[v], peak);
        vf_store(&b->near_quads[v], near);
        vf_store(&b->last_aim_lin[v], last);
    }
}

static void look_back(const struct limiter_bank *b, struct view *w, const float (*x)[LANES],
                      unsigned n) RT;
static void look_back(const struct limiter_bank *b, struct view *w, const float (*x)[LANES],
                      unsigned n) {
    unsigned from = b->at + LIMITER_LATENCY_FRAMES - HISTORY;
    for (unsigned i = 0; i < HISTORY; i++)
        memcpy(w->x[i], b->past[(from + i) % LIMITER_LATENCY_FRAMES], sizeof w->x[i]);
    memcpy(w->x[HISTORY], x, n * sizeof *x);
    w->mids = 0;
    for (unsigned i = 0; i < w->quads + FAR - 1; i++) {
        const float(*c)[LANES] = (const float(*)[LANES])w->x + w->first + 1 + i * QUAD;
        for (int v = 0; v < LANES; v += WIDTH) {
            vf top = vf_abs(vf_load(&c[0][v]));
            UNROLL for (int k = 1; k < QUAD; k++) top = vf_max(vf_abs(vf_load(&c[k][v])), top);
            vf_store(&w->top[i][v], top);
        }
    }
}

/** to[j] = the point between x[j] and x[j + 1], of `count` (a multiple of 4) points. */
static void between(float (*to)[LANES], const float (*x)[LANES], unsigned count) RT;
static void between(float (*to)[LANES], const float (*x)[LANES], unsigned count) {
    for (int v = 0; v < LANES; v += WIDTH) {
        for (unsigned j = 0; j < count; j += 4) {
            /* x(t - i) and x(t + 1 + i) of four points t; one frame of each is new with every i */
            const float(*c)[LANES] = x + j;
            vf lo[4], hi[4], sum[4];
            UNROLL for (int k = 0; k < 4; k++) {
                lo[k] = vf_load(&c[k][v]);
                hi[k] = vf_load(&c[k + 1][v]);
                sum[k] = half[0] * (lo[k] + hi[k]);
            }
            UNROLL for (int i = 1; i < HALF; i++) {
                lo[3] = lo[2], lo[2] = lo[1], lo[1] = lo[0], lo[0] = vf_load(&c[-i][v]);
                hi[0] = hi[1], hi[1] = hi[2], hi[2] = hi[3], hi[3] = vf_load(&c[4 + i][v]);
                UNROLL for (int k = 0; k < 4; k++) sum[k] =
                    vf_fma(lo[k] + hi[k], vf_set(half[i]), sum[k]);
            }
            UNROLL for (int k = 0; k < 4; k++) vf_store(&to[j + (unsigned)k][v], sum[k]);
        }
    }
}

/** What is near half the rate in the 40 frames that end with x[0]. */
INLINE vf read_edge(const float (*x)[LANES], int v) {
    vf sum[2];
    UNROLL for (int i = 0; i < EDGE; i += 2) { /* neighbours count with opposite signs */
        UNROLL for (int k = 0; k < 2; k++) {
            vf d = vf_load(&x[-EDGE - i - k][v]) - vf_load(&x[1 - EDGE + i + k][v]);
            vf c = vf_set(k ? -edge[i + k] : edge[i + k]);
            sum[k] = i ? vf_fma(d, c, sum[k]) : d * c;
        }
    }
    return vf_min(vf_abs(sum[0] + sum[1]), vf_set(EDGE_MOST)); /* also in place of a NaN */
}

/** Largest magnitude of the seven points inside the interval from z[0] to z[1]. */
INLINE vf inside(const vf *z) {
    vf s[SHORT], d[SHORT];
    UNROLL for (int i = 0; i < SHORT; i++) {
        s[i] = z[-i] + z[1 + i];
        d[i] = z[-i] - z[1 + i];
    }
    vf top = {0};
    UNROLL for (int k = 0; k < 4; k++) {
        vf e = s[0] * even[k][0];
        UNROLL for (int i = 1; i < SHORT; i++) e = vf_fma(s[i], vf_set(even[k][i]), e);
        e = vf_abs(e);
        if (k < 3) {
            vf o = d[0] * odd[k][0];
            UNROLL for (int i = 1; i < SHORT; i++) o = vf_fma(d[i], vf_set(odd[k][i]), o);
            e += vf_abs(o);
        }
        top = vf_max(e, top);
    }
    return top;
}

/** The gain that the quad ending with x[0] asks for, or 1 if that is above `free`; mid[0] follows
 *  the oldest point needed. */
INLINE vf ask(const float (*x)[LANES], const float (*mid)[LANES], int v, vf aim, vf free, vi near,
              vf edges) {
    vf z[ZS];
    UNROLL for (int i = 0; i < ZS; i++) z[i] =
        i % 2 ? vf_load(&x[-OLDEST - 1 + i / 2][v]) : vf_load(&mid[i / 2][v]);
    vf peak = {0}, top = {0};
    UNROLL for (int i = 0; i < ZS; i++) {
        top = vf_max(vf_abs(z[i]), top);
        if (i >= SHORT - 1 && i < ZS - SHORT + 1)
            peak = vf_max(vf_abs(z[i]), peak);
    }
    vi loud = ((top * BOUND_SHORT + edges) * free > aim) & near;
    if (any(loud)) {
        UNROLL for (int i = SHORT - 1; i < ZS - SHORT; i++) peak = vf_max(inside(z + i), peak);
    }
    peak += edges;
    return vf_sel((peak > aim) & loud, aim / peak, vf_set(1.0F));
}

/** The gain to come if nothing loud does; *back: what is then left of 1 - gain. */
INLINE vf unasked(const struct limiter_bank *b, unsigned cell, int v, vf *back) {
    vf less = vf_load(&b->less[v]) * vf_load(&b->keep[cell][v]);
    *back = vf_sel(less < LESS_MIN, vf_set(0.0F), less);
    vf gain = vf_sel(vf_load(&b->wait_quads[v]) > 0.0F, vf_load(&b->held[v]), 1.0F - *back);
    return vf_sel(vf_load(&b->fresh_quads[v]) > 0.0F, vf_set(1.0F), gain);
}

/** Gains that the i-th quad of the chunk asks for, legs of strips still apart. What asks for no
 *  less than the gain that is there anyway is not looked at closely.
 *  @return whether any is less than 1 */
static bool ask_lanes(struct limiter_bank *b, struct view *w, unsigned i, unsigned cell,
                      float gain[LANES]) RT;
static bool ask_lanes(struct limiter_bank *b, struct view *w, unsigned i, unsigned cell,
                      float gain[LANES]) {
    const float(*x)[LANES] = (const float(*)[LANES])w->x + HISTORY + w->first + i * QUAD;
    float *now = b->edge_lin[b->quad % LIMITER_EDGES];
    _Alignas(64) float edges[LANES], free[LANES];
    bool close = false, less_than_one = false;
    for (int v = 0; v < LANES; v += WIDTH) {
        vi near = vf_load(&w->near[i][v]) > 0.0F;
        vf_store(now + v, vf_sel(near, read_edge(x, v), vf_set(0.0F)));
        vf most = vf_load(&b->edge_lin[0][v]), top = vf_load(&w->top[i][v]), back;
        UNROLL for (int j = 1; j < LIMITER_EDGES; j++) most =
            vf_max(vf_load(&b->edge_lin[j][v]), most);
        UNROLL for (unsigned j = 1; j < FAR; j++) top = vf_max(vf_load(&w->top[i + j][v]), top);
        most *= EDGE_SHARE;
        vf unless = unasked(b, cell, v, &back);
        close |= any(((top * BOUND_LONG + most) * unless > vf_load(&b->aim_lin[cell][v])) & near);
        vf_store(edges + v, most);
        vf_store(free + v, unless);
        vf_store(gain + v, vf_set(1.0F));
    }
    if (!close)
        return false;
    float(*mid)[LANES] = w->mid + i * QUAD;
    if (i && w->mids == i)
        between(mid + QUAD, x - OLDEST - 2 + QUAD, QUAD);
    else
        between(mid, x - OLDEST - 2, 2 * QUAD);
    w->mids = i + 1;
    for (int v = 0; v < LANES; v += WIDTH) {
        vf g = ask(x, (const float(*)[LANES])mid, v, vf_load(&b->aim_lin[cell][v]),
                   vf_load(free + v), vf_load(&w->near[i][v]) > 0.0F, vf_load(edges + v));
        less_than_one |= any(g < 1.0F);
        vf_store(gain + v, g);
    }
    return less_than_one;
}

/** One gain for all legs of a strip. */
static void link(const struct limiter_bank *b, float gain[LANES]) RT;
static void link(const struct limiter_bank *b, float gain[LANES]) {
    for (unsigned i = 0; i < b->links; i++) {
        float *leg = gain + b->link[i].lane, least = leg[0];
        for (unsigned l = 1; l < b->link[i].legs; l++)
            least = leg[l] < least ? leg[l] : least;
        for (unsigned l = 0; l < b->link[i].legs; l++)
            leg[l] = least;
    }
}

/** Hold, release, sliding minimum and triangle: from what a quad asks for to the gain at the end of
 *  the next. @return whether any lane holds less than 1 */
static bool follow(struct limiter_bank *b, const float gain[LANES], unsigned cell) RT;
static bool follow(struct limiter_bank *b, const float gain[LANES], unsigned cell) {
    bool less_than_one = false;
    const unsigned at = b->quad % LIMITER_RING;
    for (int v = 0; v < LANES; v += WIDTH) {
        vf g = vf_load(gain + v), less = vf_load(&b->less[v]), wait = vf_load(&b->wait_quads[v]);
        vf one = vf_set(1.0F), zero = vf_set(0.0F);
        vf back, free = unasked(b, cell, v, &back), fresh = vf_load(&b->fresh_quads[v]);
        vi waits = wait > zero, holds = fresh <= zero;
        vf_store(&b->fresh_quads[v], vf_max(fresh - 1.0F, zero));
        vi hit = g <= free;
        free = vf_sel(hit, g, free);
        vf_store(&b->held[v], free);
        less = vf_sel(hit, one - g, vf_sel(waits, less, back));
        wait = vf_sel(hit, vf_sel(g < one, vf_load(&b->hold_quads[cell][v]), zero),
                      vf_max(wait - 1.0F, zero));
        vf_store(&b->less[v], vf_sel(holds, less, zero));
        vf_store(&b->wait_quads[v], vf_sel(holds, wait, zero));
        less_than_one |= any(free < one);
        vf least = free; /* over 1, 2, 4, 8 and then 14 quads */
        UNROLL for (unsigned k = 0; k < 4; k++) {
            const unsigned before = b->quad - (k < 3 ? 1U << k : WINDOW - 8U);
            vf_store(&b->floor[k][b->quad % 8][v], least);
            least = vf_min(vf_load(&b->floor[k][before % 8][v]), least);
        }
        vf_store(&b->least[at][v], least);
        vf sum = least;
        UNROLL for (unsigned i = 1; i < TRIANGLE; i++) sum =
            vf_fma(vf_load(&b->least[(at - i) % LIMITER_RING][v]), vf_set(triangle[i]), sum);
        vf_store(&b->start[v], vf_load(&b->goal[v]));
        vf_store(&b->goal[v], sum * 0.04F);
    }
    return less_than_one;
}

/** A quad is over. */
static void turn(struct limiter_bank *b, struct view *w, unsigned i, unsigned phase) RT;
static void turn(struct limiter_bank *b, struct view *w, unsigned i, unsigned phase) {
    _Alignas(64) float gain[LANES];
    const unsigned cell = (phase + w->first + i * QUAD) / CELL_FRAMES;
    bool loud = false;
    b->quad++;
    if (w->look >> i & 1) {
        loud = ask_lanes(b, w, i, cell, gain);
        link(b, gain);
    } else {
        memset(b->edge_lin[b->quad % LIMITER_EDGES], 0, sizeof b->edge_lin[0]);
        for (int v = 0; v < LANES; v += WIDTH)
            vf_store(gain + v, vf_set(1.0F));
    }
    if (!loud && b->still_quads >= LIMITER_STILL_QUADS)
        return; /* all that is remembered is 1 */
    if (follow(b, gain, cell))
        b->still_quads = 0;
    else if (b->still_quads < LIMITER_STILL_QUADS)
        b->still_quads++;
}

/** Gains of frames [t, end), which are in one quad. */
static void put(struct limiter_bank *b, float (*g)[LANES], unsigned t, unsigned end, unsigned phase)
    RT;
static void put(struct limiter_bank *b, float (*g)[LANES], unsigned t, unsigned end,
                unsigned phase) {
    const unsigned cell = (phase + t) / CELL_FRAMES;
    if (b->still_quads >= LIMITER_STILL_QUADS) {
        for (unsigned i = t; i < end; i++)
            for (int v = 0; v < LANES; v += WIDTH)
                vf_store(&g[i][v], vf_set(1.0F));
        return;
    }
    for (int v = 0; v < LANES; v += WIDTH) {
        vf start = vf_load(&b->start[v]), goal = vf_load(&b->goal[v]), low = vf_load(&b->low[v]);
        vf wet = vf_load(&b->wet[cell][v]), wetter = vf_load(&b->wet[cell + 1][v]) - wet;
        for (unsigned i = t; i < end; i++) {
            float place = (float)((phase + i) % QUAD + 1) * (1.0F / QUAD);
            vf a = vf_fma(goal, vf_set(place), start * (1.0F - place));
            vf share = vf_fma(wetter, vf_set(cell_weight[(phase + i) % CELL_FRAMES]), wet);
            a = vf_fma(share, a, 1.0F - share);
            low = vf_min(a, low);
            vf_store(&g[i][v], a);
        }
        vf_store(&b->low[v], low);
    }
}

bool K(limit_gain)(struct limiter_bank *b, const float (*x)[LANES], float (*g)[LANES], unsigned n,
                   unsigned phase) {
    struct view w;
    judge(b, &w, x, n, phase);
    if (w.look)
        look_back(b, &w, x, n);
    bool moved = false;
    unsigned t = 0;
    for (unsigned i = 0; i <= w.quads && t < n; i++) {
        unsigned end = i < w.quads ? w.first + i * QUAD + 1 : n;
        moved |= b->still_quads < LIMITER_STILL_QUADS;
        put(b, g, t, end, phase);
        t = end;
        if (i < w.quads)
            turn(b, &w, i, phase);
    }
    return moved;
}

void K(limit_delay)(struct limiter_bank *b, float (*x)[LANES], const float (*g)[LANES],
                    unsigned n) {
    for (unsigned t = 0; t < n; t++) {
        float *old = b->past[(b->at + t) % LIMITER_LATENCY_FRAMES];
        for (int v = 0; v < LANES; v += WIDTH) {
            vf y = vf_load(old + v);
            vf_store(old + v, vf_load(&x[t][v]));
            vf_store(&x[t][v], g ? y * vf_load(&g[t][v]) : y);
        }
    }
    b->at = (b->at + n) % LIMITER_LATENCY_FRAMES;
}
