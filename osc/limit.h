/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How much a stranger may be sent: three times its own bytes plus 512 B/s, so that nobody can use
 *  the desk to flood a third party with a forged sender address. Loopback and trusted endpoints
 *  are free. Bounded memory: the stranger not heard of for longest makes room.
 *  Thread: the server's. */
#ifndef OSC_LIMIT_H
#define OSC_LIMIT_H

#include "osc/endpoint.h"

#define LIMIT_SETS 256
#define LIMIT_WAYS 4
#define LIMIT_TRUSTED 256
#define LIMIT_FACTOR 3
#define LIMIT_DRIP_BYTES_PER_S 512
#define LIMIT_DRIP_MAX_BYTES 1400 /* a feedback bundle can be saved up for, no more */
#define LIMIT_CREDIT_MAX_BYTES 262144

struct limit_stranger {
    struct osc_endpoint who;
    int64_t seen_ns, dripped_ns;
    int64_t credit_bytes; /* earned by its own bytes */
    int64_t drip_bytes;   /* earned by time */
    bool used;
};

struct limit {
    struct limit_stranger stranger[LIMIT_SETS][LIMIT_WAYS];
    struct osc_endpoint trusted[LIMIT_TRUSTED];
    uint32_t ntrusted;
};

/** `size` bytes came from `who`. */
void limit_received(struct limit *limit, const struct osc_endpoint *who, size_t size,
                    int64_t now_ns);

/** May `size` bytes go to `who`? If so they are booked. */
bool limit_allow(struct limit *limit, const struct osc_endpoint *who, size_t size, int64_t now_ns);

/** Trust, or stop trusting.  @return false: no room for another */
bool limit_trust(struct limit *limit, const struct osc_endpoint *who, bool trusted);

#endif
