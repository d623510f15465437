/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dubdesk-control: the control process. dubdeskd starts it, watches it and starts it again; nobody
 * else has a link to hand it. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control/control.h"

static volatile sig_atomic_t stop;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void usage(FILE *to) {
    fprintf(to, "usage: dubdesk-control --link FD [--state DIR] [--osc-port N] [-v]\n"
                "Started by dubdeskd; see dubdeskd(1).\n");
}

static int number_of(const char *text, long most) {
    char *end;
    errno = 0;
    const long n = strtol(text, &end, 10);
    return errno || end == text || *end || n < 0 || n > most ? -1 : (int)n;
}

static int run(struct control *control, struct link *link) {
    const pid_t sound = getppid();
    while (!stop) {
        struct link_clock clock = {0};
        link_clock_read(link, &clock);
        /* In freewheel the host waits for the hand-down mark. */
        const enum control_turn turn = control_poll(control, clock.freewheel ? 1 : 5);
        if (turn == CONTROL_LEAVING)
            return 0;
        if (turn == CONTROL_FAILED) {
            fprintf(stderr, "dubdesk-control: error: sockets failed: %s\n", strerror(errno));
            return 1;
        }
        if (getppid() != sound)
            return 0; /* sound is gone */
    }
    return 0;
}

int main(int argc, char **argv) {
    static const struct option long_options[] = {{"link", required_argument, NULL, 'l'},
                                                 {"state", required_argument, NULL, 's'},
                                                 {"osc-port", required_argument, NULL, 'p'},
                                                 {"verbose", no_argument, NULL, 'v'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {"version", no_argument, NULL, 'V'},
                                                 {NULL, 0, NULL, 0}};
    struct control_options options = {.sockets = true, .osc_port = -1};
    int fd = -1, option;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    while ((option = getopt_long(argc, argv, "vh", long_options, NULL)) != -1) {
        switch (option) {
        case 'l': fd = number_of(optarg, 1 << 20); break;
        case 's': options.state_dir = optarg; break;
        case 'p':
            options.osc_port = number_of(optarg, 65535);
            if (options.osc_port < 0) {
                fprintf(stderr, "dubdesk-control: --osc-port takes 0..65535, not %s\n", optarg);
                return 2;
            }
            break;
        case 'v': options.verbose = true; break;
        case 'V': puts("dubdesk-control " DUBDESK_VERSION); return 0;
        case 'h': usage(stdout); return 0;
        default: usage(stderr); return 2;
        }
    }
    if (fd < 0 || optind != argc) {
        usage(stderr);
        return 2;
    }
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGTERM, &act, NULL);
    signal(SIGINT, SIG_IGN); /* of a terminal: sound gets it too, and tells us when to leave */
    signal(SIGPIPE, SIG_IGN);
    /* No real-time rights, but before whatever else runs on the machine; where that is refused we
     * are as good as anybody. */
    (void)setpriority(PRIO_PROCESS, 0, -10);
    struct link link;
    char error[512] = "";
    if (link_attach(&link, fd, error) < 0) {
        fprintf(stderr, "dubdesk-control: error: %s\n", error);
        return 3; /* another version of the row table: sound plays on without us */
    }
    struct control *control = control_setup(&link, &options, error);
    if (!control) {
        fprintf(stderr, "dubdesk-control: error: %s\n", error);
        return 1;
    }
    const int result = run(control, &link);
    control_free(control);
    link_close(&link);
    return result;
}
