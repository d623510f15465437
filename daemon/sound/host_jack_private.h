/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the JACK host share. One structure per owner. */
#ifndef DAEMON_SOUND_HOST_JACK_PRIVATE_H
#define DAEMON_SOUND_HOST_JACK_PRIVATE_H

#include <jack/jack.h>
#include <jack/transport.h>
#include <sys/types.h>

#include "daemon/sound/host_jack.h"

#define HOST_GAPS 256u

/** A stretch without callbacks, told by the audio thread to main. */
struct host_gap {
    uint64_t frame;
    uint32_t frames, pad;
};

/** How far JACK's clock seems to be ahead of ours, and for how many callbacks it has been. */
struct host_lead {
    int64_t frames;
    uint32_t same;
};

/** The audio thread's own: nobody else reads or writes it while the client is active. */
struct host_audio {
    const float **in; /* [inputs] of this period */
    float **out;      /* [outputs] */
    bool resumed;     /* the first callback after an activation is still to come */
    bool started;     /* there has been a callback ever */
    uint32_t next_frame32;
    uint64_t frame; /* engine frame of the next period */
    int64_t next_ns;
    int64_t timeline; /* of the latest period */
    bool rolling;
    uint32_t nframes;
    uint32_t loop_frames; /* the period that engine and tape know of */
    struct host_lead lead;
    uint32_t sync_waited; /* frames that starting has waited for control */
    float fade;           /* position of the fade, 0 silent .. 1 open */
    struct ring gaps;     /* producer's end */
    uint64_t callbacks, faults, missed;
    uint32_t worst_us;
};

/** Crossed between the threads. */
struct host_shared {
    _Atomic bool gone; /* the server left us */
    _Atomic bool freewheel;
    _Atomic bool fade_out; /* wanted by main */
    _Atomic bool faded;    /* reached by audio */
    _Atomic bool expect_control;
    _Atomic bool reset_status;
    _Atomic uint32_t graph;   /* counts changes of ports and connections */
    _Atomic uint32_t arrived; /* counts ports that came */
    _Atomic uint32_t left;    /* counts ports that went */
    _Atomic uint32_t sizes;   /* counts changes of the buffer size */
    _Atomic uint32_t rate_hz;
    _Atomic uint64_t xruns;
    _Atomic int64_t timeline;
    _Atomic bool rolling;
    _Atomic uint64_t callbacks;
    _Atomic pid_t tid;
    _Atomic uint32_t waits_given_up;
    struct ring_shared gaps;
};

struct host_jack {
    struct host_options o;
    jack_client_t *client;
    uint32_t inputs, outputs, ports;
    struct desk_port *port;  /* [ports] inputs, then outputs */
    jack_port_t **jack_port; /* [ports] */
    struct host_audio audio;
    struct host_shared shared;
    /* main's */
    struct ring gaps; /* consumer's end */
    uint32_t graph_seen, arrived_seen, left_seen, sizes_seen;
    bool wires_missing;       /* a wanted connection failed */
    int64_t wires_ns;         /* when that was tried */
    int64_t graph_changed_ns; /* when the graph last changed, 0: looked at since */
    int64_t beat_ns;          /* when the callbacks last grew */
    uint64_t beat_seen;
    int64_t policy_ns;                            /* when the thread's policy was last read */
    uint32_t named;                               /* ports that have their pretty name */
    _Atomic uint32_t latency_frames[KINDS_STRIP]; /* read by JACK's notification thread, too */
    bool was_rolling;                             /* at the server's death */
    int64_t died_timeline, died_ns;
    bool reopened;
    uint32_t gave_up_seen;
};

/* host_jack.c: the audio thread */
int host_process(jack_nframes_t nframes, void *arg);
int host_sync(jack_transport_state_t state, jack_position_t *pos, void *arg);
void host_thread_init(void *arg);

/* host_jack_wait.c: the audio thread in freewheel, and only then */
void host_jack_wait(struct host_jack *host, const struct intake_period *period);

/* jack_ports.c: main */
int jack_ports_register(struct host_jack *host, char error[256]);
/** Give some more ports their pretty names; false when all have them. */
bool jack_ports_name_some(struct host_jack *host);
/** Take names and ports back while the client still reads what the server tells. Closing a client
 *  that has many named ports deadlocks JACK2 1.9.21: the server tells the closing client of each
 *  property that goes, and nobody reads. */
void jack_ports_forget(struct host_jack *host);
void jack_ports_latency(jack_latency_callback_mode_t mode, void *arg);

/* jack_wires.c: main */
/** Make the connections that are wanted and possible; false when one failed, as happens while the
 *  other client is not active yet: then try again. */
bool jack_wires_connect(struct host_jack *host);
/** Note which connections stand, to keep them. */
void jack_wires_note(struct host_jack *host, bool ports_left);

#endif
