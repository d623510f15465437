/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/jack_dummy.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "daemon/sound/host_jack.h"

#define DUMMY_CHANNELS "32"
#define MOST_SERVERS 8u     /* JACK's own limit for one machine */
#define DEFAULT_PORTS 2043u /* that a server without -p really has */

int program_find(const char *name, const char *beside, char path[512]) {
    if (beside && snprintf(path, 512, "%s/%s", beside, name) < 512 && access(path, X_OK) == 0)
        return 0;
    const char *all = getenv("PATH");
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", all ? all : "/usr/local/bin:/usr/bin:/bin");
    char *rest = NULL;
    for (char *dir = strtok_r(copy, ":", &rest); dir; dir = strtok_r(NULL, ":", &rest))
        if (snprintf(path, 512, "%s/%s", dir, name) < 512 && access(path, X_OK) == 0)
            return 0;
    path[0] = '\0';
    return -1;
}

/* Whether this process may have real-time threads: tried, since nothing else tells reliably. */
static bool may_be_realtime(void) {
    const struct sched_param one = {.sched_priority = 1}, none = {0};
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &one))
        return false;
    sched_setscheduler(0, SCHED_OTHER, &none);
    return true;
}

/* A name that is ours alone. JACK keeps eight places for servers and never frees one whose server
 * was killed, except for the next server of the same name; so names are used again, and who holds
 * one is known by a lock that ends with its process. */
static int take_name(struct jack_dummy *dummy) {
    for (unsigned n = 1; n <= MOST_SERVERS; n++) {
        char path[64];
        snprintf(path, sizeof path, "/dev/shm/dubdesk-server-%u-%u", (unsigned)getuid(), n);
        const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            snprintf(dummy->name, sizeof dummy->name, "dubdesk-%u", n);
            dummy->lock_fd = fd;
            return 0;
        }
        close(fd);
    }
    return -1;
}

void jack_dummy_stop(struct jack_dummy *dummy, int patience_ms) {
    supervise_stop(&dummy->child, patience_ms);
    if (dummy->lock_fd > 0)
        close(dummy->lock_fd);
    dummy->lock_fd = 0;
}

int jack_dummy_start(struct jack_dummy *dummy, const struct desk *desk, uint32_t period_frames,
                     bool verbose, char error[256]) {
    memset(dummy, 0, sizeof *dummy);
    if (program_find("jackd", NULL, dummy->program)) {
        snprintf(error, 256, "--dummy needs jackd, which is not in PATH; install jackd2");
        return -1;
    }
    const uint32_t own = desk_ports(desk, NULL, 0);
    const uint32_t period = period_frames         ? period_frames
                            : desk->period_frames ? desk->period_frames
                                                  : 256;
    if (take_name(dummy)) {
        snprintf(error, 256, "no name is left for a private server: %u desks run", MOST_SERVERS);
        return -1;
    }
    snprintf(dummy->rate, sizeof dummy->rate, "%u", desk->rate_hz);
    snprintf(dummy->period, sizeof dummy->period, "%u", period);
    snprintf(dummy->ports, sizeof dummy->ports, "%u", own > DEFAULT_PORTS / 2 ? 4096u : 2048u);
    struct supervise_options o = {
        .program = dummy->program, .fd = -1, .quiet = !verbose, .death_signal = SIGTERM};
    const char *args[SUPERVISE_ARGS] = {"-n", dummy->name, "-p", dummy->ports};
    unsigned n = 4;
    if (may_be_realtime()) {
        args[n++] = "-R";
        args[n++] = "-P";
        args[n++] = "70";
    } else {
        args[n++] = "-r";
    }
    const char *driver[] = {"-d",           "dummy", "-C",        DUMMY_CHANNELS, "-P",
                            DUMMY_CHANNELS, "-r",    dummy->rate, "-p",           dummy->period};
    for (unsigned i = 0; i < sizeof driver / sizeof *driver; i++)
        args[n++] = driver[i];
    memcpy(o.args, args, sizeof args);
    return supervise_start(&dummy->child, &o, host_jack_now_ns(), error);
}
