/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits of one second-order section to its analogue prototype, for sixteen lanes at once, in double.
 *
 * Everything happens in X = tan^2(w / 2), w in radians per sample. There a digital section's
 * squared magnitude is
 *
 *     (b0 + b1 X + b2 X^2) / (1 + a1 X + a2 X^2)
 *
 * with b0 the gain at DC and b2 / a2 that at Nyquist, and a state-variable filter follows without a
 * detour over biquad coefficients (which lose digits at low frequencies):
 *
 *     g = a2^(-1/4)   k^2 = a1 g^2 + 2   n0 = sqrt(b0)   n2 = g^2 sqrt(b2)
 *     n1^2 = b1 g^2 + 2 n0 n2            H = (n0 + n1 s + n2 s^2) / (1 + k s + s^2)
 *
 * The idea of matching magnitudes at chosen frequencies instead of warping the whole axis is
 * S. Orfanidis', "Digital Parametric Equalizer Design with Prescribed Nyquist-Frequency Gain", JAES
 * 45(6), 1997, and M. Vicanek's, "Matched Second Order Digital Filters", 2016. The choice of points
 * here is our own: each shape says which. Cuts are inverted boosts.
 *
 * Nyquist gains are read from the prototype a little below where they belong (RELAX): an exact
 * match at Nyquist errs below it, the other way round than the impulse-invariant poles do. */
#include "dsp/k_all.h"

#define PI 3.14159265358979323846
#define DOUBLES (WIDTH / 2)
#define RELAX_BELL 0.82
#define RELAX_NOTCH 0.82
#define RELAX_PASS 0.85
#define RELAX_LOW_PASS 0.85

/** What a fit finds; see the top. */
struct fit {
    vd a1, a2, b0, b1, b2;
};

/** What a fit starts from. */
struct proto {
    vd w0;   /* radians per sample */
    vd x0;   /* tan^2(w0 / 2) */
    vd q;    /* of the prototype */
    vd a;    /* 10^(|gain_db| / 40), >= 1 */
    vd turn; /* Nyquist frequency / w0, > 1 */
};

INLINE vd sq(vd a) {
    return a * a;
}

static const double factorial[] = {479001600, 39916800, 3628800, 362880, 40320, 5040, 720,
                                   120,       24,       6,       2,      1,     1};

INLINE vd vd_exp(vd x) {
    x = vd_min(vd_max(x, vd_set(-600.0)), vd_set(600.0));
    const double magic = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
    vd n = x * 1.44269504088896340736 + magic;
    vl e = (vl)n - (vl)vd_set(magic);
    n -= magic;
    vd r = x - n * 6.93147180369123816490e-01;
    r -= n * 1.90821492927058770002e-10;
    vd p = vd_set(1.0 / 6227020800.0);
    UNROLL for (int i = 0; i < 13; i++) p = p * r + 1.0 / factorial[i];
    return (vd)((vl)p + (e << 52));
}

/** Sine and cosine on 0..pi/2, Taylor to degree 22. */
INLINE vd vd_sin(vd x) {
    vd x2 = x * x, p = vd_set(0.0);
    UNROLL for (int i = 21; i >= 3; i -= 2) p = (1.0 - p) * x2 * (1.0 / (i * (i - 1)));
    return x - x * p;
}
INLINE vd vd_cos(vd x) {
    vd x2 = x * x, p = vd_set(0.0);
    UNROLL for (int i = 22; i >= 2; i -= 2) p = (1.0 - p) * x2 * (1.0 / (i * (i - 1)));
    return 1.0 - p;
}

/** X of a frequency below Nyquist. */
INLINE vd warp(vd w) {
    return sq(vd_sin(w * 0.5) / vd_cos(w * 0.5));
}

/** Band-pass: peak value and position, DC skirt, Nyquist. */
INLINE struct fit fit_band_pass(const struct proto *p) {
    vd turn = 1.0 + (p->turn - 1.0) * RELAX_PASS;
    vd u = sq(1.0 - turn * turn), v = sq(turn / p->q);
    struct fit f;
    f.a2 = (u + v) / (u * sq(p->x0));
    f.b0 = vd_set(0.0);
    f.b1 = 4.0 / sq(p->w0 * p->q);
    f.b2 = f.a2 * v / (u + v);
    f.a1 = f.b1 - 2.0 / p->x0;
    return f;
}

/** Bell boost: DC, peak value and position, Nyquist, and the lower of the two frequencies at which
 *  the gain in dB is half the peak's. */
INLINE struct fit fit_bell(const struct proto *p) {
    vd turn = 1.0 + (p->turn - 1.0) * RELAX_BELL;
    vd g = sq(p->a);
    vd u = sq(1.0 - turn * turn), v = sq(turn / p->q) / g;
    vd half = 0.5 / p->q;
    vd x1 = warp((vd_sqrt(1.0 + half * half) - half) * p->w0);
    struct fit f;
    f.a2 = (u + v) / (u * sq(p->x0));
    f.a1 = (1.0 / x1 - x1 * (v * g - u) / (u * sq(p->x0)) - 2.0 * (g + 1.0) / p->x0) / g;
    f.b0 = vd_set(1.0);
    f.b1 = g * g * f.a1 + 2.0 * (g * g - 1.0) / p->x0;
    f.b2 = f.a2 * (u + v * g * g) / (u + v);
    return f;
}

/** Notch: zeros in place, DC, Nyquist; the skirt is a mean of the one that is exact at the zero and
 *  the one that is exact at DC. */
INLINE struct fit fit_notch(const struct proto *p) {
    vd turn = 1.0 + (p->turn - 1.0) * RELAX_NOTCH;
    vd u = sq(1.0 - turn * turn), v = sq(turn / p->q);
    struct fit f;
    f.b0 = vd_set(1.0);
    f.b1 = -2.0 / p->x0;
    f.b2 = 1.0 / sq(p->x0);
    f.a2 = f.b2 * (u + v) / u;
    vd slope2 = sq(p->w0 * (1.0 + p->x0)) / p->x0; /* (dX/dw w0 / X0)^2 */
    vd at_zero = (slope2 / sq(2.0 * p->q) - 1.0 - f.a2 * sq(p->x0)) / p->x0;
    vd at_dc = f.b1 + 4.0 / sq(p->w0 * p->q);
    f.a1 = 0.6 * at_zero + 0.4 * at_dc;
    return f;
}

/** High-pass: DC skirt, corner, Nyquist. */
INLINE struct fit fit_high_pass(const struct proto *p) {
    vd turn2 = sq(1.0 + (p->turn - 1.0) * RELAX_PASS);
    struct fit f;
    f.b0 = f.b1 = vd_set(0.0);
    f.b2 = 16.0 / sq(sq(p->w0));
    f.a2 = f.b2 * (sq(1.0 - turn2) + turn2 / sq(p->q)) / sq(turn2);
    f.a1 = (f.b2 * sq(p->x0 / p->q) - 1.0 - f.a2 * sq(p->x0)) / p->x0;
    return f;
}

INLINE vd low_pass_power(vd turn2, vd q) {
    return 1.0 / (sq(1.0 - turn2) + turn2 / sq(q));
}

/** Poles of the analogue resonance at w by impulse invariance: places them right as long as they
 *  stay below Nyquist. */
INLINE void impulse_poles(struct fit *f, vd w, vd q) {
    vd r = 0.5 / q, root = vd_sqrt(vd_max(r * r - 1.0, 1.0 - r * r));
    vd damp = vd_exp(-r * w);
    vd half = vd_sin(vd_min(root * w, vd_set(PI)) * 0.5);
    vd round = -2.0 * damp * (1.0 - 2.0 * half * half);
    vd split = -(vd_exp((root - r) * w) + vd_exp(-(root + r) * w));
    vd c1 = vd_sel(r <= 1.0, round, split), c2 = damp * damp;
    vd d0 = sq(1.0 + c1 + c2), d1 = sq(1.0 - c1 + c2);
    f->a1 = (d0 + d1 - 16.0 * c2) / d0;
    f->a2 = d1 / d0;
}

/** Low-pass: impulse-invariant poles; DC, corner, Nyquist. */
INLINE struct fit fit_low_pass(const struct proto *p) {
    struct fit f;
    impulse_poles(&f, p->w0, p->q);
    vd wm = vd_min(p->w0, vd_set(2.2)), xm = warp(wm), h = low_pass_power(sq(wm / p->w0), p->q);
    f.b0 = vd_set(1.0);
    f.b2 = f.a2 * low_pass_power(sq(1.0 + (p->turn - 1.0) * RELAX_LOW_PASS), p->q);
    f.b1 = (h * (1.0 + (f.a1 + f.a2 * xm) * xm) - 1.0) / xm - f.b2 * xm;
    return f;
}

/* -- shelves ----------------------------------------------------------------------------------
 * All four are one: the low shelf's boost a^2 (zeros at w0 sqrt(a)) / (poles at w0 / sqrt(a)), its
 * inverse, and both times a constant for the high shelf. The boost's poles are always below
 * Nyquist; its zeros need not be. */

/** Squared magnitude of the low shelf's boost at t2 = (w / w0)^2, as numerator and denominator. */
INLINE void shelf_power(const struct proto *p, vd t2, vd *num, vd *den) {
    vd d = p->a * t2 / sq(p->q);
    *num = sq(p->a) * (sq(p->a - t2) + d);
    *den = sq(1.0 - p->a * t2) + d;
}

/** Flat shelves: impulse-invariant poles; DC, the middle of the slope, Nyquist. */
INLINE struct fit fit_shelf_flat(const struct proto *p) {
    struct fit f;
    impulse_poles(&f, p->w0 / vd_sqrt(p->a), p->q);
    f.b0 = sq(sq(p->a));
    vd num, den;
    shelf_power(p, sq(p->turn), &num, &den);
    f.b2 = f.a2 * num / den;
    vd wm = vd_min(p->w0, vd_set(2.2)), xm = warp(wm);
    shelf_power(p, sq(wm / p->w0), &num, &den);
    f.b1 = (num / den * (1.0 + (f.a1 + f.a2 * xm) * xm) - f.b0) / xm - f.b2 * xm;
    return f;
}

INLINE void fit_sel(struct fit *to, vl mask, const struct fit *from) {
    to->a1 = vd_sel(mask, from->a1, to->a1);
    to->a2 = vd_sel(mask, from->a2, to->a2);
    to->b0 = vd_sel(mask, from->b0, to->b0);
    to->b1 = vd_sel(mask, from->b1, to->b1);
    to->b2 = vd_sel(mask, from->b2, to->b2);
}

INLINE bool any(vl mask) {
    int64_t m = 0;
    for (int i = 0; i < DOUBLES; i++)
        m |= mask[i];
    return m != 0;
}

/** Numerator with the boost's value and slope at w, given the poles in f. */
INLINE void shelf_touch(const struct proto *p, struct fit *f, vd w) {
    vd x = warp(w), stretch = w * (1.0 + x) / vd_sqrt(x); /* w dX/dw / X */
    vd t2 = sq(w / p->w0), d = p->a / sq(p->q), num, den;
    shelf_power(p, t2, &num, &den);
    vd num1 = sq(p->a) * (d - 2.0 * (p->a - t2)), den1 = d - 2.0 * p->a * (1.0 - p->a * t2);
    vd h = num / den, h1 = (num1 - h * den1) / den * (2.0 * t2) / (stretch * x);
    vd pole = 1.0 + (f->a1 + f->a2 * x) * x, pole1 = f->a1 + 2.0 * f->a2 * x;
    vd value = h * pole, slope = h1 * pole + h * pole1;
    f->b2 = (slope * x - value + f->b0) / sq(x);
    f->b1 = slope - 2.0 * f->b2 * x;
}

/** A numerator that can be built: finite at Nyquist, zeros of Q 50 at most. */
INLINE void shelf_clamp(struct fit *f, double least) {
    f->b2 = vd_max(f->b2, 1e-9 * f->a2);
    f->b1 = vd_max(f->b1, -least * vd_sqrt(f->b0 * f->b2));
}

enum { POINTS = 16, DENSE = 7, FENCE = 5, ROUNDS = 8 };
#define TOP (PI / 1.2) /* 20 kHz at 48 kHz */
#define FENCE_WEIGHT 0.05
#define NEAR (0.3 * PI) /* below, both numerators are the same for the ear */

static const double fence_at[FENCE] = {0.845 * PI, 0.86 * PI, 0.88 * PI, 0.91 * PI, 0.95 * PI};

/** Where a numerator is compared with what it should be, and where it only has to be positive. */
struct points {
    vd x[POINTS], want[POINTS], unwant[POINTS]; /* unwant: 1 / want */
    vd fence[FENCE];
};

/** Up to TOP, and denser over the zeros' resonance; the fence stands from there to Nyquist. */
INLINE void shelf_points(const struct proto *p, const struct fit *f, vd wz, struct points *to) {
    for (int i = 0; i < POINTS; i++) {
        vd dense = wz * (1.0 + (i - DENSE / 2) * 0.35 / p->q), num, den;
        vd even = vd_set(TOP * (0.3 + 0.7 * (i - DENSE) / (POINTS - DENSE - 1)));
        vd w = vd_min(i < DENSE ? dense : even, vd_set(TOP)), x = warp(w);
        shelf_power(p, sq(w / p->w0), &num, &den);
        to->x[i] = x;
        to->want[i] = num / den * (1.0 + (f->a1 + f->a2 * x) * x);
        to->unwant[i] = 1.0 / to->want[i];
    }
    for (int i = 0; i < FENCE; i++)
        to->fence[i] = warp(vd_set(fence_at[i]));
}

/** One round of Newton's method on the sum over the points of r^power + r^-power, r the ratio of
 *  the numerator to what it should be, power = 2^doublings. The sum is convex in b1 and b2 and,
 *  for a high power, as good as its largest term. The fence adds -log of the numerator. */
INLINE void shelf_round(const struct points *at, struct fit *f, int doublings) {
    vd slope1[POINTS + FENCE], low[POINTS], high[POINTS], most = vd_set(1.0);
    for (int i = 0; i < POINTS + FENCE; i++) {
        vd x = i < POINTS ? at->x[i] : at->fence[i - POINTS];
        vd have = f->b0 + (f->b1 + f->b2 * x) * x, inverse = 1.0 / have;
        slope1[i] = x * inverse;
        if (i < POINTS) {
            low[i] = at->want[i] * inverse;
            high[i] = have * at->unwant[i];
            most = vd_max(most, vd_max(low[i], high[i]));
        }
    }
    double power = (double)(1 << doublings);
    vd scale = 1.0 / most, g1 = vd_set(0.0), g2 = -FENCE_WEIGHT / f->b2;
    vd h11 = vd_set(0.0), h12 = h11, h22 = FENCE_WEIGHT / sq(f->b2);
    for (int i = 0; i < POINTS + FENCE; i++) {
        vd s1 = slope1[i], s2 = s1 * (i < POINTS ? at->x[i] : at->fence[i - POINTS]);
        vd d = vd_set(-FENCE_WEIGHT), h = vd_set(FENCE_WEIGHT);
        if (i < POINTS) {
            vd l = low[i] * scale, g = high[i] * scale;
            for (int j = 0; j < doublings; j++) {
                l *= l;
                g *= g;
            }
            d = power * (g - l);
            h = power * ((power - 1.0) * g + (power + 1.0) * l);
        }
        g1 += d * s1;
        g2 += d * s2;
        h11 += h * s1 * s1;
        h12 += h * s1 * s2;
        h22 += h * s2 * s2;
    }
    vd det = h11 * h22 - h12 * h12;
    vd step1 = (g2 * h12 - g1 * h22) / det, step2 = (g1 * h12 - g2 * h11) / det;
    /* Nothing that has to be positive loses more than 0.6 of itself in one round. */
    vd fall = -step2 / f->b2;
    for (int i = 0; i < POINTS + FENCE; i++) {
        vd x = i < POINTS ? at->x[i] : at->fence[i - POINTS];
        fall = vd_max(fall, -slope1[i] * (step1 + step2 * x));
    }
    vd part = 0.6 / vd_max(fall, vd_set(0.6));
    vl sound = (step1 * part == step1 * part) & (step2 * part == step2 * part);
    f->b1 += vd_sel(sound, step1 * part, vd_set(0.0));
    f->b2 += vd_sel(sound, step2 * part, vd_set(0.0));
}

/** Resonant shelves: poles with the prototype's resonance (place and width). The numerator has
 *  value and slope where the zeros resonate; in the upper half of the axis that is a start only,
 *  from which the worst error in dB up to TOP is made as small as it gets. */
INLINE struct fit fit_shelf_resonant(const struct proto *p) {
    vd root = vd_sqrt(p->a), wp = p->w0 / root, wz = p->w0 * root, xp = warp(wp);
    struct fit f = {0}, best;
    f.b0 = sq(sq(p->a));
    f.a2 = 1.0 / sq(xp);
    f.a1 = (sq(wp * (1.0 + xp) / (2.0 * p->q)) / xp - 2.0) / xp;
    shelf_touch(p, &f, vd_min(wz, vd_set(0.95 * PI)));
    best = f;
    shelf_clamp(&best, 1.9996);
    vl near = wz > NEAR;
    if (!any(near))
        return best;
    struct points at;
    shelf_points(p, &f, wz, &at);
    shelf_clamp(&f, 1.99);
    for (int i = 0; i < ROUNDS; i++)
        shelf_round(&at, &f, 1 + i / 2);
    shelf_clamp(&f, 1.9996);
    fit_sel(&best, near, &f);
    return best;
}

/** Which shapes any lane asks for: nobody pays for the others. */
static unsigned shapes_wanted(const struct svf_want *want) {
    unsigned shapes = 0;
    for (int l = 0; l < LANES; l++)
        shapes |= 1U << ((uint32_t)want->shape[l] & 31U);
    return shapes;
}

INLINE vl is_shape(const struct svf_want *want, int first, int32_t shape) {
    vl m = {0};
    for (int i = 0; i < DOUBLES; i++)
        m[i] = want->shape[first + i] == shape ? -1 : 0;
    return m;
}

INLINE vd load_lanes(const double *p) {
    vd v;
    memcpy(&v, p, sizeof v);
    return v;
}

/** Write the state-variable filter of a fit, inverted where asked. */
INLINE void store_fit(float (*coef)[LANES], int first, const struct fit *f, vl invert, vd scale,
                      vl flat_band, vl through) {
    vd g2 = 1.0 / vd_sqrt(vd_max(f->a2, vd_set(1e-30)));
    vd g = vd_sqrt(g2);
    vd k = vd_sqrt(vd_max(f->a1 * g2 + 2.0, vd_set(1e-8)));
    vd n0 = vd_sqrt(f->b0), n2 = g2 * vd_sqrt(vd_max(f->b2, vd_set(0.0)));
    vd n1 = vd_sqrt(vd_max(f->b1 * g2 + 2.0 * n0 * n2, vd_set(0.0)));
    n1 = vd_sel(flat_band, vd_set(0.0), n1);
    /* (1 + k s + s^2) / (n0 + n1 s + n2 s^2), its denominator brought to 1 + k' s' + s'^2. */
    vd r0 = 1.0 / vd_max(n0, vd_set(1e-6)), ratio = vd_sqrt(vd_max(n2 * r0, vd_set(1e-12)));
    vd ki = n1 * r0 / ratio;
    vd i1 = k / ratio * r0, i2 = r0 / (ratio * ratio);
    g = vd_sel(invert, g / ratio, g);
    n1 = vd_sel(invert, i1, n1) * scale;
    n2 = vd_sel(invert, i2, n2) * scale;
    n0 = vd_sel(invert, r0, n0) * scale;
    k = vd_sel(invert, vd_max(ki, vd_set(1e-4)), k);
    vd damp = g * (g + k), a1 = 1.0 / (1.0 + damp);
    vd c[SVF_COEFS] = {2.0 * damp * a1,     2.0 * g * a1,   2.0 * g * g * a1, n2,
                       (n1 - k * n2) * 0.5, (n0 - n2) * 0.5};
    for (int j = 0; j < SVF_COEFS; j++) {
        vd v = vd_sel(through, vd_set(j == 3 ? 1.0 : 0.0), c[j]);
        for (int i = 0; i < DOUBLES; i++)
            coef[j][first + i] = (float)v[i];
    }
}

INLINE struct fit fit_shelf(const struct proto *p) {
    struct fit f = fit_shelf_flat(p);
    if (any(p->q >= 1.5)) {
        struct fit resonant = fit_shelf_resonant(p);
        fit_sel(&f, p->q >= 1.5, &resonant);
    }
    return f;
}

void K(eq_fit)(float (*coef)[LANES], const struct svf_want *want, double rate_hz) {
    unsigned shapes = shapes_wanted(want);
    unsigned shelves = 1U << SVF_LOW_SHELF | 1U << SVF_HIGH_SHELF;
    for (int l = 0; l < LANES; l += DOUBLES) {
        vd hz = load_lanes(&want->hz[l]), gain = load_lanes(&want->gain_db[l]);
        vd q = load_lanes(&want->q[l]);
        vl through = is_shape(want, l, SVF_THROUGH) | ~((hz == hz) & (gain == gain) & (q == q));
        hz = vd_min(vd_max(hz, vd_set(1.0)), vd_set(0.49 * rate_hz));
        gain = vd_min(vd_max(gain, vd_set(-40.0)), vd_set(40.0));
        vd loud = vd_max(gain, -gain);
        struct proto p;
        p.q = vd_min(vd_max(q, vd_set(0.05)), vd_set(100.0));
        p.w0 = hz * (2.0 * PI / rate_hz);
        p.turn = PI / p.w0;
        p.x0 = warp(p.w0);
        p.a = vd_exp(loud * 0.05756462732485115); /* ln 10 / 40 */
        vl invert = gain < 0.0, flat_band = (vl){0};
        vd scale = vd_set(1.0);
        struct fit f = {p.w0, p.w0, p.w0, p.w0, p.w0}, g; /* any positive values: a through */
        if (shapes & 1U << SVF_BELL)
            f = fit_bell(&p);
        if (shapes & shelves) {
            g = fit_shelf(&p);
            vl high = is_shape(want, l, SVF_HIGH_SHELF);
            fit_sel(&f, is_shape(want, l, SVF_LOW_SHELF) | high, &g);
            invert ^= high;
            scale = vd_sel(high, vd_exp(gain * 0.1151292546497023), scale); /* ln 10 / 20 */
        }
        if (shapes & 1U << SVF_NOTCH) {
            flat_band = is_shape(want, l, SVF_NOTCH);
            g = fit_notch(&p);
            fit_sel(&f, flat_band, &g);
        }
        if (shapes & 1U << SVF_BAND_PASS) {
            g = fit_band_pass(&p);
            fit_sel(&f, is_shape(want, l, SVF_BAND_PASS), &g);
        }
        if (shapes & 1U << SVF_HIGH_PASS) {
            g = fit_high_pass(&p);
            fit_sel(&f, is_shape(want, l, SVF_HIGH_PASS), &g);
        }
        if (shapes & 1U << SVF_LOW_PASS) {
            g = fit_low_pass(&p);
            fit_sel(&f, is_shape(want, l, SVF_LOW_PASS), &g);
        }
        vl can_invert = is_shape(want, l, SVF_BELL) | is_shape(want, l, SVF_LOW_SHELF) |
                        is_shape(want, l, SVF_HIGH_SHELF);
        store_fit(coef, l, &f, invert & can_invert, scale, flat_band, through);
    }
}
