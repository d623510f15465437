/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The dynamics of one lane group: gate, compressor and de-esser for sixteen legs, side by side.
 *
 *      level = peak of |x| over a quad, 4 frames anchored in the block, legs of one strip together
 *      gate  = downward expander of the level, or of a key's
 *      comp  = compressor of the level after the gate, or of a key's level
 *      deess = compressor of the level above freq, after gate and comp; on all, or on a high shelf
 *      y     = x * gate * comp * deess
 *
 * A level is kept while less comes: for a fifth of the release time, 5 ms at most, so that a tone's
 * crests count and not its way between them, from 100 Hz up. The release is shortened by as much.
 *
 * What a quad's peak asks for is reached at the end of the next quad, the gain moving linearly from
 * frame to frame; time constants are shortened by what that takes, so that the times to 63 % stand
 * as they were asked for. Gains are smoothed in log2 units, towards less and towards more gain with
 * a time each (D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design",
 * JAES 60(6), 2012: log domain, quadratic knee, smooth branching detector on the gain reduction).
 *
 * Parameters arrive for the cell boundaries of a block and move linearly between them; times step.
 * A module is off where its wet is 0: it keeps no state then, costs nothing when nobody in the
 * group has it on, and the lane passes bit for bit. Lanes do not depend on one another (unless
 * linked or keyed), nor a sample on how the block is cut into calls.
 *
 * Frames of a block that dyn_run is not called for count as silence: what the gates make of it is
 * caught up with, so that leaving out a silent group is exact.
 *
 * Thread: setup functions any, the rest audio (RT). No allocation; the engine owns the memory.
 */
#ifndef DSP_DYN_H
#define DSP_DYN_H

#include "dsp/kernels.h"

#define QUAD_FRAMES 4
#define DYN_ROWS (SPAN_CELLS + 1)

struct dyn_gate {
    float wet; /* 0 off .. 1 on; between them the gain's share in dB */
    float thr_db, ratio, range_db, knee_db;
    float att_ms;  /* opening */
    float hold_ms; /* the gain does not fall until the level has been below for so long */
    float rel_ms;  /* closing */
};

struct dyn_comp {
    float wet;
    float thr_db, ratio, range_db, knee_db;
    float makeup_db;
    float mix; /* 0..1: gain = 1 - mix + mix * wet gain */
    float att_ms, hold_ms, rel_ms;
    float autorel; /* 0..1: a second follower, slow, stands in for reductions that last: it charges
                      with rel_ms and lets go with 8 * rel_ms (at most 10 s) */
};

struct dyn_deess {
    float wet;
    float split; /* 0 gain on everything .. 1 gain on a high shelf at freq */
    float freq_hz, thr_db, ratio, range_db;
    float att_ms, rel_ms;
};

/** What a gate or compressor listens through: second-order Butterworths. */
struct dyn_filter {
    float wet;
    float hpf_hz, lpf_hz;
};

struct dyn_params {
    struct dyn_gate gate;
    struct dyn_comp comp;
    struct dyn_deess deess;
    struct dyn_filter gate_sc, comp_sc;
};

/** Side-chain signals, [n][LANES] like x; NULL where nobody is keyed. Lanes of the masks listen to
 *  key[] instead of x. Masks may change at cell boundaries. */
struct dyn_keys {
    const float (*gate)[LANES];
    uint32_t gate_lanes;
    const float (*comp)[LANES];
    uint32_t comp_lanes;
};

/** What can be on and off, and move, by itself. */
enum dyn_module { DYN_GATE, DYN_COMP, DYN_DEESS, DYN_GATE_SC, DYN_COMP_SC, DYN_MODULES };

/** Parameters as the kernels want them: levels and gains in log2 units, times as coefficients of a
 *  follower that moves once a quad, filters as in struct svf_chain. */
enum dyn_value {
    DYN_GATE_WET,
    DYN_GATE_THR,
    DYN_GATE_KNEE,
    DYN_GATE_SLOPE,
    DYN_GATE_RANGE,
    DYN_GATE_ATT,
    DYN_GATE_HOLD, /* quads */
    DYN_GATE_REL,
    DYN_GATE_KEEP, /* quads that a level is kept */
    DYN_COMP_WET,
    DYN_COMP_THR,
    DYN_COMP_KNEE,
    DYN_COMP_SLOPE,
    DYN_COMP_RANGE,
    DYN_COMP_MAKEUP,
    DYN_COMP_MIX,
    DYN_COMP_AUTO,
    DYN_COMP_ATT,
    DYN_COMP_HOLD,
    DYN_COMP_REL,
    DYN_COMP_SLOW_ATT,
    DYN_COMP_SLOW_REL,
    DYN_COMP_KEEP,
    DYN_DEESS_WET,
    DYN_DEESS_SPLIT,
    DYN_DEESS_THR,
    DYN_DEESS_SLOPE,
    DYN_DEESS_RANGE,
    DYN_DEESS_HP, /* and the next two */
    DYN_DEESS_ATT = DYN_DEESS_HP + 3,
    DYN_DEESS_REL,
    DYN_GATE_SC_WET,
    DYN_GATE_SC_HP,
    DYN_GATE_SC_LP = DYN_GATE_SC_HP + 3,
    DYN_COMP_SC_WET = DYN_GATE_SC_LP + 3,
    DYN_COMP_SC_HP,
    DYN_COMP_SC_LP = DYN_COMP_SC_HP + 3,
    DYN_VALUES = DYN_COMP_SC_LP + 3
};

/** All that a lane remembers. */
enum dyn_state {
    DYN_START, /* gain at the start and the end of the present quad, lin */
    DYN_GOAL,
    DYN_SHELF_START, /* of the shelf: G - 1 */
    DYN_SHELF_GOAL,
    DYN_SHELF_BP_START, /* k (sqrt(G) - 1) */
    DYN_SHELF_BP_GOAL,
    DYN_PEAK, /* of the present quad so far, lin */
    DYN_GATE_PEAK,
    DYN_COMP_PEAK,
    DYN_DEESS_PEAK,
    DYN_GATE_LEVEL, /* that is kept, log2 */
    DYN_COMP_LEVEL,
    DYN_GATE_SHUT, /* 0 open .. 1 shut, as share of the range */
    DYN_GATE_AIM,  /* where the last quad wanted it */
    DYN_GATE_WAIT, /* quads of hold left */
    DYN_GATE_AGE,  /* quads that the level has been kept */
    DYN_COMP_RED,  /* reduction, log2, >= 0 */
    DYN_COMP_SLOW,
    DYN_COMP_AIM,
    DYN_COMP_WAIT,
    DYN_COMP_AGE,
    DYN_DEESS_RED,
    DYN_DEESS_AIM,
    DYN_SETTLING,                     /* not 0: something was put to rest at the end of the block */
    DYN_FILTERS,                      /* from here: states of filters */
    DYN_DEESS_SVF = DYN_FILTERS,      /* two */
    DYN_GATE_SVF = DYN_DEESS_SVF + 2, /* four: high-pass, low-pass */
    DYN_COMP_SVF = DYN_GATE_SVF + 4,  /* four */
    DYN_STATES = DYN_COMP_SVF + 4
};

/** Meters: the lowest gain since taken. */
enum dyn_low { DYN_GATE_LOW, DYN_COMP_LOW, DYN_DEESS_LOW, DYN_LOWS };

/** One lane group. 64-byte aligned. At rest all rows are equal. */
struct dyn_bank {
    _Alignas(64) float row[DYN_ROWS][DYN_VALUES][LANES];
    float state[DYN_STATES][LANES];
    float low[DYN_LOWS][LANES];  /* log2, <= 0 */
    int32_t link_lane[4][LANES]; /* whom a lane looks at in each step of the maximum */
    const struct kernels *k;
    double rate_hz;
    struct dyn_params have[LANES];     /* what row 4 was made from */
    uint8_t first[LANES], legs[LANES]; /* the strip a lane belongs to */
    unsigned link_steps;               /* 0: nobody is linked */
    uint32_t on[DYN_MODULES];          /* lanes with wet > 0 somewhere in this block */
    uint32_t moving[DYN_MODULES];      /* lanes whose rows differ */
    uint32_t split, parallel;          /* lanes with split > 0, mix < 1 somewhere in this block */
    uint32_t autorel, holding;         /* the same of the compressor's autorel and hold */
    uint32_t lingering; /* lanes that moved in the last block: what they left stays on */
    uint32_t fresh;     /* lanes that begin anew */
    unsigned next;      /* phase up to which the block has been run */
    bool still;         /* all state is where silence leaves it */
    bool keyed;         /* in the last run somebody was */
};

/** All off, unlinked. Thread: setup. */
void dyn_init(struct dyn_bank *bank, const struct kernels *k, double rate_hz);

/** A strip occupies `legs` lanes from `lane` on: they share detectors. Thread: setup. */
void dyn_link(struct dyn_bank *bank, unsigned lane, unsigned legs);

/** Set the parameters of a strip at boundary `row` (0..4, block frame 16 * row) and the later ones.
 *  Row 0, between blocks, is a jump: the strip begins afresh. Values out of range are clamped to
 *  what can be built; they have to be finite. Cheap where nothing changed. */
void dyn_write(struct dyn_bank *bank, unsigned lane, unsigned legs, unsigned row,
               const struct dyn_params *p) RT;

/** A block begins at `phase` instead of 0, because the timeline jumped: no time passed before it.
 */
void dyn_begin(struct dyn_bank *bank, unsigned phase) RT;

/** The block is over; rows rest at row 4. To be called once after every block, also for groups that
 *  were left out. A block that was run ends where it was run to. */
void dyn_rest(struct dyn_bank *bank) RT;

/** Whether anything is on in this block. If not, dyn_run need not be called. */
bool dyn_active(const struct dyn_bank *bank) RT;

/** Process n frames in place; phase + n <= 64. Chunks of a block in ascending order.
 *  @param keys  NULL, or what keyed lanes listen to */
void dyn_run(struct dyn_bank *bank, float (*x)[LANES], unsigned n, unsigned phase,
             const struct dyn_keys *keys) RT;

/** The strip of this lane as freshly set up: gate shut, nothing reduced, filters empty. All its
 *  legs, because they share their gains. */
void dyn_reset_lane(struct dyn_bank *bank, unsigned lane) RT;

/** All lanes as silence leaves them. */
void dyn_zero(struct dyn_bank *bank) RT;

/** True when more silence would change nothing: the group may be left out, with dyn_rest alone
 *  being called, until something comes. Never true of a group that is keyed. */
bool dyn_is_quiet(const struct dyn_bank *bank) RT;

/** Lowest gains since last taken, dB <= 0; comp without makeup and mix. */
void dyn_gr_take(struct dyn_bank *bank, float gate_db[LANES], float comp_db[LANES],
                 float deess_db[LANES]) RT;

#endif
