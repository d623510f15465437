/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* Leases and subscriptions that outlive the process. */
#include "tests/lib/clients_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_restart(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(2);
    uint8_t *memory = calloc(1, clients_save_bytes());
    struct client *c = clients_rig_join(d, 0, "/ch/*/fader", 50, 0);
    clients_sub(d->clients, c, "/ch/DX3/pan", 0);
    clients_hello(d->clients, c, "iPad", CLIENT_SURFACE, CLIENT_ADMIN);
    clients_set_echo(d->clients, c, true);
    struct osc_endpoint tcp = {.transport = OSC_TCP, .connection = 1},
                        wall = clients_rig_endpoint(2);
    clients_open(d->clients, &tcp, CLIENT_VIEW, 0);
    clients_add_surface(d->clients, &wall, "wall", CLIENT_VIEW, 0);
    clients_rig_join(d, 1, "/ch/1/fader", 0, 0);
    int64_t now = clients_rig_run(d, 0, 300);
    clients_save(d->clients, memory);
    struct osc_endpoint e1 = clients_rig_endpoint(1), e0 = clients_rig_endpoint(0);
    clients_remove(d->clients, clients_find(d->clients, &e1));
    clients_save(d->clients, memory);
    /* SIGKILL */
    clients_free(d->clients);
    d->clients = clients_rig_clients(d);
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
    clients_rig_run(d, now + 9000 * MS, 1000);
    for (int i = 0; i < SLOTS; i += 3)
        assert_int_equal(d->m[0].value[i], d->value[i]);
    assert_int_equal(d->m[0].zeros, 1);
    clients_save(d->clients, memory);
    clients_free(d->clients);
    d->clients = clients_rig_clients(d);
    assert_int_equal(clients_load(d->clients, memory, now), 1); /* and once more */
    free(memory);
    clients_rig_close(d);
}

/* Killed at any byte of the writing: the old record or the new one. */
static void test_torn_save(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    size_t size = clients_save_bytes();
    uint8_t *old = calloc(1, size), *new = calloc(1, size), *torn = malloc(size);
    struct client *c = clients_rig_join(d, 0, "/ch/*/fader", 0, 0);
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
        struct clients *t = clients_rig_clients(d);
        assert_int_equal(clients_load(t, torn, 0), 1);
        struct osc_endpoint e = clients_rig_endpoint(0);
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
        struct clients *t = clients_rig_clients(d);
        clients_load(t, torn, 0);
        clients_tick(t, 0);
        clients_free(t);
    }
    free(old);
    free(new);
    free(torn);
    clients_rig_close(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_torn_save),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
