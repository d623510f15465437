/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of a script into the renderer's control. */
#include <stdio.h>
#include <string.h>

#include "osc/packet.h"
#include "tools/dubdesk_render.h"

/* What control holds of a script at one time; it has room for more. A script that is longer is fed
 * as it is played. */
#define HOLD_LINES 20000u
#define ERRORS_SHOWN 20u

void render_reply(void *ctx, const struct osc_endpoint *to, const void *bytes, size_t size) {
    struct render *render = ctx;
    (void)to;
    if (!render->packet || osc_packet_walk(render->packet, bytes, size, 0) != OSC_OK)
        return;
    for (uint32_t i = 0; i < render->packet->nmsgs; i++) {
        const struct osc_msg *msg = &render->packet->msgs[i];
        if (strcmp(msg->addr, "/error") != 0 || msg->nargs < 3 || strcmp(msg->types, "sss") != 0)
            continue;
        render->refused++;
        if (render->refused > ERRORS_SHOWN)
            continue;
        const char *code = msg->args[0].v.s, *address = msg->args[1].v.s, *why = msg->args[2].v.s;
        if (render->feeding)
            fprintf(stderr, "%s:%u: %s: %s (%s)\n", render->script_file, render->feeding->line,
                    address, why, code);
        else
            fprintf(stderr, "%s: %s: %s (%s)\n", render->script_file, address, why, code);
    }
}

void render_feed(struct render *render) {
    unsigned char bytes[2048];
    while (render->fed < render->script.lines && control_waiting(render->control) < HOLD_LINES) {
        const struct script_line *line = &render->script.line[render->fed++];
        render->feeding = line;
        const size_t size = script_packet(line, true, bytes, sizeof bytes);
        const unsigned before = render->refused;
        if (size == 0) {
            fprintf(stderr, "%s:%u: the move is too long\n", render->script_file, line->line);
            render->refused++;
        } else if (control_inject(render->control, bytes, size) && render->refused == before) {
            render->refused++;
            fprintf(stderr, "%s:%u: %s: refused\n", render->script_file, line->line, line->address);
        }
    }
    render->feeding = NULL;
}
