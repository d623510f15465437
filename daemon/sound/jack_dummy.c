/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/jack_dummy.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sound/host_jack.h"

#define DUMMY_CHANNELS "32"
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
    snprintf(dummy->name, sizeof dummy->name, "dubdesk-%ld", (long)getpid());
    snprintf(dummy->rate, sizeof dummy->rate, "%u", desk->rate_hz);
    snprintf(dummy->period, sizeof dummy->period, "%u", period);
    snprintf(dummy->ports, sizeof dummy->ports, "%u", own > DEFAULT_PORTS / 2 ? 4096 : 2048);
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
