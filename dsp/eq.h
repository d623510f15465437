/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The equaliser of one lane group: high-pass, six bands, low-pass for sixteen legs, as a serial
 * chain of ten state-variable sections:
 *
 *     0 1  high-pass (section 1 with 24 dB/oct only)    2..7  bands    8 9  low-pass
 *
 * Changes are decided at the starts of 64-frame blocks, per lane:
 *   - a small move of a running section: its coefficients go there linearly over the block;
 *   - anything larger, and switches: a second chain (the ghost) is started with the new settings,
 *     warmed while it rings, then crossfaded to over 20 ms, raised cosine. Changes that come
 *     meanwhile wait until it is over and then go to the latest settings.
 * A lane that does not change is untouched by its neighbours' changes, bit for bit.
 * Sections that no lane uses cost nothing.
 *
 * Legs of one strip get the same settings in the same block, so they fade together.
 *
 * Thread: setup functions any, the rest audio (RT). No allocation; the engine owns the memory.
 */
#ifndef DSP_EQ_H
#define DSP_EQ_H

#include "dsp/kernels.h"

#define EQ_BANDS 6

enum eq_type { EQ_BELL, EQ_LOW_SHELF, EQ_HIGH_SHELF, EQ_NOTCH, EQ_BAND_PASS };

enum eq_slope { EQ_12_DB_OCT, EQ_24_DB_OCT };

struct eq_filter {
    bool on;
    uint8_t slope; /* enum eq_slope */
    float hz;
};

struct eq_band {
    bool on;
    uint8_t type; /* enum eq_type */
    float hz;
    float gain_db; /* bell and shelves */
    float q; /* of the analogue prototype, as in RBJ's cookbook: of a bell, the frequencies with
                half the gain in dB lie as far apart as those of a band-pass with this Q */
};

struct eq_params {
    struct eq_filter hpf;
    struct eq_filter lpf;
    bool eq_on; /* the six bands; high-pass and low-pass have their own switches */
    struct eq_band band[EQ_BANDS];
};

/** One section as asked for; `shape` is an enum svf_shape. */
struct eq_section {
    float hz;
    float gain_db;
    float q;
    int32_t shape;
};

struct eq_bank {
    _Alignas(64) struct svf_chain main;
    struct svf_chain ghost;
    float goal[SVF_SECTIONS][SVF_COEFS][LANES];  /* valid for sections in move_mask */
    _Alignas(64) float pos_frames[LANES];        /* -inf: no ghost; < 0: ghost is warming up */
    struct eq_section want[LANES][SVF_SECTIONS]; /* latest settings */
    struct eq_section have[LANES][SVF_SECTIONS]; /* what main runs, or moves to in this block */
    struct eq_section next[LANES][SVF_SECTIONS]; /* what ghost runs, of lanes that have one */
    const struct kernels *k;
    double rate_hz;
    float len_frames;    /* of the crossfade */
    uint32_t dirty;      /* lanes whose want may differ from have */
    uint32_t fading;     /* lanes with a ghost */
    uint32_t snap;       /* lanes that take their settings without a fade */
    uint32_t main_mask;  /* sections any lane uses */
    uint32_t ghost_mask; /* the same of the ghost */
    uint32_t move_mask;  /* sections moving in this block */
};

/** All lanes through, zero state. Thread: setup. */
void eq_init(struct eq_bank *bank, const struct kernels *k, double rate_hz);

/** Ask for settings of one lane; they are acted upon by the next eq_block. Any time, cheap.
 *  Finite values out of range are clamped (see kernels.h eq_fit). */
void eq_set(struct eq_bank *bank, unsigned lane, const struct eq_params *p) RT;

/** Let a lane take its latest settings in the next eq_block without a fade, and with zero state:
 * for start-up, locate, or a lane that gets a new owner. */
void eq_snap(struct eq_bank *bank, unsigned lane) RT;

/** Decide what happens in the coming 64 frames. To be called exactly once at every 64-frame block
 *  start, before eq_run of its first chunk, also for groups that are being skipped. */
void eq_block(struct eq_bank *bank) RT;

/** Filter n frames in place; phase + n <= 64. */
void eq_run(struct eq_bank *bank, float (*x)[LANES], unsigned n, unsigned phase) RT;

/** The same for the lanes in a mask only; the others' samples and states stay as they are. */
void eq_run_lanes(struct eq_bank *bank, float (*x)[LANES], unsigned n, unsigned phase,
                  uint32_t lanes) RT;

/** Zero the state of one lane (both chains); settings and fades go on. */
void eq_reset_lane(struct eq_bank *bank, unsigned lane) RT;

/** Zero the state of all lanes. */
void eq_zero(struct eq_bank *bank) RT;

/** True when all state is below 1e-9 (-180 dBFS): with zero input the group may be zeroed by
 * eq_zero and skipped. Skipping a zero-state bank with zero input is exact. */
bool eq_is_quiet(const struct eq_bank *bank) RT;

#endif
