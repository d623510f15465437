/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making and noting the connections of the desk's ports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sound/host_jack_private.h"

/* The audio ports of other clients. Free both arrays. */
static uint32_t others(struct host_jack *host, const char ***names,
                       struct connections_port **ports) {
    uint32_t n = 0, room = 0;
    *ports = NULL;
    *names = jack_get_ports(host->client, NULL, JACK_DEFAULT_AUDIO_TYPE, 0);
    for (const char **name = *names; name && *name; name++)
        room++;
    if (room)
        *ports = calloc(room, sizeof **ports);
    for (uint32_t i = 0; *ports && i < room; i++) {
        jack_port_t *port = jack_port_by_name(host->client, (*names)[i]);
        if (!port || jack_port_is_mine(host->client, port))
            continue;
        (*ports)[n++] = (struct connections_port){
            .name = (*names)[i], .output = (jack_port_flags(port) & JackPortIsOutput) != 0};
    }
    return n;
}

bool jack_wires_connect(struct host_jack *host) {
    bool all = true;
    const char **names;
    struct connections_port *ports;
    const struct connection *wanted;
    const uint32_t count = others(host, &names, &ports);
    const uint32_t n = connections_wanted(host->o.connections, ports, count, &wanted);
    for (uint32_t i = 0; i < n; i++) {
        jack_port_t *mine = host->jack_port[wanted[i].port];
        if (jack_port_connected_to(mine, wanted[i].other))
            continue;
        const char *name = jack_port_name(mine);
        const bool input = host->port[wanted[i].port].input;
        const int result = input ? jack_connect(host->client, wanted[i].other, name)
                                 : jack_connect(host->client, name, wanted[i].other);
        all = all && (result == 0 || result == EEXIST);
    }
    free(ports);
    jack_free(names);
    return all;
}

void jack_wires_note(struct host_jack *host, bool ports_left) {
    const char **names;
    struct connections_port *ports;
    struct connection *standing = NULL;
    uint32_t n = 0, room = 0;
    const uint32_t count = others(host, &names, &ports);
    for (uint32_t i = 0; i < host->ports; i++) {
        const char **to = jack_port_get_all_connections(host->client, host->jack_port[i]);
        for (const char **name = to; name && *name; name++) {
            if (strncmp(*name, HOST_CLIENT_NAME ":", sizeof HOST_CLIENT_NAME) == 0)
                continue;
            if (n == room) {
                const uint32_t larger = room ? 2 * room : 64;
                struct connection *more = realloc(standing, larger * sizeof *more);
                if (!more)
                    break;
                standing = more;
                room = larger;
            }
            standing[n].port = i;
            snprintf(standing[n++].other, CONNECTION_NAME, "%s", *name);
        }
        jack_free(to);
    }
    char error[256];
    if (connections_note(host->o.connections, ports, count, standing, n, ports_left) &&
        connections_save(host->o.connections, error))
        host->o.log(host->o.log_ctx, 1, error);
    free(standing);
    free(ports);
    jack_free(names);
}

void host_jack_input(struct host_jack *host, uint32_t channel, const char *source) {
    const uint32_t object = host->o.desk->first[KIND_CH] + channel;
    connections_input(host->o.connections, channel, source);
    if (!host->client)
        return;
    for (uint32_t i = 0; i < host->inputs; i++)
        if (host->port[i].object == object && host->port[i].use == PORT_STRIP)
            jack_port_disconnect(host->client, host->jack_port[i]);
    host->wires_missing = !jack_wires_connect(host);
}
