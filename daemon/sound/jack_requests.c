/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What control may ask of sound's main thread. Every request is copied before it is looked at, and
 * every one gets a NOTICE_REPLY. */
#include <stdio.h>
#include <string.h>

#include "daemon/sound/jack_show.h"

#define REQUESTS_AT_ONCE 32 /* so that a flood does not keep main from its other work */

static int refuse(char *why, const char *text) {
    snprintf(why, LINK_TEXT_BYTES, "%.*s", LINK_TEXT_BYTES - 1, text);
    return -1;
}

static bool recording(struct show *show) {
    return atomic_load(&show->set->link.head->status.tape_state) == TAPE_RECORDING;
}

static int play(struct show *show, const struct link_request *r, char *why) {
    if (!host_jack_is_open(show->set->host))
        return refuse(why, "there is no JACK server");
    host_jack_play(show->set->host, r->arg[0] != 0);
    return 0;
}

static int locate(struct show *show, const struct link_request *r, char *why) {
    if (r->arg[0] < 0 || r->arg[0] > UINT32_MAX)
        return refuse(why, "the position is out of range; expected 0 to 4294967295 frames");
    if (!host_jack_is_open(show->set->host))
        return refuse(why, "there is no JACK server");
    tape_locate(show->set->tape, r->arg[0]);
    host_jack_locate(show->set->host, r->arg[0]);
    return 0;
}

static int record(struct show *show, const struct link_request *r, char *why) {
    char error[256];
    if (tape_arm(show->set->tape, r->arg[0] != 0, error) == 0)
        return 0;
    return refuse(why, error);
}

static int quit(struct show *show, const struct link_request *r, char *why) {
    if (!r->arg[0] && recording(show))
        return refuse(why, "the desk is recording; stop it first, or force");
    show->leaving = true;
    return 0;
}

static int reload(struct show *show, const struct link_request *r, char *why) {
    char error[512];
    if (!r->arg[0] && recording(show))
        return refuse(why, "the desk is recording; stop it first, or force");
    if (show->next)
        return refuse(why, "a reload is under way");
    struct show_set *next = show_set_build(show, error);
    if (!next)
        return refuse(why, error); /* what runs is untouched */
    if (next->desk->rate_hz != show->set->desk->rate_hz) {
        show_set_free(next);
        return refuse(why, "the desk file has another rate; that needs a restart");
    }
    show->next = next;
    return 0;
}

static int input(struct show *show, const struct link_request *r, char *why) {
    char error[256];
    if (r->arg[0] < 0 || r->arg[0] >= (int64_t)show->set->desk->layout.count[KIND_CH])
        return refuse(why, "there is no such channel");
    if (tape_input(show->set->tape, (uint32_t)r->arg[0], r->text, error))
        return refuse(why, error);
    host_jack_input(show->set->host, (uint32_t)r->arg[0], r->text);
    return 0;
}

static int rename_object(struct show *show, const struct link_request *r, char *why) {
    if (r->arg[0] < 0 || r->arg[0] >= (int64_t)show->set->desk->objects)
        return refuse(why, "there is no such object");
    host_jack_rename(show->set->host, (uint32_t)r->arg[0], r->text);
    return 0;
}

static int reset_status(struct show *show, const struct link_request *r, char *why) {
    (void)r, (void)why;
    host_jack_reset_status(show->set->host);
    return 0;
}

static int (*const answers[REQUEST_OPS])(struct show *, const struct link_request *, char *) = {
    [REQUEST_PLAY] = play,
    [REQUEST_LOCATE] = locate,
    [REQUEST_RECORD] = record,
    [REQUEST_QUIT] = quit,
    [REQUEST_RELOAD] = reload,
    [REQUEST_INPUT] = input,
    [REQUEST_RENAME] = rename_object,
    [REQUEST_RESET_STATUS] = reset_status,
};

void show_requests(struct show *show) {
    struct ring *ring = &show->set->link.request;
    for (int n = 0; n < REQUESTS_AT_ONCE; n++) {
        const uint32_t avail = ring_avail(ring);
        if (avail == 0)
            return;
        if (avail == UINT32_MAX) {
            ring_resync(ring);
            return;
        }
        struct link_request r;
        ring_peek(ring, 0, &r, 1);
        ring_drop(ring, 1);
        r.text[sizeof r.text - 1] = '\0';
        char why[LINK_TEXT_BYTES] = "";
        const int bad = r.op < REQUEST_OPS ? answers[r.op](show, &r, why)
                                           : refuse(why, "there is no such request");
        show_notice(show, NOTICE_REPLY, r.seq, bad != 0, 0, why);
    }
}
