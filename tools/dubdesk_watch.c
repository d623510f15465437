/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch: subscribe, print changes, ask again for what was lost. */
#include <stdio.h>
#include <string.h>

#include "tools/dubdesk.h"
#include "tools/dubdesk_client.h"

#define RENEW_MS 3000   /* any packet renews the lease of 10 s */
#define SILENCE_MS 5000 /* a desk with a subscriber says something every second */

static void dump(struct client *c, int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        client_sendf(c, "/dump", "s", argv[i]);
}

/* A gap in /seq, or a restart (0), means that something was lost. */
static bool lost(const struct osc_msg *msg, int32_t *seq) {
    const int32_t now = msg->nargs ? msg->args[0].v.i : 0, before = *seq;
    *seq = now;
    return before >= 0 && now != before && now != before + 1;
}

static int watch(struct client *c, int argc, char **argv) {
    int32_t seq = -1;
    const long long began = client_now_ms();
    long long renewed = began, heard = began;
    while (!client_stopped && (!c->seconds || client_now_ms() < began + c->seconds * 1000LL)) {
        const long long now = client_now_ms();
        if (now - renewed >= RENEW_MS) {
            client_sendf(c, "/time", "");
            renewed = now;
        }
        if (now - heard > SILENCE_MS) {
            fprintf(stderr, "dubdesk: %s is silent; subscribing again\n", c->where);
            for (int i = 1; i < argc; i++)
                client_sendf(c, "/sub", "si", argv[i], c->ms);
            heard = now;
        }
        if (!client_receive(c, 200))
            continue;
        heard = client_now_ms();
        for (uint32_t i = 0; i < c->packet->nmsgs; i++) {
            const struct osc_msg *m = &c->packet->msgs[i];
            if (client_error(m))
                return EXIT_REFUSED;
            if (strcmp(m->addr, "/seq") == 0) {
                if (lost(m, &seq))
                    dump(c, argc, argv);
            } else if (strcmp(m->addr, "/time") != 0) {
                client_print(c, m);
            }
        }
    }
    for (int i = 1; i < argc; i++)
        client_sendf(c, "/unsub", "s", argv[i]);
    return EXIT_OK;
}

int dubdesk_watch(int argc, char **argv) {
    struct client c;
    int result = client_open(&c, &argc, argv);
    if (!result && argc < 2)
        result = dubdesk_usage("watch", "which pattern? (for example '/stem/*/fader')");
    if (!result) {
        client_catch_signals();
        result = client_sync(&c, NULL, NULL);
    }
    for (int i = 1; i < argc && !result; i++)
        if (client_sendf(&c, "/sub", "si", argv[i], c.ms) != 0)
            result = EXIT_NO_ANSWER;
    if (!result)
        result = watch(&c, argc, argv);
    client_close(&c);
    return result;
}
