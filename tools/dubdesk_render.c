/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `dubdesk render`: the whole desk in one process, from files to files. */
#include "tools/dubdesk_render.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "osc/packet.h"
#include "tools/dubdesk.h"

#define PERIOD_FRAMES 1024 /* any gives the same samples */

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
    (void)number;
    interrupted = 1;
}

static int complain(const char *text) {
    fprintf(stderr, "dubdesk render: %s\n", text);
    return -1;
}

static bool tick(void *ctx, int64_t timeline) {
    struct render *render = ctx;
    (void)timeline;
    render_feed(render);
    /* A script that is wrong is told at once, not after an hour. */
    if (render->refused && !render->checked)
        return false;
    render->checked = true;
    return control_poll(render->control, 0) == CONTROL_RUNNING && !interrupted;
}

/* Both ends of the link live here: sound's makes it, control's attaches to the same memory. */
static int open_desk(struct render *render) {
    char error[512];
    struct desk_error desk_error;
    if (desk_load(render->desk_file, &render->desk, &render->desk_text, &desk_error))
        return complain(desk_error.text);
    const struct desk *desk = render->desk;
    if (link_create(&render->sound, desk, render->desk_text, render->desk_file, intake_meters(desk),
                    1, error))
        return complain(error);
    render->sound_open = true;
    intake_init(&render->intake, &render->sound, desk->rate_hz);
    const struct engine_options engine = {.max_period_frames = HOST_FILE_MAX_PERIOD,
                                          .event = intake_event,
                                          .event_ctx = &render->intake,
                                          .target = render->sound.target,
                                          .current = render->sound.current};
    render->engine = engine_setup(desk, &engine, error);
    if (!render->engine)
        return complain(error);
    intake_engine(&render->intake, render->engine);
    if (link_attach(&render->for_control, render->sound.fd, error))
        return complain(error);
    render->control_open = true;
    const struct control_options control = {
        .osc_port = -1, .reply = render_reply, .log = render_log, .ctx = render};
    render->control = control_setup(&render->for_control, &control, error);
    if (!render->control)
        return complain(error);
    const struct host_file_options host = {.desk = desk,
                                           .link = &render->sound,
                                           .intake = &render->intake,
                                           .engine = render->engine,
                                           .period_frames = render->period_frames,
                                           .reel_dir = render->reel_dir,
                                           .insert_dir = render->insert_dir,
                                           .ctx = render,
                                           .tick = tick,
                                           .progress = render->bar ? render_progress : NULL,
                                           .log = render_log};
    render->host = host_file_setup(&host, error);
    return render->host ? 0 : complain(error);
}

static void close_desk(struct render *render) {
    host_file_free(render->host);
    control_free(render->control);
    if (render->control_open)
        link_close(&render->for_control);
    engine_free(render->engine);
    if (render->sound_open)
        link_close(&render->sound);
    script_free(&render->script);
    desk_free(render->desk);
    free(render->desk_text);
    free(render->packet);
}

static int position(const struct render *render, const char *option, const char *text,
                    int64_t *timeline) {
    const struct desk *desk = render->desk;
    char why[160], line[256];
    if (timecode_parse_position(text, desk->fps, desk->rate_hz, desk->start_frames, timeline, why,
                                sizeof why))
        return 0;
    snprintf(line, sizeof line, "%s: %s", option, why);
    return complain(line);
}

/* From the earliest sample of the reel to its last, unless told otherwise. */
static int find_range(struct render *render) {
    struct host_file_pass *pass = &render->pass;
    const bool any = host_file_extent(render->host, &pass->from, &pass->to);
    if (!any && (!render->from || !render->to))
        return complain("no track of the reel could be opened, so there is no range; say --from "
                        "and --to");
    if ((render->from && position(render, "--from", render->from, &pass->from)) ||
        (render->to && position(render, "--to", render->to, &pass->to)))
        return -1;
    if (pass->to <= pass->from)
        return complain("the range is empty: it ends before it begins");
    return 0;
}

/* Moves before the range are made on the way to it, from where the first of them stands, but not
 * from before the desk's start: those are how the desk is set when it begins. */
static int open_script(struct render *render) {
    struct host_file_pass *pass = &render->pass;
    pass->chase = pass->from;
    if (!render->script_file)
        return 0;
    const struct desk *desk = render->desk;
    const struct script_clock clock = {desk->fps, desk->rate_hz, desk->start_frames};
    char error[512];
    if (script_load(render->script_file, &clock, &render->script, error))
        return complain(error);
    render->packet = malloc(sizeof *render->packet);
    if (!render->packet)
        return complain("out of memory");
    if (render->script.lines) {
        const int64_t first = render->script.line[0].timeline;
        const int64_t chase = first > 0 ? first : 0;
        if (chase < pass->from)
            pass->chase = chase;
    }
    return 0;
}

static time_t date(void) {
    const char *epoch = getenv("SOURCE_DATE_EPOCH"); /* reproducible-builds.org */
    return epoch && *epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
}

/* mkdir -p, for the last two levels at least. */
static int make_folder(const char *path) {
    char part[1024], line[1400];
    const int n = snprintf(part, sizeof part, "%s", path);
    for (char *c = part + 1; n < (int)sizeof part && *c; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(part, 0777); /* what fails here fails below */
            *c = '/';
        }
    if (n < (int)sizeof part && (mkdir(part, 0777) == 0 || errno == EEXIST))
        return 0;
    snprintf(line, sizeof line, "cannot make the folder %s: %s", path, strerror(errno));
    return complain(line);
}

static int run(struct render *render) {
    struct host_file_result result;
    char error[256];
    if (open_desk(render) || find_range(render) || open_script(render) ||
        make_folder(render->out_dir))
        return EXIT_REFUSED;
    render->pass.out_dir = render->out_dir;
    render->pass.date = date();
    const int failed = host_file_run(render->host, &render->pass, &result, error);
    if (render->bar)
        fputs("\r\033[K", stderr);
    if (failed) {
        char text[128];
        snprintf(text, sizeof text, "the desk refuses %u lines of the script; nothing was rendered",
                 render->refused);
        complain(!render->checked ? text
                 : interrupted    ? "interrupted; the files end where it was"
                                  : error);
        return EXIT_REFUSED;
    }
    render->late = atomic_load(&render->sound.head->status.late);
    render_report(render, &result);
    return result.failed || render->refused ? EXIT_REFUSED : EXIT_OK;
}

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'},
    {"script", required_argument, NULL, 's'}, {"from", required_argument, NULL, 'f'},
    {"to", required_argument, NULL, 't'},     {"period", required_argument, NULL, 'p'},
    {"reel", required_argument, NULL, 'r'},   {"inserts", required_argument, NULL, 'i'},
    {"json", no_argument, NULL, 'j'},         {0}};

static int read_period(struct render *render, const char *text) {
    char *end;
    const long period = strtol(text, &end, 10);
    if (*end || end == text || period < 1 || period > (long)HOST_FILE_MAX_PERIOD)
        return -1;
    render->period_frames = (uint32_t)period;
    return 0;
}

int dubdesk_render(int argc, char **argv) {
    struct render render = {.period_frames = PERIOD_FRAMES};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "c:o:s:", options, NULL)) != -1;) {
        switch (c) {
        case 'c': render.desk_file = optarg; break;
        case 'o': render.out_dir = optarg; break;
        case 's': render.script_file = optarg; break;
        case 'f': render.from = optarg; break;
        case 't': render.to = optarg; break;
        case 'r': render.reel_dir = optarg; break;
        case 'i': render.insert_dir = optarg; break;
        case 'j': render.json = true; break;
        case 'p':
            if (read_period(&render, optarg))
                return dubdesk_usage("render", "--period: expected 1 to 8192 frames");
            break;
        default: return dubdesk_usage("render", NULL);
        }
    }
    if (optind < argc)
        return dubdesk_usage("render", "an argument too many");
    if (!render.desk_file)
        return dubdesk_usage("render", "which desk? -c DESK");
    if (!render.out_dir)
        return dubdesk_usage("render", "where to? -o DIR");
    render.bar = isatty(STDERR_FILENO) && !render.json;
    const struct sigaction stop = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    const int code = run(&render);
    close_desk(&render);
    return code;
}
