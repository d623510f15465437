/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/layout.h"

/* Values of one row in one object. */
static uint32_t row_size(const struct layout *l, const struct row *row) {
    return row->comps * (row->dim == DIM_NONE ? 1 : l->dims[row->dim]);
}

void layout_init(struct layout *l) {
    l->dims[DIM_NONE] = 1;
    l->slots = 0;
    l->texts = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        l->base[k] = l->slots;
        l->text_base[k] = l->texts;
        l->stride[k] = 0;
        l->text_stride[k] = 0;
        for (unsigned r = 0; r < ROW_COUNT; r++) {
            const struct row *row = &rows[r];
            l->offset[k][r] = SLOT_NONE;
            l->text_offset[k][r] = SLOT_NONE;
            if (!(row->kinds & 1u << k) || (row->flags & ROW_VIEW))
                continue;
            if (row->type == TYPE_TEXT) {
                l->text_offset[k][r] = l->text_stride[k]++;
            } else {
                l->offset[k][r] = l->stride[k];
                l->stride[k] += row_size(l, row);
            }
        }
        l->slots += l->count[k] * l->stride[k];
        l->texts += l->count[k] * l->text_stride[k];
    }
}

uint32_t layout_text(const struct layout *l, enum kind kind, uint32_t index, enum row_id row) {
    const uint32_t off = l->text_offset[kind][row];
    if (off == SLOT_NONE || index >= l->count[kind])
        return SLOT_NONE;
    return l->text_base[kind] + index * l->text_stride[kind] + off;
}

bool layout_place(const struct layout *l, uint32_t slot, struct place *place) {
    if (slot >= l->slots)
        return false;
    unsigned k = KIND_COUNT - 1;
    while (l->base[k] > slot || l->count[k] * l->stride[k] == 0)
        k--; /* base[0] is 0 and some kind holds the slot, so this ends */
    const uint32_t in_kind = slot - l->base[k];
    const uint32_t in_object = in_kind % l->stride[k];
    for (unsigned r = 0; r < ROW_COUNT; r++) {
        const uint32_t off = l->offset[k][r];
        if (off == SLOT_NONE || in_object < off || in_object - off >= row_size(l, &rows[r]))
            continue;
        place->kind = (enum kind)k;
        place->index = in_kind / l->stride[k];
        place->row = (enum row_id)r;
        place->dim = (in_object - off) / rows[r].comps;
        place->comp = (in_object - off) % rows[r].comps;
        return true;
    }
    return false;
}

bool layout_text_place(const struct layout *l, uint32_t text, struct place *place) {
    if (text >= l->texts)
        return false;
    unsigned k = KIND_COUNT - 1;
    while (l->text_base[k] > text || l->count[k] * l->text_stride[k] == 0)
        k--;
    const uint32_t in_kind = text - l->text_base[k];
    for (unsigned r = 0; r < ROW_COUNT; r++) {
        if (l->text_offset[k][r] != in_kind % l->text_stride[k])
            continue;
        *place = (struct place){(enum kind)k, in_kind / l->text_stride[k], (enum row_id)r, 0, 0};
        return true;
    }
    return false;
}
