/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the link's cells and words look; only link*.c need to know. */
#ifndef DAEMON_LINK_LAYOUT_H
#define DAEMON_LINK_LAYOUT_H

#include "daemon/link.h"

#define COMMAND_CELL_BYTES 16u
#define GROUP_CELLS 2u /* of a group's head */

_Static_assert(sizeof(struct command) == COMMAND_CELL_BYTES, "a command is a cell");
_Static_assert(sizeof(struct group) <= GROUP_CELLS * COMMAND_CELL_BYTES, "a head is two cells");

/* bulk_busy: control posts, sound takes and frees. "Posted" in a ring that is empty was never sent
 * (control died in between), so it counts as free. */
enum bulk_state { BULK_FREE, BULK_POSTED, BULK_TAKEN };

#define METER_NEW 4u
#define METER_FRESH(state) ((state)&3u)
#define METER_READER(state) ((state) >> 4 & 3u)
#define METER_STATE(fresh, reader) ((fresh) | (reader) << 4)

/* The clock is copied in words, each atomically, so that a torn copy is discarded and never
 * undefined. */
typedef uint64_t __attribute__((may_alias)) clock_word;
#define CLOCK_WORDS (sizeof(struct link_clock) / sizeof(uint64_t))
_Static_assert(sizeof(struct link_clock) % sizeof(uint64_t) == 0, "whole words");

#endif
