/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/report.h"

#include <stdio.h>
#include <string.h>

#include "config/address.h"

void report_init(struct reports *r, const struct desk *desk) {
    const struct layout *l = &desk->layout;
    r->desk = desk;
    uint32_t n = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        r->base[k] = n;
        r->stride[k] = 0;
        for (unsigned i = 0; i < ROW_COUNT; i++) {
            r->offset[k][i] = REPORT_NONE;
            if (!(rows[i].kinds & 1u << k))
                continue;
            r->offset[k][i] = r->stride[k];
            r->stride[k] += rows[i].dim == DIM_NONE ? 1 : l->dims[rows[i].dim];
        }
        n += l->count[k] * r->stride[k];
    }
    r->params = n;
    r->meters = n + 2 * desk->first[KIND_VCA]; /* strips come first among the objects */
    r->count = r->meters + VERB_COUNT;
}

static bool param_at(const struct reports *r, uint32_t number, struct place *place) {
    unsigned k = KIND_COUNT - 1;
    while (r->base[k] > number || r->desk->layout.count[k] * r->stride[k] == 0)
        k--; /* base[0] is 0 and some kind holds the number, so this ends */
    const uint32_t in_object = (number - r->base[k]) % r->stride[k];
    unsigned row = ROW_COUNT;
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if (r->offset[k][i] != REPORT_NONE && r->offset[k][i] <= in_object &&
            (row == ROW_COUNT || r->offset[k][i] > r->offset[k][row]))
            row = i; /* a row of no places shares its offset with the next: the first one wins */
    if (row == ROW_COUNT)
        return false; /* cannot be: the first row of a kind has offset 0 */
    for (unsigned i = row; i < ROW_COUNT; i++)
        if (r->offset[k][i] == r->offset[k][row])
            row = i; /* ... so take the last with this offset */
    place->kind = (enum kind)k;
    place->index = (number - r->base[k]) / r->stride[k];
    place->row = (enum row_id)row;
    place->dim = in_object - r->offset[k][row];
    place->comp = 0;
    return desk_has_place(r->desk, place);
}

bool report_at(const struct reports *r, uint32_t number, struct report *report) {
    memset(report, 0, sizeof *report);
    if (number < r->params) {
        report->kind = REPORT_PARAM;
        return param_at(r, number, &report->place);
    }
    if (number < r->meters) {
        report->kind = REPORT_METER;
        report->object = (number - r->params) / 2;
        report->in = (number - r->params) % 2;
        return true;
    }
    report->kind = REPORT_VERB;
    report->verb = (enum verb_id)(number - r->meters);
    return number < r->count && !strchr(verbs[report->verb].path, '{');
}

static int meter_print(const struct reports *r, const struct report *report, bool by_id, char *buf,
                       size_t size) {
    const struct desk_object *o = &r->desk->object[report->object];
    const char *tail = report->in ? "meter/in" : "meter";
    if (kind_is_single(o->kind))
        return snprintf(buf, size, "/%s/%s", kind_path(o->kind), tail);
    if (by_id && *o->id)
        return snprintf(buf, size, "/%s/%s/%s", kind_path(o->kind), o->id, tail);
    return snprintf(buf, size, "/%s/%u/%s", kind_path(o->kind), o->index + 1, tail);
}

int report_print(const struct reports *r, const struct report *report, bool by_id, char *buf,
                 size_t size) {
    int length = -1;
    switch (report->kind) {
    case REPORT_PARAM:
        return address_print(r->desk, &report->place, by_id ? SPELL_ID : SPELL_INDEX, buf, size);
    case REPORT_METER: length = meter_print(r, report, by_id, buf, size); break;
    case REPORT_VERB: length = snprintf(buf, size, "%s", verbs[report->verb].path); break;
    }
    return length >= 0 && (size_t)length < size ? length : -1;
}

void report_bounds(const struct reports *r, const char *prefix, size_t length, uint32_t *first,
                   uint32_t *end) {
    *first = 0;
    *end = r->count;
    if (length < 2)
        return;
    /* Which kinds can the first element be? One kind is one range, and all meters lie behind it. */
    unsigned kinds = 0, kind = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        char head[16];
        const int n = snprintf(head, sizeof head, "/%s/", kind_path((enum kind)k));
        const size_t common = length < (size_t)n ? length : (size_t)n;
        if (memcmp(head, prefix, common) == 0) {
            kinds++;
            kind = k;
        }
    }
    if (kinds == 0) { /* verbs only */
        *first = r->meters;
        return;
    }
    if (kinds == 1)
        *first = r->base[kind];
}
