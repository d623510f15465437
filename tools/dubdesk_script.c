/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script: hand the moves of a file to a running desk, which keeps them until their time. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/dubdesk.h"
#include "tools/dubdesk_client.h"
#include "tools/script.h"

#define CHUNK 32 /* moves between two waits for the desk's answer */

/* Send all lines; a chunk at a time, so that a slow desk is not flooded. */
static int send_lines(struct client *c, const struct script *s) {
    int result = EXIT_OK;
    unsigned char bytes[8192];
    for (uint32_t i = 0; i < s->lines && result != EXIT_NO_ANSWER && !client_stopped; i++) {
        const size_t size = script_packet(&s->line[i], false, bytes, sizeof bytes);
        if (!size || send(c->fd, bytes, size, 0) != (ssize_t)size) {
            fprintf(stderr, "dubdesk: line %u does not fit a packet\n", s->line[i].line);
            return EXIT_REFUSED;
        }
        if ((i + 1) % CHUNK == 0 || i + 1 == s->lines) {
            const int now = client_sync(c, NULL, NULL);
            if (now == EXIT_REFUSED)
                fprintf(stderr, "dubdesk: ... somewhere in lines %u to %u of the script\n",
                        s->line[i / CHUNK * CHUNK].line, s->line[i].line);
            result = now ? now : result;
        }
    }
    return result;
}

static void keep_tc(struct client *c, const struct osc_msg *msg, void *ctx) {
    (void)c;
    if (strcmp(msg->addr, "/transport/tc") == 0 && msg->nargs && msg->args[0].type == 's')
        snprintf(ctx, 64, "%s", msg->args[0].v.s);
}

/* Digits of two timecodes compare like the times they stand for. */
static bool reached(const char *now, const char *last) {
    static const unsigned digit[8] = {0, 1, 3, 4, 6, 7, 9, 10};
    if (strlen(now) < 11 || strlen(last) < 11)
        return true;
    for (unsigned i = 0; i < 8; i++)
        if (now[digit[i]] != last[digit[i]])
            return now[digit[i]] > last[digit[i]];
    return false;
}

/* Until the desk has rolled over the last move. */
static int wait_for(struct client *c, const char *last) {
    int result = EXIT_OK;
    char now[64] = "";
    while (!client_stopped && !result) {
        result =
            client_sendf(c, "/transport/tc", "") ? EXIT_NO_ANSWER : client_sync(c, keep_tc, now);
        if (!result && reached(now, last))
            return EXIT_OK;
        client_receive(c, 100);
    }
    return result;
}

int dubdesk_script(int argc, char **argv) {
    struct client c;
    struct script script;
    char error[512];
    int result = client_open(&c, &argc, argv);
    if (!result && argc != 2)
        result = dubdesk_usage("script", "one file, please (- is the standard input)");
    if (result) {
        client_close(&c);
        return result;
    }
    if (script_load(argv[1], NULL, &script, error) != 0) {
        fprintf(stderr, "dubdesk: %s\n", error);
        client_close(&c);
        return EXIT_USAGE;
    }
    client_catch_signals();
    result = send_lines(&c, &script);
    if (!result && c.json)
        printf("{\"moves\": %u}\n", script.lines);
    else if (!result)
        printf("%u moves handed to %s\n", script.lines, c.where);
    if (!result && c.wait && script.lines)
        result = wait_for(&c, script.line[script.lines - 1].at);
    script_free(&script);
    client_close(&c);
    return result;
}
