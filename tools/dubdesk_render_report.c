/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `dubdesk render` shows. */
#include <stdio.h>
#include <string.h>

#include "tools/dubdesk_render.h"

#define BAR_CELLS 28

static const char *timecode(const struct render *render, int64_t timeline,
                            char buf[TIMECODE_BYTES]) {
    const struct desk *desk = render->desk;
    return timecode_print(desk->start_frames + timeline, desk->fps, desk->rate_hz, false, buf);
}

void render_progress(void *ctx, const struct host_file_progress *progress) {
    const struct render *render = ctx;
    char bar[BAR_CELLS + 1], at[TIMECODE_BYTES], left[32] = "";
    const int full = (int)(progress->done * BAR_CELLS);
    for (int i = 0; i < BAR_CELLS; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_CELLS] = '\0';
    if (progress->left_s >= 0)
        snprintf(left, sizeof left, "  %d:%02d left", (int)progress->left_s / 60,
                 (int)progress->left_s % 60);
    fprintf(stderr, "\r\033[K[%s] %s  %.1f x real time%s", bar,
            timecode(render, progress->timeline, at), progress->x_realtime, left);
    fflush(stderr);
}

void render_log(void *ctx, int level, const char *text) {
    const struct render *render = ctx;
    if (level == 0)
        return;
    fprintf(stderr, "%sdubdesk render: %s%s\n", render->bar ? "\r\033[K" : "",
            level == 1 ? "warning: " : "", text);
}

static void json_text(const char *name, const char *text) {
    printf("\"%s\": \"", name);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if (*c < ' ')
            printf("\\u%04x", *c);
        else
            putchar(*c);
    putchar('"');
}

static void report_json(const struct render *render, const struct host_file_result *result) {
    const struct host_file_pass *pass = &render->pass;
    char tc[TIMECODE_BYTES];
    printf("{");
    json_text("desk", render->desk_file);
    printf(", ");
    json_text("from", timecode(render, pass->from, tc));
    printf(", ");
    json_text("to", timecode(render, pass->to, tc));
    printf(", \"from_frame\": %lld, \"frames\": %lld, \"rate_hz\": %u, \"bits\": %d, "
           "\"period\": %u, \"seconds\": %.3f, \"x_realtime\": %.2f, \"moves\": %u, "
           "\"refused\": %u, \"late\": %llu, \"clipped_samples\": %llu, \"missing_tracks\": %u, "
           "\"failed_files\": %u, \"files\": [",
           (long long)pass->from, (long long)(pass->to - pass->from), render->desk->rate_hz,
           render->desk->sample_bits, render->period_frames, result->seconds, result->x_realtime,
           render->script.lines, render->refused, (unsigned long long)render->late,
           (unsigned long long)result->clipped, host_file_missing(render->host), result->failed);
    bool first = true;
    for (uint32_t i = 0; i < host_file_outputs(render->host); i++) {
        bool whole;
        const char *name = host_file_output(render->host, i, &whole);
        if (!whole)
            continue;
        char path[1200];
        snprintf(path, sizeof path, "%s/%s", render->out_dir, name);
        printf("%s{", first ? "" : ", ");
        json_text("path", path);
        printf("}");
        first = false;
    }
    printf("]}\n");
}

void render_report(const struct render *render, const struct host_file_result *result) {
    char from[TIMECODE_BYTES], to[TIMECODE_BYTES];
    if (render->json) {
        report_json(render, result);
        return;
    }
    printf("%s: %u files, %s to %s, in %.1f s (%.1f x real time)\n", render->out_dir, result->files,
           timecode(render, render->pass.from, from), timecode(render, render->pass.to, to),
           result->seconds, result->x_realtime);
    if (result->clipped)
        printf("%llu samples were above full scale and were clipped\n",
               (unsigned long long)result->clipped);
    if (result->failed)
        printf("%u files could not be written\n", result->failed);
}
