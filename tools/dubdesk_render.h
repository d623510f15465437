/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `dubdesk render`: what its two files share. Thread: main. */
#ifndef TOOLS_DUBDESK_RENDER_H
#define TOOLS_DUBDESK_RENDER_H

#include <stdbool.h>

#include "daemon/control/control.h"
#include "daemon/sound/host_file.h"
#include "tools/script.h"

struct render {
    /* arguments */
    const char *desk_file, *script_file, *out_dir, *from, *to, *reel_dir, *insert_dir;
    uint32_t period_frames;
    bool json;
    /* both sides of the desk, in one process over one link */
    struct desk *desk;
    char *desk_text;
    struct link sound, for_control;
    bool sound_open, control_open;
    struct intake intake;
    struct engine *engine;
    struct control *control;
    struct host_file *host;
    /* the script on its way */
    struct script script;
    uint32_t fed; /* lines given to control */
    const struct script_line *feeding;
    struct osc_packet *packet; /* answers are read here */
    unsigned refused;          /* lines that control did not take */
    bool checked;              /* the first lines were given to it, and taken */
    uint64_t late;
    struct host_file_pass pass;
    bool bar; /* a progress bar is on the terminal */
};

/* dubdesk_render_script.c: the script's way into control */
/** Give control as much of the script as it has room for. */
void render_feed(struct render *render);
/** control_options.reply: tells errors with the script's line. */
void render_reply(void *ctx, const struct osc_endpoint *to, const void *bytes, size_t size);

/* dubdesk_render_report.c: what people and programs see */
void render_progress(void *ctx, const struct host_file_progress *progress);
void render_log(void *ctx, int level, const char *text);
/** The end of it, for people or (json) for programs, on standard output. */
void render_report(const struct render *render, const struct host_file_result *result);

#endif
