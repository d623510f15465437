/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/taper.h"

#include <math.h>

#define FADER_SILENCE_DB (-144.0f)
/* Where the line from silence meets the X32's last segment: below its first step, 1/1023. */
#define FADER_FOOT (1.0f / 1024.0f)
#define FADER_FOOT_DB (480.0f * FADER_FOOT - 90.0f)

static float fader_db(float f) RT {
    if (f >= 0.5f)
        return 40.0f * f - 30.0f;
    if (f >= 0.25f)
        return 80.0f * f - 50.0f;
    if (f >= 0.0625f)
        return 160.0f * f - 70.0f;
    if (f >= FADER_FOOT)
        return 480.0f * f - 90.0f;
    return FADER_SILENCE_DB + f / FADER_FOOT * (FADER_FOOT_DB - FADER_SILENCE_DB);
}

static float fader_position(float db) RT {
    if (db >= -10.0f)
        return (db + 30.0f) / 40.0f;
    if (db >= -30.0f)
        return (db + 50.0f) / 80.0f;
    if (db >= -60.0f)
        return (db + 70.0f) / 160.0f;
    if (db >= FADER_FOOT_DB)
        return (db + 90.0f) / 480.0f;
    if (db <= FADER_SILENCE_DB)
        return 0.0f;
    return (db - FADER_SILENCE_DB) / (FADER_FOOT_DB - FADER_SILENCE_DB) * FADER_FOOT;
}

static float clamp(float x, float lo, float hi) RT {
    return x < lo ? lo : x > hi ? hi : x;
}

float taper_norm(enum taper taper, float min, float max, float value) {
    if (!(value > min))
        return 0.0f;
    if (value >= max)
        return 1.0f;
    float norm;
    if (taper == TAPER_LOG && min > 0.0f) {
        norm = log2f(value / min) / log2f(max / min);
    } else if (taper == TAPER_FADER) {
        const float lo = fader_position(min);
        norm = (fader_position(value) - lo) / (fader_position(max) - lo);
    } else {
        norm = (value - min) / (max - min);
    }
    return clamp(norm, 0.0f, 1.0f);
}

float taper_value(enum taper taper, float min, float max, float norm) {
    if (!(norm > 0.0f))
        return min;
    if (norm >= 1.0f)
        return max;
    float value;
    if (taper == TAPER_LOG && min > 0.0f) {
        value = min * exp2f(norm * log2f(max / min));
    } else if (taper == TAPER_FADER) {
        const float lo = fader_position(min);
        value = fader_db(lo + norm * (fader_position(max) - lo));
    } else {
        value = min + norm * (max - min);
    }
    return clamp(value, min, max);
}

float taper_mix(enum taper taper, float min, float max, float a, float b, float t) {
    if (!(t > 0.0f))
        return a;
    if (t >= 1.0f)
        return b;
    const float from = taper_norm(taper, min, max, a);
    const float to = taper_norm(taper, min, max, b);
    return taper_value(taper, min, max, from + t * (to - from));
}
