/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to a running desk over UDP, for the sub-commands. One thread. */
#ifndef TOOLS_DUBDESK_CLIENT_H
#define TOOLS_DUBDESK_CLIENT_H

#include <stdbool.h>

#include "osc/message.h"
#include "osc/packet.h"

struct client {
    int fd;
    bool json;
    int ms, seconds; /* --ms and --seconds; 0 unless given */
    bool wait;       /* --wait */
    int32_t sync;
    struct osc_packet *packet;
    unsigned char bytes[OSC_MAX_UDP_BYTES + 1];
    char where[96]; /* for messages: "127.0.0.1:9700" */
};

/** Read the common options, leave argv with the rest (argc is updated; argv[0] stays), and connect.
 *  0, or an exit code after a message. */
int client_open(struct client *client, int *argc, char **argv);
void client_close(struct client *client);

/** Send one built message. */
int client_send(struct client *client, struct osc_out *out);
/** Send a message given like osc_message_write's. */
int client_sendf(struct client *client, const char *address, const char *types, ...);

/** Wait up to timeout_ms for a packet; true: client->packet holds it. */
bool client_receive(struct client *client, int timeout_ms);

/** Ask for /synced and hand everything that comes before it to `each`. EXIT_OK, EXIT_REFUSED when
 * an /error came (it is printed), EXIT_NO_ANSWER (said). */
int client_sync(struct client *client,
                void (*each)(struct client *client, const struct osc_msg *msg, void *ctx),
                void *ctx);

/** Append a word as a script or a shell spells it: 3 is an int, 3.0 and -inf floats, else text. */
void client_word(struct osc_out *out, const char *word);

/** Print a message: "ADDRESS value value", or one JSON object on a line. */
void client_print(const struct client *client, const struct osc_msg *msg);

/** True if msg is an /error; it is printed to stderr. */
bool client_error(const struct osc_msg *msg);

/** Set by SIGINT and SIGTERM once client_catch_signals was called. */
extern volatile bool client_stopped;
void client_catch_signals(void);

/** Monotonic milliseconds. */
long long client_now_ms(void);

#endif
