/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one seam between the sound process and the control process: a sealed memfd with rings, the
 * parameter plane, texts, meters, the bulk slot and a clock, all plain memory without pointers.
 *
 * Sound creates the mapping and treats everything in it as hostile: it keeps sizes, offsets and its
 * own ring positions in private memory (struct link), copies before it checks, and checks before it
 * uses. Control may be killed at any instruction: one release store publishes a group of commands,
 * so a group is there whole or not at all.
 *
 * Both ends may live in one process (renderer, tests): make a link, then attach a second struct
 * link to the same descriptor. */
#ifndef DAEMON_LINK_H
#define DAEMON_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/command.h"
#include "config/desk.h"
#include "config/rt.h"

#define LINK_MAGIC 0x4b53454442554475ull
#define LINK_VERSION 2
#define LINK_COMMAND_CELLS (1u << 17) /* 16 bytes each; a group takes 2 + count */
#define LINK_EVENTS \
    (1u << 17) /* a locate drops up to ENGINE_QUEUE groups in one callback, each told */
#define LINK_REQUESTS 256u
#define LINK_NOTICES 1024u
#define LINK_KEEP_BYTES \
    (16u << 20) /* control's own memory, survives its restarts; sound never reads it */
#define LINK_TEXT_BYTES 240

/* ---- rings: single producer, single consumer, cells of fixed size ---- */

struct ring_shared { /* in the mapping */
    _Alignas(
        64) _Atomic uint32_t head; /* cells ever written (mod 2^32); producer stores with release */
    _Alignas(64) _Atomic uint32_t tail; /* cells ever read; consumer stores with release */
};

struct ring { /* private view of one end */
    struct ring_shared *shared;
    unsigned char *cells;
    uint32_t cell_bytes, capacity; /* capacity is a power of two */
    uint32_t pos;                  /* own position: head of the producer, tail of the consumer */
};

/** Free cells as the producer sees them; 0 when the shared tail is nonsense. RT. */
uint32_t ring_free(const struct ring *ring) RT;
/** Copy n cells in behind the last put, not yet visible. The caller has checked ring_free. RT. */
void ring_put(struct ring *ring, const void *cells, uint32_t n) RT;
/** Make everything put visible at once: one release store. RT. */
void ring_commit(struct ring *ring) RT;
/** Cells to read as the consumer sees them; UINT32_MAX when the shared head is nonsense
 *  (head - tail > capacity): the consumer must then ring_resync. RT. */
uint32_t ring_avail(const struct ring *ring) RT;
/** Copy n cells from `skip` cells behind the read position, without consuming. RT. */
void ring_peek(const struct ring *ring, uint32_t skip, void *cells, uint32_t n) RT;
/** Consume n cells. RT. */
void ring_drop(struct ring *ring, uint32_t n) RT;
/** Consumer: forget everything, go on from the shared head. RT. */
void ring_resync(struct ring *ring) RT;

/* ---- clock: where sound is, under a sequence lock ---- */

struct link_clock {
    uint64_t frame;   /* engine frame at the start of the latest period */
    int64_t raw_ns;   /* CLOCK_MONOTONIC_RAW of its start */
    int64_t timeline; /* timeline frame of it */
    uint32_t period_frames;
    uint32_t rate_hz;
    uint32_t epoch;
    uint32_t rolling;   /* 0 or 1 */
    uint32_t freewheel; /* 1: not in real time; control must keep `handed` ahead of the timeline */
    uint32_t pad;
};

/* ---- what sound tells besides: counters, each written by sound only ---- */

struct link_status {
    _Atomic uint64_t applied; /* commands applied */
    _Atomic uint64_t late;    /* groups after their time */
    _Atomic uint64_t nan_inputs;
    _Atomic uint64_t callbacks;     /* heartbeat */
    _Atomic uint64_t xruns;         /* reported by the server */
    _Atomic uint64_t missed_frames; /* frames without a callback */
    _Atomic uint64_t events_dropped;
    _Atomic uint64_t bad_groups; /* groups refused by the checks */
    _Atomic uint32_t worst_us;   /* worst callback since start (or since /status/rt reset) */
    _Atomic uint32_t last_us;
    _Atomic uint32_t queue_high;
    _Atomic uint32_t queued;
    _Atomic uint32_t server_alive;
    _Atomic uint32_t realtime;   /* the audio thread really is SCHED_FIFO/RR */
    _Atomic uint32_t tape_state; /* enum tape_state */
    _Atomic uint64_t tape_overruns, tape_underruns;
    _Atomic uint64_t tape_frames; /* frames written to disk in this take */
    _Atomic uint32_t control_restarts;
    _Atomic uint32_t sound_pid;
    _Atomic uint64_t page_faults; /* of the audio thread, inside callbacks */
};

enum tape_state { TAPE_STOPPED, TAPE_PLAYING, TAPE_RECORDING, TAPE_ERROR };

/* ---- control <-> sound-main ---- */

enum request_op {
    REQUEST_PLAY,   /* arg[0]: 1 play, 0 stop */
    REQUEST_LOCATE, /* arg[0]: timeline frame */
    REQUEST_RECORD, /* arg[0]: 1 record every stem and main from the next roll on, 0 stop */
    REQUEST_QUIT,   /* arg[0]: force */
    REQUEST_RELOAD, /* arg[0]: force */
    REQUEST_INPUT,  /* arg[0]: channel index; text: new source */
    REQUEST_RENAME, /* arg[0]: object number; text: new name (pretty-name metadata) */
    REQUEST_RESET_STATUS,
    REQUEST_OPS
};

struct link_request {
    uint32_t op, seq;
    int64_t arg[2];
    char text[LINK_TEXT_BYTES];
};

enum notice_op {
    NOTICE_REPLY,   /* answer to request `seq`: arg[0] 0 = done, else error; text says why */
    NOTICE_LOG,     /* text: something a person should know; arg[0]: 0 info, 1 warning, 2 error */
    NOTICE_TAPE,    /* arg[0]: enum tape_state; text: take or error */
    NOTICE_GAP,     /* arg[0]: engine frame, arg[1]: frames without a callback */
    NOTICE_LEAVING, /* sound is about to leave: save state now, then acknowledge with leaving_ack */
    NOTICE_OPS
};

struct link_notice {
    uint32_t op, seq;
    int64_t arg[2];
    char text[LINK_TEXT_BYTES];
};

/** Meters as in dsp/engine.h, which the link does not include. */
struct link_meter {
    float in_peak, in_rms, out_peak, out_rms, gr_db[GR_COUNT];
};

/** The head of the mapping. */
struct link_head {
    uint64_t magic;
    uint32_t version, generation;
    uint64_t rows_hash;
    uint64_t size;
    uint32_t slots, texts, meters, bulk_commands;
    uint32_t desk_bytes; /* length of the desk text, without its NUL */
    char desk_name[512]; /* path of the desk file, for messages and relative folders */
    uint64_t off_command, off_event, off_request, off_notice; /* cells of the rings */
    uint64_t off_target, off_current, off_text, off_meter, off_bulk, off_keep, off_desk;
    struct ring_shared command, event, request, notice;
    _Alignas(64) _Atomic uint32_t clock_seq;
    struct link_clock clock;
    _Alignas(64) struct link_status status;
    _Alignas(64) _Atomic uint32_t meter_latest; /* index of the freshest of three buffers, | 4 when
                                                   new, | control's own << 4 */
    /* control's marks */
    _Alignas(64) _Atomic int64_t
        handed_timeline;           /* everything due before this timeline frame is handed down */
    _Atomic uint32_t handed_epoch; /* of that epoch */
    _Atomic uint32_t control_pid;
    _Atomic uint64_t control_beat; /* grows while control runs its loop */
    _Atomic uint32_t resync;       /* set by sound: an event was dropped, read the plane */
    _Atomic uint32_t leaving_ack;
    _Atomic uint32_t bulk_busy[2]; /* not 0 while sound owns that bulk buffer or is about to */
};

/** One process's view. Sizes and offsets are private copies; the mapping's are never used again. */
struct link {
    int fd;
    size_t size;
    unsigned char *base;
    struct link_head *head;
    struct ring command, event, request, notice;
    float *target, *current;     /* [slots], written by sound */
    char (*text)[TEXT_BYTES];    /* [texts], written by control */
    struct link_meter *meter[3]; /* [meters] */
    uint32_t meter_back;         /* sound: buffer being written; control: being read */
    struct command *bulk[2];     /* [bulk_commands] */
    unsigned char *keep;         /* LINK_KEEP_BYTES */
    const char *desk_text;
    uint32_t slots, texts, meters, bulk_commands;
};

/** Make a mapping for a desk (sealed memfd, populated, mlocked where allowed; not a failure where
 * not), with target and current set from desk->value and texts from desk->text. `meters` from
 *  engine_meters(). Returns 0 or -1 with text in error (256). Thread: sound main. */
int link_create(struct link *link, const struct desk *desk, const char *desk_text,
                const char *desk_name, uint32_t meters, uint32_t generation, char error[256]);
/** Attach as control: checks magic, version, size, rows hash. The rings resume at their shared
 *  positions. */
int link_attach(struct link *link, int fd, char error[256]);
void link_close(struct link *link);

/* control's end */
/** Send a group: 0, or -1 when the ring is too full (nothing was sent). count <= BUNDLE_SETS.
 *  Thread: control main. */
int link_send(struct link *link, const struct group *group, const struct command *commands);
/** Send a group whose commands stand in bulk buffer `which` (0, 1): the ring carries only the
 * header with GROUP_BULK. -1 when the ring is full or that buffer is still sound's. */
int link_send_bulk(struct link *link, const struct group *group, unsigned which);
/** Whether bulk buffer `which` is control's to write. Ask before filling it. */
bool link_bulk_free(const struct link *link, unsigned which);
#define GROUP_BULK (1u << 8)   /* in group.flags: commands are in a bulk buffer */
#define GROUP_BULK_1 (1u << 9) /* ... the second one */
/** Wait-free copy of the clock. Returns false when sound was writing all the while (try later). */
bool link_clock_read(const struct link *link, struct link_clock *clock);
/** Fresh meters or NULL when nothing is new; valid until the next call. */
const struct link_meter *link_meters_take(struct link *link);

/** Mark: every timeline command due before frame `timeline` of that epoch has been sent. */
void link_hand(struct link *link, uint32_t epoch, int64_t timeline);

/* sound's end */
/** Take one whole group. 1 = taken, 0 = none, -1 = nonsense in the ring (it was resynced and
 * counted). RT, bounded by BUNDLE_SETS. */
int link_take(struct link *link, struct group *group, struct command commands[BUNDLE_SETS]) RT;
/** Give a bulk buffer back to control, when its group has landed or was refused. RT. */
void link_bulk_release(struct link *link, unsigned which) RT;
/** Whether control has handed down everything due before that frame of that epoch. RT. */
bool link_handed(const struct link *link, uint32_t epoch, int64_t timeline) RT;
/** Publish the clock. RT. */
void link_clock_write(struct link *link, const struct link_clock *clock) RT;
/** Buffer to write meters into, then publish it. RT. */
struct link_meter *link_meters_begin(struct link *link) RT;
void link_meters_publish(struct link *link) RT;
/** Tell an event; drops, counts and sets resync when full. RT. */
void link_tell(struct link *link, const struct event *event) RT;

#endif
