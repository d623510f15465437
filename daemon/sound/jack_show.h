/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The show: the desk running under JACK with its control process, from start to leaving. Everything
 * here is the main thread's. */
#ifndef DAEMON_SOUND_JACK_SHOW_H
#define DAEMON_SOUND_JACK_SHOW_H

#include "daemon/sound/host_jack.h"
#include "daemon/sound/jack_dummy.h"
#include "daemon/sound/supervise.h"

/** As the command line said. NULL or 0: not said. */
struct show_options {
    const char *desk_file;
    const char *server;
    bool dummy;
    uint32_t period_frames; /* of the private server */
    const char *osc_port;   /* for control */
    const char *state_dir;
    const char *record_dir;
    bool verbose;
};

/** A desk and all that is made for it; a reload makes another. */
struct show_set {
    struct desk *desk;
    char *desk_text;
    struct link link;
    struct intake intake;
    struct engine *engine;
    struct tape *tape;
    struct connections *connections;
    struct host_jack *host;
};

struct show {
    struct show_options o;
    struct show_set *set;  /* that runs */
    struct show_set *next; /* asked for by a reload, takes over with the next tick */
    uint32_t generation;
    struct supervise control;
    struct jack_dummy dummy;
    char control_path[512], state_dir[1024], connections_file[1100], fd_text[16];
    int signal_fd;
    bool leaving, forced;
    bool announced;      /* that the desk sounds */
    enum host_open told; /* how opening went, as last told */
    uint32_t take_news;  /* enum tape_state last told */
    uint64_t beat;       /* control's, when it last grew */
    int64_t beat_ns, reopen_ns, tape_ns;
};

/** Run until told to leave. Returns the exit status of the program. */
int show_run(const struct show_options *options);

/** Tell people: standard error, and control as NOTICE_LOG. 0 info, 1 warning, 2 error. */
void show_log(void *show, int level, const char *text);
/** Tell control; dropped when it does not read. */
void show_notice(struct show *show, uint32_t op, uint32_t seq, int64_t a, int64_t b,
                 const char *text);

/* jack_show_setup.c */
/** Find or make the folder of the desk's state. 0, or -1 after having complained. */
int show_state_dir(struct show *show);
/** Build everything for the desk file as it is now, without touching what runs. NULL with text. */
struct show_set *show_set_build(struct show *show, char error[512]);
/** Leave the server and free a set. NULL is fine. */
void show_set_free(struct show_set *set);
/** Start control on the mapping of the present set. */
void show_control_start(struct show *show);

/** Answer what control has asked for since (jack_requests.c). */
void show_requests(struct show *show);

#endif
