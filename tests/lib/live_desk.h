/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real dubdeskd on a private dummy server, for live tests: started, looked into, stopped. Every
 * call fails the running cmocka test with words when something is wrong. */
#ifndef TESTS_LIB_LIVE_DESK_H
#define TESTS_LIB_LIVE_DESK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LIVE_SKIP 77

struct live_desk {
    pid_t pid;
    char server[64];   /* JACK server name */
    char folder[512];  /* of this desk's own: desk file, state, log */
    char log[600];     /* its standard error */
    unsigned osc_port; /* control listens there, UDP and TCP */
};

struct live_options {
    const char
        *desk_text; /* of the desk file; NULL: a small one with two channels and a 5.1 stem */
    unsigned period_frames; /* 0: 256 */
    bool no_control;        /* sound alone, so that the test may play control over the link */
    bool idle_control;   /* a control that does nothing: sound waits for what the test hands down */
    const char *preload; /* LD_PRELOAD of dubdeskd, or NULL */
    const char *preload_env; /* one more "NAME=VALUE" for it, or NULL */
    const char *server;      /* use this one instead of a private one */
};

/** What a test needs that is not here, or NULL. Print it and return LIVE_SKIP. */
const char *live_missing(void);
/** Start and wait until it sounds. */
void live_start(struct live_desk *desk, const struct live_options *options);
/** SIGTERM and wait. Returns the exit status, or 128 + signal. */
int live_stop(struct live_desk *desk);
/** Descriptor of the running desk's mapping, to be given to link_attach and closed. */
int live_link_fd(const struct live_desk *desk);
/** The desk's child whose program is called so (0: none). */
pid_t live_child(const struct live_desk *desk, const char *name);
/** Process of the private server, and of control (0: none). */
pid_t live_server_pid(const struct live_desk *desk);
pid_t live_control_pid(const struct live_desk *desk);
/** Whether its log holds these words by now. */
bool live_said(const struct live_desk *desk, const char *words);
/** Run `command` (a shell line) with the desk's server as the default one; its output in text. */
void live_shell(const struct live_desk *desk, const char *command, char *text, unsigned size);
void live_sleep_ms(unsigned ms);
int64_t live_now_ns(void);

/** Send one OSC message over UDP; `types` of i, f, s with their arguments. */
void live_osc(const struct live_desk *desk, const char *address, const char *types, ...);
/** Set `address` at a timeline frame: a bundle of /at and the set. */
void live_osc_at(const struct live_desk *desk, int64_t frame, const char *address, double value);
/** Ask for a float and wait for the answer. */
bool live_osc_get(const struct live_desk *desk, const char *address, unsigned ms, float *value);

#endif
