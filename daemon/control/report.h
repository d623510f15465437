/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers for everything that feedback can report: one per address. Parameters (texts and views
 * too) first, by arithmetic as in config/layout.h; then two meters per strip; then the verbs.
 *
 * Threads: immutable after report_init. */
#ifndef DAEMON_CONTROL_REPORT_H
#define DAEMON_CONTROL_REPORT_H

#include "config/desk.h"
#include "osc/verbs.h"

#define REPORT_NONE UINT32_MAX

struct reports {
    const struct desk *desk;
    uint32_t base[KIND_COUNT], stride[KIND_COUNT];
    uint32_t offset[KIND_COUNT][ROW_COUNT]; /* REPORT_NONE where the kind has no such row */
    uint32_t params;                        /* reports below this are parameters */
    uint32_t meters;                        /* below this: strip, then 0 = out, 1 = in */
    uint32_t count;                         /* below this: verbs */
};

enum report_kind { REPORT_PARAM, REPORT_METER, REPORT_VERB };

struct report {
    enum report_kind kind;
    struct place place; /* a parameter, comp 0 */
    uint32_t object;    /* a meter's strip */
    bool in;            /* /meter/in */
    enum verb_id verb;
};

void report_init(struct reports *reports, const struct desk *desk);

/** Report of a place (its component is not minded). */
static inline uint32_t report_of(const struct reports *r, const struct place *p) {
    const uint32_t off = r->offset[p->kind][p->row];
    return off == REPORT_NONE ? REPORT_NONE
                              : r->base[p->kind] + p->index * r->stride[p->kind] + off + p->dim;
}
static inline uint32_t report_of_meter(const struct reports *r, uint32_t strip, bool in) {
    return r->params + 2 * strip + in;
}
static inline uint32_t report_of_verb(const struct reports *r, enum verb_id verb) {
    return r->meters + (uint32_t)verb;
}

/** The way back. False for numbers that are no address of this desk (a group into a group). */
bool report_at(const struct reports *reports, uint32_t number, struct report *report);

/** Print its address; number from report_at. Returns its length or < 0. Verbs with `{n}` have none.
 */
int report_print(const struct reports *reports, const struct report *report, bool by_id, char *buf,
                 size_t size);

/** Numbers that addresses beginning with prefix[0..length-1] can have: first..end-1. */
void report_bounds(const struct reports *reports, const char *prefix, size_t length,
                   uint32_t *first, uint32_t *end);

#endif
