/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* Clients, leases and feedback, against a made-up desk and network in memory. */
#include "osc/clients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLOTS 600 /* 200 channels with fader, pan, mute */
#define MS INT64_C(1000000)

static const char *const row_names[3] = {"fader", "pan", "mute"};

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
        uint32_t slot;
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

static struct clients *make_clients(struct rig *d) {
    struct clients_source source = {d, SLOTS, find, match, NULL, render, send_to, leaving};
    return clients_new(&source);
}

static struct osc_endpoint endpoint(int n) {
    struct osc_endpoint e = {.transport = OSC_UDP, .port = (uint16_t)(5000 + n)};
    osc_endpoint_parse(&e, "127.0.0.1");
    return e;
}

static struct rig *open_desk(int nmirrors) {
    struct rig *d = calloc(1, sizeof *d);
    d->packet = malloc(sizeof *d->packet);
    d->clients = make_clients(d);
    d->nmirrors = nmirrors;
    d->seed = 5;
    for (int i = 0; i < nmirrors; i++)
        d->m[i].who = endpoint(i);
    for (int i = 0; i < SLOTS; i++)
        d->value[i] = i;
    return d;
}

static void close_desk(struct rig *d) {
    clients_free(d->clients);
    free(d->packet);
    free(d);
}

static struct client *join(struct rig *d, int n, const char *pattern, int min_ms, int64_t now) {
    struct osc_endpoint e = endpoint(n);
    struct client *c = clients_open(d->clients, &e, CLIENT_MIX, now);
    assert_non_null(c);
    if (pattern)
        assert_int_equal(clients_sub(d->clients, c, pattern, min_ms), OSC_OK);
    return c;
}

/* Tick every 5 ms, all clients alive.  Returns the new time. */
static int64_t run(struct rig *d, int64_t now, int ms) {
    for (int64_t end = now + ms * MS; now < end; now += 5 * MS) {
        for (uint32_t i = 0; i < clients_count(d->clients); i++)
            clients_renew(d->clients, &clients_at(d->clients, i)->from, now);
        clients_tick(d->clients, now);
    }
    return now;
}

static void set(struct rig *d, uint32_t slot, int value, const struct osc_endpoint *by) {
    d->value[slot] = value;
    clients_mark(d->clients, slot, by);
}

static void test_full_state_then_changes(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    struct mirror *m = &d->m[0];
    join(d, 0, "/ch/*/fader", 0, 0);
    int64_t now = run(d, 0, 200);
    assert_int_equal(m->messages, SLOTS / 3);
    for (int i = 0; i < SLOTS; i++)
        assert_int_equal(m->got[i], i % 3 == 0);
    assert_int_equal(m->last_seq, m->bundles); /* from 1, without a gap */
    assert_int_equal(m->gaps + m->zeros, 0);
    set(d, 30, 1234, NULL);
    set(d, 31, 99, NULL); /* not subscribed */
    now = run(d, now, 50);
    assert_int_equal(m->messages, SLOTS / 3 + 1);
    assert_int_equal(m->value[30], 1234);
    assert_string_equal(m->last_addr, "/ch/11/fader");
    close_desk(d);
}

static void test_pacing(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    join(d, 0, "//*", 0, 0);
    int before = 0, ticks = 0;
    for (int64_t now = 0; d->m[0].messages < SLOTS; now += 5 * MS, ticks++) {
        clients_tick(d->clients, now);
        assert_true(d->m[0].bundles - before <= 4);
        before = d->m[0].bundles;
        assert_true(ticks < 100);
    }
    assert_true(ticks > 2);
    assert_true(d->m[0].largest > 1300); /* bundles are filled */
    close_desk(d);
}

static void test_coalescing(void **state) {
    (void)state;
    struct rig *d = open_desk(2);
    join(d, 0, "/ch/1/fader", 0, 0);
    join(d, 1, "/ch/1/*", 100, 0);
    int64_t now = run(d, 0, 300);
    int before0 = d->m[0].messages, before1 = d->m[1].messages;
    /* a fader moving at 1 kHz for a second */
    for (int i = 1; i <= 1000; i++) {
        set(d, 0, i, NULL);
        if (i % 5 == 0)
            now = run(d, now, 5);
    }
    assert_in_range(d->m[0].messages - before0, 45, 51);
    assert_in_range(d->m[1].messages - before1, 9, 11);
    set(d, 0, -77, NULL);
    now = run(d, now, 105); /* the last one always comes */
    assert_int_equal(d->m[0].value[0], -77);
    assert_int_equal(d->m[1].value[0], -77);
    before0 = d->m[0].messages;
    now = run(d, now, 300); /* and only once */
    assert_int_equal(d->m[0].messages, before0);
    close_desk(d);
}

static void test_setter_hears_no_echo(void **state) {
    (void)state;
    struct rig *d = open_desk(2);
    struct client *a = join(d, 0, "/ch/*/fader", 0, 0);
    join(d, 1, "/ch/*/fader", 0, 0);
    int64_t now = run(d, 0, 200);
    int a0 = d->m[0].messages, b0 = d->m[1].messages;
    struct osc_endpoint by = endpoint(0);
    set(d, 0, 7, &by);
    now = run(d, now, 50);
    assert_int_equal(d->m[0].messages, a0);
    assert_int_equal(d->m[1].messages, b0 + 1);
    /* another's change, then its own before the report: the older value must not come after it */
    set(d, 0, 8, NULL);
    set(d, 0, 9, &by);
    now = run(d, now, 50);
    assert_int_equal(d->m[0].messages, a0);
    assert_int_equal(d->m[1].value[0], 9);
    set(d, 0, 10, NULL); /* clamped: by nobody */
    now = run(d, now, 50);
    assert_int_equal(d->m[0].value[0], 10);
    clients_set_echo(d->clients, a, true);
    set(d, 0, 11, &by);
    now = run(d, now, 50);
    assert_int_equal(d->m[0].value[0], 11);
    close_desk(d);
}

static void test_spelling(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    struct client *c = join(d, 0, "/ch/DX7/pan", 0, 0);
    run(d, 0, 100);
    assert_string_equal(d->m[0].last_addr, "/ch/DX7/pan");
    assert_int_equal(clients_unsub(d->clients, c, "/ch/DX7/pan"), OSC_OK);
    assert_int_equal(clients_unsub(d->clients, c, "/ch/DX7/pan"), OSC_UNKNOWN_ADDRESS);
    assert_int_equal(clients_sub(d->clients, c, "/ch/007/pan", 0), OSC_OK);
    run(d, 200 * MS, 100);
    assert_string_equal(d->m[0].last_addr, "/ch/007/pan");
    close_desk(d);
}

static void test_heartbeat(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    join(d, 0, "/ch/1/fader", 0, 0);
    int64_t now = run(d, 0, 900);
    assert_int_equal(d->m[0].bundles, 1);
    now = run(d, now, 3300); /* quiet: at 1, 2, 3 and 4 s the present number */
    assert_int_equal(d->m[0].bundles, 5);
    assert_int_equal(d->m[0].last_seq, 1);
    assert_int_equal(d->m[0].gaps, 0);
    set(d, 0, 5, NULL);
    run(d, now, 50);
    assert_int_equal(d->m[0].last_seq, 2);
    close_desk(d);
}

static void test_slow_client_keeps_values(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    join(d, 0, "//*", 0, 0);
    int64_t now = run(d, 0, 15); /* in the middle of the full state */
    d->answer = SERVER_FULL;
    for (int i = 0; i < 2000; i++)
        set(d, (uint32_t)(i % SLOTS), 10000 + i, NULL);
    now = run(d, now, 500);
    d->answer = SERVER_LIMITED;
    now = run(d, now, 500);
    d->answer = SERVER_SENT;
    now = run(d, now, 500);
    assert_memory_equal(d->m[0].value, d->value, sizeof d->value);
    assert_int_equal(d->m[0].gaps, 0); /* numbers count what was sent */
    close_desk(d);
}

static void test_loss_and_dump_restore_the_mirror(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    struct client *c = join(d, 0, "//*", 0, 0);
    int64_t now = 0;
    int dumps = 0, gaps = 0;
    unsigned seed = 77;
    d->loss_percent = 5;
    for (int round = 0; round < 4000; round++) {
        for (int i = rand_r(&seed) % 40; i > 0; i--)
            set(d, (uint32_t)rand_r(&seed) % SLOTS, rand_r(&seed), NULL);
        now = run(d, now, 5);
        if (d->m[0].gaps > gaps) {
            gaps = d->m[0].gaps;
            assert_int_equal(clients_dump(d->clients, c, "//*"), OSC_OK);
            dumps++;
        }
    }
    assert_true(dumps > 20);
    /* Still lossy: the heartbeat is what shows a loss at the end. */
    for (int round = 0; round < 4000; round++) {
        now = run(d, now, 5);
        if (d->m[0].gaps > gaps) {
            gaps = d->m[0].gaps;
            clients_dump(d->clients, c, "//*");
        }
    }
    assert_memory_equal(d->m[0].value, d->value, sizeof d->value);
    close_desk(d);
}

static void test_dump_without_subscription(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    struct client *c = join(d, 0, NULL, 0, 0);
    assert_int_equal(clients_dump(d->clients, c, "/ch/*/mute"), OSC_OK);
    assert_int_equal(clients_dump(d->clients, c, "/ch/3/mute"), OSC_OK);
    assert_int_equal(clients_dump(d->clients, c, "/ch/3/nothing"), OSC_UNKNOWN_ADDRESS);
    int64_t now = run(d, 0, 300);
    assert_int_equal(d->m[0].messages, SLOTS / 3 + 1);
    assert_int_equal(c->nsubs, 0);
    set(d, 2, 1, NULL);
    run(d, now, 100);
    assert_int_equal(d->m[0].messages, SLOTS / 3 + 1); /* once is once */
    for (int i = 0; i < CLIENTS_MAX_DUMPS; i++) {
        char pattern[32];
        snprintf(pattern, sizeof pattern, "/ch/%d/*", i + 1);
        assert_int_equal(clients_dump(d->clients, c, pattern), OSC_OK);
    }
    assert_int_equal(clients_dump(d->clients, c, "/ch/100/*"), OSC_BUSY);
    close_desk(d);
}

static void test_errors(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    struct client *c = join(d, 0, NULL, 0, 0);
    assert_int_equal(clients_sub(d->clients, c, "/ch/201/fader", 0), OSC_UNKNOWN_ADDRESS);
    assert_int_equal(clients_sub(d->clients, c, "/ch/[/fader", 0), OSC_BAD_PATTERN);
    assert_int_equal(clients_sub(d->clients, c, "/*/*/*/*/*", 0), OSC_BAD_PATTERN);
    assert_int_equal(clients_sub(d->clients, c, "/ch/1/fader", -1), OSC_OUT_OF_RANGE);
    assert_int_equal(clients_sub(d->clients, c, "/ch/1/fader", 10001), OSC_OUT_OF_RANGE);
    assert_int_equal(c->nsubs, 0);
    assert_int_equal(clients_set_port(d->clients, c, 0), OSC_OUT_OF_RANGE);
    assert_int_equal(clients_set_port(d->clients, c, 65536), OSC_OUT_OF_RANGE);
    enum osc_error e = OSC_OK;
    int n = 0;
    for (; n < 1000 && !e; n++) {
        char pattern[80];
        snprintf(pattern, sizeof pattern, "/ch/%0*d/fader", (n / 200 + 3) % 8, n % 200 + 1);
        e = clients_sub(d->clients, c, pattern, 0);
    }
    assert_int_equal(e, OSC_TOO_LARGE);
    assert_in_range(n, 100, 400);
    clients_mark(d->clients, SLOTS, NULL); /* no such slot: nothing happens */
    close_desk(d);
}

static void test_leases(void **state) {
    (void)state;
    struct rig *d = open_desk(3);
    struct osc_endpoint tcp = {.transport = OSC_TCP, .connection = 257};
    join(d, 0, "/ch/1/fader", 0, 0);
    join(d, 1, "/ch/1/fader", 0, 0);
    clients_open(d->clients, &tcp, CLIENT_VIEW, 0);
    struct osc_endpoint e0 = endpoint(0), e1 = endpoint(1), e2 = endpoint(2);
    clients_add_surface(d->clients, &e2, "wall", CLIENT_VIEW, 0);
    assert_int_equal(clients_count(d->clients), 4);
    clients_tick(d->clients, 9999 * MS);
    clients_renew(d->clients, &e0, 9999 * MS);
    clients_tick(d->clients, 10001 * MS);
    assert_non_null(clients_find(d->clients, &e0));
    assert_null(clients_find(d->clients, &e1));
    assert_non_null(clients_find(d->clients, &e2));
    assert_non_null(clients_find(d->clients, &tcp));
    assert_int_equal(d->left, 1);
    clients_tick(d->clients, 30000 * MS);
    assert_int_equal(clients_count(d->clients), 2);
    assert_null(clients_at(d->clients, 2));
    assert_string_equal(clients_find(d->clients, &e2)->name, "wall");
    close_desk(d);
}

static void test_full_table(void **state) {
    (void)state;
    struct rig *d = open_desk(0);
    for (int i = 0; i < CLIENTS_MAX; i++)
        join(d, i, NULL, 0, i);
    struct osc_endpoint e0 = endpoint(0), e1 = endpoint(1);
    clients_hello(d->clients, clients_find(d->clients, &e0), "x", CLIENT_SURFACE, CLIENT_MIX);
    join(d, CLIENTS_MAX, NULL, 0, 1000);
    assert_non_null(clients_find(d->clients, &e0));
    assert_null(clients_find(d->clients, &e1)); /* the oldest without hello made room */
    for (uint32_t i = 0; i < CLIENTS_MAX; i++)
        clients_hello(d->clients, clients_at(d->clients, i), "y", CLIENT_SURFACE, CLIENT_MIX);
    assert_null(clients_open(d->clients, &e1, CLIENT_VIEW, 2000));
    close_desk(d);
}

static void test_reply_port_and_surface(void **state) {
    (void)state;
    struct rig *d = open_desk(2);
    struct client *c = join(d, 0, "/ch/1/fader", 0, 0);
    assert_int_equal(clients_set_port(d->clients, c, 5001), OSC_OK);
    run(d, 0, 100);
    assert_int_equal(d->m[0].messages, 0);
    assert_int_equal(d->m[1].messages, 1);
    clients_remove(d->clients, c);
    struct osc_endpoint to = endpoint(0);
    c = clients_add_surface(d->clients, &to, "TouchOSC", CLIENT_MIX, 0);
    clients_sub(d->clients, c, "/ch/*/fader", 0);
    run(d, 0, 30000);
    assert_int_equal(d->m[0].zeros, 1); /* once, and first */
    assert_int_equal(d->m[0].gaps, 0);
    assert_int_equal(d->m[0].messages, SLOTS / 3);
    close_desk(d);
}

static void test_names(void **state) {
    (void)state;
    struct rig *d = open_desk(0);
    struct client *c = join(d, 0, NULL, 0, 0);
    clients_hello(d->clients, c, "0123456789012345678901234567890\xc3\xa9", CLIENT_SCRIPT,
                  CLIENT_VIEW);
    assert_string_equal(c->name, "0123456789012345678901234567890");
    clients_hello(d->clients, c, "012345678901234567890123456789\xc3\xa9", CLIENT_SCRIPT,
                  CLIENT_VIEW);
    assert_string_equal(c->name, "012345678901234567890123456789");
    close_desk(d);
}

static void test_restart(void **state) {
    (void)state;
    struct rig *d = open_desk(2);
    uint8_t *memory = calloc(1, clients_save_bytes());
    struct client *c = join(d, 0, "/ch/*/fader", 50, 0);
    clients_sub(d->clients, c, "/ch/DX3/pan", 0);
    clients_hello(d->clients, c, "iPad", CLIENT_SURFACE, CLIENT_ADMIN);
    clients_set_echo(d->clients, c, true);
    struct osc_endpoint tcp = {.transport = OSC_TCP, .connection = 1}, wall = endpoint(2);
    clients_open(d->clients, &tcp, CLIENT_VIEW, 0);
    clients_add_surface(d->clients, &wall, "wall", CLIENT_VIEW, 0);
    join(d, 1, "/ch/1/fader", 0, 0);
    int64_t now = run(d, 0, 300);
    clients_save(d->clients, memory);
    struct osc_endpoint e1 = endpoint(1), e0 = endpoint(0);
    clients_remove(d->clients, clients_find(d->clients, &e1));
    clients_save(d->clients, memory);
    /* SIGKILL */
    clients_free(d->clients);
    d->clients = make_clients(d);
    d->m[0].last_seq = 4711;
    for (int i = 0; i < SLOTS; i++)
        d->value[i] += 1000;
    assert_int_equal(clients_load(d->clients, memory, now), 1);
    c = clients_find(d->clients, &e0);
    assert_non_null(c);
    assert_string_equal(c->name, "iPad");
    assert_int_equal(c->role, CLIENT_ADMIN);
    assert_int_equal(c->kind, CLIENT_SURFACE);
    assert_true(c->hello && c->echo);
    assert_int_equal(c->nsubs, 2);
    assert_int_equal(c->subs[0].min_ms, 50);
    clients_tick(d->clients, now);
    assert_true(d->m[0].zeros == 1);
    clients_tick(d->clients, now + 9000 * MS);
    assert_non_null(clients_find(d->clients, &e0)); /* a fresh lease */
    run(d, now + 9000 * MS, 1000);
    for (int i = 0; i < SLOTS; i += 3)
        assert_int_equal(d->m[0].value[i], d->value[i]);
    assert_int_equal(d->m[0].zeros, 1);
    clients_save(d->clients, memory);
    clients_free(d->clients);
    d->clients = make_clients(d);
    assert_int_equal(clients_load(d->clients, memory, now), 1); /* and once more */
    free(memory);
    close_desk(d);
}

/* Killed at any byte of the writing: the old record or the new one. */
static void test_torn_save(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    size_t size = clients_save_bytes();
    uint8_t *old = calloc(1, size), *new = calloc(1, size), *torn = malloc(size);
    struct client *c = join(d, 0, "/ch/*/fader", 0, 0);
    clients_save(d->clients, old);
    clients_sub(d->clients, c, "/ch/*/pan", 0);
    memcpy(new, old, size);
    clients_save(d->clients, new);
    size_t first = 0, last = size;
    while (old[first] == new[first])
        first++;
    while (old[last - 1] == new[last - 1])
        last--;
    assert_true(last - first < 4096);
    int whole = 0;
    for (size_t cut = 0; cut <= last - first; cut++) {
        memcpy(torn, old, size);
        if (cut) {
            memcpy(torn + first, new + first, cut);
            if (cut < last - first) /* as store() does it: the mark is the first word */
                memset(torn + first / 4096 * 4096, 0, 4);
        }
        struct clients *t = make_clients(d);
        assert_int_equal(clients_load(t, torn, 0), 1);
        struct osc_endpoint e = endpoint(0);
        uint32_t n = clients_find(t, &e)->nsubs;
        assert_true(n == 1 || n == 2);
        whole += n == 2;
        clients_free(t);
    }
    assert_int_equal(whole, 1);
    /* scribbled over: whatever it says, it is survived, and the good client of the two copies stays
     * or is refused, never half of it */
    unsigned seed = 3;
    for (int i = 0; i < 300; i++) {
        memcpy(torn, new, size);
        for (int j = 0; j < 2000; j++)
            torn[(size_t)rand_r(&seed) % (j % 2 ? 9000 : size)] = (uint8_t)rand_r(&seed);
        struct clients *t = make_clients(d);
        clients_load(t, torn, 0);
        clients_tick(t, 0);
        clients_free(t);
    }
    free(old);
    free(new);
    free(torn);
    close_desk(d);
}

static void test_silent_render(void **state) {
    (void)state;
    struct rig *d = open_desk(1);
    d->silent = true;
    join(d, 0, "//*", 0, 0);
    run(d, 0, 500);
    assert_int_equal(d->m[0].bundles, 0);
    run(d, 500 * MS, 600);
    assert_int_equal(d->m[0].last_seq,
                     1); /* the first heartbeat: not 0, that would mean a restart */
    d->silent = false;
    clients_mark_all(d->clients);
    run(d, 1100 * MS, 500);
    assert_int_equal(d->m[0].messages, SLOTS);
    close_desk(d);
}

static void test_token(void **state) {
    (void)state;
    assert_true(clients_token_equal("secret", "secret"));
    assert_false(clients_token_equal("secre", "secret"));
    assert_false(clients_token_equal("secrets", "secret"));
    assert_false(clients_token_equal("Secret", "secret"));
    assert_false(clients_token_equal("", "secret"));
    assert_false(clients_token_equal("x", ""));
    assert_false(clients_token_equal("", ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_state_then_changes),
        cmocka_unit_test(test_pacing),
        cmocka_unit_test(test_coalescing),
        cmocka_unit_test(test_setter_hears_no_echo),
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_heartbeat),
        cmocka_unit_test(test_slow_client_keeps_values),
        cmocka_unit_test(test_loss_and_dump_restore_the_mirror),
        cmocka_unit_test(test_dump_without_subscription),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_leases),
        cmocka_unit_test(test_full_table),
        cmocka_unit_test(test_reply_port_and_surface),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_torn_save),
        cmocka_unit_test(test_silent_render),
        cmocka_unit_test(test_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
