/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* Any bytes into the walk: every view it gives must lie inside, coercions must hold their promises,
 * and what passes liblo deserialises too. */
#include "osc/message.h"
#include "osc/packet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)   \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const void *p, size_t n, const uint8_t *data, size_t size) {
    const uint8_t *q = p;
    MUST(q >= data && q <= data + size && n <= (size_t)(data + size - q));
}

static void try_arg(const struct osc_arg *a, const uint8_t *data, size_t size) {
    int32_t i;
    int64_t h;
    double x;
    bool on;
    char room[32];
    const char *text;
    if (a->type == 's' || a->type == 'S') {
        inside(a->v.s, a->size + 1, data, size);
        MUST(strlen(a->v.s) == a->size);
    } else if (a->type == 'b') {
        inside(a->v.b, a->size, data, size);
    }
    if (osc_arg_as_float(a, &x) == OSC_OK)
        MUST(!isnan(x) && !(isinf(x) && x > 0));
    if (osc_arg_as_int(a, &i) == OSC_OK)
        MUST(osc_arg_as_long(a, &h) == OSC_OK && h == i);
    osc_arg_as_bool(a, &on);
    if (osc_arg_as_text(a, room, &text) == OSC_OK)
        MUST(text == room ? strlen(text) < sizeof room : text == a->v.s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct osc_packet k;
    for (unsigned flags = 0; flags <= OSC_WALK_UNTYPED; flags++) {
        enum osc_error e = osc_packet_walk(&k, data, size, flags);
        MUST(e == k.error && (e == OSC_OK || (k.nmsgs == 0 && k.error_text[0])));
        MUST(k.error_offset <= size);
        for (uint32_t m = 0; m < k.nmsgs; m++) {
            const struct osc_msg *msg = &k.msgs[m];
            inside(msg->addr, strlen(msg->addr) + 1, data, size);
            MUST(msg->addr[0] == '/' && strlen(msg->addr) <= OSC_MAX_ADDRESS);
            MUST(strlen(msg->types) == msg->nargs && msg->nargs <= OSC_MAX_ARGS);
            for (uint32_t i = 0; i < msg->nargs; i++)
                try_arg(&msg->args[i], data, size);
        }
        if (e || k.bundle || flags || strchr(k.msgs[0].types, 'r'))
            continue;
        int result = 0;
        uint8_t *copy = malloc(size); /* liblo takes it as its own to write into */
        memcpy(copy, data, size);
        lo_message m = lo_message_deserialise(copy, size, &result);
        MUST(m);
        lo_message_free(m);
        free(copy);
    }
    return 0;
}
