/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child process that is started, watched and restarted: control, or a private JACK server.
 *
 * Children are made by posix_spawn, never fork (twenty forks gave the audio thread 41,021 page
 * faults), and get no descriptor but the standard ones and one that is meant for them (libjack's
 * sockets lack CLOEXEC, and a child that holds them keeps a dead client in the graph). They die
 * with the daemon: the child first is this same program, called as `--exec-child`, which asks for
 * the parent-death signal and then becomes the real one.
 *
 * Thread: main. */
#ifndef DAEMON_SOUND_SUPERVISE_H
#define DAEMON_SOUND_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SUPERVISE_ARGS 24
#define SUPERVISE_FD 3 /* where a child finds the descriptor that is meant for it */

/** What to run. Strings are the caller's and must stay. */
struct supervise_options {
    const char *launcher;             /* NULL: /proc/self/exe */
    const char *program;              /* path */
    const char *args[SUPERVISE_ARGS]; /* from argv[1], NULL-terminated */
    int fd;                           /* descriptor to hand on as SUPERVISE_FD, or -1 */
    bool quiet;                       /* its output goes to /dev/null */
    int death_signal;                 /* that it gets when we die */
};

/** A supervised child. */
struct supervise {
    struct supervise_options o;
    pid_t pid; /* 0: not running */
    int pidfd; /* becomes readable when the child ends; -1 while there is none */
    int64_t started_ns;
    int64_t again_ns; /* when to start it again */
    unsigned quick;   /* deaths shortly after the start, in a row */
    uint32_t restarts;
    int status; /* of the last death, as from waitpid */
    bool stopped;
};

enum supervise_event {
    SUPERVISE_NOTHING,
    SUPERVISE_DIED,      /* just now; it will be started again */
    SUPERVISE_RESTARTED, /* just now */
    SUPERVISE_FAILED     /* it could not be started; another try follows */
};

/** Start it. 0, or -1 with text in error (the next supervise_poll tries again). `now_ns`: any
 *  steady clock, always the same. */
int supervise_start(struct supervise *s, const struct supervise_options *options, int64_t now_ns,
                    char error[256]);
/** Look after it. A child that lived for SUPERVISE_QUICK_NS is restarted at once, one that keeps
 *  dying young after 10, 20, 40 ... ms, at most every second. Does not wait. */
enum supervise_event supervise_poll(struct supervise *s, int64_t now_ns);
#define SUPERVISE_QUICK_NS 250000000

/** End it: SIGTERM, and SIGKILL after `patience_ms`. It is not started again. */
void supervise_stop(struct supervise *s, int patience_ms);
/** End it now; it is started again by supervise_poll. */
void supervise_kill(struct supervise *s);
/** Last death in words: "exit status 1", "signal 9". */
void supervise_describe(const struct supervise *s, char *text, unsigned size);

/** The other half of the launcher: call first in main. Returns at once unless argv says
 *  `--exec-child`; then it does not return. */
void supervise_exec_child(int argc, char **argv);

#endif
