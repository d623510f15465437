/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Who listens: clients, leases, subscriptions, and the feedback that goes to them.
 *
 *  Control numbers everything that can be reported as *slots* 0..nslots-1 (one per address that a
 * set or a meter changes) and says clients_mark(slot) on a change; clients_tick sends each
 * subscriber the latest value, coalesced (20 ms unless it asked otherwise), in bundles of at most
 * 1400 bytes that begin with `/seq ,i`. This file knows neither rows nor sockets: it gets both
 * through clients_source.
 *
 *  What a subscription is served: first the full state, a bounded number of bundles per tick, then
 *  changes; the last value is always sent, however fast it moved. Each subscription is served for
 * itself, in its own spelling. Sequence numbers count bundles from 1 (per client); after 1 s of
 * quiet, and each second from there, a bundle with only the present number follows, so that a loss
 * at the end shows. 0 is the first number after control restarted (or for a desk-file surface):
 * `/dump` is in order.
 *
 *  Thread: control main. All times are CLOCK_MONOTONIC_RAW ns (server_now_ns). */
#ifndef OSC_CLIENTS_H
#define OSC_CLIENTS_H

#include "config/desk.h" /* enum client_role */
#include "osc/endpoint.h"
#include "osc/message.h"
#include "osc/pattern.h"
#include "osc/server.h"

#define CLIENTS_MAX 128
#define CLIENTS_LEASE_NS INT64_C(10000000000)
#define CLIENTS_COALESCE_MS 20
#define CLIENTS_MAX_SUB_MS 10000
#define CLIENTS_MAX_DUMPS 32                           /* per client, under way at once */
#define CLIENTS_MAX_BITMAP_BYTES (UINT64_C(128) << 20) /* of all subscriptions together */
#define CLIENTS_NAME 32

enum client_kind { CLIENT_SCRIPT, CLIENT_SURFACE, CLIENT_DISPLAY };

/** One subscription. `pattern.wildcards == 0`: a single address, whose spelling is pattern.text. */
struct client_sub {
    struct osc_pattern pattern;
    int32_t min_ms; /* shortest time between two reports */
    bool once;      /* a /dump: gone when served */

    /* the rest belongs to clients*.c */
    bool passing;            /* a report is under way: a pass over the dirty bits */
    int64_t pass_ns;         /* when the last pass began */
    uint32_t slot;           /* single address */
    uint32_t scan, scan_end; /* slots that are still to be matched */
    uint32_t cursor;         /* where the pass stands */
    uint32_t ndirty;
    uint64_t *member, *dirty; /* bit per slot; NULL for a single address */
};

/** One client. Control reads all of it and may write name, kind, role, echo, trusted and user. */
struct client {
    bool used;
    bool hello;     /* said /hello */
    bool permanent; /* a surface of the desk file: no lease */
    bool echo;      /* wants its own sets back */
    uint8_t kind, role;
    char name[CLIENTS_NAME];
    struct osc_endpoint from;  /* whose packets these are */
    struct osc_endpoint reply; /* where answers and feedback go: `from` unless /hello/port */
    int64_t expires_ns;        /* UDP, not permanent */
    void *user;                /* control's own, starts NULL */

    /* the rest belongs to clients*.c */
    int64_t sent_ns;
    int32_t seq;   /* the last number sent; 0: none yet; -1: control restarted, 0 comes next */
    bool announce; /* send that 0 at once */
    bool unsaved;
    uint32_t nsubs, sub_room, sub_turn;
    struct client_sub *subs;
    uint64_t *interest; /* bit per slot: some subscription has it (may say yes too often) */
};

/** What control lends this file. All are called from clients_tick, clients_sub or clients_dump. */
struct clients_source {
    void *ctx;
    uint32_t nslots;
    /** Which slot a plain address is, in any spelling (index, 01, id).  @return false: none */
    bool (*find)(void *ctx, const char *address, uint32_t *slot);
    /** Does the slot's address match, in any of its spellings? */
    bool (*match)(void *ctx, uint32_t slot, const struct osc_pattern *pattern);
    /** Optional: slots outside first..end-1 cannot match (from the pattern's literal prefix). */
    void (*bounds)(void *ctx, const struct osc_pattern *pattern, uint32_t *first, uint32_t *end);
    /** Write address (for a single address: sub->pattern.text; else the spelling that matched) and
     *  present value with osc_out_begin and friends.  @return false: nothing to say (e.g. it is
     *  being touched by this client); mark it again when there is */
    bool (*render)(void *ctx, uint32_t slot, const struct client *client,
                   const struct client_sub *sub, struct osc_out *out);
    /** Usually server_send. Anything but SERVER_SENT and SERVER_GONE keeps the values for later. */
    enum server_result (*send)(void *ctx, const struct osc_endpoint *to, const void *bytes,
                               size_t size);
    /** Optional: the client is about to go (lease, connection closed, clients_remove). */
    void (*leaving)(void *ctx, struct client *client);
};

struct clients;

/** @param source is copied; nslots fixes the size of bitmaps.  @return NULL when out of memory */
struct clients *clients_new(const struct clients_source *source);
void clients_free(struct clients *clients);

/** The client behind an endpoint, NULL if there is none. Fast: called for each packet. */
struct client *clients_find(struct clients *clients, const struct osc_endpoint *from);

/** The same, made if need be: kind script, role as given, lease begun.  @return NULL: table full
 * (busy) */
struct client *clients_open(struct clients *clients, const struct osc_endpoint *from,
                            enum client_role role, int64_t now_ns);

/** Any packet renews the lease. */
void clients_renew(struct clients *clients, const struct osc_endpoint *from, int64_t now_ns);

/** `/hello`: name (cut to fit), kind and role; keeps subscriptions that are there. */
void clients_hello(struct clients *clients, struct client *client, const char *name,
                   enum client_kind kind, enum client_role role);

/** `/hello/port`: answer and report to another port of the same host (UDP only).
 *  @return OSC_OK, OSC_OUT_OF_RANGE (1..65535), OSC_NOT_NOW over TCP.
 *  The caller passes client->reply to server_trust when the client is trusted. */
enum osc_error clients_set_port(struct clients *clients, struct client *client, int32_t port);

/** `/hello/echo` */
void clients_set_echo(struct clients *clients, struct client *client, bool echo);

/** A surface of the desk file: an endpoint (transport UDP, listener to send from) without lease. */
struct client *clients_add_surface(struct clients *clients, const struct osc_endpoint *to,
                                   const char *name, enum client_role role, int64_t now_ns);

/** End a client: TCP connection closed, or goodbye. */
void clients_remove(struct clients *clients, struct client *client);

/** `/sub ,si pattern min_ms`. The same pattern again changes min_ms and starts the full state anew.
 *  @param min_ms  0 means CLIENTS_COALESCE_MS
 *  @return OSC_OK, OSC_UNKNOWN_ADDRESS (a plain address that is none), OSC_BAD_PATTERN,
 *          OSC_OUT_OF_RANGE (min_ms), OSC_TOO_LARGE (no room: about 3800 bytes of patterns per
 * client, 128 MiB of bitmaps for all) */
enum osc_error clients_sub(struct clients *clients, struct client *client, const char *pattern,
                           int32_t min_ms);

/** `/unsub ,s pattern`.  @return OSC_OK, or OSC_UNKNOWN_ADDRESS if there is no such subscription */
enum osc_error clients_unsub(struct clients *clients, struct client *client, const char *pattern);

/** `/dump ,s pattern`: report everything that matches once, paced. Errors as clients_sub; OSC_BUSY
 *  while 32 dumps of this client are under way. */
enum osc_error clients_dump(struct clients *clients, struct client *client, const char *pattern);

/** A slot changed. Everyone subscribed hears the latest value, but not the endpoint that set it
 *  unless it asked for echoes.  @param by NULL: nobody in particular (engine, scene, clamped set)
 */
void clients_mark(struct clients *clients, uint32_t slot, const struct osc_endpoint *by);

/** Everything changed (a resync from the engine): all members of all subscriptions. */
void clients_mark_all(struct clients *clients);

/** Leases, full states, feedback, heartbeats. Call about every 5 ms; bounded work.
 *  @return bundles sent */
int clients_tick(struct clients *clients, int64_t now_ns);

/** For lists: the index-th client in use, NULL past the end. */
struct client *clients_at(struct clients *clients, uint32_t index);
uint32_t clients_count(const struct clients *clients);

/** Bytes that clients_save needs. Constant: CLIENTS_MAX records, two copies of each. */
size_t clients_save_bytes(void);

/** Write the UDP clients that changed since the last call (leases and subscriptions, not
 *  desk-file surfaces) into `memory`, which is 8-byte aligned, starts zeroed and outlives this
 * process. A kill at any moment leaves, for each client, the old or the new record, never a
 * mixture. */
void clients_save(struct clients *clients, void *memory);

/** After a restart: take over what a former process saved in `memory`. Treats it as hostile. Each
 *  client gets a fresh lease, `/seq` 0 at once, and its full state. Call it before
 * clients_add_surface: each client returns to its own place.
 *  @return clients taken over */
int clients_load(struct clients *clients, const void *memory, int64_t now_ns);

/** Token check in a time that depends on `given` alone. */
bool clients_token_equal(const char *given, const char *secret);

#endif
