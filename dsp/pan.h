/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panning: the gains by which each leg of a strip feeds each leg of a bus.
 *
 * Threads: pure functions, any thread. RT: bounded by MAX_LEGS^2 and a few dozen calls into libm.
 */
#ifndef DSP_PAN_H
#define DSP_PAN_H

#include "config/format.h"
#include "config/rt.h"

/** Gain of a phantom source half-way between two speakers. */
enum pan_law { PAN_LAW_3_DB, PAN_LAW_4_5_DB, PAN_LAW_6_DB };

struct pan_params {
    float az_deg;     /* left is +; any value, taken modulo 360 */
    float el_deg;     /* up is +; beyond +-90 means over the zenith and down the other side */
    float dist;       /* 0 in the middle of the room (everywhere at once) .. 1 on the speakers */
    float spread;     /* 0 a point .. 1 all around */
    float div;        /* divergence: 0 centre from C .. 1 from L and R alone */
    float width;      /* stereo strips: 0 mono .. 1 as it is .. 2 side doubled */
    float lfe_lin;    /* gain into the bus's LFE leg, 0 for none */
    enum pan_law law; /* -3 dB unless asked for */
};

/** In front, a point, as wide as it is, no LFE. */
#define PAN_DEFAULTS                   \
    ((struct pan_params){.az_deg = 0,  \
                         .el_deg = 0,  \
                         .dist = 1,    \
                         .spread = 0,  \
                         .div = 0,     \
                         .width = 1,   \
                         .lfe_lin = 0, \
                         .law = PAN_LAW_3_DB})

/** Gains of a mono source in a bus of format `to`.
 *
 *  Ear level: between the two legs that enclose the azimuth, constant power, linear in angle
 *  (g = cos, sin of the fraction times 90 degrees). Where they enclose more than 180 degrees
 * (stereo and LCR behind the listener) the rear mirrors the front: hard left from 30 to 150
 * degrees, from left to right between 150 and 210. Tops: the same among the top legs; between the
 * layers constant power from elevation 0 to 45. Below the horizon, and above it in formats without
 * tops, the source stays at ear level. Spread: the power averaged over an arc of +-180 degrees x
 * spread, in closed form. Distances below 1, and elevations beyond 45 degrees towards zenith and
 * nadir, widen the arc likewise, so that gains stay continuous where the azimuth has no meaning;
 * spread and distance also level the layers. Divergence: C's gain times cos(div x 90 degrees), the
 * power taken goes to L and R in halves.
 *
 *  The sum of squares is 1 within 1e-6 without LFE (under PAN_LAW_3_DB; the other laws raise each
 *  gain to the power of 1.5 or 2), a direction on a speaker feeds that speaker alone (the others
 * are exactly 0) when spread and div are 0 and dist is 1, and gains are continuous in every
 * parameter. Out-of-range parameters are clamped; non-finite ones count as the default.
 *
 *  @param g  [MAX_LEGS], linear, in the bus's port order; written whole, g[LFE] = lfe_lin
 *  Thread: any. RT.
 *  Source: pairwise amplitude panning after Pulkki, JAES 45(6), 1997, with the sine-cosine law in
 *  place of the tangent law since gaps of 180 degrees occur; layers after ITU-R BS.2127's zones. */
void pan_mono(enum format to, const struct pan_params *params, float g[MAX_LEGS]) RT;

/** The gain matrix of a strip of format `from` into a bus of format `to`.
 *
 *  Mono: pan_mono into any format; 1 into mono.
 *  Stereo: width as mid/side (L' = (1+w)/2 L + (1-w)/2 R), then balance, then format_fold.
 *  Others: balance, then format_fold.
 *  Balance: nothing at the centre; the side turned away from is attenuated by cos(b x 90 degrees),
 *  the other stays at 0 dB; b = views_lateral (full at 30 degrees, mirrored behind), fading towards
 *  the zenith and with the distance. Legs in the middle and LFE keep their gain. Spread has no
 * effect there. Divergence applies to what reaches the bus's C, from whichever leg. LFE: beside
 * format_fold's LFE to LFE, the mean of the other legs goes to LFE times lfe_lin.
 *
 *  @param m  [in leg][out leg], linear; written whole, zero outside the formats' legs
 *  Thread: any. RT. */
void pan_matrix(enum format from, enum format to, const struct pan_params *params,
                float m[MAX_LEGS][MAX_LEGS]) RT;

#endif
