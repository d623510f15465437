/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/motion.h"

#include <math.h>

#include "config/effective.h"

const uint8_t derive_of[ROW_COUNT] = {
    [ROW_INSERT_ON] = DERIVE_INSERT, [ROW_TRIM] = DERIVE_IN,
    [ROW_POLARITY] = DERIVE_IN,      [ROW_DELAY] = DERIVE_DELAY,
    [ROW_HPF_ON] = DERIVE_EQ,        [ROW_HPF_FREQ] = DERIVE_EQ,
    [ROW_HPF_SLOPE] = DERIVE_EQ,     [ROW_LPF_ON] = DERIVE_EQ,
    [ROW_LPF_FREQ] = DERIVE_EQ,      [ROW_LPF_SLOPE] = DERIVE_EQ,
    [ROW_EQ_ON] = DERIVE_EQ,         [ROW_EQ_BAND_ON] = DERIVE_EQ,
    [ROW_EQ_BAND_TYPE] = DERIVE_EQ,  [ROW_EQ_BAND_FREQ] = DERIVE_EQ,
    [ROW_EQ_BAND_GAIN] = DERIVE_EQ,  [ROW_EQ_BAND_Q] = DERIVE_EQ,
    [ROW_FADER] = DERIVE_OUT,        [ROW_MUTE] = DERIVE_MUTES,
    [ROW_MUTED] = DERIVE_OUT,        [ROW_SOLO] = DERIVE_SOLO,
    [ROW_SOLOSAFE] = DERIVE_MUTES,   [ROW_PAN_AED] = DERIVE_PAN,
    [ROW_PAN_WIDTH] = DERIVE_PAN,    [ROW_PAN_SPREAD] = DERIVE_PAN,
    [ROW_PAN_DIV] = DERIVE_PAN,      [ROW_PAN_LFE] = DERIVE_PAN,
    [ROW_TO] = DERIVE_ROUTE,         [ROW_SEND_LEVEL] = DERIVE_ROUTE,
    [ROW_SEND_ON] = DERIVE_ROUTE,    [ROW_SEND_PRE] = DERIVE_ROUTE,
    [ROW_SEND_PAN] = DERIVE_PAN,     [ROW_FROM_ON] = DERIVE_ROUTE,
    [ROW_FROM_LEVEL] = DERIVE_ROUTE, [ROW_VCA] = DERIVE_MEMBER,
    [ROW_MGRP] = DERIVE_MUTES,       [ROW_MGRP_ON] = DERIVE_MUTES,
    [ROW_SOLO_MODE] = DERIVE_SOLO,   [ROW_SOLO_LEVEL] = DERIVE_SOLO,
    [ROW_MON_LEVEL] = DERIVE_MON,    [ROW_MON_DIM] = DERIVE_MON,
    [ROW_MON_CUT] = DERIVE_MON,      [ROW_GATE_ON] = DERIVE_DYN,
    [ROW_GATE_THR] = DERIVE_DYN,     [ROW_GATE_RATIO] = DERIVE_DYN,
    [ROW_GATE_RANGE] = DERIVE_DYN,   [ROW_GATE_KNEE] = DERIVE_DYN,
    [ROW_GATE_ATT] = DERIVE_DYN,     [ROW_GATE_HOLD] = DERIVE_DYN,
    [ROW_GATE_REL] = DERIVE_DYN,     [ROW_GATE_SC_ON] = DERIVE_DYN,
    [ROW_GATE_SC_HPF] = DERIVE_DYN,  [ROW_GATE_SC_LPF] = DERIVE_DYN,
    [ROW_COMP_ON] = DERIVE_DYN,      [ROW_COMP_THR] = DERIVE_DYN,
    [ROW_COMP_RATIO] = DERIVE_DYN,   [ROW_COMP_RANGE] = DERIVE_DYN,
    [ROW_COMP_KNEE] = DERIVE_DYN,    [ROW_COMP_ATT] = DERIVE_DYN,
    [ROW_COMP_HOLD] = DERIVE_DYN,    [ROW_COMP_REL] = DERIVE_DYN,
    [ROW_COMP_AUTO] = DERIVE_DYN,    [ROW_COMP_MAKEUP] = DERIVE_DYN,
    [ROW_COMP_MIX] = DERIVE_DYN,     [ROW_COMP_SC_ON] = DERIVE_DYN,
    [ROW_COMP_SC_HPF] = DERIVE_DYN,  [ROW_COMP_SC_LPF] = DERIVE_DYN,
    [ROW_DEESS_ON] = DERIVE_DYN,     [ROW_DEESS_MODE] = DERIVE_DYN,
    [ROW_DEESS_FREQ] = DERIVE_DYN,   [ROW_DEESS_THR] = DERIVE_DYN,
    [ROW_DEESS_RATIO] = DERIVE_DYN,  [ROW_DEESS_RANGE] = DERIVE_DYN,
    [ROW_DEESS_ATT] = DERIVE_DYN,    [ROW_DEESS_REL] = DERIVE_DYN,
    [ROW_MB_ON] = DERIVE_MB,         [ROW_MB_LOW] = DERIVE_MB,
    [ROW_MB_MID] = DERIVE_MB,        [ROW_MB_HIGH] = DERIVE_MB,
    [ROW_MB_BAND_ON] = DERIVE_MB,    [ROW_MB_BAND_MODE] = DERIVE_MB,
    [ROW_MB_BAND_THR] = DERIVE_MB,   [ROW_MB_BAND_RATIO] = DERIVE_MB,
    [ROW_MB_BAND_RANGE] = DERIVE_MB, [ROW_MB_BAND_KNEE] = DERIVE_MB,
    [ROW_MB_BAND_ATT] = DERIVE_MB,   [ROW_MB_BAND_REL] = DERIVE_MB,
    [ROW_MB_BAND_GAIN] = DERIVE_MB,  [ROW_LIM_ON] = DERIVE_LIM,
    [ROW_LIM_THR] = DERIVE_LIM,      [ROW_LIM_REL] = DERIVE_LIM,
    [ROW_LIM_MODE] = DERIVE_LIM,     [ROW_ORDER] = DERIVE_SWAP,
    [ROW_GATE_KEY] = DERIVE_SWAP,    [ROW_COMP_KEY] = DERIVE_SWAP,
    [ROW_MON_MONO] = DERIVE_MON,     [ROW_MON_SOURCE] = DERIVE_SOLO,
    [ROW_MON_SET] = DERIVE_SPK,      [ROW_SPK_MUTE] = DERIVE_SPK,
    [ROW_SPK_SOLO] = DERIVE_SPK,     [ROW_SPK_POLARITY] = DERIVE_SPK,
    [ROW_SPK_TRIM] = DERIVE_SPK,     [ROW_SPK_DELAY] = DERIVE_SPK,
};

static enum smooth smooth_of(const struct plane *plane, uint32_t slot) RT {
    return slot < plane->slots ? rows[plane->row[slot]].smooth : SMOOTH_SWITCH;
}

/* Directions have one row for three ranges; only their glides ask, and those are linear. */
static float domain(const struct plane *plane, uint32_t slot, float value) RT {
    switch (smooth_of(plane, slot)) {
    case SMOOTH_GAIN: return effective_lin(value);
    case SMOOTH_EQ:
    case SMOOTH_VALUE: {
        const struct row *r = &rows[plane->row[slot]];
        return r->type == TYPE_FLOAT ? taper_norm(r->taper, r->min, r->max, value) : value;
    }
    default: return value;
    }
}

float motion_lin(const struct plane *plane, uint32_t slot, float value) RT {
    return domain(plane, slot, value);
}

static struct motion *motion_get(struct plane *plane, uint32_t slot, uint64_t now) RT {
    uint32_t i = plane->motion_of[slot];
    if (i == MOTION_NONE) {
        i = plane->active++;
        plane->motion_of[slot] = i;
        plane->motion[i] = (struct motion){
            .slot = slot, .before = plane->lin[slot], .before_frame = now, .at = now};
    }
    return &plane->motion[i];
}

static void motion_end(struct plane *plane, uint32_t i) RT {
    plane->motion_of[plane->motion[i].slot] = MOTION_NONE;
    const uint32_t last = --plane->active;
    if (i != last) {
        plane->motion[i] = plane->motion[last];
        plane->motion_of[plane->motion[i].slot] = i;
    }
}

static float path_straight(const struct plane *plane, const struct motion *m, uint64_t at) RT {
    if (!m->gliding)
        return m->to;
    const float u = (float)(at - m->glide_start) / m->glide_frames;
    if (u >= 1)
        return m->to;
    const struct row *r = &rows[plane->row[m->slot]];
    if (m->curve == CURVE_EQUAL_POWER && r->smooth == SMOOTH_GAIN) {
        const float a = effective_lin(m->from), b = effective_lin(m->to);
        const float power = a * a + (b * b - a * a) * u;
        return power > 0 ? 10.0f * log10f(power) : SILENCE_DB;
    }
    const float t = m->curve == CURVE_LINEAR ? u : 0.5f - 0.5f * cosf((float)M_PI * u);
    if (r->taper == TAPER_LINEAR)
        return m->from + (m->to - m->from) * t;
    return taper_mix(r->taper, r->min, r->max, m->from, m->to, t);
}

static bool is_azimuth(const struct plane *plane, uint32_t slot) RT {
    return slot < plane->slots && plane->row[slot] == ROW_PAN_AED && plane->comp[slot] == 0;
}

/* An azimuth goes the short way round, over the back if that is shorter; a whole turn, from -180 to
 * 180, stays one. */
static float azimuth_start(float from, float to) RT {
    const float way = to - from;
    if (fabsf(way) <= 180 || fabsf(way) >= 360)
        return from;
    return from + copysignf(360, way);
}

static float path_at(const struct plane *plane, const struct motion *m, uint64_t at) RT {
    const float path = path_straight(plane, m, at);
    if (!is_azimuth(plane, m->slot) || fabsf(path) <= 180)
        return path;
    return path - copysignf(360, path);
}

static float residual_at(const struct motion *m, uint64_t at) RT {
    const float u = (float)(at - m->residual_start) / m->residual_frames;
    if (!m->residual || u >= 1)
        return 0;
    const float left = 1 - u;
    return m->rest * (0.5f + 0.5f * cosf((float)M_PI * u)) +
           m->slope * m->residual_frames * u * left * left;
}

/* Leave the difference between where the slot is and where its path is now to a new residual. */
static void residual_start(struct plane *plane, struct motion *m, float path, float slew_ms,
                           uint64_t now) RT {
    const float lin = plane->lin[m->slot], p = domain(plane, m->slot, path);
    float slope = 0;
    if (now > m->before_frame)
        slope = (lin - m->before) / (float)(now - m->before_frame);
    m->rest = lin - p;
    m->slope = slope;
    m->residual = m->rest != 0 || slope != 0;
    m->residual_start = now;
    const float height = fmaxf(1, fabsf(m->rest));
    m->residual_frames = roundf(slew_ms * sqrtf(height) * 1e-3f * plane->rate_hz);
}

static bool set_moving(struct plane *plane, uint32_t slot, float value, float slew_ms, uint64_t now)
    RT {
    if (plane->motion_of[slot] == MOTION_NONE && plane->lin[slot] == domain(plane, slot, value))
        return false;
    struct motion *m = motion_get(plane, slot, now);
    m->gliding = false;
    m->to = value;
    residual_start(plane, m, value, slew_ms, now);
    return true;
}

bool motion_set_hidden(struct plane *plane, uint32_t slot, float value, float slew_ms,
                       uint64_t now) {
    const uint32_t i = plane->motion_of[slot];
    if (i != MOTION_NONE && plane->motion[i].to == value)
        return false;
    return set_moving(plane, slot, value, slew_ms, now);
}

void motion_fall(struct plane *plane, uint32_t slot, float from, float fall_ms, uint64_t now) RT {
    if (plane->motion_of[slot] != MOTION_NONE)
        motion_end(plane, plane->motion_of[slot]);
    plane->lin[slot] = from;
    set_moving(plane, slot, 0, fall_ms, now);
}

static float value_ms(const struct plane *plane, uint32_t slot, float value) RT {
    const float way = fabsf(plane->lin[slot] - domain(plane, slot, value));
    return fmaxf(SLEW_MS, VALUE_SLEW_MS * sqrtf(fminf(way, 1)));
}

static void set_at_once(struct plane *plane, uint32_t slot, float value) RT {
    if (plane->motion_of[slot] != MOTION_NONE)
        motion_end(plane, plane->motion_of[slot]);
    plane->current[slot] = value;
    plane->lin[slot] = domain(plane, slot, value);
}

bool motion_set(struct plane *plane, uint32_t slot, float value, uint64_t now) RT {
    const struct row *r = &rows[plane->row[slot]];
    const uint32_t i = plane->motion_of[slot];
    const bool gliding = i != MOTION_NONE && plane->motion[i].gliding;
    if (!gliding && plane->target[slot] == value)
        return false;
    plane->target[slot] = value;
    switch (r->smooth) {
    case SMOOTH_GAIN:
        set_moving(plane, slot, value, SLEW_MS, now);
        plane->current[slot] = value;
        return true;
    case SMOOTH_SWITCH:
        if (r->type == TYPE_SWITCH) {
            const bool muted = plane->row[slot] == ROW_MUTED;
            set_moving(plane, slot, value, muted ? MUTED_SLEW_MS : SLEW_MS, now);
            plane->current[slot] = value;
            return true;
        }
        break;
    case SMOOTH_VALUE:
        set_moving(plane, slot, value, value_ms(plane, slot, value), now);
        return true;
    case SMOOTH_EQ:
        if (r->type == TYPE_FLOAT &&
            fabsf(plane->lin[slot] - domain(plane, slot, value)) <= EQ_NEAR) {
            set_moving(plane, slot, value, SLEW_MS, now);
            return true;
        }
        break;
    default: break;
    }
    set_at_once(plane, slot, value);
    return true;
}

void motion_glide(struct plane *plane, uint32_t slot, float value, float seconds, enum curve curve,
                  uint64_t now) RT {
    const struct row *r = &rows[plane->row[slot]];
    const float frames = roundf(seconds * plane->rate_hz);
    if (r->type != TYPE_FLOAT || r->smooth == SMOOTH_NONE || r->smooth == SMOOTH_DELAY ||
        frames < CELL_FRAMES) {
        motion_set(plane, slot, value, now);
        return;
    }
    struct motion *m = motion_get(plane, slot, now);
    const bool fresh = !m->gliding && !m->residual;
    const float path = fresh ? plane->current[slot] : path_at(plane, m, now);
    if (!fresh && r->smooth != SMOOTH_PAN)
        residual_start(plane, m, path, SLEW_MS, now);
    plane->target[slot] = value;
    m->gliding = true;
    m->curve = (uint8_t)curve;
    m->from = is_azimuth(plane, slot) ? azimuth_start(path, value) : path;
    m->to = value;
    m->glide_start = now;
    m->glide_frames = frames;
}

void motion_hold(struct plane *plane, uint32_t slot, uint64_t now) RT {
    const uint32_t i = plane->motion_of[slot];
    if (i == MOTION_NONE || !plane->motion[i].gliding)
        return;
    struct motion *m = &plane->motion[i];
    const float path = path_at(plane, m, now);
    m->gliding = false;
    m->to = path;
    plane->target[slot] = path;
    if (rows[plane->row[slot]].smooth != SMOOTH_PAN)
        residual_start(plane, m, path, SLEW_MS, now);
}

bool motion_step(struct plane *plane, uint32_t i, uint64_t at) RT {
    struct motion *m = &plane->motion[i];
    const uint32_t slot = m->slot;
    const float path = path_at(plane, m, at);
    if (m->gliding && at - m->glide_start >= (uint64_t)m->glide_frames)
        m->gliding = false;
    if (m->residual && at - m->residual_start >= (uint64_t)m->residual_frames)
        m->residual = false;
    const float value = domain(plane, slot, path) + residual_at(m, at);
    m->before = plane->lin[slot];
    m->before_frame = m->at;
    m->at = at;
    plane->lin[slot] = value;
    if (slot < plane->slots) {
        const struct row *r = &rows[plane->row[slot]];
        const bool tapered = r->smooth == SMOOTH_EQ || r->smooth == SMOOTH_VALUE;
        if (tapered && m->residual && r->type == TYPE_FLOAT)
            plane->current[slot] = taper_value(r->taper, r->min, r->max, value);
        else
            plane->current[slot] = path;
    }
    if (m->gliding || m->residual)
        return true;
    motion_end(plane, i);
    return false;
}
