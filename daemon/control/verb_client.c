/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs by which clients make themselves known and say what they want to hear. */
#include <string.h>
#include <time.h>

#include "daemon/control/roles.h"
#include "daemon/control/room.h"

#define NTP_UNIX_S 2208988800ull

/* Arguments as texts and numbers, with an /error where they are not. */
static bool count_is(struct control *c, struct verb_call *call, uint32_t least, uint32_t most) {
    if (call->msg->nargs >= least && call->msg->nargs <= most)
        return true;
    control_error(c, call->origin, OSC_BAD_COUNT, call->msg->addr, "takes ,%s", call->verb->args);
    return false;
}

static bool text_arg(struct control *c, struct verb_call *call, uint32_t n, char room[32],
                     const char **out) {
    const enum osc_error e = osc_arg_as_text(&call->msg->args[n], room, out);
    if (e != OSC_OK)
        control_error(c, call->origin, e, call->msg->addr, "argument %u: takes a text", n + 1);
    return e == OSC_OK;
}

static bool int_arg(struct control *c, struct verb_call *call, uint32_t n, int32_t *out) {
    const enum osc_error e = osc_arg_as_int(&call->msg->args[n], out);
    if (e != OSC_OK)
        control_error(c, call->origin, e, call->msg->addr, "argument %u: takes a whole number",
                      n + 1);
    return e == OSC_OK;
}

/* The client's entry, made if need be. NULL after an /error. */
static struct client *open_client(struct control *c, struct verb_call *call) {
    struct origin *o = call->origin;
    if (!o->client)
        o->client = clients_open(c->clients, o->from, o->role, c->now_ns);
    if (!o->client)
        control_error(c, o, OSC_BUSY, call->msg->addr, "all %d seats are taken", CLIENTS_MAX);
    return o->client;
}

void verb_hello(struct control *c, struct verb_call *call) {
    static const char *const kinds[] = {"script", "surface", "display"};
    static const char *const role_words[] = {"view", "mix", "admin"};
    char room[3][32];
    const char *name, *kind, *token;
    if (!count_is(c, call, 3, 3) || !text_arg(c, call, 0, room[0], &name) ||
        !text_arg(c, call, 1, room[1], &kind) || !text_arg(c, call, 2, room[2], &token))
        return;
    unsigned k = 0;
    while (k < 3 && strcmp(kind, kinds[k]) != 0)
        k++;
    if (k == 3) {
        control_error(c, call->origin, OSC_BAD_VALUE, call->msg->addr,
                      "a kind is one of surface, script, display");
        return;
    }
    enum client_role role;
    if (!roles_hello(c->desk, call->origin->from, token, &role)) {
        control_error(c, call->origin, OSC_DENIED, call->msg->addr, "wrong token");
        return;
    }
    struct client *client = open_client(c, call);
    if (!client)
        return;
    clients_hello(c->clients, client, name, (enum client_kind)k, role);
    call->origin->role = role;
    if (c->server)
        server_trust(c->server, &client->reply, true);
    verb_mark(c, VERB_STATUS_CLIENTS);
    control_answer(c, call->origin, "/hello", "ssiis", "Dubdesk", DUBDESK_VERSION, PROTOCOL_VERSION,
                   (int)(CLIENTS_LEASE_NS / 1000000000), role_words[role]);
}

void verb_hello_port(struct control *c, struct verb_call *call) {
    int32_t port;
    if (!count_is(c, call, 0, 1))
        return;
    if (call->msg->nargs == 1) {
        if (!int_arg(c, call, 0, &port))
            return;
        struct client *client = open_client(c, call);
        if (!client)
            return;
        if (c->server && client->hello)
            server_trust(c->server, &client->reply, false);
        const enum osc_error e = clients_set_port(c->clients, client, port);
        if (c->server && client->hello)
            server_trust(c->server, &client->reply, true);
        if (e != OSC_OK) {
            control_error(
                c, call->origin, e, call->msg->addr,
                e == OSC_NOT_NOW ? "a TCP connection has no other port" : "a port is 1..65535");
            return;
        }
    }
    const struct client *client = call->origin->client;
    control_answer(c, call->origin, "/hello/port", "i",
                   client ? client->reply.port : call->origin->from->port);
}

void verb_hello_echo(struct control *c, struct verb_call *call) {
    bool echo;
    if (!count_is(c, call, 0, 1))
        return;
    if (call->msg->nargs == 1) {
        if (osc_arg_as_bool(&call->msg->args[0], &echo) != OSC_OK) {
            control_error(c, call->origin, OSC_BAD_TYPE, call->msg->addr, "takes 1 or 0");
            return;
        }
        struct client *client = open_client(c, call);
        if (!client)
            return;
        clients_set_echo(c->clients, client, echo);
    }
    control_answer(c, call->origin, "/hello/echo", "i",
                   call->origin->client && call->origin->client->echo);
}

static void sub_error(struct control *c, struct verb_call *call, enum osc_error e,
                      const char *pattern) {
    switch (e) {
    case OSC_OK: break;
    case OSC_UNKNOWN_ADDRESS:
        control_error(c, call->origin, e, call->msg->addr, "nothing to hear at \"%.100s\"",
                      pattern);
        break;
    case OSC_OUT_OF_RANGE:
        control_error(c, call->origin, e, call->msg->addr, "an interval is 0..%d ms",
                      CLIENTS_MAX_SUB_MS);
        break;
    case OSC_BAD_PATTERN:
        control_error(c, call->origin, e, call->msg->addr, "\"%.100s\" is no pattern", pattern);
        break;
    default:
        control_error(c, call->origin, e, call->msg->addr, "\"%.100s\" was refused", pattern);
        break;
    }
}

void verb_sub(struct control *c, struct verb_call *call) {
    char room[32];
    const char *pattern;
    int32_t ms = 0;
    if (!count_is(c, call, 1, 2) || !text_arg(c, call, 0, room, &pattern) ||
        (call->msg->nargs == 2 && !int_arg(c, call, 1, &ms)))
        return;
    struct client *client = open_client(c, call);
    if (client)
        sub_error(c, call, clients_sub(c->clients, client, pattern, ms), pattern);
}

void verb_unsub(struct control *c, struct verb_call *call) {
    char room[32];
    const char *pattern;
    if (!count_is(c, call, 1, 1) || !text_arg(c, call, 0, room, &pattern))
        return;
    if (!call->origin->client || clients_unsub(c->clients, call->origin->client, pattern) != OSC_OK)
        control_error(c, call->origin, OSC_UNKNOWN_ADDRESS, call->msg->addr,
                      "there is no subscription of \"%.100s\"", pattern);
}

void verb_dump(struct control *c, struct verb_call *call) {
    char room[32];
    const char *pattern;
    if (!count_is(c, call, 1, 1) || !text_arg(c, call, 0, room, &pattern))
        return;
    struct client *client = open_client(c, call);
    if (client)
        sub_error(c, call, clients_dump(c->clients, client, pattern), pattern);
}

void verb_sub_meters(struct control *c, struct verb_call *call) {
    char room[32];
    const char *group;
    int32_t ms;
    if (!count_is(c, call, 2, 2) || !text_arg(c, call, 0, room, &group) ||
        !int_arg(c, call, 1, &ms))
        return;
    if (*group == '/')
        group++;
    unsigned k = 0;
    while (k < KINDS_STRIP && strcmp(group, kind_path((enum kind)k)) != 0)
        k++;
    if (k == KINDS_STRIP) {
        if (strcmp(group, "all") != 0) {
            control_error(c, call->origin, OSC_OUT_OF_RANGE, call->msg->addr,
                          "a group is one of ch, grp, aux, stem, main, mon, all");
            return;
        }
        k = KIND_COUNT;
    }
    if (ms < 0 || (ms > 0 && ms < 10) || ms > CLIENTS_MAX_SUB_MS) {
        control_error(c, call->origin, OSC_OUT_OF_RANGE, call->msg->addr,
                      "an interval is 10..%d ms, or 0 to end it", CLIENTS_MAX_SUB_MS);
        return;
    }
    if (open_client(c, call) && meter_subscribe(c, call->origin, (int)k, ms) < 0)
        control_error(c, call->origin, OSC_BUSY, call->msg->addr, "too many meter streams");
}

void verb_sync(struct control *c, struct verb_call *call) {
    int32_t number;
    if (!count_is(c, call, 1, 1) || !int_arg(c, call, 0, &number))
        return;
    if (sync_begin(c, call->origin, number) < 0)
        control_error(c, call->origin, OSC_BUSY, call->msg->addr, "try again");
}

void verb_time(struct control *c, struct verb_call *call) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t ntp =
        ((uint64_t)now.tv_sec + NTP_UNIX_S) << 32 | ((uint64_t)now.tv_nsec << 32) / 1000000000u;
    const int64_t frame =
        c->clock.freewheel ? (int64_t)c->clock.frame : schedule_frame_at(c, server_now_ns());
    control_answer(c, call->origin, "/time", "th", ntp, frame);
}
