/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/verbs.h"

#include "config/desk.h"

const struct verb verbs[VERB_COUNT] = {
#define VERB_ROW(id, path, args, reply, role, doc) {#id, path, args, reply, role, doc},
    VERB_LIST(VERB_ROW)
#undef VERB_ROW
};
