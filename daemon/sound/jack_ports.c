/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk's ports at the server: registration, pretty names, latencies. */
#include <jack/metadata.h>
#include <jack/uuid.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sound/host_jack_private.h"

#define NAMES_AT_ONCE 16u /* each is a write to JACK's database, so that main stays responsive */

int jack_ports_register(struct host_jack *host, char error[256]) {
    for (uint32_t i = 0; i < host->ports; i++) {
        const struct desk_port *port = &host->port[i];
        host->jack_port[i] =
            jack_port_register(host->client, port->name, JACK_DEFAULT_AUDIO_TYPE,
                               port->input ? JackPortIsInput : JackPortIsOutput, 0);
        if (!host->jack_port[i]) {
            snprintf(error, 256,
                     "the server has no room for port '%s', number %u of %u; start jackd with a "
                     "larger -p",
                     port->name, i + 1, host->ports);
            return -1;
        }
    }
    return 0;
}

static void set_name(struct host_jack *host, uint32_t i) {
    const jack_uuid_t uuid = jack_port_uuid(host->jack_port[i]);
    if (!jack_uuid_empty(uuid))
        jack_set_property(host->client, uuid, JACK_METADATA_PRETTY_NAME, host->port[i].pretty,
                          "text/plain");
}

bool jack_ports_name_some(struct host_jack *host) {
    for (uint32_t n = 0; n < NAMES_AT_ONCE && host->named < host->ports; n++, host->named++)
        if (host->port[host->named].pretty[0])
            set_name(host, host->named);
    return host->named < host->ports;
}

void jack_ports_forget(struct host_jack *host) {
    for (uint32_t i = 0; i < host->ports; i++) {
        if (!host->jack_port[i] || atomic_load(&host->shared.gone))
            continue;
        jack_remove_properties(host->client, jack_port_uuid(host->jack_port[i]));
        jack_port_unregister(host->client, host->jack_port[i]);
        host->jack_port[i] = NULL;
    }
}

void host_jack_rename(struct host_jack *host, uint32_t object, const char *name) {
    for (uint32_t i = 0; i < host->ports; i++) {
        struct desk_port *port = &host->port[i];
        if (port->object != object)
            continue;
        const struct desk_object *o = &host->o.desk->object[object];
        const enum leg leg = (enum leg)format_table[o->format].leg[port->leg];
        const bool many = format_legs(o->format) > 1;
        snprintf(port->pretty, sizeof port->pretty, "%.72s%s%s%s", name, many ? " " : "",
                 many ? leg_table[leg].name : "", port_use_word(port->use));
        if (host->client && i < host->named)
            set_name(host, i);
    }
}

/* What a port lags the channels' inputs by: an output, its strip's latency; the ends of an insert,
 * what stands before it. A return comes a period after the send, but JACK counts that itself. */
static uint32_t lag_frames(const struct host_jack *host, const struct desk_port *port) {
    if (port->use == PORT_STRIP)
        return port->input ? 0 : atomic_load(&host->latency_frames[port->kind]);
    return port->kind == KIND_GRP ? atomic_load(&host->latency_frames[KIND_CH]) : 0;
}

/* Called by JACK on its notification thread. Everything that goes in comes out of every output, the
 * engine's own latency later. Inserts are told, but not asked: they go in a circle. */
void jack_ports_latency(jack_latency_callback_mode_t mode, void *arg) {
    struct host_jack *host = arg;
    const bool capture = mode == JackCaptureLatency;
    jack_latency_range_t all = {.min = UINT32_MAX, .max = 0};
    for (uint32_t i = 0; i < host->ports; i++) {
        jack_latency_range_t range;
        if (host->port[i].use != PORT_STRIP || host->port[i].input != capture ||
            jack_port_connected(host->jack_port[i]) == 0) /* says nothing about the way of sound */
            continue;
        jack_port_get_latency_range(host->jack_port[i], mode, &range);
        const uint32_t lag = lag_frames(host, &host->port[i]);
        all.min = range.min + lag < all.min ? range.min + lag : all.min;
        all.max = range.max + lag > all.max ? range.max + lag : all.max;
    }
    if (all.min > all.max) /* nothing is connected: what the engine does is still true */
        all.min = all.max = capture ? 0 : atomic_load(&host->latency_frames[KIND_MAIN]);
    for (uint32_t i = 0; i < host->ports; i++) {
        if (host->port[i].input == capture)
            continue;
        const uint32_t lag = lag_frames(host, &host->port[i]);
        jack_latency_range_t range = {.min = all.min + lag, .max = all.max + lag};
        if (!capture) /* what is still ahead of it */
            range = (jack_latency_range_t){.min = all.min > lag ? all.min - lag : 0,
                                           .max = all.max > lag ? all.max - lag : 0};
        jack_port_set_latency_range(host->jack_port[i], mode, &range);
    }
}
