/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up desk (200 channels with fader, pan, mute), a network in memory, and what its clients
 * know. */
#ifndef TESTS_LIB_CLIENTS_RIG_H
#define TESTS_LIB_CLIENTS_RIG_H

#include "osc/clients.h"

#define SLOTS 600 /* 200 channels with fader, pan, mute */
#define MS INT64_C(1000000)

/* What one made-up client of the desk knows. */
struct mirror {
    struct osc_endpoint who;
    int value[SLOTS], got[SLOTS];
    int messages, bundles, last_seq, gaps, zeros;
    size_t largest;
    char last_addr[64];
};

struct rig {
    int value[SLOTS];
    struct clients *clients;
    struct osc_packet *packet;
    struct mirror m[3];
    int nmirrors, loss_percent, left;
    enum server_result answer;
    bool silent; /* render has nothing to say */
    unsigned seed;
};

/** Clients over the rig's desk and network. */
struct clients *clients_rig_clients(struct rig *d);

/** The n-th endpoint: UDP, loopback, port 5000 + n. */
struct osc_endpoint clients_rig_endpoint(int n);

/** A rig whose first `nmirrors` endpoints listen. */
struct rig *clients_rig_open(int nmirrors);

/** Free it, clients too. */
void clients_rig_close(struct rig *d);

/** Open client n, subscribed to `pattern` if there is one. */
struct client *clients_rig_join(struct rig *d, int n, const char *pattern, int min_ms, int64_t now);

/** Tick every 5 ms, all clients alive. Returns the new time. */
int64_t clients_rig_run(struct rig *d, int64_t now, int ms);

/** Change a value and mark it. */
void clients_rig_set(struct rig *d, uint32_t slot, int value, const struct osc_endpoint *by);

#endif
