/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where each value of a desk stands.
 *
 * Every writable or told parameter of every object has a *slot*: an index into flat float arrays
 * (targets, current values, defaults). Text rows have text slots of their own. All objects of a
 * kind have the same number of slots, so a slot is found by arithmetic, and back.
 *
 * Threads: immutable after layout_init; any thread may read it. */
#ifndef CONFIG_LAYOUT_H
#define CONFIG_LAYOUT_H

#include "config/params.h"

#define SLOT_NONE UINT32_MAX
#define TEXT_BYTES 128

struct layout {
    uint32_t count[KIND_COUNT];             /* objects of each kind */
    uint32_t dims[DIM_COUNT];               /* size of each dimension */
    uint32_t base[KIND_COUNT];              /* first slot of a kind */
    uint32_t stride[KIND_COUNT];            /* slots per object */
    uint32_t offset[KIND_COUNT][ROW_COUNT]; /* of a row in its object, or SLOT_NONE */
    uint32_t slots;                         /* all value slots */
    uint32_t text_base[KIND_COUNT], text_stride[KIND_COUNT];
    uint32_t text_offset[KIND_COUNT][ROW_COUNT];
    uint32_t texts; /* all text slots */
};

/** A place in words: object `index` (from 0) of `kind`, row, dimension index (from 0), component.
 */
struct place {
    enum kind kind;
    uint32_t index;
    enum row_id row;
    uint32_t dim;
    uint32_t comp;
};

/** Compute all offsets from `count` and `dims`, which the caller has filled in. */
void layout_init(struct layout *layout);

/** Slot of a value, SLOT_NONE when the kind has no such row or an index is out of range. RT. */
static inline uint32_t layout_slot(const struct layout *l, enum kind kind, uint32_t index,
                                   enum row_id row, uint32_t dim, uint32_t comp) {
    const uint32_t off = l->offset[kind][row];
    if (off == SLOT_NONE || index >= l->count[kind] || comp >= rows[row].comps ||
        (rows[row].dim != DIM_NONE && dim >= l->dims[rows[row].dim]))
        return SLOT_NONE;
    return l->base[kind] + index * l->stride[kind] + off + dim * rows[row].comps + comp;
}

/** Text slot of a text row, or SLOT_NONE. */
uint32_t layout_text(const struct layout *layout, enum kind kind, uint32_t index, enum row_id row);

/** The place of a slot; false when out of range. RT: a short bounded search. */
bool layout_place(const struct layout *layout, uint32_t slot, struct place *place);
/** The same for a text slot. */
bool layout_text_place(const struct layout *layout, uint32_t text, struct place *place);

#endif
