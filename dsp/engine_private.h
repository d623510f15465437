/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's own data: one structure per owner, all allocated in engine_setup.c and touched by
 * the audio thread alone from then on. */
#ifndef DSP_ENGINE_PRIVATE_H
#define DSP_ENGINE_PRIVATE_H

#include "config/effective.h"
#include "dsp/dyn.h"
#include "dsp/engine.h"
#include "dsp/eq.h"
#include "dsp/insert.h"
#include "dsp/kernels.h"
#include "dsp/limiter.h"
#include "dsp/motion.h"
#include "dsp/multiband.h"
#include "dsp/queue.h"

#define BOUNDARIES (SPAN_CELLS + 1)
#define ROUTE_NONE UINT32_MAX
#define FADE_MS 25.0f       /* cross-fades of pan matrices and delay taps */
#define LOCATE_FADE_MS 5.0f /* fade-in of taped strips after a locate */
#define BULK_SLICE 4096     /* commands of a bulk checked per period */
#define MON_DIM_LIN 0.1f    /* -20 dB */

typedef float planar[SPAN_FRAMES];

/** Numbers to be looked at, each at most once. */
struct todo {
    uint32_t *item;
    uint8_t *mark; /* bits of why, 0 = not listed */
    uint32_t count;
};

/** Which of a strip's gains a motion touched. */
enum {
    TOUCH_IN = 1,
    TOUCH_OUT = 2,
    TOUCH_PAN = 4,
    TOUCH_PAN_JUMP = 8,
    TOUCH_DYN = 16,
    TOUCH_MB = 32,
    TOUCH_LIM = 64,
    TOUCH_SWAP = 128
};

/** Words of the row ORDER. */
enum { ORDER_EQ_DYN_INS, ORDER_DYN_EQ_INS, ORDER_INS_EQ_DYN, ORDER_INS_DYN_EQ };

/** What listens to a key. */
enum key_user { KEY_GATE, KEY_COMP, KEY_USERS };
#define KEY_RING_FRAMES (2 * SPAN_FRAMES)

/** One leg's delay line. At delay 0 nothing is kept: a desk of 1024 channels would stream 20 MB
 * through the caches. A change from there fills the line first and fades when it has something to
 * fade to. */
struct delay_line {
    float *ring; /* [size] */
    uint32_t write;
    uint32_t filled; /* frames kept since the last reset, up to size */
};

/** The delay of a strip or a loudspeaker, all of its legs alike. */
struct delay {
    uint32_t slot;    /* of its row, in ms */
    uint32_t legs;    /* lines */
    uint32_t longest; /* frames */
    uint32_t size;    /* of a line; 0: it has none */
    uint32_t now, next;
    uint64_t fade;           /* engine frame at which the running cross-fade began */
    bool fading, keeps;      /* keeps: the lines are written */
    struct delay_line *line; /* [legs] */
};

/** A channel, bus or the monitor. */
struct strip {
    enum kind kind;
    uint32_t index, object;
    enum format format;
    uint32_t legs;
    uint32_t group, lane;     /* first lane in its lane group */
    uint32_t leg;             /* first of its legs in the planar buffers */
    uint32_t slot[ROW_COUNT]; /* of comp 0, dim 0; SLOT_NONE where the kind has no such row */
    uint32_t hidden;          /* first of its HIDDEN_ slots */
    uint64_t vcas, mgrps;     /* memberships */
    bool taped;               /* fed by the tape, not by a live port */
    struct delay delay;       /* before the lanes */
    uint8_t order;            /* as it is; the row says what it is to become */
    uint32_t key[KEY_USERS];  /* object number + 1 of the strips that key it, 0: itself */
    /* what it feeds */
    uint32_t *to;     /* [DIM_DEST] route, or ROUTE_NONE; NULL for kinds that do not send */
    uint32_t *send;   /* [2 * DIM_AUX] post- and pre-fader route */
    uint32_t *from;   /* mains: [DIM_STEM] */
    uint32_t mon;     /* first of three monitor routes: source, AFL, PFL; or ROUTE_NONE */
    uint32_t *routes; /* all routes that it is the source of */
    uint32_t route_count;
};

/** Smoothed values that no row shows. */
enum {
    HIDDEN_MON,
    HIDDEN_AFL,
    HIDDEN_PFL,
    HIDDEN_IN_FADE,
    HIDDEN_SWAP, /* 0 while order or keys change: the dynamics are faded out */
    HIDDEN_CARE, /* above 0 after a jump of what the dynamics are asked for: they take their time */
    HIDDEN_COUNT
};

/** Sixteen legs of one stage, processed side by side. */
struct lane_group {
    struct insert_bank *insert; /* NULL in stages that have none */
    struct eq_bank *eq;         /* NULL where no strip of the group has filters; the others alike */
    struct dyn_bank *dyn;
    struct multiband_bank *mb;
    struct limiter_bank *lim, *print; /* print: mains, where the print master's gain goes */
    uint32_t lanes;                   /* bits: in use */
    uint32_t dyn_first;               /* lanes whose dynamics come before the equaliser */
    uint32_t keyed[KEY_USERS];        /* lanes that listen to somebody else */
    uint16_t strip[LANES];            /* whose leg a lane is */
    float last[LANES];                /* what came to the limiter last, for tails */
    _Alignas(64) float in_gain[BOUNDARIES][LANES];
    float out_gain[BOUNDARIES][LANES];
    bool in_moving, out_moving;
    _Alignas(64) struct lane_meter in_meter;
    _Alignas(64) struct lane_meter out_meter;
    struct lane_shown shown;
    bool reduces;            /* any reduction was shown last */
    uint32_t leg[LANES];     /* planar leg of a lane, or UINT32_MAX for a hole */
    const float *src[LANES]; /* planar in and out; NULL for holes */
    float *pre[LANES], *post[LANES];
    bool used[LANES];
    uint32_t pre_routes; /* active routes that take the signal before the fader */
    bool idle;           /* state is zero and nothing came in */
    bool loud;           /* something came in during this block */
};

enum route_kind {
    ROUTE_TO,
    ROUTE_SEND,
    ROUTE_SEND_PRE,
    ROUTE_FROM,
    ROUTE_MON,
    ROUTE_AFL,
    ROUTE_PFL
};

/** The gains of one source leg, at the cell boundaries of the block while they move. */
struct route_leg {
    struct mix_ramp ramp[MAX_LEGS];
    float g_lin[MAX_LEGS], end[MAX_LEGS]; /* at rest, and where the ramp ends */
    float pan[MAX_LEGS], pan_from[MAX_LEGS], pan_to[MAX_LEGS];
};

/** A possible connection of a strip to a bus. */
struct route {
    uint16_t src, dst; /* strips */
    uint8_t kind;
    uint16_t dim; /* aux, stem or destination */
    bool active, moving, fading, pre;
    uint64_t fade;    /* engine frame at which the pan cross-fade began */
    uint32_t leg;     /* first of its route_legs */
    uint32_t list;    /* place of its first mix_src in the bus's list, or in the bundle's */
    uint32_t slot[3]; /* gains multiplied: level, on, pre */
};

/** What a bus sums. */
struct bus {
    struct mix_src *src;
    uint32_t count;
    uint32_t from_channels; /* of them, the first ones */
    uint32_t *route;        /* all routes that lead here, in source order */
    uint32_t routes;
    bool stale;            /* the active ones changed: rebuild before the next mix */
    struct bundle *bundle; /* it may be summed with others; NULL where that gains nothing */
    bool bundled;          /* and is: its list is the bundle's */
    uint32_t column;       /* its first leg there */
};

/** Narrow auxes that are summed side by side, so that a channel is read once for all of its sends.
 *  Those that other auxes feed are summed alone, since they have to wait for them. */
struct bundle {
    uint32_t first, auxes; /* strips */
    uint32_t legs, count;  /* in use, and sources */
    struct mix_src *src;
    struct mix_ramp (*ramp)[MAX_LEGS]; /* of each source; valid at rest too */
    uint16_t *moving;                  /* legs of each source that move */
    bool stale;
};

struct stage {
    uint32_t first_strip, strips, first_group, groups;
    bool print; /* after it, stems go on to their outputs */
};

struct bulk {
    struct command *command; /* [slots] checked copies */
    const struct command *source;
    struct group group;
    uint32_t copied;
    bool busy;
    bool landing; /* what stands before inserts has landed, at `landed` */
    uint64_t landed;
    unsigned place; /* the next that has not */
    int64_t late;
};

/** What the strips that key others put out last; see key.c. */
struct key {
    uint16_t *users;  /* [strips] */
    uint32_t *source; /* strips with users */
    uint32_t sources;
    float (*ring)[KEY_RING_FRAMES]; /* [legs] */
};

/** The longest way of a stem from its limiter to its output; see print.c. */
#define PRINT_LINE_FRAMES (LIMITER_LATENCY_FRAMES + SPAN_FRAMES + 16)
struct print {
    uint32_t master, group;    /* object and lane group of the print master, or UINT32_MAX */
    struct limiter_bank *bank; /* its gain; NULL without a print master */
    float gain[SPAN_FRAMES];   /* of this chunk, while working */
    bool working;
    uint32_t first_leg, legs; /* of the stems */
    planar *feed;             /* [legs] what the mains sum; NULL on desks without limiters */
    float (*line)[PRINT_LINE_FRAMES];
    uint32_t at;    /* in it; of its own, since engine frames may be skipped */
    uint32_t *left; /* [stems] frames until the line is silent */
};

/** A loudspeaker: what it takes of the monitor's legs, and what becomes of that. */
struct speaker {
    uint32_t set;
    float fold[MAX_LEGS]; /* of the monitor's legs */
    float g[BOUNDARIES];  /* of the cells; at rest all of them are the same */
    struct delay delay;
};

/** The loudspeaker sets behind the monitor strip. All of them run, so that a change of set is a
 *  cross-fade; what sets are not chosen is muted. */
struct monitor {
    struct speaker *speaker;
    uint32_t speakers, sets;
    uint32_t slot;   /* of the first set's hidden slot, 0..1: chosen */
    planar *out;     /* [speakers] */
    bool touched;    /* gains are to be computed */
    bool moving;     /* they differ over this block */
    bool delays_old; /* a delay is to be looked at */
};

struct engine {
    const struct desk *desk;
    const struct kernels *k;
    struct engine_options options;
    struct plane plane;
    float rate_hz;
    /* signal */
    uint32_t strips;
    struct strip *strip;
    uint32_t first[KIND_COUNT]; /* first strip of a kind, as in the desk */
    uint32_t groups;
    struct lane_group *group;
    uint32_t stages;
    struct stage *stage;
    uint32_t legs;
    planar *in, *pre, *post; /* [legs] */
    uint8_t *quiet;          /* [legs] post is exactly silence */
    struct route *route;
    uint32_t routes;
    struct route_leg *route_leg;
    struct bus *bus; /* [strips]; channels' are empty */
    struct bundle *bundle;
    uint32_t bundles;
    uint32_t inputs, outputs;
    const float **out_leg; /* [outputs] planar leg */
    uint8_t *input_bad;    /* [inputs] lane to be reset at the cell's end */
    bool any_bad;
    uint64_t bad_until;
    float *tail; /* [legs] last samples before a locate, being faded out */
    bool tail_any;
    uint64_t tail_start[PLACES]; /* engine frames at which the jump came to what is there */
    float tail_fade[PLACES][SPAN_FRAMES]; /* of this chunk */
    unsigned tail_left[PLACES];           /* frames of it that a tail still sounds */
    unsigned last_frames;                 /* of the chunk that stands in post */
    struct monitor monitor;
    float mono[BOUNDARIES]; /* how much the monitor is folded to mono, at cell boundaries */
    /* who is heard */
    struct effective_masters masters;
    float vca_db[EFFECTIVE_VCAS];
    struct effective_graph graph;
    struct effective_heard heard;
    bool mutes_stale, solo_stale, pans_stale;
    struct inserts inserts;
    struct key key;
    struct print print;
    /* lists of what moves */
    struct todo touched;             /* strips, TOUCH_ bits */
    struct todo eq_dirty;            /* strips */
    struct todo moved_in, moved_out; /* lane groups moving in this block */
    struct todo touched_routes, moved_routes, fading_routes;
    struct todo moved_dyn;     /* lane groups */
    struct todo swapping;      /* strips */
    struct todo fading_delays; /* strips */
    /* time */
    uint64_t frame;   /* engine frame */
    int64_t grid;     /* position on the 16/64-frame grid: the timeline while rolling */
    int64_t timeline; /* expected timeline frame of the next period */
    bool rolling, block_open;
    uint32_t epoch;
    struct queue by_frame, by_timeline;
    uint64_t order;
    struct bulk bulk;
    struct engine_counters counters;
};

/* derive.c: parameters -> gains */
/** Note that a slot was set by a command (`set`), or has moved to the next boundary. RT. */
void derive_slot(struct engine *e, uint32_t slot, bool set) RT;
/** Recompute everything noted, for boundary `row` (1..4) of the block. RT. */
void derive_cell(struct engine *e, unsigned row, uint64_t at) RT;
/** Begin a 64-frame block: what moved in the last one rests now. RT. */
void derive_block(struct engine *e) RT;
/** What is decided once a block: delay taps, and equaliser settings for the banks. RT. */
void derive_slow(struct engine *e) RT;
/** Everything from scratch, without motion. Thread: main, or audio while nothing sounds. */
void derive_all(struct engine *e) RT;

/* derive_dyn.c: parameters -> dynamics */
/** Write what a motion touched for boundary `row`. RT. */
void derive_dyn(struct engine *e, const struct strip *s, unsigned row, uint8_t why) RT;
/** A block is over: dynamics that moved in it rest. RT. */
void derive_dyn_rest(struct engine *e) RT;
/** The block begins at `phase`. RT. */
void derive_dyn_begin(struct engine *e, unsigned phase) RT;
/** A row of the dynamics jumps, and its slot has begun to move. */
void derive_care(struct engine *e, uint32_t slot) RT;
/** Whether the care that a strip takes is to be told to its dynamics in this cell. */
bool derive_care_due(const struct engine *e, const struct strip *s) RT;
/** Take order and keys at once. RT. */
void derive_swap(struct engine *e, struct strip *s) RT;
/** At a block start: go on with swaps that are under way. RT. */
void derive_swaps(struct engine *e) RT;

/* chain.c: between trim and fader */
/** Equaliser and dynamics of a lane group, in place. RT. */
void chain_run(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
               unsigned phase) RT;
/** True when silence in means silence out from now on, and all state may be zeroed. RT. */
bool chain_is_quiet(const struct lane_group *g) RT;
/** Whether it has to run though nothing comes in: somebody else is listened to. */
bool chain_listens(const struct lane_group *g) RT;
void chain_zero(struct lane_group *g) RT;
/** Forget what the legs of a strip remember. RT. */
void chain_reset(struct lane_group *g, const struct strip *s) RT;

/* key.c: side-chains */
/** One more, one less listens to a strip. RT. */
void key_claim(struct engine *e, uint32_t strip) RT;
void key_release(struct engine *e, uint32_t strip) RT;
/** Forget what a strip put out; of all of them. RT. */
void key_reset(struct engine *e, const struct strip *s) RT;
void key_skip(struct engine *e) RT;
/** Keep the n frames that the strips put out in this chunk. RT. */
void key_keep(struct engine *e, unsigned n) RT;
/** What the keyed lanes of a group listen to, 64 frames old, others silent. A leg listens to the
 *  same leg of the key; legs beyond those of the strip are added to its first ones in turn. RT. */
void key_gather(const struct engine *e, const struct lane_group *g, enum key_user user,
                float (*key)[LANES], unsigned n) RT;

/* print.c: limiters */
/** Limiters of a group of stems or mains, in place, after the fader. RT. */
void print_limit(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                 unsigned phase) RT;
/** From the stems' feeds to their outputs. RT. */
void print_stems(struct engine *e, unsigned n) RT;
/** What limiters add to the latency of a kind. Thread: any. */
uint32_t print_latency(const struct engine *e, enum kind kind);

/* route.c: routes and buses */
/** Present gain of a route, without its pan matrix. RT. */
float route_gain(const struct engine *e, const struct route *r) RT;
/** Compute the pan matrix of a route into its legs' pan_to. RT. */
void route_pan(struct engine *e, struct route *r) RT;
/** Cross-fade to the present pan parameters, from engine frame `now` on. RT. */
void route_fade(struct engine *e, uint32_t number, uint64_t now) RT;
/** Write the gains of a route for boundaries row..4, boundary `row` being engine frame `at`. RT. */
void route_write(struct engine *e, uint32_t number, unsigned row, uint64_t at) RT;
/** A block is over: a route that moved in it rests at its last gains, or is left out. RT. */
void route_rest(struct engine *e, uint32_t number) RT;
/** Gains at once, without motion. Thread: main, or audio while nothing sounds. RT. */
void route_snap(struct engine *e, uint32_t number) RT;
/** Rebuild the list of what a bus sums. RT. */
void route_rebuild(struct engine *e, uint32_t strip) RT;

/* bundle_setup.c */
/** Thread: main. False: out of memory. */
bool bundle_setup(struct engine *e);
void bundle_free(struct engine *e);

/* bundle.c: auxes summed side by side */
/** Put the gains of a bundled route's source leg into the list. RT. */
void bundle_entry(struct engine *e, const struct route *r, uint32_t leg) RT;
/** Sum a bus that has a bundle, at its turn; false: it is to be summed alone. RT. */
bool bundle_mix(struct engine *e, const struct strip *s, unsigned n, unsigned phase) RT;

/* delay_setup.c */
/** Lines for `legs` legs of a delay of up to longest_ms, told by the row at `slot`. False: out of
 *  memory. Thread: main. */
bool delay_setup(const struct engine *e, struct delay *d, uint32_t slot, uint32_t legs,
                 float longest_ms);
void delay_free(struct delay *d);

/* delay.c */
/** Frames after a reset over which what comes out of a line fades in. RT. */
uint32_t delay_rise_frames(const struct engine *e) RT;
/** Put n frames of x into the line of `leg` and take the delayed ones out. Call it only where
 *  d->keeps. RT. */
void delay_run(const struct engine *e, struct delay *d, uint32_t leg, float *x, unsigned n) RT;
/** At a block start: end a finished fade, begin one where the row differs and the lines hold as
 *  much. False when there is nothing left to do. RT. */
bool delay_update(struct engine *e, struct delay *d) RT;
/** Take the row's delay at once. RT. */
void delay_snap(struct engine *e, struct delay *d) RT;
/** Forget what the lines hold. RT. */
void delay_reset(struct delay *d) RT;

/* stage.c: sound */
/** Copy host inputs of the chunk, looking for non-finite samples. Returns n, or fewer frames: up to
 *  the end of the cell in which one was found. RT. */
unsigned stage_inputs(struct engine *e, const float *const *in, uint32_t offset, unsigned n,
                      unsigned phase) RT;
/** Process one stage for n frames, phase frames into the block. RT. */
void stage_run(struct engine *e, const struct stage *st, unsigned n, unsigned phase) RT;
/** A cell is over: reset the lanes whose input was non-finite in it. RT. */
void stage_cell_end(struct engine *e) RT;
/** A block is over: groups in which nothing came in and all has decayed become idle. RT. */
void stage_block_end(struct engine *e) RT;
/** Reset everything at a place that remembers sound of the tape, and fade in. RT. */
void stage_locate(struct engine *e, enum insert_place place) RT;

/* monitor_setup.c */
/** Thread: main. False: out of memory. */
bool monitor_setup(struct engine *e);
void monitor_free(struct monitor *m);

/* monitor.c: loudspeakers */
/** A row of the loudspeakers was set. RT. */
void monitor_set(struct engine *e, uint32_t slot) RT;
/** Write the gains of boundaries row..4 where something moved. RT. */
void monitor_cell(struct engine *e, unsigned row) RT;
/** A block begins: gains that moved in the last one rest. RT. */
void monitor_rest(struct engine *e) RT;
/** Once a block: delays. RT. */
void monitor_slow(struct engine *e) RT;
/** Everything at once, without motion. RT. */
void monitor_snap(struct engine *e) RT;
/** From the monitor's legs to the loudspeakers: fold, delay, gain. RT. */
void monitor_run(struct engine *e, unsigned n, unsigned phase) RT;

/* tail.c */
/** Work out the fades of a chunk, once for all legs. RT. */
void tail_begin(struct engine *e, unsigned n) RT;
/** Keep what the legs of a strip put out last, before it is reset. RT. */
void tail_catch(struct engine *e, const struct strip *s) RT;
/** Add what is left of it to this chunk of a stage. RT. */
void tail_run(struct engine *e, const struct stage *st) RT;
/** The same in front of a group's limiter; whether there is anything to add there. RT. */
bool tail_lanes(const struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n) RT;
bool tail_waits(const struct engine *e, const struct lane_group *g) RT;
/** Forget tails that are over; once a block. RT. */
void tail_end(struct engine *e) RT;

/* meter.c */
/** Fold what the lane groups gathered over n frames into the ballistic meters. RT. */
void meter_update(struct engine *e, uint32_t n) RT;

/** What later stages and listeners get of a strip: planar legs. */
static inline planar *feed_of(const struct engine *e, const struct strip *s) RT {
    return s->kind == KIND_STEM && e->print.feed ? e->print.feed + (s->leg - e->print.first_leg)
                                                 : e->post + s->leg;
}

static inline void todo_add(struct todo *t, uint32_t n, uint8_t why) RT {
    if (!t->mark[n])
        t->item[t->count++] = n;
    t->mark[n] |= why;
}

static inline void todo_clear(struct todo *t) RT {
    for (uint32_t i = 0; i < t->count; i++)
        t->mark[t->item[i]] = 0;
    t->count = 0;
}

#endif
