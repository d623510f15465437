/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/saver.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/room.h"

static void *write_it(void *arg) {
    struct saver *s = arg;
    s->result = scene_save(s->path, &s->head, s->desk, s->value, s->text, s->why, sizeof s->why);
    atomic_store_explicit(&s->ended, true, memory_order_release);
    return NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct saver *s) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&s->thread, NULL, write_it, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

int saver_begin(struct control *c, const char *path, const struct scene_head *head,
                const struct osc_endpoint *to, const char *address) {
    struct saver *s = &c->saver;
    const struct layout *l = &c->desk->layout;
    saver_wait(c);
    if (!s->value) {
        s->value = malloc((l->slots + 1) * sizeof *s->value);
        s->text = malloc((l->texts + 1) * sizeof *s->text);
    }
    if (!s->value || !s->text)
        return -1;
    memcpy(s->value, c->model.value, l->slots * sizeof *s->value);
    memcpy(s->text, c->link->text, l->texts * sizeof *s->text);
    for (uint32_t i = 0; i < l->texts; i++)
        s->text[i][TEXT_BYTES - 1] = '\0';
    snprintf(s->path, sizeof s->path, "%s", path);
    s->head = *head;
    s->desk = c->desk;
    s->changes = c->model.changes;
    s->address[0] = '\0';
    if (to && address) {
        s->to = *to;
        snprintf(s->address, sizeof s->address, "%s", address);
    }
    atomic_store(&s->ended, false);
    s->running = true;
    s->threaded = c->server && start_thread(s);
    if (!s->threaded) {
        write_it(s);
        saver_tick(c);
    }
    return 0;
}

void saver_tick(struct control *c) {
    struct saver *s = &c->saver;
    if (!s->running || !atomic_load_explicit(&s->ended, memory_order_acquire))
        return;
    if (s->threaded)
        pthread_join(s->thread, NULL);
    s->running = false;
    if (s->result < 0)
        control_log(c, 2, "%s", s->why);
    if (s->head.kind == SCENE_STATE)
        state_written(c, s->result == 0, s->changes);
    if (!*s->address)
        return;
    struct origin origin = {
        .from = &s->to, .client = clients_find(c->clients, &s->to), .element = ""};
    if (s->result < 0)
        control_error(c, &origin, OSC_NOT_NOW, s->address, "%s", s->why);
    else
        control_answer(c, &origin, s->address, "i", 1);
}

void saver_wait(struct control *c) {
    struct saver *s = &c->saver;
    if (s->running && s->threaded) {
        pthread_join(s->thread, NULL);
        s->threaded = false;
    }
    saver_tick(c);
}

void saver_free(struct saver *s) {
    free(s->value);
    free(s->text);
}
