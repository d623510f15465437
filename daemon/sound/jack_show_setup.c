/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is made before the desk sounds. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sound/jack_show.h"
#include "daemon/sound/take_name.h"

static int make_path(char *path) {
    for (char *p = path + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            const int bad = mkdir(path, 0777) && errno != EEXIST;
            *p = '/';
            if (bad)
                return -1;
        }
    return mkdir(path, 0777) && errno != EEXIST ? -1 : 0;
}

/* STATE as asked for, else one of the user's by the name of the desk file. */
int show_state_dir(struct show *show) {
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const char *slash = strrchr(show->o.desk_file, '/');
    const char *name = slash ? slash + 1 : show->o.desk_file;
    const char *dot = strrchr(name, '.');
    const int length = (int)(dot && dot != name ? dot - name : (long)strlen(name));
    if (show->o.state_dir)
        snprintf(show->state_dir, sizeof show->state_dir, "%s", show->o.state_dir);
    else if (base && *base)
        snprintf(show->state_dir, sizeof show->state_dir, "%s/dubdesk/%.*s", base, length, name);
    else
        snprintf(show->state_dir, sizeof show->state_dir, "%s/.local/state/dubdesk/%.*s",
                 home && *home ? home : "/var/lib", length, name);
    snprintf(show->connections_file, sizeof show->connections_file, "%s/connections",
             show->state_dir);
    if (make_path(show->state_dir) == 0)
        return 0;
    fprintf(stderr, "dubdeskd: cannot make the state folder %s: %s\n", show->state_dir,
            strerror(errno));
    return -1;
}

/* Engine, tape, connections and host of a desk that has been read. */
static int furnish(struct show *show, struct show_set *set, char error[256]) {
    if (link_create(&set->link, set->desk, set->desk_text, show->o.desk_file,
                    intake_meters(set->desk), ++show->generation, error))
        return -1;
    intake_init(&set->intake, &set->link, set->desk->rate_hz);
    const struct engine_options engine = {.max_period_frames = HOST_MAX_PERIOD,
                                          .event = intake_event,
                                          .event_ctx = &set->intake,
                                          .target = set->link.target,
                                          .current = set->link.current};
    set->engine = engine_setup(set->desk, &engine, error);
    if (!set->engine)
        return -1;
    intake_engine(&set->intake, set->engine);
    const uint32_t lag_frames = take_inserts(set->desk, NULL, 0) ? 2 * HOST_MAX_PERIOD : 0;
    const struct tape_options tape = {
        .record_dir = show->o.record_dir,
        .max_period_frames = HOST_MAX_PERIOD,
        .latency = {.stem_frames = engine_latency_frames(set->engine, KIND_STEM),
                    .main_frames = engine_latency_frames(set->engine, KIND_MAIN)},
        .latency_most_frames = engine_latency_frames(set->engine, KIND_MAIN) + lag_frames};
    set->tape = tape_setup(set->desk, &tape, error);
    if (!set->tape)
        return -1;
    set->connections = connections_setup(set->desk, show->connections_file, error);
    if (!set->connections)
        return -1;
    const struct host_options host = {.server = show->o.dummy ? show->dummy.name : show->o.server,
                                      .desk = set->desk,
                                      .link = &set->link,
                                      .intake = &set->intake,
                                      .engine = set->engine,
                                      .tape = set->tape,
                                      .connections = set->connections,
                                      .log = show_log,
                                      .log_ctx = show,
                                      .verbose = show->o.verbose};
    set->host = host_jack_setup(&host, error);
    return set->host ? 0 : -1;
}

struct show_set *show_set_build(struct show *show, char error[512]) {
    struct desk_error desk_error;
    struct show_set *set = calloc(1, sizeof *set);
    if (!set) {
        snprintf(error, 512, "out of memory");
        return NULL;
    }
    set->link.fd = -1;
    if (desk_load(show->o.desk_file, &set->desk, &set->desk_text, &desk_error)) {
        snprintf(error, 512, "%s", desk_error.text);
        free(set);
        return NULL;
    }
    if (furnish(show, set, error)) {
        show_set_free(set);
        return NULL;
    }
    return set;
}

void show_set_free(struct show_set *set) {
    if (!set)
        return;
    host_jack_free(set->host);
    tape_free(set->tape);
    connections_free(set->connections);
    engine_free(set->engine);
    if (set->link.head)
        link_close(&set->link);
    desk_free(set->desk);
    free(set->desk_text);
    free(set);
}

void show_control_start(struct show *show) {
    char beside[512], error[256];
    const ssize_t n = readlink("/proc/self/exe", beside, sizeof beside - 1);
    beside[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(beside, '/');
    if (slash)
        *slash = '\0';
    if (program_find("dubdesk-control", slash ? beside : NULL, show->control_path)) {
        show_log(show, 1, "dubdesk-control is missing; the desk sounds but hears no OSC");
        return;
    }
    snprintf(show->fd_text, sizeof show->fd_text, "%d", SUPERVISE_FD);
    struct supervise_options o = {.program = show->control_path,
                                  .args = {"--link", show->fd_text, "--state", show->state_dir},
                                  .fd = show->set->link.fd,
                                  .death_signal = SIGKILL};
    unsigned a = 4;
    if (show->o.osc_port) {
        o.args[a++] = "--osc-port";
        o.args[a++] = show->o.osc_port;
    }
    if (show->o.verbose)
        o.args[a++] = "-v";
    if (supervise_start(&show->control, &o, host_jack_now_ns(), error))
        show_log(show, 2, error);
    show->beat_ns = host_jack_now_ns();
    host_jack_expect_control(show->set->host, true);
}
