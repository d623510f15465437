/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place where the callback waits. In freewheel nobody listens and the server runs as fast
 * as its slowest client, so waiting for control and for the disk is what keeps a pass at 700 times
 * real time from being late. */
#include <time.h>

#include "daemon/sound/host_jack_private.h"

#define NAP_NS 50000
/* JACK2 gives a client ten seconds in freewheel before it takes it for dead. */
#define LONGEST_NS 8000000000

static bool ready(struct host_jack *host, const struct intake_period *period) {
    const bool control =
        !atomic_load_explicit(&host->shared.expect_control, memory_order_relaxed) ||
        intake_handed(host->o.intake, period);
    return control && (!period->time.rolling ||
                       tape_ready(host->o.tape, period->time.timeline, period->nframes));
}

void host_jack_wait(struct host_jack *host, const struct intake_period *period) {
    if (ready(host, period))
        return;
    const int64_t until_ns = host_jack_now_ns() + LONGEST_NS;
    while (host_jack_now_ns() < until_ns) {
        const struct timespec nap = {.tv_nsec = NAP_NS};
        nanosleep(&nap, NULL);
        if (ready(host, period))
            return;
        if (!atomic_load_explicit(&host->shared.freewheel, memory_order_relaxed))
            return; /* back in real time: never wait there */
    }
    atomic_fetch_add_explicit(&host->shared.waits_given_up, 1, memory_order_relaxed);
}
