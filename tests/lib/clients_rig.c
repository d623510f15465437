/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/clients_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const row_names[3] = {"fader", "pan", "mute"};

static bool find(void *ctx, const char *address, uint32_t *slot) {
    (void)ctx;
    unsigned ch;
    char row[16];
    if (sscanf(address, "/ch/%u/%15s", &ch, row) != 2 &&
        sscanf(address, "/ch/DX%u/%15s", &ch, row) != 2)
        return false;
    for (uint32_t r = 0; r < 3; r++)
        if (strcmp(row, row_names[r]) == 0 && ch >= 1 && ch <= SLOTS / 3) {
            *slot = (ch - 1) * 3 + r;
            return true;
        }
    return false;
}

static bool match(void *ctx, uint32_t slot, const struct osc_pattern *pattern) {
    (void)ctx;
    char address[64];
    snprintf(address, sizeof address, "/ch/%u/%s", slot / 3 + 1, row_names[slot % 3]);
    return osc_pattern_match(pattern, address);
}

static bool render(void *ctx, uint32_t slot, const struct client *client,
                   const struct client_sub *sub, struct osc_out *out) {
    struct rig *d = ctx;
    char address[64];
    (void)client;
    snprintf(address, sizeof address, "/ch/%u/%s", slot / 3 + 1, row_names[slot % 3]);
    osc_out_begin(out, sub->pattern.wildcards ? address : sub->pattern.text);
    osc_out_int(out, d->value[slot]);
    return !d->silent;
}

static void take(struct rig *d, struct mirror *m) {
    struct osc_packet *k = d->packet;
    assert_true(k->bundle && k->nmsgs >= 1);
    assert_string_equal(k->msgs[0].addr, "/seq");
    int seq = k->msgs[0].args[0].v.i;
    bool heartbeat = k->nmsgs == 1 && seq == m->last_seq;
    if (seq == 0)
        m->zeros++;
    else if (seq != m->last_seq + 1 && !heartbeat)
        m->gaps++;
    m->last_seq = seq;
    m->bundles++;
    for (uint32_t i = 1; i < k->nmsgs; i++) {
        uint32_t slot = 0;
        assert_true(find(d, k->msgs[i].addr, &slot));
        m->value[slot] = k->msgs[i].args[0].v.i;
        m->got[slot]++;
        m->messages++;
        snprintf(m->last_addr, sizeof m->last_addr, "%s", k->msgs[i].addr);
    }
}

static enum server_result send_to(void *ctx, const struct osc_endpoint *to, const void *bytes,
                                  size_t size) {
    struct rig *d = ctx;
    if (d->answer != SERVER_SENT)
        return d->answer;
    assert_true(size <= 1400);
    for (int i = 0; i < d->nmirrors; i++) {
        if (!osc_endpoint_equal(to, &d->m[i].who))
            continue;
        if (rand_r(&d->seed) % 100 < d->loss_percent)
            return SERVER_SENT; /* the network ate it */
        if (size > d->m[i].largest)
            d->m[i].largest = size;
        assert_int_equal(osc_packet_walk(d->packet, bytes, size, 0), OSC_OK);
        take(d, &d->m[i]);
        return SERVER_SENT;
    }
    return SERVER_GONE;
}

static void leaving(void *ctx, struct client *client) {
    (void)client;
    ((struct rig *)ctx)->left++;
}

struct clients *clients_rig_clients(struct rig *d) {
    struct clients_source source = {d, SLOTS, find, match, NULL, render, send_to, leaving};
    return clients_new(&source);
}

struct osc_endpoint clients_rig_endpoint(int n) {
    struct osc_endpoint e = {.transport = OSC_UDP, .port = (uint16_t)(5000 + n)};
    osc_endpoint_parse(&e, "127.0.0.1");
    return e;
}

struct rig *clients_rig_open(int nmirrors) {
    struct rig *d = calloc(1, sizeof *d);
    d->packet = malloc(sizeof *d->packet);
    d->clients = clients_rig_clients(d);
    d->nmirrors = nmirrors;
    d->seed = 5;
    for (int i = 0; i < nmirrors; i++)
        d->m[i].who = clients_rig_endpoint(i);
    for (int i = 0; i < SLOTS; i++)
        d->value[i] = i;
    return d;
}

void clients_rig_close(struct rig *d) {
    clients_free(d->clients);
    free(d->packet);
    free(d);
}

struct client *clients_rig_join(struct rig *d, int n, const char *pattern, int min_ms,
                                int64_t now) {
    struct osc_endpoint e = clients_rig_endpoint(n);
    struct client *c = clients_open(d->clients, &e, CLIENT_MIX, now);
    assert_non_null(c);
    if (pattern)
        assert_int_equal(clients_sub(d->clients, c, pattern, min_ms), OSC_OK);
    return c;
}

int64_t clients_rig_run(struct rig *d, int64_t now, int ms) {
    for (int64_t end = now + ms * MS; now < end; now += 5 * MS) {
        for (uint32_t i = 0; i < clients_count(d->clients); i++)
            clients_renew(d->clients, &clients_at(d->clients, i)->from, now);
        clients_tick(d->clients, now);
    }
    return now;
}

void clients_rig_set(struct rig *d, uint32_t slot, int value, const struct osc_endpoint *by) {
    d->value[slot] = value;
    clients_mark(d->clients, slot, by);
}
