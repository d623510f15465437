/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JACK host's main-thread side: opening, closing, watching. And the notifications that JACK
 * calls on a thread of its own, which only count. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sound/host_jack_private.h"

#define GRAPH_SETTLE_NS 400000000 /* quiet time before connections are noted as people's will */
#define BEAT_NS 500000000         /* without a callback for this long the server is not alive */
#define POLICY_NS 1000000000
#define WIRES_AGAIN_NS 500000000
#define SYNC_TIMEOUT_US 2000000

static struct host_jack *logging; /* JACK's messages have no argument to find us by */

static void on_shutdown(jack_status_t code, const char *reason, void *arg) {
    (void)code, (void)reason;
    atomic_store(&((struct host_jack *)arg)->shared.gone, true);
}
static void on_freewheel(int starting, void *arg) {
    atomic_store(&((struct host_jack *)arg)->shared.freewheel, starting != 0);
}
static int on_size(jack_nframes_t nframes, void *arg) {
    (void)nframes; /* everything is allocated for the largest */
    atomic_fetch_add(&((struct host_jack *)arg)->shared.sizes, 1);
    return 0;
}
static int on_rate(jack_nframes_t rate_hz, void *arg) {
    atomic_store(&((struct host_jack *)arg)->shared.rate_hz, rate_hz);
    return 0;
}
static int on_xrun(void *arg) {
    atomic_fetch_add(&((struct host_jack *)arg)->shared.xruns, 1);
    return 0;
}
static void on_port(jack_port_id_t port, int there, void *arg) {
    struct host_shared *shared = &((struct host_jack *)arg)->shared;
    (void)port;
    atomic_fetch_add(there ? &shared->arrived : &shared->left, 1);
    atomic_fetch_add(&shared->graph, 1);
}
static void on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *arg) {
    (void)a, (void)b, (void)connected;
    atomic_fetch_add(&((struct host_jack *)arg)->shared.graph, 1);
}
static void on_message(const char *text) {
    if (logging && logging->o.verbose)
        logging->o.log(logging->o.log_ctx, 0, text);
}

static void *touched(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (p)
        memset(p, 0, (count ? count : 1) * size);
    return p;
}

/* What the engine says; true when it is something else than before. */
static bool note_latency(struct host_jack *host) {
    bool news = false;
    for (enum kind kind = KIND_CH; kind < KINDS_STRIP; kind++) {
        const uint32_t frames = engine_latency_frames(host->o.engine, kind);
        news |= atomic_exchange(&host->latency_frames[kind], frames) != frames;
    }
    return news;
}

struct host_jack *host_jack_setup(const struct host_options *options, char error[256]) {
    struct host_jack *host = touched(1, sizeof *host);
    if (!host)
        goto fail;
    host->o = *options;
    host->ports = desk_ports(options->desk, NULL, 0);
    host->port = touched(host->ports, sizeof *host->port);
    host->jack_port = touched(host->ports, sizeof *host->jack_port);
    unsigned char *cells = touched(HOST_GAPS, sizeof(struct host_gap));
    host->gaps = (struct ring){.shared = &host->shared.gaps,
                               .cells = cells,
                               .cell_bytes = sizeof(struct host_gap),
                               .capacity = HOST_GAPS};
    host->audio.gaps = host->gaps;
    if (!host->port || !host->jack_port || !cells)
        goto fail;
    desk_ports(options->desk, host->port, host->ports);
    for (uint32_t i = 0; i < host->ports; i++)
        host->inputs += host->port[i].input;
    host->outputs = host->ports - host->inputs;
    host->audio.in = touched(host->inputs, sizeof *host->audio.in);
    host->audio.out = touched(host->outputs, sizeof *host->audio.out);
    if (!host->audio.in || !host->audio.out)
        goto fail;
    note_latency(host);
    logging = host;
    jack_set_error_function(on_message);
    jack_set_info_function(on_message);
    return host;
fail:
    snprintf(error, 256, "out of memory");
    host_jack_free(host);
    return NULL;
}

void host_jack_free(struct host_jack *host) {
    if (!host)
        return;
    host_jack_close(host);
    if (logging == host)
        logging = NULL;
    free(host->port);
    free(host->jack_port);
    free(host->gaps.cells);
    free(host->audio.in);
    free(host->audio.out);
    free(host);
}

static int set_callbacks(struct host_jack *host) {
    jack_client_t *c = host->client;
    jack_on_info_shutdown(c, on_shutdown, host);
    return jack_set_process_callback(c, host_process, host) ||
           jack_set_thread_init_callback(c, host_thread_init, host) ||
           jack_set_freewheel_callback(c, on_freewheel, host) ||
           jack_set_buffer_size_callback(c, on_size, host) ||
           jack_set_sample_rate_callback(c, on_rate, host) ||
           jack_set_xrun_callback(c, on_xrun, host) ||
           jack_set_port_registration_callback(c, on_port, host) ||
           jack_set_port_connect_callback(c, on_connect, host) ||
           jack_set_latency_callback(c, jack_ports_latency, host) ||
           jack_set_sync_callback(c, host_sync, host) || jack_set_sync_timeout(c, SYNC_TIMEOUT_US);
}

static enum host_open give_up(struct host_jack *host, enum host_open why) {
    jack_ports_forget(host);
    jack_client_close(host->client);
    host->client = NULL;
    return why;
}

/* After a server's death: the timeline goes on where it would be by now, rolling if it rolled. */
static void resume_transport(struct host_jack *host) {
    const int64_t ns = host->was_rolling ? host_jack_now_ns() - host->died_ns : 0;
    const int64_t at = host->died_timeline + ns / 1000 * host->o.desk->rate_hz / 1000000;
    jack_position_t pos;
    if (jack_transport_query(host->client, &pos) != JackTransportStopped || pos.frame != 0)
        return; /* somebody else has already placed it */
    jack_transport_locate(host->client, at > 0 ? (jack_nframes_t)at : 0);
    if (host->was_rolling)
        jack_transport_start(host->client);
}

static void connect_wires(struct host_jack *host, int64_t now_ns) {
    host->wires_missing = !jack_wires_connect(host);
    host->wires_ns = now_ns;
}

enum host_open host_jack_open(struct host_jack *host, char error[256]) {
    jack_status_t status = 0;
    const jack_options_t base = JackNoStartServer | JackUseExactName;
    host->client = host->o.server ? jack_client_open(HOST_CLIENT_NAME, base | JackServerName,
                                                     &status, host->o.server)
                                  : jack_client_open(HOST_CLIENT_NAME, base, &status);
    if (!host->client) {
        snprintf(error, 256, "%s",
                 status & JackNameNotUnique ? "another client of the server is called "
                                              "'" HOST_CLIENT_NAME "'"
                                            : "no JACK server");
        return status & JackNameNotUnique ? HOST_NAME_TAKEN : HOST_NO_SERVER;
    }
    const uint32_t rate_hz = jack_get_sample_rate(host->client);
    if (rate_hz != host->o.desk->rate_hz) {
        snprintf(error, 256, "the server runs at %u Hz, the desk is made for %u Hz", rate_hz,
                 host->o.desk->rate_hz);
        return give_up(host, HOST_WRONG_RATE);
    }
    atomic_store(&host->shared.gone, false);
    atomic_store(&host->shared.freewheel, false);
    atomic_store(&host->shared.rate_hz, rate_hz);
    host->audio.resumed = true;
    host->audio.fade = 0;
    host->named = 0;
    if (jack_ports_register(host, error))
        return give_up(host, HOST_REFUSED);
    if (set_callbacks(host) || jack_activate(host->client)) {
        snprintf(error, 256, "the server refuses to activate the client");
        return give_up(host, HOST_REFUSED);
    }
    if (host->reopened)
        resume_transport(host);
    host->beat_ns = host_jack_now_ns();
    connect_wires(host, host->beat_ns);
    host->graph_changed_ns = host->beat_ns;
    return HOST_OPEN;
}

void host_jack_close(struct host_jack *host) {
    if (!host->client)
        return;
    if (!atomic_load(&host->shared.gone)) {
        jack_deactivate(host->client);
        jack_ports_forget(host);
    }
    jack_client_close(host->client);
    host->client = NULL;
    atomic_store(&host->o.link->head->status.server_alive, 0);
    atomic_store(&host->o.link->head->status.realtime, 0);
}

bool host_jack_is_open(const struct host_jack *host) {
    return host->client != NULL;
}

/* ---- watching ---- */

static void watch_policy(struct host_jack *host, int64_t now_ns) {
    if (now_ns - host->policy_ns < POLICY_NS)
        return;
    host->policy_ns = now_ns;
    /* jack_is_realtime tells what was asked for; the thread's own policy what was granted. */
    const pid_t tid = atomic_load(&host->shared.tid);
    const int policy = tid ? sched_getscheduler(tid) : SCHED_OTHER;
    const bool realtime = policy >= 0 && ((policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO ||
                                          (policy & ~SCHED_RESET_ON_FORK) == SCHED_RR);
    atomic_store(&host->o.link->head->status.realtime, realtime);
}

static void watch_beat(struct host_jack *host, int64_t now_ns) {
    const uint64_t callbacks = atomic_load(&host->shared.callbacks);
    if (callbacks != host->beat_seen) {
        host->beat_seen = callbacks;
        host->beat_ns = now_ns;
    }
    atomic_store(&host->o.link->head->status.server_alive, now_ns - host->beat_ns < BEAT_NS);
}

/* New ports are connected at once. What people did is read when things have been quiet for a while:
 * a client that leaves is first disconnected and only then gone, which is nobody's wish. */
static void watch_graph(struct host_jack *host, int64_t now_ns) {
    const uint32_t graph = atomic_load(&host->shared.graph);
    const uint32_t arrived = atomic_load(&host->shared.arrived);
    if (graph != host->graph_seen) {
        host->graph_seen = graph;
        host->graph_changed_ns = now_ns;
        if (arrived != host->arrived_seen)
            connect_wires(host, now_ns);
        host->arrived_seen = arrived;
        return;
    }
    if (host->graph_changed_ns && now_ns - host->graph_changed_ns > GRAPH_SETTLE_NS) {
        const uint32_t left = atomic_load(&host->shared.left);
        host->graph_changed_ns = 0;
        jack_wires_note(host, left != host->left_seen);
        host->left_seen = left;
    } else if (host->wires_missing && !host->graph_changed_ns &&
               now_ns - host->wires_ns > WIRES_AGAIN_NS) {
        connect_wires(host, now_ns);
    }
}

bool host_jack_service(struct host_jack *host) {
    const int64_t now_ns = host_jack_now_ns();
    if (!host->client)
        return false;
    if (atomic_load(&host->shared.gone)) {
        host->died_timeline = atomic_load(&host->shared.timeline);
        host->was_rolling = atomic_load(&host->shared.rolling);
        host->died_ns = now_ns;
        host->reopened = true;
        host_jack_close(host);
        return false;
    }
    watch_policy(host, now_ns);
    watch_beat(host, now_ns);
    watch_graph(host, now_ns);
    const uint32_t sizes = atomic_load(&host->shared.sizes);
    const bool later = note_latency(host);
    if (sizes != host->sizes_seen || later) {
        host->sizes_seen = sizes;
        jack_recompute_total_latencies(host->client);
    }
    atomic_store(&host->o.link->head->status.xruns, atomic_load(&host->shared.xruns));
    const uint32_t gave_up = atomic_load(&host->shared.waits_given_up);
    if (gave_up != host->gave_up_seen)
        host->o.log(host->o.log_ctx, 2,
                    "freewheel: control or disk did not answer in time; commands may be late");
    host->gave_up_seen = gave_up;
    if (!atomic_load(&host->shared.freewheel))
        jack_ports_name_some(host);
    return true;
}

/* ---- small things ---- */

void host_jack_play(struct host_jack *host, bool play) {
    if (!host->client)
        return;
    if (play)
        jack_transport_start(host->client);
    else
        jack_transport_stop(host->client);
}

void host_jack_locate(struct host_jack *host, int64_t timeline) {
    if (host->client && timeline >= 0 && timeline <= UINT32_MAX)
        jack_transport_locate(host->client, (jack_nframes_t)timeline);
}

int64_t host_jack_timeline(const struct host_jack *host, bool *rolling) {
    *rolling = atomic_load(&host->shared.rolling);
    return atomic_load(&host->shared.timeline);
}

void host_jack_fade(struct host_jack *host, bool out) {
    atomic_store(&host->shared.faded, false);
    atomic_store(&host->shared.fade_out, out);
}

bool host_jack_faded(const struct host_jack *host) {
    return !host->client || atomic_load(&host->shared.faded);
}

void host_jack_expect_control(struct host_jack *host, bool expected) {
    atomic_store(&host->shared.expect_control, expected);
}

void host_jack_reset_status(struct host_jack *host) {
    atomic_store(&host->shared.reset_status, true);
}

bool host_jack_gap(struct host_jack *host, uint64_t *frame, uint32_t *frames) {
    struct host_gap gap;
    if (ring_avail(&host->gaps) == 0)
        return false;
    ring_peek(&host->gaps, 0, &gap, 1);
    ring_drop(&host->gaps, 1);
    *frame = gap.frame;
    *frames = gap.frames;
    return true;
}
