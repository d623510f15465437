/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/jack_show.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_MS 5
#define MS 1000000LL
#define REOPEN_NS (20 * MS)
#define TAPE_NS (20 * MS)
#define HUNG_NS (5000 * MS)   /* control that does not run its loop for this long is ended */
#define SAVE_NS (2000 * MS)   /* that control has to save its state when we leave */
#define FADE_NS (500 * MS)    /* the fade takes HOST_FADE_MS unless the server stands still */
#define SETTLE_NS (5000 * MS) /* for the disk to finish a take */
#define DUMMY_NS (10000 * MS) /* for a private server to come up */
#define CONTROL_MS 1000       /* for control to end by itself */
#define LEAVE_S 10            /* for everything after the state is saved */
#define HOPELESS 8            /* quick deaths in a row after which freewheel stops waiting */

void show_notice(struct show *show, uint32_t op, uint32_t seq, int64_t a, int64_t b,
                 const char *text) {
    if (!show->set)
        return;
    struct ring *ring = &show->set->link.notice;
    if (ring_free(ring) == 0)
        return;
    struct link_notice notice = {.op = op, .seq = seq, .arg = {a, b}};
    snprintf(notice.text, sizeof notice.text, "%s", text);
    ring_put(ring, &notice, 1);
    ring_commit(ring);
}

void show_log(void *ctx, int level, const char *text) {
    static const char *const words[] = {"", "warning: ", "error: "};
    fprintf(stderr, "dubdeskd: %s%s\n", words[level < 0 || level > 2 ? 0 : level], text);
    show_notice(ctx, NOTICE_LOG, 0, level, 0, text);
}

static int complain(const char *text) {
    fprintf(stderr, "dubdeskd: %s\n", text);
    return -1;
}

/* Everything the audio thread may touch stays in memory. Refused without rights, and then said. */
static void lock_memory(struct show *show) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE))
        show_log(show, 1,
                 "memory is not locked (RLIMIT_MEMLOCK); page faults may disturb the sound");
}

/* ---- what goes on ---- */

static void watch_control(struct show *show, int64_t now_ns) {
    char text[256], how[64];
    struct link_status *status = &show->set->link.head->status;
    switch (supervise_poll(&show->control, now_ns)) {
    case SUPERVISE_DIED:
        supervise_describe(&show->control, how, sizeof how);
        snprintf(text, sizeof text, "control has ended (%s) and is started again", how);
        show_log(show, 1, text);
        break;
    case SUPERVISE_RESTARTED:
        atomic_store(&status->control_restarts, show->control.restarts);
        show->beat_ns = now_ns;
        show->beat = 0;
        break;
    case SUPERVISE_FAILED: show_log(show, 2, "control cannot be started"); break;
    case SUPERVISE_NOTHING: break;
    }
    host_jack_expect_control(show->set->host,
                             show->control.o.program && show->control.quick < HOPELESS);
    const uint64_t beat = atomic_load(&show->set->link.head->control_beat);
    if (beat != show->beat) {
        show->beat = beat;
        show->beat_ns = now_ns;
    } else if (show->control.pid && beat && now_ns - show->beat_ns > HUNG_NS) {
        show_log(show, 2, "control hangs and is ended");
        supervise_kill(&show->control);
        show->beat_ns = now_ns;
    }
}

/* For scripts that wait for us, once. */
static void announce(struct show *show) {
    if (!show->announced)
        printf("dubdeskd: sounding\n");
    fflush(stdout);
    show->announced = true;
}

static void watch_server(struct show *show, int64_t now_ns) {
    char error[256], text[512];
    if (show->o.dummy && supervise_poll(&show->dummy.child, now_ns) == SUPERVISE_DIED &&
        !show->leaving)
        show_log(show, 1, "the private JACK server has ended and is started again");
    if (host_jack_is_open(show->set->host)) {
        if (host_jack_service(show->set->host))
            return;
        show_log(show, 2, "the JACK server has gone; waiting for it");
        show->told = HOST_NO_SERVER;
    }
    if (now_ns < show->reopen_ns)
        return;
    const enum host_open result = host_jack_open(show->set->host, error);
    show->reopen_ns = host_jack_now_ns() + (result == HOST_NO_SERVER ? REOPEN_NS : 200 * MS);
    if (result == HOST_OPEN) {
        if (show->told != HOST_OPEN && show->announced)
            show_log(show, 0, "the JACK server is there; sounding again");
        announce(show);
    } else if (show->told != result) {
        snprintf(text, sizeof text, "%s; silent until that changes", error);
        show_log(show, 2, text);
    }
    show->told = result;
}

static void watch_gaps(struct show *show) {
    uint64_t frame;
    uint32_t frames;
    while (host_jack_gap(show->set->host, &frame, &frames)) {
        char text[128];
        snprintf(text, sizeof text, "gap: %u frames without a callback at frame %llu", frames,
                 (unsigned long long)frame);
        fprintf(stderr, "dubdeskd: warning: %s\n", text);
        show_notice(show, NOTICE_GAP, 0, (int64_t)frame, (int64_t)frames, text);
    }
}

static bool watch_tape(struct show *show) {
    struct tape_status now;
    struct link_status *status = &show->set->link.head->status;
    int news = 0;
    do {
        tape_service(show->set->tape, &now);
        if (now.text[0] || now.state != show->take_news) {
            show_notice(show, NOTICE_TAPE, 0, now.state, 0, now.text);
            show->take_news = now.state;
        }
        if (now.text[0])
            fprintf(stderr, "dubdeskd: tape: %s\n", now.text);
    } while (now.text[0] && ++news < 16);
    atomic_store(&status->tape_state, now.state);
    atomic_store(&status->tape_overruns, now.overruns);
    atomic_store(&status->tape_underruns, now.underruns);
    atomic_store(&status->tape_frames, now.frames);
    return now.settled;
}

static void read_signals(struct show *show) {
    struct signalfd_siginfo info;
    while (read(show->signal_fd, &info, sizeof info) == sizeof info) {
        if (show->leaving)
            show->forced = true;
        show->leaving = true;
    }
}

static void wait_tick(struct show *show) {
    struct pollfd fds[3] = {{.fd = show->signal_fd, .events = POLLIN},
                            {.fd = show->control.pid ? show->control.pidfd : -1, .events = POLLIN},
                            {.fd = show->o.dummy ? show->dummy.child.pidfd : -1, .events = POLLIN}};
    poll(fds, 3, TICK_MS);
    read_signals(show);
}

static void tick(struct show *show) {
    const int64_t now_ns = host_jack_now_ns();
    watch_control(show, now_ns);
    watch_server(show, now_ns);
    watch_gaps(show);
    show_requests(show);
    if (now_ns - show->tape_ns > TAPE_NS) {
        watch_tape(show);
        show->tape_ns = now_ns;
    }
}

/* ---- leaving ---- */

/* Fade out and let control save the state, both at once. */
static void fall_silent(struct show *show) {
    struct link_head *head = show->set->link.head;
    const int64_t start_ns = host_jack_now_ns();
    atomic_store(&head->leaving_ack, 0);
    show_notice(show, NOTICE_LEAVING, 0, 0, 0, "");
    host_jack_fade(show->set->host, true);
    show->control.stopped = true; /* it may end now, and is not started again */
    while (!show->forced) {
        const int64_t past_ns = host_jack_now_ns() - start_ns;
        const bool saved = !show->control.pid || atomic_load(&head->leaving_ack);
        const bool silent = host_jack_faded(show->set->host);
        if ((saved || past_ns > SAVE_NS) && (silent || past_ns > FADE_NS))
            break;
        wait_tick(show);
        supervise_poll(&show->control, host_jack_now_ns());
        if (host_jack_is_open(show->set->host))
            host_jack_service(show->set->host);
    }
    if (show->control.pid && !atomic_load(&head->leaving_ack))
        complain("control did not confirm that the state is saved");
}

/* Stop the transport, end the take and wait until the disk has all of it. */
static void end_take(struct show *show) {
    char error[256];
    host_jack_play(show->set->host, false);
    tape_arm(show->set->tape, false, error);
    const int64_t start_ns = host_jack_now_ns();
    while (!watch_tape(show) && host_jack_now_ns() - start_ns < SETTLE_NS && !show->forced)
        wait_tick(show);
}

static void stop_control(struct show *show) {
    supervise_stop(&show->control, show->forced ? 0 : CONTROL_MS);
}

/* The desk file was read again, and everything for it is built: put it in the place of what runs.
 * The sound fades out and comes back; control starts anew on the new mapping. */
static void change_set(struct show *show) {
    fall_silent(show);
    end_take(show);
    stop_control(show);
    host_jack_close(show->set->host);
    show_set_free(show->set);
    show->set = show->next;
    show->next = NULL;
    show->reopen_ns = 0;
    show_control_start(show);
    show_log(show, 0, "the desk file is read again");
}

/* All is saved; a server that does not let us go must not keep us. */
static void held_up(int signal) {
    (void)signal;
    static const char text[] = "dubdeskd: the JACK server does not answer; left without it\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(0);
}

static void take_down(struct show *show) {
    signal(SIGALRM, held_up);
    alarm(LEAVE_S);
    if (show->set)
        host_jack_close(show->set->host);
    stop_control(show);
    show_set_free(show->set);
    show_set_free(show->next);
    show->set = NULL;
    if (show->o.dummy)
        jack_dummy_stop(&show->dummy, CONTROL_MS * 2);
}

/* ---- the whole ---- */

static int start_dummy(struct show *show) {
    char error[256];
    struct desk *desk = NULL; /* its rate is needed before everything else is built */
    struct desk_error desk_error;
    if (desk_load(show->o.desk_file, &desk, NULL, &desk_error))
        return complain(desk_error.text);
    const int bad =
        jack_dummy_start(&show->dummy, desk, show->o.period_frames, show->o.verbose, error);
    desk_free(desk);
    return bad ? complain(error) : 0;
}

static void open_first(struct show *show) {
    char error[256] = "";
    const int64_t until_ns = host_jack_now_ns() + DUMMY_NS;
    enum host_open result = HOST_NO_SERVER;
    while (!show->leaving && host_jack_now_ns() < until_ns) {
        result = host_jack_open(show->set->host, error);
        if (result != HOST_NO_SERVER || !show->o.dummy)
            break;
        wait_tick(show);
    }
    if (result != HOST_OPEN) {
        char text[512];
        snprintf(text, sizeof text, "%s; waiting%s", error,
                 show->o.dummy ? " (JACK allows eight servers on one machine)"
                               : " (--dummy would start a private one)");
        show_log(show, 2, text);
    }
    show->told = result;
}

static void block_signals(struct show *show) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL); /* before any thread is made: they inherit it */
    signal(SIGPIPE, SIG_IGN);
    show->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int show_run(const struct show_options *options) {
    static struct show show; /* it lives as long as the program */
    char error[512];
    show.o = *options;
    show.control.pidfd = show.dummy.child.pidfd = -1;
    block_signals(&show);
    if (show_state_dir(&show) || (options->dummy && start_dummy(&show))) {
        take_down(&show);
        return 1;
    }
    show.set = show_set_build(&show, error);
    if (!show.set) {
        complain(error);
        take_down(&show);
        return 1;
    }
    lock_memory(&show);
    if (options->dummy)
        printf("dubdeskd: JACK server %s (dummy, %s Hz, %s frames)\n", show.dummy.name,
               show.dummy.rate, show.dummy.period);
    fflush(stdout);
    show_control_start(&show);
    open_first(&show);
    if (host_jack_is_open(show.set->host))
        announce(&show);
    while (!show.leaving) {
        wait_tick(&show);
        tick(&show);
        if (show.next && !show.leaving)
            change_set(&show);
    }
    fall_silent(&show);
    end_take(&show);
    take_down(&show);
    return 0;
}
