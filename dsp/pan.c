/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/pan.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "config/views.h"

#define PI 3.14159265358979323846
#define HALF_PI 1.57079632679489661923f

/* Where the tops stand, and where widening towards zenith and nadir begins. */
#define TOP_EL_DEG 45.0f
/* Arcs narrower than this are points: the mean over them would lose its digits. */
#define ARC_MIN_DEG 1e-3

/** A direction and its width, cleaned up. */
struct aim {
    float az_deg;    /* [0, 360) */
    float el_deg;    /* -90..90 */
    float zenith;    /* 0 below 45 degrees up or down, 1 at zenith and nadir */
    float focus;     /* 1 a point, 0 everywhere, by spread and distance */
    double half_deg; /* half the arc */
};

static float clamp(float x, float lo, float hi, float def) RT {
    if (!isfinite(x))
        return def;
    return x < lo ? lo : x > hi ? hi : x;
}

static struct aim aim_of(const struct pan_params *p) RT {
    float az = isfinite(p->az_deg) ? fmodf(p->az_deg, 360.0f) : 0.0f;
    float el = isfinite(p->el_deg) ? remainderf(p->el_deg, 360.0f) : 0.0f;
    if (fabsf(el) > 90.0f) {
        el = copysignf(180.0f, el) - el;
        az += 180.0f;
    }
    while (az < 0.0f)
        az += 360.0f;
    while (az >= 360.0f)
        az -= 360.0f;
    struct aim aim = {.az_deg = az, .el_deg = el};
    const float up = fabsf(el);
    aim.zenith = up > TOP_EL_DEG ? (up - TOP_EL_DEG) / (90.0f - TOP_EL_DEG) : 0.0f;
    aim.focus = clamp(p->dist, 0, 1, 1) * (1.0f - clamp(p->spread, 0, 1, 0));
    aim.half_deg = 180.0 * (1.0 - (double)aim.focus * (1.0 - (double)aim.zenith));
    return aim;
}

/** The space between two neighbouring legs of a layer, and the part of it in which the source moves
 *  from one to the other. */
struct gap {
    double from, to;   /* degrees: from >= 0, to > from, at most from + 360 */
    double fade, over; /* fade from `fade` to `over` */
};

static double leg_az(enum format to, unsigned index) RT {
    const double az = (double)leg_table[format_table[to].leg[index]].az_deg;
    return az < 0.0 ? az + 360.0 : az;
}

static struct gap gap_of(enum format to, const uint8_t *ring, unsigned n, unsigned k) RT {
    struct gap gap;
    gap.from = leg_az(to, ring[k]);
    gap.to = leg_az(to, ring[(k + 1) % n]);
    if (gap.to <= gap.from)
        gap.to += 360.0;
    gap.fade = gap.from;
    gap.over = gap.to;
    const double front = 360.0 - (gap.to - gap.from);
    if (front < 180.0) { /* nothing behind: mirror the front */
        const double middle = (gap.from + gap.to) / 2.0;
        gap.fade = middle - front / 2.0;
        gap.over = middle + front / 2.0;
    }
    return gap;
}

/** Constant-power pair; exactly (1, 0) and (0, 1) at and beyond the ends. */
static void pair(float t, float *one, float *other) RT {
    if (t <= 0.0f || t >= 1.0f) {
        *one = t <= 0.0f ? 1.0f : 0.0f;
        *other = 1.0f - *one;
        return;
    }
    *one = cosf(t * HALF_PI);
    *other = sinf(t * HALF_PI);
}

/** Integral over the azimuth, up to `az`, of the power of the gap's second leg. */
static double second_power(const struct gap *gap, double az) RT {
    const double width = gap->over - gap->fade;
    if (az <= gap->fade)
        return 0.0;
    if (az >= gap->over)
        return width / 2.0 + (az - gap->over);
    const double t = (az - gap->fade) / width;
    return width * (t / 2.0 - sin(PI * t) / (2.0 * PI));
}

/** Gains of a point source in one layer. */
static void ring_point(enum format to, const uint8_t *ring, unsigned n, double az,
                       float g[MAX_LEGS]) RT {
    for (unsigned k = 0; k < n; k++) {
        const struct gap gap = gap_of(to, ring, n, k);
        const double at = az < gap.from ? az + 360.0 : az;
        if (at > gap.to)
            continue;
        pair((float)((at - gap.fade) / (gap.over - gap.fade)), &g[ring[k]], &g[ring[(k + 1) % n]]);
        return;
    }
}

/* Of two numbers; libm's own also sort out NaNs. */
static inline double lesser(double a, double b) RT {
    return a < b ? a : b;
}
static inline double greater(double a, double b) RT {
    return a > b ? a : b;
}

/** Gains of a source spread over az +- half: the root of the mean power over the arc. */
static void ring_arc(enum format to, const uint8_t *ring, unsigned n, double az, double half,
                     float g[MAX_LEGS]) RT {
    double power[MAX_LEGS] = {0};
    for (unsigned k = 0; k < n; k++) {
        const struct gap gap = gap_of(to, ring, n, k);
        for (int turn = -1; turn <= 1; turn++) {
            const double lo = greater(az - half + 360.0 * turn, gap.from);
            const double hi = lesser(az + half + 360.0 * turn, gap.to);
            if (hi <= lo)
                continue;
            const double second = second_power(&gap, hi) - second_power(&gap, lo);
            power[ring[(k + 1) % n]] += second;
            power[ring[k]] += hi - lo - second;
        }
    }
    for (unsigned k = 0; k < n; k++)
        g[ring[k]] = (float)sqrt(greater(power[ring[k]], 0.0) / (2.0 * half));
}

static void layer(enum format to, const uint8_t *ring, unsigned n, const struct aim *aim,
                  float gain, float g[MAX_LEGS]) RT {
    if (gain <= 0.0f)
        return;
    if (n == 1)
        g[ring[0]] = 1.0f;
    else if (aim->half_deg < ARC_MIN_DEG)
        ring_point(to, ring, n, (double)aim->az_deg, g);
    else
        ring_arc(to, ring, n, (double)aim->az_deg, aim->half_deg, g);
    for (unsigned k = 0; k < n; k++)
        g[ring[k]] *= gain;
}

/** Both layers: constant power between them by elevation, levelled towards their share of legs. */
static void direct(enum format to, const struct aim *aim, float g[MAX_LEGS]) RT {
    const struct format_info *info = &format_table[to];
    float ear = 1.0f, top = 0.0f;
    if (info->tops) {
        pair(aim->el_deg / TOP_EL_DEG, &ear, &top);
        if (aim->focus < 1.0f) {
            const float even = (float)info->tops / (float)(info->ears + info->tops);
            const float wide = (1.0f - aim->focus) * (1.0f - aim->focus);
            const float power = top * top + wide * (even - top * top);
            top = sqrtf(power);
            ear = sqrtf(1.0f - power);
        }
    }
    layer(to, info->ear, info->ears, aim, ear, g);
    layer(to, info->top, info->tops, aim, top, g);
}

/** Move power from C to L and R. */
static void diverge(enum format to, float div, float row[MAX_LEGS]) RT {
    const int c = format_leg_index(to, LEG_C);
    if (c < 0 || div <= 0.0f || row[c] == 0.0f)
        return;
    const int l = format_leg_index(to, LEG_L);
    const int r = format_leg_index(to, LEG_R);
    float keep, give;
    pair(div, &keep, &give);
    const float each = 0.5f * row[c] * row[c] * give * give;
    row[l] = sqrtf(row[l] * row[l] + each);
    row[r] = sqrtf(row[r] * row[r] + each);
    row[c] *= keep;
}

/** Sum of squares exactly 1 as far as floats go; a leg alone stays exactly 1. */
static void normalise(float g[MAX_LEGS]) RT {
    double power = 0.0;
    for (unsigned i = 0; i < MAX_LEGS; i++)
        power += (double)g[i] * (double)g[i];
    if (power == 1.0 || power <= 0.0)
        return;
    const double scale = 1.0 / sqrt(power);
    for (unsigned i = 0; i < MAX_LEGS; i++)
        g[i] = (float)((double)g[i] * scale);
}

/** Centre laws other than -3 dB belong to phantom points; a source that is spread over many legs
 *  adds up by power whatever the law. */
static void bend(enum pan_law law, const struct aim *aim, float g[MAX_LEGS]) RT {
    if (law != PAN_LAW_4_5_DB && law != PAN_LAW_6_DB)
        return;
    const float more = (law == PAN_LAW_6_DB ? 1.0f : 0.5f) * aim->focus * (1.0f - aim->zenith);
    for (unsigned i = 0; i < MAX_LEGS; i++)
        if (g[i] > 0.0f && g[i] < 1.0f)
            g[i] = powf(g[i], 1.0f + more);
}

void pan_mono(enum format to, const struct pan_params *params, float g[MAX_LEGS]) {
    const struct aim aim = aim_of(params);
    memset(g, 0, sizeof(float[MAX_LEGS]));
    direct(to, &aim, g);
    diverge(to, clamp(params->div, 0, 1, 0), g);
    normalise(g);
    bend(params->law, &aim, g);
    const int lfe = format_lfe_index(to);
    if (lfe >= 0)
        g[lfe] = isfinite(params->lfe_lin) ? params->lfe_lin : 0.0f;
}

/** Attenuate the legs of the side turned away from. */
static void balance(enum format from, const struct aim *aim, const struct pan_params *params,
                    float m[MAX_LEGS][MAX_LEGS]) RT {
    const float b =
        views_lateral(aim->az_deg) * (1.0f - aim->zenith) * clamp(params->dist, 0, 1, 1);
    if (b == 0.0f)
        return;
    float keep, unused;
    pair(fabsf(b), &keep, &unused);
    for (unsigned i = 0; i < format_table[from].legs; i++) {
        const struct leg_info *leg = &leg_table[format_table[from].leg[i]];
        const bool middle = leg->az_deg == 0.0f || leg->az_deg == 180.0f;
        if (middle || (leg->az_deg > 0.0f) == (b > 0.0f))
            continue;
        for (unsigned o = 0; o < MAX_LEGS; o++)
            m[i][o] *= keep;
    }
}

/** Mid/side width of a stereo strip, in front of what its legs feed. */
static void widen(float width, float m[MAX_LEGS][MAX_LEGS]) RT {
    if (width == 1.0f)
        return;
    const float same = 0.5f * (1.0f + width), cross = 0.5f * (1.0f - width);
    for (unsigned o = 0; o < MAX_LEGS; o++) {
        const float l = m[0][o], r = m[1][o];
        m[0][o] = same * l + cross * r;
        m[1][o] = same * r + cross * l;
    }
}

void pan_matrix(enum format from, enum format to, const struct pan_params *params,
                float m[MAX_LEGS][MAX_LEGS]) {
    if (from == FORMAT_MONO) {
        memset(m, 0, sizeof(float[MAX_LEGS][MAX_LEGS]));
        pan_mono(to, params, m[0]);
        return;
    }
    const struct aim aim = aim_of(params);
    format_fold(from, to, NULL, m);
    balance(from, &aim, params, m);
    const unsigned legs = format_table[from].legs;
    for (unsigned i = 0; i < legs; i++)
        diverge(to, clamp(params->div, 0, 1, 0), m[i]);
    if (from == FORMAT_STEREO)
        widen(clamp(params->width, 0, 2, 1), m);

    const int lfe = format_lfe_index(to);
    if (lfe < 0 || !isfinite(params->lfe_lin))
        return;
    const int lfe_in = format_lfe_index(from);
    const float each = params->lfe_lin / (float)(lfe_in >= 0 ? legs - 1 : legs);
    for (unsigned i = 0; i < legs; i++)
        if ((int)i != lfe_in)
            m[i][lfe] += each;
}
