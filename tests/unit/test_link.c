/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: link config */
/* The link: whole groups or none, over threads, over kills, over nonsense. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "daemon/link.h"

#define SLOTS 1000u
#define TEXTS 20u
#define METERS 33u

#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif

struct pair {
    struct desk desk;
    struct link sound, control;
};

static void open_pair(struct pair *pair) {
    char error[256];
    memset(pair, 0, sizeof *pair);
    pair->desk.layout.slots = SLOTS;
    pair->desk.layout.texts = TEXTS;
    pair->desk.value = calloc(SLOTS, sizeof(float));
    pair->desk.text = calloc(TEXTS, TEXT_BYTES);
    for (uint32_t i = 0; i < SLOTS; i++)
        pair->desk.value[i] = (float)i * 0.5f;
    strcpy(pair->desk.text[3], "Dialogue A");
    if (link_create(&pair->sound, &pair->desk, "desk = {};", "/tmp/x.cfg", METERS, 7, error))
        fail_msg("%s", error);
    if (link_attach(&pair->control, pair->sound.fd, error))
        fail_msg("%s", error);
}

static void close_pair(struct pair *pair) {
    link_close(&pair->control);
    link_close(&pair->sound);
    free(pair->desk.value);
    free(pair->desk.text);
}

static void test_attach_sees_desk(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    assert_int_equal(p.control.slots, SLOTS);
    assert_int_equal(p.control.head->generation, 7);
    assert_string_equal(p.control.desk_text, "desk = {};");
    assert_string_equal(p.control.head->desk_name, "/tmp/x.cfg");
    assert_string_equal(p.control.text[3], "Dialogue A");
    assert_true(p.control.target[999] == 499.5f && p.control.current[999] == 499.5f);
    p.control.keep[LINK_KEEP_BYTES - 1] = 9;
    assert_int_equal(p.sound.keep[LINK_KEEP_BYTES - 1], 9);
    close_pair(&p);
}

static void test_mapping_is_sealed(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    assert_int_equal(ftruncate(p.sound.fd, 4096), -1);
    assert_int_equal(ftruncate(p.control.fd, (off_t)p.sound.size * 2), -1);
    close_pair(&p);
}

static void test_attach_refuses(void **state) {
    (void)state;
    char error[256];
    struct pair p;
    struct link other;
    open_pair(&p);
    p.sound.head->rows_hash ^= 1;
    assert_int_equal(link_attach(&other, p.sound.fd, error), -1);
    assert_non_null(strstr(error, "rows"));
    p.sound.head->rows_hash ^= 1;
    p.sound.head->version++;
    assert_int_equal(link_attach(&other, p.sound.fd, error), -1);
    p.sound.head->version--;
    p.sound.head->slots = 0x40000000u; /* would reach far behind the end */
    assert_int_equal(link_attach(&other, p.sound.fd, error), -1);
    p.sound.head->slots = SLOTS;
    p.sound.head->off_bulk += 4096;
    assert_int_equal(link_attach(&other, p.sound.fd, error), -1);
    p.sound.head->off_bulk -= 4096;
    assert_int_equal(link_attach(&other, p.sound.fd, error), 0);
    link_close(&other);
    const int plain = memfd_create("test", MFD_CLOEXEC);
    assert_int_equal(link_attach(&other, plain, error), -1);
    close(plain);
    assert_int_equal(link_attach(&other, -1, error), -1);
    close_pair(&p);
}

/* A group whose commands can be checked: slot = seq + i, value = -slot. */
static void make_group(struct group *g, struct command *c, uint32_t seq, uint32_t count) {
    *g = (struct group){.seq = seq, .when = WHEN_FRAME, .frame = seq * 3ull, .count = count};
    for (uint32_t i = 0; i < count; i++)
        c[i] = (struct command){.slot = seq + i, .value = -(float)(seq + i), .seconds = 0};
}

static bool whole(const struct group *g, const struct command *c) {
    if (g->frame != g->seq * 3ull || g->count > BUNDLE_SETS)
        return false;
    for (uint32_t i = 0; i < g->count; i++)
        if (c[i].slot != g->seq + i || c[i].value != -(float)(g->seq + i))
            return false;
    return true;
}

static void test_groups_wrap(void **state) {
    (void)state;
    struct pair p;
    struct group g;
    static struct command c[BUNDLE_SETS];
    open_pair(&p);
    assert_int_equal(link_take(&p.sound, &g, c), 0);
    for (uint32_t seq = 0; seq < 3000; seq++) { /* several times around the ring */
        const uint32_t count = seq * 37 % (BUNDLE_SETS + 1);
        make_group(&g, c, seq, count);
        assert_int_equal(link_send(&p.control, &g, c), 0);
        memset(c, 0, sizeof c);
        assert_int_equal(link_take(&p.sound, &g, c), 1);
        assert_int_equal(g.seq, seq);
        assert_int_equal(g.count, count);
        assert_true(whole(&g, c));
    }
    assert_int_equal(link_take(&p.sound, &g, c), 0);
    close_pair(&p);
}

static void test_full_ring_sends_nothing(void **state) {
    (void)state;
    struct pair p;
    struct group g;
    static struct command c[BUNDLE_SETS];
    open_pair(&p);
    uint32_t sent = 0, taken = 0;
    make_group(&g, c, 0, BUNDLE_SETS);
    while (make_group(&g, c, sent, BUNDLE_SETS), link_send(&p.control, &g, c) == 0)
        sent++;
    assert_int_equal(sent, LINK_COMMAND_CELLS / (BUNDLE_SETS + 2));
    while (link_take(&p.sound, &g, c) == 1) {
        assert_int_equal(g.seq, taken);
        assert_true(whole(&g, c));
        taken++;
    }
    assert_int_equal(taken, sent);
    close_pair(&p);
}

static void test_bulk_buffers(void **state) {
    (void)state;
    struct pair p;
    struct group g = {.seq = 5, .count = SLOTS};
    static struct command c[BUNDLE_SETS];
    open_pair(&p);
    assert_true(link_bulk_free(&p.control, 1));
    assert_int_equal(link_send_bulk(&p.control, &g, 1), 0);
    assert_false(link_bulk_free(&p.control, 1));
    assert_true(link_bulk_free(&p.control, 0));
    assert_int_equal(link_send_bulk(&p.control, &g, 1), -1);
    assert_int_equal(link_take(&p.sound, &g, c), 1);
    assert_true(g.flags & GROUP_BULK && g.flags & GROUP_BULK_1);
    assert_int_equal(g.count, SLOTS);
    assert_false(link_bulk_free(&p.control, 1));
    link_bulk_release(&p.sound, 1);
    assert_true(link_bulk_free(&p.control, 1));
    /* A control that dies between posting and committing leaves the buffer to the next one. */
    atomic_store(&p.control.head->bulk_busy[0], 1);
    assert_true(link_bulk_free(&p.control, 0));
    /* A group too large for the buffer never leaves, and is not believed if it does. */
    g.count = SLOTS + 1;
    assert_int_equal(link_send_bulk(&p.control, &g, 0), -1);
    close_pair(&p);
}

static void test_restart_resumes(void **state) {
    (void)state;
    char error[256];
    struct pair p;
    struct group g;
    static struct command c[BUNDLE_SETS];
    open_pair(&p);
    make_group(&g, c, 1, 10);
    assert_int_equal(link_send(&p.control, &g, c), 0);
    make_group(&g, c, 2, 200); /* half a group, then death */
    ring_put(&p.control.command, c, 100);
    struct event event = {.op = EVENT_APPLIED, .seq = 1};
    link_tell(&p.sound, &event);
    event.seq = 2;
    link_tell(&p.sound, &event);
    ring_drop(&p.control.event, 1);
    link_close(&p.control);

    assert_int_equal(link_attach(&p.control, p.sound.fd, error), 0);
    make_group(&g, c, 3, 20);
    assert_int_equal(link_send(&p.control, &g, c), 0);
    assert_int_equal(link_take(&p.sound, &g, c), 1);
    assert_int_equal(g.seq, 1);
    assert_int_equal(link_take(&p.sound, &g, c), 1);
    assert_int_equal(g.seq, 3);
    assert_true(whole(&g, c));
    assert_int_equal(link_take(&p.sound, &g, c), 0);
    assert_int_equal(ring_avail(&p.control.event), 1);
    ring_peek(&p.control.event, 0, &event, 1);
    assert_int_equal(event.seq, 2);
    close_pair(&p);
}

static void test_events_drop_and_tell(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    struct event event = {.op = EVENT_APPLIED};
    for (uint32_t i = 0; i < LINK_EVENTS + 5; i++) {
        event.seq = i;
        link_tell(&p.sound, &event);
    }
    assert_int_equal(atomic_load(&p.control.head->status.events_dropped), 5);
    assert_int_equal(atomic_load(&p.control.head->resync), 1);
    assert_int_equal(ring_avail(&p.control.event), LINK_EVENTS);
    ring_peek(&p.control.event, LINK_EVENTS - 1, &event, 1);
    assert_int_equal(event.seq, LINK_EVENTS - 1);
    close_pair(&p);
}

static void test_handed(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    assert_false(link_handed(&p.sound, 0, 0));
    link_hand(&p.control, 0, 480);
    assert_true(link_handed(&p.sound, 0, 480));
    assert_false(link_handed(&p.sound, 0, 481));
    assert_false(link_handed(&p.sound, 1, 0));
    link_hand(&p.control, 1, -16);
    assert_false(link_handed(&p.sound, 1, 0));
    assert_true(link_handed(&p.sound, 1, -16));
    close_pair(&p);
}

/* ---- nonsense ---- */

static void test_nonsense_heads(void **state) {
    (void)state;
    struct pair p;
    struct group g;
    static struct command c[BUNDLE_SETS];
    open_pair(&p);
    struct link_head *head = p.control.head;
    const uint32_t lies[] = {LINK_COMMAND_CELLS + 1, 0x80000000u, 0xffffffffu, 1};
    for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++) {
        atomic_store(&head->command.head, p.sound.command.pos + lies[i]);
        assert_int_equal(link_take(&p.sound, &g, c), -1);
        assert_int_equal(atomic_load(&head->status.bad_groups), i + 1);
        assert_int_equal(link_take(&p.sound, &g, c), 0);
    }
    /* A count that reaches behind what is there, or behind the caller's array. */
    for (uint32_t count = 11; count != 0; count = count == 11 ? BUNDLE_SETS + 1 : 0) {
        struct link liar;
        char error[256];
        assert_int_equal(link_attach(&liar, p.sound.fd, error), 0);
        unsigned char cells[32] = {0};
        g = (struct group){.seq = 1, .count = count};
        memcpy(cells, &g, sizeof g);
        ring_put(&liar.command, cells, 2);
        ring_put(&liar.command, c, 10);
        ring_commit(&liar.command);
        assert_int_equal(link_take(&p.sound, &g, c), -1);
        link_close(&liar);
    }
    /* Sound's own ends: a tail that lies stops telling, never overruns. */
    atomic_store(&head->event.tail, 0x12345678u);
    assert_int_equal(ring_free(&p.sound.event), 0);
    atomic_store(&head->meter_latest, 0xffffffffu);
    for (int i = 0; i < 3; i++) {
        link_meters_begin(&p.sound)[METERS - 1].in_peak = 1;
        link_meters_publish(&p.sound);
    }
    assert_non_null(link_meters_take(&p.control));
    close_pair(&p);
}

#ifndef TSAN
static _Atomic bool scribbling;

static void *scribble(void *arg) {
    struct link *liar = arg;
    uint32_t x = 12345;
    /* Not the keep and the planes: sound never reads those. */
    const size_t bytes = (size_t)((unsigned char *)liar->target - liar->base);
    while (atomic_load_explicit(&scribbling, memory_order_relaxed)) {
        for (int i = 0; i < 256; i++) {
            x = x * 1664525u + 1013904223u;
            const size_t at = i & 1 ? x % sizeof(struct link_head) : x % bytes;
            liar->base[at] = (unsigned char)(x >> 24);
        }
        /* Now and then heads that can be believed, so that the cells are read. */
        atomic_store(&liar->head->command.head,
                     atomic_load(&liar->head->command.tail) + x % LINK_COMMAND_CELLS);
    }
    return NULL;
}

/* Everything sound does, while somebody writes noise over all of the mapping it reads. Run under
 * ASan this proves that nothing in it can lead sound outside its memory. */
static void test_scribble(void **state) {
    (void)state;
    struct pair p;
    struct group g;
    static struct command c[BUNDLE_SETS + 1];
    open_pair(&p);
    pthread_t thread;
    atomic_store(&scribbling, true);
    assert_int_equal(pthread_create(&thread, NULL, scribble, &p.control), 0);
    unsigned long taken = 0, refused = 0;
    memset(&c[BUNDLE_SETS], 0x5a, sizeof c[0]);
    /* On a busy machine the other thread may come late: until both outcomes were met, or
     * twenty seconds have gone by. */
    const time_t until = time(NULL) + 20;
    for (int round = 0; round < 200000 || ((!taken || !refused) && time(NULL) < until); round++) {
        if (round % 1024 == 0)
            sched_yield();
        const int got = link_take(&p.sound, &g, c);
        taken += got == 1;
        refused += got == -1;
        if (got == 1) {
            if (g.flags & GROUP_BULK)
                assert_true(g.count <= p.sound.bulk_commands);
            else
                assert_true(g.count <= BUNDLE_SETS);
        }
        struct event event = {.seq = (uint32_t)round};
        link_tell(&p.sound, &event);
        memset(link_meters_begin(&p.sound), 1, METERS * sizeof(struct link_meter));
        link_meters_publish(&p.sound);
        struct link_clock clock = {.frame = (uint64_t)round};
        link_clock_write(&p.sound, &clock);
        (void)link_handed(&p.sound, 3, 4);
        struct link_request request;
        const uint32_t requests = ring_avail(&p.sound.request);
        if (requests == UINT32_MAX)
            ring_resync(&p.sound.request);
        else if (requests) {
            ring_peek(&p.sound.request, 0, &request, 1);
            ring_drop(&p.sound.request, 1);
        }
    }
    atomic_store(&scribbling, false);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < sizeof c[0]; i++)
        assert_int_equal(((unsigned char *)&c[BUNDLE_SETS])[i], 0x5a);
    /* Which outcomes the noise met is up to the scheduler; both still work behind it. */
    atomic_store(&p.control.head->command.head, p.sound.command.pos + LINK_COMMAND_CELLS + 1);
    assert_int_equal(link_take(&p.sound, &g, c), -1);
    p.control.command.pos = p.sound.command.pos;
    atomic_store(&p.control.head->command.tail, p.sound.command.pos);
    atomic_store(&p.control.head->command.head, p.sound.command.pos);
    make_group(&g, c, 7, 3);
    assert_int_equal(link_send(&p.control, &g, c), 0);
    assert_int_equal(link_take(&p.sound, &g, c), 1);
    assert_int_equal(g.count, 3);
    close_pair(&p);
}

/* A writer that is killed at any instruction leaves whole groups only. */
static void test_killed_writer(void **state) {
    (void)state;
    struct pair p;
    struct group g;
    static struct command c[BUNDLE_SETS];
    open_pair(&p);
    unsigned long taken = 0;
    uint32_t last = 0;
    for (int round = 0; round < 200; round++) {
        const pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            char error[256];
            struct link writer;
            if (link_attach(&writer, p.sound.fd, error))
                _exit(1);
            for (uint32_t seq = last + 1;; seq++) {
                make_group(&g, c, seq, seq % (BUNDLE_SETS + 1));
                while (link_send(&writer, &g, c))
                    usleep(100);
            }
        }
        usleep(500 + (unsigned)round * 7919u % 1500u);
        kill(pid, SIGKILL);
        int status;
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        int got;
        while ((got = link_take(&p.sound, &g, c)) == 1) {
            assert_true(whole(&g, c));
            assert_int_equal(g.seq, last + 1);
            last = g.seq;
            taken++;
        }
        assert_int_equal(got, 0);
    }
    assert_true(taken > 200);
    close_pair(&p);
}
#endif

/* ---- two threads ---- */

#define STRESS_GROUPS 60000u
#define STRESS_METERS 20000u

static void *stress_writer(void *arg) {
    struct link *control = arg;
    struct group g;
    static struct command c[BUNDLE_SETS];
    uint64_t last = 0;
    for (uint32_t seq = 1; seq <= STRESS_GROUPS; seq++) {
        make_group(&g, c, seq, seq * 2654435761u % 40u);
        while (link_send(control, &g, c))
            usleep(50);
        link_hand(control, seq / 1000, seq);
        struct link_clock clock;
        if (link_clock_read(control, &clock)) {
            if (clock.frame < last || clock.timeline != -(int64_t)clock.frame ||
                clock.raw_ns != (int64_t)clock.frame * 5 || clock.epoch != (uint32_t)clock.frame)
                return (void *)"torn clock";
            last = clock.frame;
        }
        const struct link_meter *m = link_meters_take(control);
        if (m)
            for (uint32_t i = 1; i < METERS; i++)
                if (m[i].in_peak != m[0].in_peak || m[i].out_rms != m[0].in_peak)
                    return (void *)"torn meters";
    }
    return NULL;
}

static void test_two_threads(void **state) {
    (void)state;
    struct pair p;
    struct group g;
    static struct command c[BUNDLE_SETS];
    open_pair(&p);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stress_writer, &p.control), 0);
    uint32_t next = 1;
    uint64_t frame = 0;
    while (next <= STRESS_GROUPS) {
        const int got = link_take(&p.sound, &g, c);
        assert_true(got >= 0);
        if (got == 1) {
            assert_int_equal(g.seq, next);
            assert_true(whole(&g, c));
            next++;
        } else {
            usleep(20);
        }
        frame++;
        const struct link_clock clock = {.frame = frame,
                                         .timeline = -(int64_t)frame,
                                         .raw_ns = (int64_t)frame * 5,
                                         .epoch = (uint32_t)frame};
        link_clock_write(&p.sound, &clock);
        if (frame < STRESS_METERS) {
            struct link_meter *m = link_meters_begin(&p.sound);
            for (uint32_t i = 0; i < METERS; i++)
                m[i] = (struct link_meter){.in_peak = (float)frame, .out_rms = (float)frame};
            link_meters_publish(&p.sound);
        }
    }
    void *said;
    pthread_join(thread, &said);
    if (said)
        fail_msg("%s", (const char *)said);
    assert_true(link_handed(&p.sound, STRESS_GROUPS / 1000, STRESS_GROUPS));
    assert_int_equal(atomic_load(&p.sound.head->status.bad_groups), 0);
    close_pair(&p);
}

int main(void) {
#ifdef TSAN
    puts("# skip: scribble and killed writer race on purpose, which ThreadSanitizer would report");
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach_sees_desk),
        cmocka_unit_test(test_mapping_is_sealed),
        cmocka_unit_test(test_attach_refuses),
        cmocka_unit_test(test_groups_wrap),
        cmocka_unit_test(test_full_ring_sends_nothing),
        cmocka_unit_test(test_bulk_buffers),
        cmocka_unit_test(test_restart_resumes),
        cmocka_unit_test(test_events_drop_and_tell),
        cmocka_unit_test(test_handed),
        cmocka_unit_test(test_nonsense_heads),
        cmocka_unit_test(test_two_threads),
#ifndef TSAN
        cmocka_unit_test(test_scribble),
        cmocka_unit_test(test_killed_writer),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
