/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing scenes and the state without making anybody wait for the disk: a copy of all values goes
 * to a thread that lives as long as the write. One write at a time.
 *
 * Thread: control main, but for the writer itself, which touches nothing but the job. */
#ifndef DAEMON_CONTROL_SAVER_H
#define DAEMON_CONTROL_SAVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "config/scene.h"
#include "osc/endpoint.h"

struct control;

struct saver {
    bool running;       /* a job was begun and not yet seen to its end */
    _Atomic bool ended; /* by the thread: result and why are there */
    bool threaded;
    pthread_t thread;
    int result;
    char path[600], why[600];
    struct scene_head head;
    const struct desk *desk;
    float *value;
    char (*text)[TEXT_BYTES];
    uint64_t changes; /* model.changes of the copy (a state) */
    /* a scene: who is told when it is there */
    struct osc_endpoint to;
    char address[96];
};

/** Begin to write a copy of the present values. Without sockets it is written before this returns,
 *  so that scripts are repeatable. `to` and `address` may be NULL.  @return 0, or -1: no memory */
int saver_begin(struct control *c, const char *path, const struct scene_head *head,
                const struct osc_endpoint *to, const char *address);
/** See to a job that has ended: log, answer. Every turn. */
void saver_tick(struct control *c);
/** Wait for the job. */
void saver_wait(struct control *c);
/** No job may be running. */
void saver_free(struct saver *saver);

#endif
