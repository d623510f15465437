/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: link config */
/* timeout: 60 */
/* A control gone mad writes noise over the whole mapping of a desk that sounds: not one sample
 * changes, the desk lives, and afterwards a sane control is heard again. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/link.h"
#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"

#define SCRIBBLE_MS 4000

static struct live_desk desk;
static struct live_jack jack;
static struct link link_view;
static _Atomic bool scribbling;

static void *scribble(void *arg) {
    (void)arg;
    uint32_t x = 2463534242u;
    struct link_head *head = link_view.head;
    while (atomic_load_explicit(&scribbling, memory_order_relaxed)) {
        for (int i = 0; i < 4096; i++) {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            const size_t at = i % 4 ? x % link_view.size : x % sizeof *head;
            link_view.base[at] = (unsigned char)(x >> 11);
        }
        /* Heads that look right over cells that are noise. */
        atomic_store(&head->command.head, atomic_load(&head->command.tail) + x % 4096);
        atomic_store(&head->request.head, atomic_load(&head->request.tail) + x % 64);
        if (x % 8 == 0)
            live_sleep_ms(1);
    }
    return NULL;
}

static void test_noise_changes_no_sample(void **state) {
    (void)state;
    live_jack_watch(&jack);
    live_jack_pass(&jack, 4800);
    const float before = atomic_load(&jack.max);
    assert_true(before > 0.1f && atomic_load(&jack.min) == before);
    pthread_t thread;
    atomic_store(&scribbling, true);
    assert_int_equal(pthread_create(&thread, NULL, scribble, NULL), 0);
    live_sleep_ms(SCRIBBLE_MS);
    atomic_store(&scribbling, false);
    pthread_join(thread, NULL);
    live_jack_pass(&jack, 4800);
    if (atomic_load(&jack.min) != before || atomic_load(&jack.max) != before)
        fail_msg("the output moved from %g to %g .. %g", (double)before,
                 (double)atomic_load(&jack.min), (double)atomic_load(&jack.max));
    printf("# %llu frames of noise in the mapping, output %g throughout\n",
           (unsigned long long)SCRIBBLE_MS * 48, (double)before);
}

/* Requests of noise may have asked the desk to play or stop, which is no harm; a real fader move
 * must work again. */
static void test_control_is_heard_again(void **state) {
    (void)state;
    const uint64_t before = atomic_load(&link_view.head->status.callbacks);
    live_sleep_ms(200);
    assert_true(atomic_load(&link_view.head->status.callbacks) != before);
    /* Both ends agree on the ring again when sound has given up what was in it. */
    struct ring *ring = &link_view.command;
    ring->pos = atomic_load(&ring->shared->tail);
    atomic_store(&ring->shared->head, ring->pos);
    live_sleep_ms(50);
    ring->pos = atomic_load(&ring->shared->tail);
    const struct command mute = {.op = COMMAND_SET, .slot = 0, .value = 0};
    const struct group fence = {.seq = 1, .when = WHEN_NEXT, .flags = GROUP_TELL, .count = 0};
    const uint32_t tail = ring->pos;
    assert_int_equal(link_send(&link_view, &fence, &mute), 0);
    live_sleep_ms(100);
    assert_int_equal(atomic_load(&ring->shared->tail), tail + 2);
}

static int open_desk(void **state) {
    (void)state;
    char error[256];
    const struct live_options options = {.no_control = true};
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link_view, fd, error), 0);
    close(fd);
    live_jack_open(&jack, &desk, 0.25f, "dubdesk:ch A 1", "dubdesk:stem DX C");
    return 0;
}

static int close_desk(void **state) {
    (void)state;
    live_jack_close(&jack);
    link_close(&link_view);
    return live_stop(&desk) != 0;
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_changes_no_sample),
        cmocka_unit_test(test_control_is_heard_again),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
