/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine without tape: stands in where daemon/sound/tape.c is not linked. */
#include "daemon/sound/tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEAK __attribute__((weak))

struct tape {
    bool said;
};

WEAK struct tape *tape_setup(const struct desk *desk, const struct tape_options *options,
                             char error[256]) {
    (void)desk;
    (void)options;
    struct tape *tape = calloc(1, sizeof *tape);
    if (!tape)
        snprintf(error, 256, "out of memory");
    return tape;
}
WEAK void tape_free(struct tape *tape) {
    free(tape);
}
WEAK void tape_play(struct tape *tape, int64_t timeline, bool rolling, uint32_t nframes,
                    const float *in[]) RT {
    (void)tape, (void)timeline, (void)rolling, (void)nframes, (void)in;
}
WEAK void tape_record(struct tape *tape, int64_t timeline, bool rolling, float *const out[],
                      uint32_t nframes) RT {
    (void)tape, (void)timeline, (void)rolling, (void)nframes, (void)out;
}
WEAK void tape_gap(struct tape *tape, uint32_t nframes) RT {
    (void)tape, (void)nframes;
}
WEAK bool tape_ready(struct tape *tape, int64_t timeline, uint32_t nframes) RT {
    (void)tape, (void)timeline, (void)nframes;
    return true;
}
WEAK int tape_arm(struct tape *tape, bool on, char error[256]) {
    (void)tape;
    if (!on)
        return 0;
    snprintf(error, 256, "this build has no tape");
    return -1;
}
WEAK void tape_locate(struct tape *tape, int64_t timeline) {
    (void)tape, (void)timeline;
}
WEAK int tape_input(struct tape *tape, uint32_t channel, const char *source, char error[256]) {
    (void)tape, (void)channel;
    if (strncmp(source, "reel:", 5) != 0)
        return 0;
    snprintf(error, 256, "this build has no tape");
    return -1;
}
WEAK void tape_service(struct tape *tape, struct tape_status *status) {
    *status = (struct tape_status){.settled = true};
    if (!tape->said)
        snprintf(status->text, sizeof status->text, "this build has no tape");
    tape->said = true;
}
