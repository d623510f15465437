/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/control/roles.h"
#include "daemon/control/room.h"

#define FEEDBACK_NS INT64_C(20000000)
#define SLOW_NS INT64_C(500000000)
#define TELLS_PER_TURN 64u
/* Reading stops while the command ring is fuller than this, as long as sound does take from it. */
#define RING_LOW (LINK_COMMAND_CELLS / 4 * 3)
#define DEAD_NS INT64_C(200000000)
#define BULK_LOST_NS INT64_C(5000000000)

/* ---- sending ---- */

enum server_result control_send(struct control *c, const struct osc_endpoint *to, const void *bytes,
                                size_t size) {
    if (to->listener == CONTROL_INJECTED) {
        if (c->options.reply)
            c->options.reply(c->options.ctx, to, bytes, size);
        return SERVER_SENT;
    }
    return c->server ? server_send(c->server, to, bytes, size) : SERVER_GONE;
}

static const struct osc_endpoint *reply_to(const struct origin *origin) {
    return origin->client ? &origin->client->reply : origin->from;
}

void control_send_out(struct control *c, const struct origin *origin) {
    if (origin->mute)
        return;
    const size_t size = osc_out_write(&c->out, c->reply, sizeof c->reply);
    if (size)
        control_send(c, reply_to(origin), c->reply, size);
}

void control_answer(struct control *c, const struct origin *origin, const char *address,
                    const char *types, ...) {
    va_list args;
    va_start(args, types);
    osc_out_begin(&c->out, address);
    for (const char *t = types; *t; t++)
        switch (*t) {
        case 'i': osc_out_int(&c->out, va_arg(args, int)); break;
        case 'h': osc_out_long(&c->out, va_arg(args, int64_t)); break;
        case 'f': osc_out_float(&c->out, (float)va_arg(args, double)); break;
        case 's': osc_out_text(&c->out, va_arg(args, const char *)); break;
        case 't': osc_out_timetag(&c->out, va_arg(args, uint64_t)); break;
        default: break;
        }
    va_end(args);
    control_send_out(c, origin);
}

void control_error(struct control *c, struct origin *origin, enum osc_error code,
                   const char *address, const char *format, ...) {
    char text[400];
    uint8_t bytes[600];
    int n = snprintf(text, sizeof text, "%s", origin->element ? origin->element : "");
    va_list args;
    va_start(args, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, args);
    va_end(args);
    origin->failed = true;
    if (c->options.verbose)
        control_log(c, 0, "refused: %s %s: %s", osc_error_word(code), address, text);
    const size_t size = osc_error_write(bytes, sizeof bytes, code, address, text);
    if (size)
        control_send(c, reply_to(origin), bytes, size);
}

void control_log(struct control *c, int level, const char *format, ...) {
    static const char *const words[] = {"", "warning: ", "error: "};
    char text[700];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (c->options.log)
        c->options.log(c->options.ctx, level, text);
    else if (level > 0 || c->options.verbose)
        fprintf(stderr, "dubdesk-control: %s%s\n", words[level < 0 || level > 2 ? 0 : level], text);
}

/* ---- receiving ---- */

static void refresh_clock(struct control *c) {
    struct link_clock clock;
    if (link_clock_read(c->link, &clock) && clock.rate_hz != 0) {
        c->clock = clock;
        c->clock_valid = true;
    }
}

static int handle(struct control *c, const struct osc_endpoint *from,
                  const struct osc_packet *packet, int64_t arrival_ns, bool as_admin) {
    struct origin origin = {.from = from, .arrival_ns = arrival_ns, .element = ""};
    origin.client = clients_find(c->clients, from);
    if (origin.client)
        clients_renew(c->clients, from, c->now_ns);
    origin.role = as_admin        ? CLIENT_ADMIN
                  : origin.client ? (enum client_role)origin.client->role
                                  : roles_of(c->desk, from);
    request_packet(c, &origin, packet);
    return origin.failed ? -1 : 0;
}

static void on_packet(void *ctx, const struct osc_endpoint *from, const struct osc_packet *packet,
                      int64_t arrival_ns) {
    handle(ctx, from, packet, arrival_ns, false);
}

static void on_close(void *ctx, const struct osc_endpoint *from) {
    struct control *c = ctx;
    struct client *client = clients_find(c->clients, from);
    if (client)
        clients_remove(c->clients, client);
    meter_leave(c, from);
    verb_mark(c, VERB_STATUS_CLIENTS);
}

static int inject(struct control *c, const struct osc_endpoint *from, const void *bytes,
                  size_t size, int64_t arrival_ns, bool as_admin) {
    struct osc_packet *packet = c->packet;
    c->now_ns = server_now_ns();
    refresh_clock(c);
    c->tells_left = TELLS_PER_TURN;
    if (osc_packet_walk(packet, bytes, size, 0) != OSC_OK) {
        struct origin origin = {.from = from, .element = ""};
        control_error(c, &origin, packet->error, packet->error_addr, "%s", packet->error_text);
        return -1;
    }
    return handle(c, from, packet, arrival_ns, as_admin);
}

int control_inject(struct control *c, const void *bytes, size_t size) {
    const struct osc_endpoint from = {.listener = CONTROL_INJECTED, .transport = OSC_UDP};
    return inject(c, &from, bytes, size, server_now_ns(), true);
}

int control_inject_from(struct control *c, const struct osc_endpoint *from, const void *bytes,
                        size_t size, int64_t arrival_ns) {
    return inject(c, from, bytes, size, arrival_ns, false);
}

/* ---- events ---- */

/* The engine refused a group of sets: its sender hears it, the sweep puts the model right. */
static void refused(struct control *c, const struct event *event) {
    const struct sender *s = &c->sender[event->seq % SENDERS];
    if (s->seq != event->seq)
        return;
    struct origin origin = {
        .from = &s->from, .client = clients_find(c->clients, &s->from), .element = ""};
    control_error(c, &origin, event->op == EVENT_BUSY ? OSC_BUSY : OSC_BAD_VALUE, "/",
                  "the engine refused it: nothing was changed");
}

static void one_event(struct control *c, const struct event *event) {
    switch (event->op) {
    case EVENT_EPOCH: schedule_jump(c, event->seq, event->frame); return;
    case EVENT_NAN:
        verb_mark(c, VERB_STATUS_RT);
        control_log(c, 1, "input %u carries NaN or infinity", event->seq);
        return;
    case EVENT_APPLIED:
    case EVENT_BUSY:
    case EVENT_STALE:
    case EVENT_BAD: break;
    default: return;
    }
    if (event->seq == c->last_seq && event->op == EVENT_APPLIED)
        c->last_applied = event->frame;
    if (c->fence_pending && event->seq == c->fence_seq) {
        c->fence_pending = false;
        model_resync(&c->model);
    }
    plan_event(c, event);
    const bool held = schedule_event(c, event);
    if (sync_event(c, event) || held)
        return;
    if (event->op != EVENT_APPLIED)
        refused(c, event);
}

static void events(struct control *c) {
    struct event batch[64];
    for (unsigned round = 0; round < LINK_EVENTS / 64; round++) {
        uint32_t n = ring_avail(&c->link->event);
        if (n == UINT32_MAX) {
            ring_resync(&c->link->event);
            model_resync(&c->model);
            return;
        }
        if (n == 0)
            break;
        n = n < 64 ? n : 64;
        ring_peek(&c->link->event, 0, batch, n);
        ring_drop(&c->link->event, n);
        for (uint32_t i = 0; i < n; i++)
            one_event(c, &batch[i]);
    }
    if (atomic_exchange(&c->link->head->resync, 0)) {
        control_log(c, 1, "events were lost: reading the plane");
        schedule_lost(c);
        model_resync(&c->model);
        clients_mark_all(c->clients);
    }
}

/* ---- the loop ---- */

/* Back-pressure: leave packets in the sockets while the ring is full and sound empties it. When
 * sound has stopped (no server) packets are read on and answered `busy`. */
static bool may_read(struct control *c) {
    const uint64_t beats = atomic_load(&c->link->head->status.callbacks);
    if (beats != c->seen_callbacks) {
        c->seen_callbacks = beats;
        c->callbacks_ns = c->now_ns;
    }
    return ring_free(&c->link->command) >= RING_LOW || c->now_ns - c->callbacks_ns > DEAD_NS;
}

static void slow_tick(struct control *c) {
    if (c->now_ns - c->slow_ns < SLOW_NS)
        return;
    c->slow_ns = c->now_ns;
    verb_mark(c, VERB_STATUS_RT);
    verb_mark(c, VERB_STATUS_TAPE);
}

static void feedback(struct control *c) {
    const bool due = c->now_ns - c->feedback_ns >= FEEDBACK_NS;
    model_tick(&c->model, &c->clock, due);
    if (due) {
        c->feedback_ns = c->now_ns;
        clients_save(c->clients, c->keep.clients);
        if (c->clock.rolling) {
            verb_mark(c, VERB_TRANSPORT_TC);
            verb_mark(c, VERB_TRANSPORT_LOCATE);
        }
    }
    meter_tick(c);
    slow_tick(c);
    clients_tick(c->clients, c->now_ns);
    if (c->server)
        server_flush(c->server);
}

enum control_turn control_poll(struct control *c, int timeout_ms) {
    enum control_turn turn = CONTROL_RUNNING;
    c->now_ns = server_now_ns();
    refresh_clock(c);
    c->tells_left = TELLS_PER_TURN;
    atomic_fetch_add_explicit(&c->link->head->control_beat, 1, memory_order_relaxed);
    if (c->server) {
        if (may_read(c)) {
            if (server_poll(c->server, timeout_ms) < 0)
                turn = CONTROL_FAILED;
        } else {
            usleep(500);
        }
        c->now_ns = server_now_ns();
        refresh_clock(c);
    }
    if (c->bulk_seq && c->now_ns - c->bulk_ns > BULK_LOST_NS && link_bulk_free(c->link, 0) &&
        link_bulk_free(c->link, 1))
        c->bulk_seq = 0; /* its event was dropped */
    events(c);
    notice_tick(c);
    schedule_tick(c);
    feedback(c);
    state_tick(c);
    return c->leaving ? CONTROL_LEAVING : turn;
}

/* ---- setting up ---- */

static int listen_on(struct control *c, const struct desk_listener *l, uint16_t port,
                     char error[512]) {
    int number = -1;
    /* An address without type tags, as old clients send it, is a get: nothing acts without an
     * argument. */
    const unsigned flags = OSC_WALK_UNTYPED;
    if (l->udp &&
        (number = server_listen(c->server, OSC_UDP, l->host, port, flags, error, 512)) < 0)
        return -1;
    if (number >= 0 && c->first_udp < 0)
        c->first_udp = number;
    if (!l->tcp)
        return 0;
    /* The same port for both, also where a free one was taken. */
    if (port == 0 && number >= 0)
        port = server_port(c->server, number);
    return server_listen(c->server, OSC_TCP, l->host, port, flags, error, 512) < 0 ? -1 : 0;
}

static int open_sockets(struct control *c, char error[512]) {
    const struct server_hooks hooks = {.ctx = c, .on_packet = on_packet, .on_close = on_close};
    static const struct desk_listener usual = {"127.0.0.1", 9700, true, true};
    c->server = server_new(&hooks);
    if (!c->server) {
        snprintf(error, 512, "out of memory");
        return -1;
    }
    const struct desk *d = c->desk;
    uint32_t n = d->listeners ? d->listeners : 1;
    if (n > CONTROL_INJECTED / 2) {
        control_log(c, 1, "only the first %d listeners are opened", CONTROL_INJECTED / 2);
        n = CONTROL_INJECTED / 2;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct desk_listener *l = d->listeners ? &d->listener[i] : &usual;
        const uint16_t port =
            i == 0 && c->options.osc_port >= 0 ? (uint16_t)c->options.osc_port : l->port;
        if (listen_on(c, l, port, error) < 0)
            return -1;
    }
    return 0;
}

static void add_surfaces(struct control *c) {
    for (uint32_t i = 0; i < c->desk->surfaces; i++) {
        const struct desk_surface *s = &c->desk->surface[i];
        struct osc_endpoint to = {.transport = OSC_UDP,
                                  .listener = (uint8_t)(c->first_udp < 0 ? 0 : c->first_udp),
                                  .port = s->port};
        if (c->first_udp < 0 || !osc_endpoint_parse(&to, s->host)) {
            control_log(c, 1, "surface %s: %s cannot be reached by UDP", s->name, s->host);
            continue;
        }
        const enum client_role role = roles_of(c->desk, &to);
        struct client *client = clients_add_surface(
            c->clients, &to, s->name, role < CLIENT_MIX ? CLIENT_MIX : role, c->now_ns);
        if (!client || (*s->sub && clients_sub(c->clients, client, s->sub, 0) != OSC_OK))
            control_log(c, 1, "surface %s: cannot subscribe to \"%s\"", s->name, s->sub);
        if (client)
            server_trust(c->server, &client->reply, true);
    }
}

/* A group behind everything a former control sent: when it lands, the plane is up to date. */
static void send_fence(struct control *c) {
    const struct group g = {.when = WHEN_NEXT, .flags = GROUP_TELL, .seq = plan_next_seq(c)};
    if (link_send(c->link, &g, NULL) == 0) {
        c->fence_pending = true;
        c->fence_seq = g.seq;
    }
}

static int setup_rooms(struct control *c, bool *found, char error[512]) {
    struct clients_source source;
    report_init(&c->reports, c->desk);
    c->packet = calloc(1, sizeof *c->packet);
    c->resolver = resolver_new(&c->reports);
    request_source(c, &source);
    c->clients = clients_new(&source);
    if (!c->packet || !c->resolver || !c->clients ||
        model_setup(&c->model, c->desk, c->link, &c->reports) < 0 ||
        plan_setup(&c->plan, c->link->slots) < 0 || meter_setup(c) < 0) {
        snprintf(error, 512, "out of memory");
        return -1;
    }
    c->model.clients = c->clients;
    *found = keep_open(&c->keep, c->link, clients_save_bytes());
    if (!*found)
        c->keep.head->epoch_timeline = INT64_MIN;
    if (schedule_setup(c) < 0) {
        snprintf(error, 512, "out of memory");
        return -1;
    }
    return 0;
}

/* Clients of a former control on this mapping, or of the desk as it was before a reload: that one
 * may have given other rights, so a role by token has to be asked for again. */
static void take_clients(struct control *c, bool reloaded) {
    struct client *back;
    if (reloaded)
        state_clients_load(c);
    clients_load(c->clients, c->keep.clients, c->now_ns);
    for (uint32_t i = 0; (back = clients_at(c->clients, i)); i++) {
        if (reloaded)
            back->role = (uint8_t)roles_of(c->desk, &back->from);
        if (c->server && back->hello)
            server_trust(c->server, &back->reply, true);
    }
}

struct control *control_setup(struct link *link, const struct control_options *options,
                              char error[512]) {
    struct control *c = calloc(1, sizeof *c);
    struct desk_error bad;
    bool found = false;
    char name[512];
    if (!c) {
        snprintf(error, 512, "out of memory");
        return NULL;
    }
    c->options = *options;
    c->link = link;
    c->first_udp = -1;
    snprintf(c->state_dir, sizeof c->state_dir, "%s", options->state_dir ? options->state_dir : "");
    memcpy(name, link->head->desk_name, sizeof name);
    name[sizeof name - 1] = '\0';
    if (desk_parse(link->desk_text, name, &c->desk, &bad) < 0) {
        snprintf(error, 512, "%.500s", bad.text);
        goto failed;
    }
    if (c->desk->layout.slots != link->slots || c->desk->layout.texts != link->texts) {
        snprintf(error, 512, "the mapping is of another desk");
        goto failed;
    }
    c->now_ns = c->callbacks_ns = server_now_ns();
    refresh_clock(c);
    if (setup_rooms(c, &found, error) < 0 || (options->sockets && open_sockets(c, error) < 0))
        goto failed;
    if (found || link->head->generation > 1)
        take_clients(c, !found);
    if (found) {
        c->model.changes = c->keep.head->unsaved;
    } else {
        const struct osc_endpoint nobody = {.listener = CONTROL_INJECTED, .transport = OSC_TCP};
        struct origin origin = {.from = &nobody,
                                .role = CLIENT_ADMIN,
                                .arrival_ns = c->now_ns,
                                .element = "",
                                .silent = true};
        state_load(c, &origin);
        c->saved_changes = c->model.changes;
    }
    send_fence(c);
    if (c->server)
        add_surfaces(c);
    atomic_store(&link->head->control_pid, (uint32_t)getpid());
    return c;
failed:
    control_free(c);
    return NULL;
}

uint16_t control_port(const struct control *c, int listener) {
    return c->server ? server_port(c->server, listener) : 0;
}

void control_free(struct control *c) {
    if (!c)
        return;
    if (c->desk && c->keep.head)
        state_save(c);
    saver_free(&c->saver);
    if (c->clients) /* before the server, which clients that leave have trusted */
        clients_free(c->clients);
    if (c->server)
        server_free(c->server);
    osc_out_free(&c->out);
    resolver_free(c->resolver);
    plan_free(&c->plan);
    model_free(&c->model);
    meter_free(&c->meters);
    schedule_free(&c->schedule);
    if (c->desk)
        desk_free(c->desk);
    free(c->packet);
    free(c);
}
