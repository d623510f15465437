/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameter plane: what every slot was asked to be, is now, and how it gets there.
 *
 * A value in motion is a path (constant, or a glide) plus a residual that dies away. A sudden set
 * puts the path on the new value at once and leaves the difference to the residual, a raised cosine
 * with the slope the value had, so that steps, glides and whatever interrupts them join without a
 * corner. Everything is a closed form of the engine frame, evaluated at the boundaries of 16-frame
 * cells; in between, users interpolate linearly.
 *
 * Domains: gains move as linear gains (`lin`), switches as 0..1, equaliser parameters in their
 * taper. `current` tells engineering units.
 *
 * Threads: motion_setup.c main, the rest audio (RT). */
#ifndef DSP_MOTION_H
#define DSP_MOTION_H

#include "config/command.h"
#include "config/desk.h"
#include "config/rt.h"

#define MOTION_NONE UINT32_MAX
/* An untimed step takes SLEW_MS, and longer by the root of its height where that is above 1: what
 * linear interpolation in cells leaves of a 1 kHz sine above 4 kHz goes with height / length^2, and
 * is -88 dB for a step of 1. */
#define SLEW_MS 22.0f
/* A solo or a mute group mutes up to four stages of one path together, and their product is as much
 * steeper as they are many. */
#define MUTED_SLEW_MS 33.0f
/* Thresholds and the like move gains in dB: from end to end they take this long, shorter ways less
 * by the root. */
#define VALUE_SLEW_MS 150.0f
#define EQ_NEAR 0.04f /* of the taper: steps up to here slew, larger ones cross-fade */

struct motion {
    uint32_t slot;
    uint8_t curve;
    bool gliding, residual;
    float from, to;                       /* path, engineering units */
    uint64_t glide_start, residual_start; /* engine frames */
    float glide_frames, residual_frames;
    float rest, slope; /* residual at its start, and its slope per frame, in the slot's domain */
    float before;      /* value at the previous cell boundary, in the slot's domain */
    uint64_t before_frame;
    uint64_t at; /* boundary of the latest evaluation */
};

/** What a change of a slot concerns, per row; the engine's only table over parameters. */
enum derive {
    DERIVE_NONE,
    DERIVE_IN,    /* strip's input gain */
    DERIVE_OUT,   /* strip's output gain */
    DERIVE_VCA,   /* output gain of the members of a VCA */
    DERIVE_MUTES, /* who is heard */
    DERIVE_EQ,
    DERIVE_DELAY,
    DERIVE_PAN,    /* all routes of a strip */
    DERIVE_ROUTE,  /* one route */
    DERIVE_INSERT, /* an insert is heard or not */
    DERIVE_MEMBER, /* VCA membership: output gain and mutes */
    DERIVE_SOLO,   /* what the monitor hears, and who is heard */
    DERIVE_MON,    /* monitor output */
    DERIVE_DYN,    /* gate, compressor, de-esser */
    DERIVE_MB,     /* multiband */
    DERIVE_LIM,    /* limiter */
    DERIVE_SWAP,   /* order and keys, which change while the dynamics are faded out */
    DERIVE_SPK     /* loudspeakers */
};
extern const uint8_t derive_of[ROW_COUNT];

struct plane {
    const struct desk *desk;
    uint32_t slots;        /* of the layout */
    uint32_t all;          /* with hidden ones behind them */
    float *target;         /* [slots] */
    float *current;        /* [slots] */
    float *lin;            /* [all] gains and switches as they are at the latest boundary */
    uint32_t *motion_of;   /* [all] index into motion, or MOTION_NONE */
    uint8_t *row;          /* [slots] enum row_id */
    uint16_t *object;      /* [all] object number */
    uint16_t *dim;         /* [slots] */
    uint8_t *comp;         /* [slots] */
    struct motion *motion; /* [all], the first `active` are in use */
    uint32_t active;
    float rate_hz;
};

/** Set a slot at engine frame `now` (a cell boundary). Returns whether anything changes. */
bool motion_set(struct plane *plane, uint32_t slot, float value, uint64_t now) RT;
/** Start a glide from the present path. Rows that cannot glide are set. */
void motion_glide(struct plane *plane, uint32_t slot, float value, float seconds, enum curve curve,
                  uint64_t now) RT;
/** Stop a glide where it is. */
void motion_hold(struct plane *plane, uint32_t slot, uint64_t now) RT;
/** Evaluate motion number i at engine frame `at`, updating lin and current. Returns false when it
 * is over (and removed: another motion has taken its number). */
bool motion_step(struct plane *plane, uint32_t i, uint64_t at) RT;
/** Set a hidden slot (0..1 in `lin`), slewed over slew_ms. */
bool motion_set_hidden(struct plane *plane, uint32_t slot, float value, float slew_ms, uint64_t now)
    RT;
/** Put a hidden slot on a value at once, and let it fall to 0 in fall_ms. */
void motion_fall(struct plane *plane, uint32_t slot, float from, float fall_ms, uint64_t now) RT;
/** Linear value of a slot at rest in its target. */
float motion_lin(const struct plane *plane, uint32_t slot, float value) RT;

#endif
