/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which connections the desk's ports want: those of the desk file's patterns, plus those people
 * made, minus those they cut. Knows names only; making them is the JACK host's work.
 *
 * A pattern names ports of other clients: an exact port name, else a POSIX extended regular
 * expression that must match the whole name ("system:capture_[1-6]"), else a shell pattern
 * ("system:capture_*"). Several may be listed with commas; their ports are taken in that order, and
 * within one pattern in natural order (capture_2 before capture_10). Leg n of a strip gets the
 * n-th port.
 *
 * What people connected and cut is kept in STATE/connections and comes back with the next start.
 *
 * Thread: main. */
#ifndef DAEMON_SOUND_CONNECTIONS_H
#define DAEMON_SOUND_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/desk.h"

#define CONNECTION_NAME 320 /* JACK's longest port name, with its NUL */

struct connections; /* opaque */

/** A connection between port number `port` (in the order of desk_ports) and another client's. */
struct connection {
    uint32_t port;
    char other[CONNECTION_NAME];
};

/** A port of another client. */
struct connections_port {
    const char *name;
    bool output; /* it gives sound: fit for our inputs */
};

/** For a desk, which must outlive it. `file` keeps what people did (read now, if it is there), or
 *  is NULL. NULL with text in error. */
struct connections *connections_setup(const struct desk *desk, const char *file, char error[256]);
void connections_free(struct connections *connections);

/** Another source for a channel, from now on. Sources that are no pattern (`reel:...`, "") want
 *  nothing. */
void connections_input(struct connections *connections, uint32_t channel, const char *source);

/** The connections wanted among the ports that exist. Returns how many; *wanted is valid until the
 *  next call. */
uint32_t connections_wanted(struct connections *connections, const struct connections_port *others,
                            uint32_t count, const struct connection **wanted);

/** Compare with what stands: new connections are remembered. One that stood at the last call and is
 *  gone although both ports exist has been cut by somebody, which is respected, too; not so when
 *  `ports_left` says that ports went away in between, for then one may be back and not yet ours to
 *  connect. Returns true when there is something new to be saved. */
bool connections_note(struct connections *connections, const struct connections_port *others,
                      uint32_t count, const struct connection *standing, uint32_t standing_count,
                      bool ports_left);
/** Write the file, whole or not at all. 0, or -1 with text. */
int connections_save(const struct connections *connections, char error[256]);

#endif
