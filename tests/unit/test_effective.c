/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Effective level and mute. The solo truth table is compared with a brute force that follows every
 * path by recursion over single edges and shares nothing with the masks under test. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/effective.h"

static void levels(void **state) {
    (void)state;
    const float vca[64] = {[0] = 3, [1] = -6, [2] = -144, [3] = -150, [63] = -100};
    const struct effective_masters m = {.vca_fader_db = vca};
    assert_true(effective_level_db(-5, 0, &m) == -5);
    assert_true(effective_level_db(-5, 1, &m) == -2);
    assert_true(effective_level_db(-5, 3, &m) == -8);
    assert_true(effective_level_db(10, 1, &m) == 13);
    assert_true(effective_level_db(-5, 1 | 4, &m) == -144);
    assert_true(effective_level_db(-5, 8, &m) == -144);
    assert_true(effective_level_db(-144, 1, &m) == -144);
    assert_true(effective_level_db(-200, 1, &m) == -144);
    assert_true(effective_level_db(-50, UINT64_C(1) << 63, &m) == -144); /* -150 is silence */
    assert_true(effective_level_db(-40, UINT64_C(1) << 63, &m) == -140);
    assert_true(effective_level_db(NAN, 0, &m) == -144);
    assert_true(effective_lin(-144) == 0.0f);
    assert_true(effective_lin(-INFINITY) == 0.0f);
    assert_true(effective_lin(0) == 1.0f);
    for (int k = -1430; k <= 400; k++) {
        const double db = k / 10.0;
        const double lin = pow(10.0, (double)(float)db / 20.0);
        assert_true(fabs((double)effective_lin((float)db) - lin) <= lin * 2e-6);
    }
}

/** Every combination of one strip's key, two VCAs and two mute groups. */
static void keys(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 1u << 9; bits++) {
        const bool mute = bits & 1;
        const unsigned vcas = bits >> 1 & 3, vca_mute = bits >> 3 & 3;
        const unsigned mgrps = bits >> 5 & 3, mgrp_on = bits >> 7 & 3;
        const struct effective_masters m = {
            .vca_mute = vca_mute, .vca_solo = vca_mute, .mgrp_on = mgrp_on};
        bool expected = mute, soloed = mute;
        for (unsigned n = 0; n < 2; n++) {
            const bool member = (vcas >> n) % 2 == 1, master = (vca_mute >> n) % 2 == 1;
            if (member && master)
                expected = soloed = true;
            if ((mgrps >> n) % 2 == 1 && (mgrp_on >> n) % 2 == 1)
                expected = true;
        }
        assert_int_equal(effective_keyed(mute, vcas, mgrps, &m), expected);
        assert_int_equal(effective_soloed(mute, vcas, &m), soloed);
    }
}

/* -- brute force ------------------------------------------------------------------------------ */

#define NODES 24

/** A desk as a plain table of edges. Nodes 0..channels-1 are channels, the rest buses. */
struct desk_plan {
    int channels, buses;
    bool edge[NODES][NODES], solo[NODES], safe[NODES];
    bool in_place;
};

static bool path(const struct desk_plan *p, int from, int to, bool seen[NODES]) {
    for (int next = 0; next < p->channels + p->buses; next++) {
        if (!p->edge[from][next] || seen[next])
            continue;
        if (next == to)
            return true;
        seen[next] = true;
        if (path(p, next, to, seen))
            return true;
    }
    return false;
}

static bool brute_heard(const struct desk_plan *p, int n) {
    bool any = false, linked = false;
    for (int s = 0; s < p->channels + p->buses; s++) {
        bool a[NODES] = {false}, b[NODES] = {false};
        if (!p->solo[s])
            continue;
        any = true;
        linked |= s == n || path(p, s, n, a) || path(p, n, s, b);
    }
    return !p->in_place || !any || p->safe[n] || linked;
}

static void graph_of(const struct desk_plan *p, struct effective_graph *g) {
    memset(g, 0, sizeof *g);
    g->channels = (uint32_t)p->channels;
    g->buses = (uint32_t)p->buses;
    g->in_place = p->in_place;
    for (int n = 0; n < p->channels + p->buses; n++) {
        const int bus = n - p->channels;
        uint64_t feeds = 0;
        for (int b = 0; b < p->buses; b++)
            feeds |= (uint64_t)p->edge[n][p->channels + b] << b;
        if (bus < 0) {
            g->ch_feeds[n] = feeds;
            effective_bit(g->ch_solo, (uint32_t)n, p->solo[n]);
            effective_bit(g->ch_safe, (uint32_t)n, p->safe[n]);
        } else {
            g->bus_feeds[bus] = feeds;
            g->bus_solo |= (uint64_t)p->solo[n] << bus;
            g->bus_safe |= (uint64_t)p->safe[n] << bus;
        }
    }
}

static void compare(const struct desk_plan *p) {
    static struct effective_graph g;
    struct effective_heard heard;
    graph_of(p, &g);
    memset(&heard, 0x55, sizeof heard);
    effective_solve(&g, &heard);
    for (int n = 0; n < p->channels + p->buses; n++) {
        const bool got = n < p->channels ? effective_heard_ch(&heard, (uint32_t)n)
                                         : effective_heard_bus(&heard, (uint32_t)(n - p->channels));
        assert_int_equal(got, brute_heard(p, n));
    }
}

/* A small film desk: A and B are dialogue, C is music.
 *
 *   A --> group G --> stem DX --> main PM
 *   B -------------------^  '--------.
 *   C ---------------> stem MX --> main ME   (MX feeds both mains, DX only PM)
 *   A ~send~> aux V --> stem DX */
enum { A, B, C, G, V, DX, MX, PM, ME, FILM_NODES };

static void film_desk(struct desk_plan *p) {
    static const int edges[][2] = {{A, G},  {G, DX},  {B, DX},  {C, MX}, {A, V},
                                   {V, DX}, {DX, PM}, {MX, PM}, {MX, ME}};
    memset(p, 0, sizeof *p);
    p->channels = 3;
    p->buses = FILM_NODES - 3;
    p->in_place = true;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        p->edge[edges[i][0]][edges[i][1]] = true;
}

/** Rows of the truth table written by hand: who is soloed, who is heard. */
static void film_table(void **state) {
    (void)state;
    static const struct {
        unsigned solo, safe, heard;
    } table[] = {
#define N(x) (1u << (x))
        {0, 0, N(FILM_NODES) - 1},
        {N(A), 0, N(A) | N(G) | N(V) | N(DX) | N(PM)},
        {N(B), 0, N(B) | N(DX) | N(PM)},
        {N(C), 0, N(C) | N(MX) | N(PM) | N(ME)},
        {N(G), 0, N(A) | N(G) | N(DX) | N(PM)},
        {N(V), 0, N(A) | N(V) | N(DX) | N(PM)},
        {N(DX), 0, N(A) | N(B) | N(G) | N(V) | N(DX) | N(PM)},
        {N(MX), 0, N(C) | N(MX) | N(PM) | N(ME)},
        {N(B) | N(C), 0, N(B) | N(C) | N(DX) | N(MX) | N(PM) | N(ME)},
        {N(B), N(C), N(B) | N(C) | N(DX) | N(PM)},
        {N(B), N(C) | N(MX), N(B) | N(C) | N(DX) | N(MX) | N(PM)},
        {0, N(C), N(FILM_NODES) - 1},
#undef N
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct desk_plan p;
        static struct effective_graph g;
        struct effective_heard heard;
        film_desk(&p);
        for (int n = 0; n < FILM_NODES; n++) {
            p.solo[n] = table[i].solo >> n & 1;
            p.safe[n] = table[i].safe >> n & 1;
        }
        graph_of(&p, &g);
        effective_solve(&g, &heard);
        unsigned got = 0;
        for (int n = 0; n < FILM_NODES; n++)
            got |= (unsigned)(n < 3 ? effective_heard_ch(&heard, (uint32_t)n)
                                    : effective_heard_bus(&heard, (uint32_t)(n - 3)))
                   << n;
        if (got != table[i].heard)
            fail_msg("row %zu: heard %#x, expected %#x", i, got, table[i].heard);
        assert_int_equal(heard.any, table[i].solo != 0);
        assert_int_equal(heard.active, table[i].solo != 0);
    }
}

/** Every solo x every safe x in place or not: 2^9 x 2^9 x 2 cases on the film desk. */
static void film_exhaustive(void **state) {
    (void)state;
    struct desk_plan p;
    film_desk(&p);
    for (unsigned bits = 0; bits < 1u << (2 * FILM_NODES); bits++) {
        for (int n = 0; n < FILM_NODES; n++) {
            p.solo[n] = bits >> n & 1;
            p.safe[n] = bits >> (n + FILM_NODES) & 1;
        }
        p.in_place = true;
        compare(&p);
    }
    p.in_place = false;
    for (unsigned bits = 0; bits < 1u << FILM_NODES; bits++) {
        for (int n = 0; n < FILM_NODES; n++)
            p.solo[n] = bits >> n & 1;
        compare(&p);
    }
}

static uint32_t random_next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/** Random desks; every fourth has buses in the wrong order and loops. */
static void random_desks(void **state) {
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct desk_plan p;
        memset(&p, 0, sizeof p);
        p.channels = (int)(random_next(&seed) % 12);
        p.buses = (int)(random_next(&seed) % 13);
        p.in_place = random_next(&seed) % 8 != 0;
        const unsigned density = 2 + random_next(&seed) % 8;
        for (int n = 0; n < p.channels + p.buses; n++) {
            p.solo[n] = random_next(&seed) % 10 == 0;
            p.safe[n] = random_next(&seed) % 10 == 0;
            for (int b = p.channels; b < p.channels + p.buses; b++)
                if (b > n || round % 4 == 0)
                    p.edge[n][b] = random_next(&seed) % density == 0;
        }
        compare(&p);
    }
}

/** The largest desk, ends of words, and bits that belong to nobody. */
static void limits(void **state) {
    (void)state;
    static struct effective_graph g;
    struct effective_heard heard;
    memset(&g, 0, sizeof g);
    g.channels = EFFECTIVE_CHANNELS;
    g.buses = EFFECTIVE_BUSES;
    g.in_place = true;
    for (uint32_t b = 0; b + 1 < EFFECTIVE_BUSES; b++) /* a chain of 64 */
        g.bus_feeds[b] = UINT64_C(1) << (b + 1);
    g.ch_feeds[1023] = 1;
    g.ch_feeds[64] = UINT64_C(1) << 63;
    g.bus_solo = UINT64_C(1) << 63;
    effective_solve(&g, &heard);
    assert_true(heard.bus == UINT64_MAX);
    assert_true(effective_heard_ch(&heard, 1023) && effective_heard_ch(&heard, 64));
    assert_false(effective_heard_ch(&heard, 0));
    assert_false(effective_heard_ch(&heard, 63));

    g.bus_solo = 0;
    effective_bit(g.ch_solo, 64, true);
    effective_solve(&g, &heard);
    assert_true(heard.bus == UINT64_C(1) << 63);
    assert_false(effective_heard_ch(&heard, 1023));
    effective_bit(g.ch_solo, 64, false);
    effective_solve(&g, &heard);
    assert_false(heard.any);

    /* Solo bits beyond the desk's own strips count for nothing. */
    g.channels = 10;
    g.buses = 3;
    g.bus_solo = 8;
    effective_bit(g.ch_solo, 10, true);
    effective_solve(&g, &heard);
    assert_false(heard.any);
    assert_true(effective_heard_ch(&heard, 9) && effective_heard_bus(&heard, 2));

    /* Hostile counts are clamped (ASan would see the difference). */
    g.channels = g.buses = UINT32_MAX;
    effective_solve(&g, &heard);
    assert_true(heard.any);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),       cmocka_unit_test(keys),
        cmocka_unit_test(film_table),   cmocka_unit_test(film_exhaustive),
        cmocka_unit_test(random_desks), cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
