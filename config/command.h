/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What control tells the engine: groups of commands that land whole, on one frame. */
#ifndef CONFIG_COMMAND_H
#define CONFIG_COMMAND_H

#include <stdint.h>

#define CELL_FRAMES 16  /* commands apply on this grid */
#define SPAN_FRAMES 64  /* blocks of the grid; the engine's largest step */
#define BUNDLE_SETS 256 /* larger groups travel through the bulk slot */

enum command_op {
    COMMAND_SET,   /* value, at once (smoothed as its row says) */
    COMMAND_GLIDE, /* value over `seconds` by `curve`, from the present value */
    COMMAND_HOLD,  /* stops a running glide of the slot where it is */
    COMMAND_OPS
};

enum curve { CURVE_LINEAR, CURVE_EQUAL_POWER, CURVE_S, CURVE_COUNT };

/** One change of one slot. */
struct command {
    uint16_t op;    /* enum command_op */
    uint16_t curve; /* enum curve */
    uint32_t slot;
    float value;   /* engineering units, finite, in range */
    float seconds; /* of a glide, 0..86400 */
};

/** When a group lands. */
enum when {
    WHEN_FRAME, /* at the first grid point at or after `frame` (engine frames); the past means now
                 */
    WHEN_TIMELINE, /* at timeline frame `frame`, if `epoch` is still the engine's; the past means
                      now */
    WHEN_NEXT      /* at the next grid point */
};

struct group {
    uint32_t seq;   /* control's number of the group, echoed in events */
    uint16_t when;  /* enum when */
    uint16_t flags; /* GROUP_ bits */
    uint64_t frame;
    uint32_t epoch;
    uint32_t count; /* commands that follow */
};
#define GROUP_TELL (1u << 0) /* report EVENT_APPLIED when it lands */
/* Nobody asked for that frame: it is never counted or told as late. */
#define GROUP_SOON (1u << 1)

/** What the engine tells control. */
enum event_op {
    EVENT_APPLIED, /* group `seq` landed at engine frame `frame`; value = frames it was late, 0 else
                    */
    EVENT_BUSY,    /* group `seq` was refused: the queue is full */
    EVENT_STALE,   /* group `seq` was dropped: another epoch or generation */
    EVENT_BAD,   /* group `seq` held a command that failed the checks; nothing of it was applied */
    EVENT_EPOCH, /* the timeline jumped; seq = new epoch, frame = engine frame, value = rolling */
    EVENT_NAN    /* non-finite input on input port `seq` was silenced */
};

struct event {
    uint32_t op;
    uint32_t seq;
    uint64_t frame;
    int64_t value;
};

#endif
