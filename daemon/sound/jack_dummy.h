/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A private JACK server without hardware, so that the desk always has somewhere to run. It has a
 * name of its own and ends with the daemon. Thread: main. */
#ifndef DAEMON_SOUND_JACK_DUMMY_H
#define DAEMON_SOUND_JACK_DUMMY_H

#include "config/desk.h"
#include "daemon/sound/supervise.h"

struct jack_dummy {
    struct supervise child;
    char name[48]; /* of the server: "dubdesk-1", the lowest number that no other desk holds */
    int lock_fd;   /* holds that number while we live */
    char program[512], rate[16], period[16], ports[16];
};

/** Start `jackd -d dummy` at the desk's rate. `period_frames` 0: the desk's. 0, or -1 with text. */
int jack_dummy_start(struct jack_dummy *dummy, const struct desk *desk, uint32_t period_frames,
                     bool verbose, char error[256]);

/** End it and let its name go. */
void jack_dummy_stop(struct jack_dummy *dummy, int patience_ms);

/** Path of a program: in `beside` (a directory, may be NULL), else in PATH. 0, or -1. */
int program_find(const char *name, const char *beside, char path[512]);

#endif
