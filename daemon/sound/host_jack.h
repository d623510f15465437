/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk as a JACK client: ports, the callback, server death and return, freewheel, transport.
 *
 * Threads: everything declared here belongs to the main thread, which alone calls into JACK;
 * concurrent requests corrupt a client. The callbacks that JACK calls are private (host_jack.c for
 * the audio thread, host_jack_setup.c for its notification thread) and only touch atomics. */
#ifndef DAEMON_SOUND_HOST_JACK_H
#define DAEMON_SOUND_HOST_JACK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/link.h"
#include "daemon/sound/connections.h"
#include "daemon/sound/intake.h"
#include "daemon/sound/tape.h"

#define HOST_CLIENT_NAME "dubdesk"
#define HOST_MAX_PERIOD 8192u /* JACK's own limit */

struct host_jack; /* opaque */

struct host_options {
    const char *server; /* NULL: the default one */
    const struct desk *desk;
    struct link *link;
    struct intake *intake;
    struct engine *engine;
    struct tape *tape;
    struct connections *connections;
    void (*log)(void *ctx, int level, const char *text); /* 0 info, 1 warning, 2 error */
    void *log_ctx;
    bool verbose; /* JACK's own messages too */
};

/** Allocate everything the callback will touch. The options' objects must outlive the host. NULL
 *  with text in error. */
struct host_jack *host_jack_setup(const struct host_options *options, char error[256]);
/** Leave the server, free. */
void host_jack_free(struct host_jack *host);

enum host_open {
    HOST_OPEN,      /* sounding */
    HOST_NO_SERVER, /* none there (yet) */
    HOST_WRONG_RATE,
    HOST_NAME_TAKEN,
    HOST_REFUSED /* anything else; error says what */
};
/** Become a client: ports, callbacks, activation, connections. Blocks as long as the server takes.
 *  The engine goes on where it stood, after engine_skip of the time between. */
enum host_open host_jack_open(struct host_jack *host, char error[256]);
/** Leave the server but keep everything else. */
void host_jack_close(struct host_jack *host);
bool host_jack_is_open(const struct host_jack *host);

/** Whatever came up since the last call: server death (returns false; the host is closed then and
 *  host_jack_open may be tried), gaps, new ports to connect, latencies, names. Call every few ms.
 */
bool host_jack_service(struct host_jack *host);

/** Transport of the server. No effect while closed. */
void host_jack_play(struct host_jack *host, bool play);
void host_jack_locate(struct host_jack *host, int64_t timeline);
/** Where the callback last stood. */
int64_t host_jack_timeline(const struct host_jack *host, bool *rolling);

/** Another source for a channel: its old connections go, those of the new pattern come. */
void host_jack_input(struct host_jack *host, uint32_t channel, const char *source);
/** Show another name of an object to people (pretty-name metadata of its ports). */
void host_jack_rename(struct host_jack *host, uint32_t object, const char *name);
/** Fade the outputs out (or in) within HOST_FADE_MS. */
void host_jack_fade(struct host_jack *host, bool out);
/** Whether the fade has come to its end; true while closed. */
bool host_jack_faded(const struct host_jack *host);
#define HOST_FADE_MS 50

/** Whether freewheel waits for control's hand-down: true while there is a control to wait for. */
void host_jack_expect_control(struct host_jack *host, bool expected);
/** Forget the worst callback time. */
void host_jack_reset_status(struct host_jack *host);

/** The clock of JACK and of everything here: CLOCK_MONOTONIC_RAW. Any thread. RT. */
int64_t host_jack_now_ns(void) RT;

/** Frames that passed without a callback; false when there are no more to tell. */
bool host_jack_gap(struct host_jack *host, uint64_t *frame, uint32_t *frames);

#endif
