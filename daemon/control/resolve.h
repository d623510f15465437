/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an address means: a parameter, a verb, or a meter. Answers are remembered by spelling, so
 * that a fader that moves costs one hash and one comparison per message.
 *
 * Thread: control main. */
#ifndef DAEMON_CONTROL_RESOLVE_H
#define DAEMON_CONTROL_RESOLVE_H

#include "config/address.h"
#include "daemon/control/report.h"
#include "osc/errors.h"

enum target_kind { TARGET_PARAM, TARGET_VERB, TARGET_METER };

struct target {
    enum target_kind kind;
    struct address param; /* TARGET_PARAM; also suffix */
    uint32_t report;      /* REPORT_NONE for verbs with `{n}` */
    enum verb_id verb;
    char scene[32]; /* what stood for `{n}` */
};

struct resolver;

struct resolver *resolver_new(const struct reports *reports);
void resolver_free(struct resolver *resolver);

/** @param why  at least RESOLVE_WHY_BYTES; filled in on failure
 *  @return OSC_OK and *target (valid until the next call), OSC_UNKNOWN_ADDRESS or
 *          OSC_NO_SUCH_OBJECT */
enum osc_error resolve(struct resolver *resolver, const char *address, const struct target **target,
                       char *why);
#define RESOLVE_WHY_BYTES 200

#endif
