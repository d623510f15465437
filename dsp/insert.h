/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inserts: a strip's way out to another program and back, and the time that it takes.
 *
 * What goes out in a period comes back a loop later (`engine_insert_loop`). So that strips with and
 * without an insert stay together, every lane of a stage in which the desk file declares one waits
 * the stage's lag: the loop, rounded up to whole blocks, so that what stands behind keeps its place
 * in the block. What is set or located behind an insert happens later by as much, at the sample
 * that it was meant for. What channels feed past the groups waits for the groups in the bus.
 *
 * There are three places: before the channels' inserts, between those and the groups', and behind
 * both. A desk without inserts has lag 0 at all of them and none of the memory.
 *
 * Threads: insert_setup and insert_free main, everything marked RT the audio thread. */
#ifndef DSP_INSERT_H
#define DSP_INSERT_H

#include "config/desk.h"
#include "dsp/kernels.h"
#include "dsp/queue.h"

struct bus;
struct engine;
struct lane_group;
struct strip;

enum insert_place { PLACE_FIRST, PLACE_BETWEEN, PLACE_LAST, PLACES };
#define INSERT_LOCATES 16 /* that may be on their way: one per period of 16 frames and two lags */

/** One lane group of a stage that has inserts. */
struct insert_bank {
    float (*ring)[LANES]; /* [room] what went in */
    uint32_t at;
    uint32_t lag_frames;
    uint32_t still_frames;       /* since something came in */
    uint32_t lanes;              /* bits: those with an insert of their own */
    uint32_t first;              /* lanes whose insert comes before equaliser and dynamics */
    uint32_t port[LANES];        /* of the returns, and of the sends */
    uint32_t dip;                /* lanes that are silent while their insert changes its place */
    uint32_t hold_frames[LANES]; /* by a strip's first lane: until what was on its way is over */
    bool moving;
    float wet[SPAN_CELLS + 1][LANES];  /* at cell boundaries: 1 hears the return */
    float open[SPAN_CELLS + 1][LANES]; /* of lanes in dip: 1 is heard */
};

/** What comes back to one leg, until it is as old as the lag. */
struct insert_return {
    float late[SPAN_FRAMES];
    uint32_t at;
    uint32_t bad_frames; /* of a cell with a non-finite sample, still to be silenced */
};

/** What channels feed to a bus behind the groups. */
struct insert_bus {
    float *ring; /* [legs][room] */
    uint32_t at;
};

/** The engine's. */
struct inserts {
    bool in_stage[2];             /* channels, groups */
    uint32_t loop_frames;         /* present loop */
    uint32_t room_frames;         /* longest lag of a stage */
    _Atomic uint32_t lag[PLACES]; /* frames; written by audio */
    uint32_t ports;
    struct insert_return *back; /* [ports] */
    const float *const *in;     /* [ports] of this period */
    float *const *out;
    uint32_t offset;                         /* of this chunk in them */
    struct insert_bus *bus;                  /* [strips] */
    uint8_t *bulk_place;                     /* [slots] of the bulk being applied */
    uint64_t locate[PLACES][INSERT_LOCATES]; /* engine frames at which a locate arrives */
    uint32_t locates[PLACES];
    bool touched; /* a switch has moved */
};

/** After the stages are made. False: no memory. Thread: main. */
bool insert_setup(struct engine *e);
void insert_free(struct engine *e);

/** Go out, wait and hear what comes back, in place: the lanes whose insert comes before equaliser
 *  and dynamics; and all others, behind them. Nothing where the stage has no insert. RT. */
void insert_before(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                   unsigned phase) RT;
void insert_after(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                  unsigned phase) RT;
/** At a block end: whether nothing is on its way and nothing may come back. RT.
 *  @param still  nothing came in during the block, and what stands around it is at rest */
bool insert_is_quiet(struct insert_bank *b, bool still) RT;

/** The buffers of the period (engine_run's) and the chunk's place in them. RT. */
void insert_buffers(struct engine *e, const float *const *in, float *const *out, uint32_t offset)
    RT;
/** Mix what feeds a bus, channels later than groups. False: no group has an insert. RT. */
bool insert_mix(struct engine *e, const struct strip *s, struct bus *bus, float *const *out,
                unsigned n, unsigned phase) RT;

/** Switches have moved: write their boundaries row..4; at rest; without motion. RT. */
void insert_cell(struct engine *e, unsigned row) RT;
void insert_rest(struct engine *e) RT;
void insert_snap(struct engine *e) RT;
/** A strip's insert is to come before its equaliser and dynamics, or behind them: if that is
 * another place, the strip is faded out with HIDDEN_SWAP; it changes; what was on its way is
 * forgotten, and the strip is held silent until new sound has gone through. RT. */
void insert_leave(struct engine *e, const struct strip *s, bool first) RT;
void insert_first(struct engine *e, const struct strip *s, bool first) RT;
bool insert_holds(const struct engine *e, const struct strip *s) RT;

/** Frames by which the strips of a kind lag because of inserts. Any thread. RT. */
uint32_t insert_latency(const struct engine *e, enum kind kind) RT;
/** Where a strip begins, where it ends, and where its equaliser and dynamics are. RT. */
enum insert_place insert_ahead(const struct strip *s) RT;
enum insert_place insert_behind(const struct strip *s) RT;
enum insert_place insert_chain(const struct engine *e, const struct strip *s) RT;
/** Note the places of a bulk's commands. The first place that has any. RT. */
unsigned insert_places(struct engine *e, const struct command *command, uint32_t count) RT;
/** How much later a change of a slot happens. RT. */
uint32_t insert_lag(const struct engine *e, uint32_t slot) RT;
/** Put a due command off until then; false when it is to be applied now. RT. */
bool insert_defer(struct engine *e, const struct queue_item *item) RT;
/** Locate now what stands first, and the rest when its time has come. RT. */
void insert_locate(struct engine *e) RT;
/** Locates whose time has come. RT. */
void insert_due(struct engine *e) RT;
/** At most n, so that a chunk ends where a locate is due. RT. */
unsigned insert_until(const struct engine *e, unsigned n) RT;

#endif
