/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two small JACK clients beside the desk: a source that feeds a level and a sink that watches what
 * comes back. They are separate clients, as a loop through one would add a period. */
#ifndef TESTS_LIB_LIVE_JACK_H
#define TESTS_LIB_LIVE_JACK_H

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/live_desk.h"

struct live_jack {
    jack_client_t *source, *sink;
    jack_port_t *out, *in;
    _Atomic float level;     /* what the source plays: this level, constant */
    _Atomic bool armed;      /* set: wait for a change */
    _Atomic uint32_t hit;    /* JACK frame of the first sample that differs, when armed went off */
    _Atomic float min, max;  /* of everything seen since live_jack_watch */
    _Atomic uint64_t frames; /* seen */
    _Atomic bool clear;
    _Atomic uint32_t xruns;
    _Atomic float steepest; /* largest step between neighbouring samples */
    float base, last;
};

/** Open both on the desk's server and connect: source -> `to`, `from` -> sink. */
void live_jack_open(struct live_jack *jack, const struct live_desk *desk, float level,
                    const char *to, const char *from);
void live_jack_close(struct live_jack *jack);
/** Forget min and max. */
void live_jack_watch(struct live_jack *jack);
/** Largest step from sample to sample since the last call. */
float live_jack_steepest(struct live_jack *jack);
/** Wait until `frames` more were seen (5 s at most). */
void live_jack_pass(struct live_jack *jack, uint64_t frames);
/** Sleep-poll until armed has gone off; false after ms. */
bool live_jack_hit(struct live_jack *jack, unsigned ms);

#endif
