/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* timeout: 60 */
/* A desk that is fed junk, over UDP and TCP: a signal that passes through it stays the same to the
 * last bit, nobody dies, nothing is changed, nothing grows, and the next honest question is
 * answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"
#include "tests/lib/osc_talk.h"

#define JUNK_MS 3000

static struct live_desk desk;
static struct live_jack jack;
static struct talk a;
static pid_t control;
static uint32_t dice = 5;

static uint32_t roll(uint32_t sides) {
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % sides;
}

static size_t noise(unsigned char *to, size_t most) {
    const size_t n = roll((uint32_t)most);
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)roll(256);
    return n;
}

/* Honest packets with some bytes changed; none of them may name an action by chance. */
static size_t bent(unsigned char *to, size_t room) {
    static const char *const lines[] = {"/ch/2/fader ,f -3",
                                        "/ch/2/eq/*/gain ,f 3",
                                        "/ch/2/pan/aed ,fff 1 2 0.5",
                                        "/ch/2/name ,s x",
                                        "/sub ,si /ch/2/trim 20",
                                        "/ns ,s /ch/2",
                                        "/dump ,s /ch/2/fader",
                                        "/hello ,sss a surface ''",
                                        "/ch/2/fader/glide ,ffs 0 1 s",
                                        "/ch/2/mute/toggle ,i 1",
                                        "/sync ,i 5",
                                        "/status/rt ,"};
    const char *two[] = {lines[roll(12)], lines[roll(12)]};
    size_t n = roll(2) ? talk_message(to, room, two[0]) : talk_bundle(to, room, 1, 2, two);
    for (uint32_t k = roll(4) + 1; k > 0; k--)
        to[roll((uint32_t)n)] = (unsigned char)roll(256);
    return n;
}

/* A pattern that arose by chance may reach the channel that is listened to. */
static bool harmless(const unsigned char *p, size_t n) {
    for (size_t i = 0; i + 3 < n; i++)
        if (p[i] == '/' && (p[i + 1] == 'c' || p[i + 1] == '*' || p[i + 1] == '?') &&
            memchr(p + i, 'c', n - i) && !memmem(p + i, n - i, "/ch/2/", 6))
            return false;
    return true;
}

static long control_kb(void) {
    char path[64], line[128];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)control);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "VmRSS: %ld", &kb);
    if (f)
        fclose(f);
    return kb;
}

/* A second of everything after it: the same level, the same process, an answer. */
static void all_is_well(void) {
    talk_forget(&a);
    live_jack_pass(&jack, 4800);
    assert_true(jack.min == jack.max && jack.min > 0.1f);
    assert_int_equal(live_control_pid(&desk), control);
    bool answered = false;
    for (int i = 0; i < 40 && !answered; i++) {
        say(&a, "/ch/1/fader ,");
        answered = hears(&a, "/ch/1/fader ,f 0", 100);
    }
    assert_true(answered);
}

static void test_junk_datagrams(void **state) {
    static unsigned char packet[1 << 16];
    (void)state;
    const int64_t until_ns = live_now_ns() + INT64_C(1000000) * JUNK_MS;
    for (unsigned i = 0; live_now_ns() < until_ns; i++) {
        const size_t n = roll(3) ? bent(packet, sizeof packet) : noise(packet, 700);
        if (harmless(packet, n))
            talk_bytes(&a, packet, n);
        if (i % 200 == 0)
            live_sleep_ms(1);
    }
    all_is_well();
}

static void test_large(void **state) {
    static unsigned char packet[1 << 16];
    static const char *lines[4000];
    (void)state;
    for (int i = 0; i < 4000; i++)
        lines[i] = i % 1000 == 999 ? "/ch/2/fader ,f nan" : "/ch/2/fader ,f -60";
    for (int i = 0; i < 100; i++) {
        talk_bytes(&a, packet, talk_bundle(packet, sizeof packet, 1, 1000 + (unsigned)i, lines));
        memset(packet, i, 65000);
        talk_bytes(&a, packet, 65000);
    }
    /* bundles within bundles within ... */
    static const unsigned char head[16] = "#bundle\0\0\0\0\0\0\0\0\1";
    size_t n = 0;
    for (int depth = 0; depth < 2000; depth++) {
        memcpy(packet + n, head, sizeof head); // NOLINT(bugprone-not-null-terminated-result)
        const size_t rest = (size_t)(2000 - depth - 1) * 20;
        for (int k = 0; k < 4; k++)
            packet[n + 16 + (size_t)k] = (unsigned char)(rest >> (24 - 8 * k));
        n += 20;
    }
    talk_bytes(&a, packet, n - 4);
    for (int i = 0; i < 300; i++) /* slow ones */
        say(&a, "//zz*{a,b}*q ,f 1");
    all_is_well();
    ask(&a, "/ch/2/trim ,", "/ch/2/trim ,f 0"); /* the first error of each spoilt it whole */
}

static void test_connections(void **state) {
    static unsigned char packet[1 << 16];
    static struct talk c, idle[64];
    (void)state;
    for (int i = 0; i < 150; i++) {
        talk_open(&c, i % 2 ? TALK_TCP : TALK_SLIP, desk.osc_port);
        for (int k = 0; k < 5 && !c.refused; k++) {
            const size_t n = roll(3) ? bent(packet, sizeof packet) : noise(packet, 3000);
            if (harmless(packet, n))
                talk_bytes(&c, packet, n);
        }
        talk_close(&c);
    }
    for (int i = 0; i < 64; i++) { /* who ask for all, read nothing, and stay */
        talk_open(&idle[i], TALK_TCP, desk.osc_port);
        for (int k = 0; k < 5 && i < 16; k++)
            say(&idle[i], "//*");
    }
    all_is_well();
    for (int i = 0; i < 64; i++)
        talk_close(&idle[i]);
    all_is_well();
}

static void test_nothing_grew(void **state) {
    const long before = *(long *)*state;
    if (getenv("SANITIZER"))
        return; /* its own bookkeeping grows */
    assert_in_range(control_kb(), 0, before + 64 * 1024);
    assert_false(live_said(&desk, "control has ended"));
}

static int set_up(void **state) {
    static long kb;
    live_start(&desk, &(struct live_options){0});
    live_jack_open(&jack, &desk, 0.5f, "dubdesk:ch A 1", "dubdesk:stem DX C");
    talk_open(&a, TALK_UDP, desk.osc_port);
    live_sleep_ms(500);
    control = live_control_pid(&desk);
    kb = control_kb();
    *state = &kb;
    live_jack_watch(&jack);
    live_jack_pass(&jack, 4800);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    live_jack_close(&jack);
    return live_stop(&desk) ? -1 : 0;
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP: %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_junk_datagrams), cmocka_unit_test(test_large),
        cmocka_unit_test(test_connections), cmocka_unit_test(test_nothing_grew)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
