/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tapers: how 0..1 of a control maps onto the values of a parameter, and back. Glides are linear in
 * the taper, so the engine uses them too.
 *
 * For every taper: value(0) = min and value(1) = max exactly, strictly monotone within float
 * precision, and norm and value are inverses (|norm(value(x)) - x| < 1e-6).
 *
 * Threads: pure functions, any thread. RT: libm's exp2f and log2f only. */
#ifndef CONFIG_TAPER_H
#define CONFIG_TAPER_H

#include "config/rt.h"

enum taper {
    TAPER_LINEAR, /* min + n (max - min); of a value in dB this is dB-linear */
    TAPER_LOG,    /* min (max/min)^n: Hz, ms, Q. Linear where min <= 0 */
    TAPER_FADER, /* dB, the X32's fader: f >= 0.5: 40f-30, >= 0.25: 80f-50, >= 0.0625: 160f-70, else
                    480f-90; 0 is silence, -144 dB. Below its first step (f < 1/1024) a steep line
                    from -144 joins 480f-90, so that values in between have a place. A row whose
                    range is another part of -144..10 dB uses that part of the curve, stretched to
                    0..1. Source: the X32 OSC protocol, as in osc/PROTOCOL.md */
    TAPER_COUNT
};

/** Position 0..1 of a value; values outside min..max are clamped, NaN gives 0. RT. */
float taper_norm(enum taper taper, float min, float max, float value) RT;
/** Value at a position; positions outside 0..1 are clamped, NaN gives min. RT. */
float taper_value(enum taper taper, float min, float max, float norm) RT;
/** Between two values, linear in the taper: a at t = 0 and b at t = 1 exactly; t is clamped. The
 *  closed form of a glide. RT. */
float taper_mix(enum taper taper, float min, float max, float a, float b, float t) RT;

#endif
