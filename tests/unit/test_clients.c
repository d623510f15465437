/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* Clients, leases and feedback, against a made-up desk and network in memory. */
#include "tests/lib/clients_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_full_state_then_changes(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    struct mirror *m = &d->m[0];
    clients_rig_join(d, 0, "/ch/*/fader", 0, 0);
    int64_t now = clients_rig_run(d, 0, 200);
    assert_int_equal(m->messages, SLOTS / 3);
    for (int i = 0; i < SLOTS; i++)
        assert_int_equal(m->got[i], i % 3 == 0);
    assert_int_equal(m->last_seq, m->bundles); /* from 1, without a gap */
    assert_int_equal(m->gaps + m->zeros, 0);
    clients_rig_set(d, 30, 1234, NULL);
    clients_rig_set(d, 31, 99, NULL); /* not subscribed */
    clients_rig_run(d, now, 50);
    assert_int_equal(m->messages, SLOTS / 3 + 1);
    assert_int_equal(m->value[30], 1234);
    assert_string_equal(m->last_addr, "/ch/11/fader");
    clients_rig_close(d);
}

static void test_pacing(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    clients_rig_join(d, 0, "//*", 0, 0);
    int before = 0, ticks = 0;
    for (int64_t now = 0; d->m[0].messages < SLOTS; now += 5 * MS, ticks++) {
        clients_tick(d->clients, now);
        assert_true(d->m[0].bundles - before <= 4);
        before = d->m[0].bundles;
        assert_true(ticks < 100);
    }
    assert_true(ticks > 2);
    assert_true(d->m[0].largest > 1300); /* bundles are filled */
    clients_rig_close(d);
}

static void test_coalescing(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(2);
    clients_rig_join(d, 0, "/ch/1/fader", 0, 0);
    clients_rig_join(d, 1, "/ch/1/*", 100, 0);
    int64_t now = clients_rig_run(d, 0, 300);
    int before0 = d->m[0].messages, before1 = d->m[1].messages;
    /* a fader moving at 1 kHz for a second */
    for (int i = 1; i <= 1000; i++) {
        clients_rig_set(d, 0, i, NULL);
        if (i % 5 == 0)
            now = clients_rig_run(d, now, 5);
    }
    assert_in_range(d->m[0].messages - before0, 45, 51);
    assert_in_range(d->m[1].messages - before1, 9, 11);
    clients_rig_set(d, 0, -77, NULL);
    now = clients_rig_run(d, now, 105); /* the last one always comes */
    assert_int_equal(d->m[0].value[0], -77);
    assert_int_equal(d->m[1].value[0], -77);
    before0 = d->m[0].messages;
    clients_rig_run(d, now, 300); /* and only once */
    assert_int_equal(d->m[0].messages, before0);
    clients_rig_close(d);
}

static void test_setter_hears_no_echo(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(2);
    struct client *a = clients_rig_join(d, 0, "/ch/*/fader", 0, 0);
    clients_rig_join(d, 1, "/ch/*/fader", 0, 0);
    int64_t now = clients_rig_run(d, 0, 200);
    int a0 = d->m[0].messages, b0 = d->m[1].messages;
    struct osc_endpoint by = clients_rig_endpoint(0);
    clients_rig_set(d, 0, 7, &by);
    now = clients_rig_run(d, now, 50);
    assert_int_equal(d->m[0].messages, a0);
    assert_int_equal(d->m[1].messages, b0 + 1);
    /* another's change, then its own before the report: the older value must not come after it */
    clients_rig_set(d, 0, 8, NULL);
    clients_rig_set(d, 0, 9, &by);
    now = clients_rig_run(d, now, 50);
    assert_int_equal(d->m[0].messages, a0);
    assert_int_equal(d->m[1].value[0], 9);
    clients_rig_set(d, 0, 10, NULL); /* clamped: by nobody */
    now = clients_rig_run(d, now, 50);
    assert_int_equal(d->m[0].value[0], 10);
    clients_set_echo(d->clients, a, true);
    clients_rig_set(d, 0, 11, &by);
    clients_rig_run(d, now, 50);
    assert_int_equal(d->m[0].value[0], 11);
    clients_rig_close(d);
}

static void test_spelling(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    struct client *c = clients_rig_join(d, 0, "/ch/DX7/pan", 0, 0);
    clients_rig_run(d, 0, 100);
    assert_string_equal(d->m[0].last_addr, "/ch/DX7/pan");
    assert_int_equal(clients_unsub(d->clients, c, "/ch/DX7/pan"), OSC_OK);
    assert_int_equal(clients_unsub(d->clients, c, "/ch/DX7/pan"), OSC_UNKNOWN_ADDRESS);
    assert_int_equal(clients_sub(d->clients, c, "/ch/007/pan", 0), OSC_OK);
    clients_rig_run(d, 200 * MS, 100);
    assert_string_equal(d->m[0].last_addr, "/ch/007/pan");
    clients_rig_close(d);
}

static void test_heartbeat(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    clients_rig_join(d, 0, "/ch/1/fader", 0, 0);
    int64_t now = clients_rig_run(d, 0, 900);
    assert_int_equal(d->m[0].bundles, 1);
    now = clients_rig_run(d, now, 3300); /* quiet: at 1, 2, 3 and 4 s the present number */
    assert_int_equal(d->m[0].bundles, 5);
    assert_int_equal(d->m[0].last_seq, 1);
    assert_int_equal(d->m[0].gaps, 0);
    clients_rig_set(d, 0, 5, NULL);
    clients_rig_run(d, now, 50);
    assert_int_equal(d->m[0].last_seq, 2);
    clients_rig_close(d);
}

static void test_slow_client_keeps_values(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    clients_rig_join(d, 0, "//*", 0, 0);
    int64_t now = clients_rig_run(d, 0, 15); /* in the middle of the full state */
    d->answer = SERVER_FULL;
    for (int i = 0; i < 2000; i++)
        clients_rig_set(d, (uint32_t)(i % SLOTS), 10000 + i, NULL);
    now = clients_rig_run(d, now, 500);
    d->answer = SERVER_LIMITED;
    now = clients_rig_run(d, now, 500);
    d->answer = SERVER_SENT;
    clients_rig_run(d, now, 500);
    assert_memory_equal(d->m[0].value, d->value, sizeof d->value);
    assert_int_equal(d->m[0].gaps, 0); /* numbers count what was sent */
    clients_rig_close(d);
}

static void test_loss_and_dump_restore_the_mirror(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    struct client *c = clients_rig_join(d, 0, "//*", 0, 0);
    int64_t now = 0;
    int dumps = 0, gaps = 0;
    unsigned seed = 77;
    d->loss_percent = 5;
    for (int round = 0; round < 4000; round++) {
        for (int i = rand_r(&seed) % 40; i > 0; i--)
            clients_rig_set(d, (uint32_t)rand_r(&seed) % SLOTS, rand_r(&seed), NULL);
        now = clients_rig_run(d, now, 5);
        if (d->m[0].gaps > gaps) {
            gaps = d->m[0].gaps;
            assert_int_equal(clients_dump(d->clients, c, "//*"), OSC_OK);
            dumps++;
        }
    }
    assert_true(dumps > 20);
    /* Still lossy: the heartbeat is what shows a loss at the end. */
    for (int round = 0; round < 4000; round++) {
        now = clients_rig_run(d, now, 5);
        if (d->m[0].gaps > gaps) {
            gaps = d->m[0].gaps;
            clients_dump(d->clients, c, "//*");
        }
    }
    assert_memory_equal(d->m[0].value, d->value, sizeof d->value);
    clients_rig_close(d);
}

static void test_dump_without_subscription(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    struct client *c = clients_rig_join(d, 0, NULL, 0, 0);
    assert_int_equal(clients_dump(d->clients, c, "/ch/*/mute"), OSC_OK);
    assert_int_equal(clients_dump(d->clients, c, "/ch/3/mute"), OSC_OK);
    assert_int_equal(clients_dump(d->clients, c, "/ch/3/nothing"), OSC_UNKNOWN_ADDRESS);
    int64_t now = clients_rig_run(d, 0, 300);
    assert_int_equal(d->m[0].messages, SLOTS / 3 + 1);
    assert_int_equal(c->nsubs, 0);
    clients_rig_set(d, 2, 1, NULL);
    clients_rig_run(d, now, 100);
    assert_int_equal(d->m[0].messages, SLOTS / 3 + 1); /* once is once */
    for (int i = 0; i < CLIENTS_MAX_DUMPS; i++) {
        char pattern[32];
        snprintf(pattern, sizeof pattern, "/ch/%d/*", i + 1);
        assert_int_equal(clients_dump(d->clients, c, pattern), OSC_OK);
    }
    assert_int_equal(clients_dump(d->clients, c, "/ch/100/*"), OSC_BUSY);
    clients_rig_close(d);
}

static void test_errors(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    struct client *c = clients_rig_join(d, 0, NULL, 0, 0);
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
    clients_rig_close(d);
}

static void test_leases(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(3);
    struct osc_endpoint tcp = {.transport = OSC_TCP, .connection = 257};
    clients_rig_join(d, 0, "/ch/1/fader", 0, 0);
    clients_rig_join(d, 1, "/ch/1/fader", 0, 0);
    clients_open(d->clients, &tcp, CLIENT_VIEW, 0);
    struct osc_endpoint e0 = clients_rig_endpoint(0), e1 = clients_rig_endpoint(1),
                        e2 = clients_rig_endpoint(2);
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
    clients_rig_close(d);
}

static void test_full_table(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(0);
    for (int i = 0; i < CLIENTS_MAX; i++)
        clients_rig_join(d, i, NULL, 0, i);
    struct osc_endpoint e0 = clients_rig_endpoint(0), e1 = clients_rig_endpoint(1);
    clients_hello(d->clients, clients_find(d->clients, &e0), "x", CLIENT_SURFACE, CLIENT_MIX);
    clients_rig_join(d, CLIENTS_MAX, NULL, 0, 1000);
    assert_non_null(clients_find(d->clients, &e0));
    assert_null(clients_find(d->clients, &e1)); /* the oldest without hello made room */
    for (uint32_t i = 0; i < CLIENTS_MAX; i++)
        clients_hello(d->clients, clients_at(d->clients, i), "y", CLIENT_SURFACE, CLIENT_MIX);
    assert_null(clients_open(d->clients, &e1, CLIENT_VIEW, 2000));
    clients_rig_close(d);
}

static void test_reply_port_and_surface(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(2);
    struct client *c = clients_rig_join(d, 0, "/ch/1/fader", 0, 0);
    assert_int_equal(clients_set_port(d->clients, c, 5001), OSC_OK);
    clients_rig_run(d, 0, 100);
    assert_int_equal(d->m[0].messages, 0);
    assert_int_equal(d->m[1].messages, 1);
    clients_remove(d->clients, c);
    struct osc_endpoint to = clients_rig_endpoint(0);
    c = clients_add_surface(d->clients, &to, "TouchOSC", CLIENT_MIX, 0);
    clients_sub(d->clients, c, "/ch/*/fader", 0);
    clients_rig_run(d, 0, 30000);
    assert_int_equal(d->m[0].zeros, 1); /* once, and first */
    assert_int_equal(d->m[0].gaps, 0);
    assert_int_equal(d->m[0].messages, SLOTS / 3);
    clients_rig_close(d);
}

static void test_names(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(0);
    struct client *c = clients_rig_join(d, 0, NULL, 0, 0);
    clients_hello(d->clients, c, "0123456789012345678901234567890\xc3\xa9", CLIENT_SCRIPT,
                  CLIENT_VIEW);
    assert_string_equal(c->name, "0123456789012345678901234567890");
    clients_hello(d->clients, c, "012345678901234567890123456789\xc3\xa9", CLIENT_SCRIPT,
                  CLIENT_VIEW);
    assert_string_equal(c->name, "012345678901234567890123456789");
    clients_rig_close(d);
}

static void test_silent_render(void **state) {
    (void)state;
    struct rig *d = clients_rig_open(1);
    d->silent = true;
    clients_rig_join(d, 0, "//*", 0, 0);
    clients_rig_run(d, 0, 500);
    assert_int_equal(d->m[0].bundles, 0);
    clients_rig_run(d, 500 * MS, 600);
    assert_int_equal(d->m[0].last_seq,
                     1); /* the first heartbeat: not 0, that would mean a restart */
    d->silent = false;
    clients_mark_all(d->clients);
    clients_rig_run(d, 1100 * MS, 500);
    assert_int_equal(d->m[0].messages, SLOTS);
    clients_rig_close(d);
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
        cmocka_unit_test(test_silent_render),
        cmocka_unit_test(test_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
