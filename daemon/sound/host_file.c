/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/host_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sound/denormals.h"
#include "daemon/sound/file_inserts.h"
#include "daemon/sound/file_outputs.h"
#include "daemon/sound/reel.h"
#include "daemon/sound/take_name.h"

#define SETTLE_MS 300    /* stopped before rolling: every smoothing of a set is over by then */
#define TURN_FRAMES 512  /* control gets a turn at least this often */
#define WAIT_TURNS 20000 /* for its hand-down, before it is given up */
#define PROGRESS_NS 100000000
#define NO_INSERTS INT64_MIN

struct track {
    struct reel *reel; /* NULL: none, or missing */
    uint32_t first_port, legs;
};

struct output {
    char name[TAKE_NAME_BYTES];
    bool whole;
};

struct host_file {
    struct host_file_options o;
    uint32_t tracks, inputs, outs, outputs; /* inputs: legs of tracks; outs: without sends */
    unsigned missing;
    struct track *track; /* [tracks] one per channel */
    struct file_inserts *inserts;
    struct output *output; /* [outputs] */
    float *memory;         /* of all buffers */
    float **buffer;        /* [inputs] */
    const float **in;      /* [inputs] buffer, or NULL without a reel */
    float **out;           /* [outs] */
    int64_t inserts_at;    /* timeline frame for inserts, which goes on behind the pass */
    uint64_t frame;        /* engine frame of the next period */
    uint32_t turn_wait;    /* frames since control's last turn */
};

static void say(struct host_file *host, int level, const char *text) {
    if (host->o.log)
        host->o.log(host->o.ctx, level, text);
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- set-up ---- */

/* Put a source into a channel. 0, or -1 with text; then the channel keeps what it had. */
static int plug(struct host_file *host, uint32_t channel, const char *source, char error[256]) {
    struct track *track = &host->track[channel];
    const char *name = reel_name(source);
    struct reel *reel = NULL;
    const struct desk *desk = host->o.desk;
    if (name) {
        const char *dir = host->o.reel_dir ? host->o.reel_dir : desk->reel_dir;
        reel = reel_open(dir, name, desk->rate_hz, desk->start_frames, error);
        if (!reel)
            return -1;
        if (reel_legs(reel) != track->legs) {
            char text[256];
            snprintf(
                text, sizeof text,
                "reel:%.100s has %u legs, the channel %u: they are fed in order, %s", name,
                reel_legs(reel), track->legs,
                reel_legs(reel) > track->legs ? "the rest is not heard" : "the rest stays silent");
            say(host, 1, text);
        }
    }
    reel_close(track->reel);
    track->reel = reel;
    return 0;
}

static int allocate(struct host_file *host) {
    const struct desk *desk = host->o.desk;
    const uint32_t ports = desk_ports(desk, NULL, 0);
    const uint32_t period = host->o.period_frames;
    host->tracks = desk->layout.count[KIND_CH];
    host->track = calloc(host->tracks + 1u, sizeof *host->track);
    host->outputs = take_outputs(desk, true, NULL, 0);
    host->output = calloc(host->outputs + 1u, sizeof *host->output);
    struct take_output *take = calloc(host->outputs + 1u, sizeof *take);
    const char *reel_dir = host->o.reel_dir ? host->o.reel_dir : desk->reel_dir;
    host->inserts =
        file_inserts_open(desk, host->o.insert_dir ? host->o.insert_dir : reel_dir, period);
    host->memory = calloc((size_t)ports * period + 1, sizeof(float));
    host->buffer = calloc(ports + 1u, sizeof *host->buffer);
    host->in = calloc(ports + 1u, sizeof *host->in);
    host->out = calloc(ports + 1u, sizeof *host->out);
    if (!host->track || !host->output || !take || !host->inserts || !host->memory ||
        !host->buffer || !host->in || !host->out) {
        free(take);
        return -1;
    }
    for (uint32_t c = 0; c < host->tracks; c++) {
        host->track[c].first_port = host->inputs;
        host->track[c].legs = format_legs(desk->object[desk->first[KIND_CH] + c].format);
        host->inputs += host->track[c].legs;
    }
    host->outs = ports - host->inputs - 2 * file_inserts_legs(host->inserts);
    for (uint32_t i = 0; i < host->inputs; i++)
        host->buffer[i] = host->memory + (size_t)i * period;
    for (uint32_t i = 0; i < host->outs; i++)
        host->out[i] = host->memory + (size_t)(host->inputs + i) * period;
    take_outputs(desk, true, take, host->outputs);
    for (uint32_t i = 0; i < host->outputs; i++)
        take_file_name(&take[i], host->output[i].name);
    free(take);
    return 0;
}

struct host_file *host_file_setup(const struct host_file_options *options, char error[256]) {
    struct host_file *host = calloc(1, sizeof *host);
    if (host)
        host->o = *options;
    if (!host || allocate(host)) {
        snprintf(error, 256, "out of memory");
        host_file_free(host);
        return NULL;
    }
    const struct desk *desk = options->desk;
    reel_raise_limit();
    for (uint32_t c = 0; c < host->tracks; c++) {
        const uint32_t text = layout_text(&desk->layout, KIND_CH, c, ROW_IN);
        char why[256];
        if (text != SLOT_NONE && plug(host, c, desk->text[text], why)) {
            host->missing++;
            say(host, 1, why);
        }
    }
    return host;
}

void host_file_free(struct host_file *host) {
    if (!host)
        return;
    for (uint32_t c = 0; host->track && c < host->tracks; c++)
        reel_close(host->track[c].reel);
    file_inserts_free(host->inserts);
    free(host->track);
    free(host->output);
    free(host->memory);
    free(host->buffer);
    free(host->in);
    free(host->out);
    free(host);
}

bool host_file_extent(const struct host_file *host, int64_t *from, int64_t *to) {
    bool any = false;
    for (uint32_t c = 0; c < host->tracks; c++) {
        const struct reel *reel = host->track[c].reel;
        if (!reel)
            continue;
        if (!any || reel_from(reel) < *from)
            *from = reel_from(reel);
        if (!any || reel_to(reel) > *to)
            *to = reel_to(reel);
        any = true;
    }
    return any;
}

unsigned host_file_missing(const struct host_file *host) {
    return host->missing;
}
uint32_t host_file_outputs(const struct host_file *host) {
    return host->outputs;
}
const char *host_file_output(const struct host_file *host, uint32_t output, bool *whole) {
    *whole = host->output[output].whole;
    return host->output[output].name;
}

/* ---- what control asks ---- */

static int answer(struct host_file *host, struct link_request *r, char error[256]) {
    switch (r->op) {
    case REQUEST_INPUT:
        if (r->arg[0] >= 0 && r->arg[0] < host->tracks)
            return plug(host, (uint32_t)r->arg[0], r->text, error);
        snprintf(error, 256, "there is no such channel");
        return -1;
    case REQUEST_RENAME:
    case REQUEST_RESET_STATUS: return 0;
    default:
        snprintf(error, 256, "a render rolls by itself, from its beginning to its end");
        return -1;
    }
}

static void answer_requests(struct host_file *host) {
    struct link *link = host->o.link;
    uint32_t avail;
    while ((avail = ring_avail(&link->request)) != 0) {
        if (avail == UINT32_MAX) {
            ring_resync(&link->request);
            return;
        }
        struct link_request r;
        ring_peek(&link->request, 0, &r, 1);
        ring_drop(&link->request, 1);
        r.text[sizeof r.text - 1] = '\0';
        char error[256] = "";
        struct link_notice notice = {.op = NOTICE_REPLY, .seq = r.seq};
        notice.arg[0] = answer(host, &r, error) ? 1 : 0;
        snprintf(notice.text, sizeof notice.text, "%.230s", error);
        if (ring_free(&link->notice)) {
            ring_put(&link->notice, &notice, 1);
            ring_commit(&link->notice);
        }
    }
}

/* ---- a pass ---- */

static bool turn(struct host_file *host, int64_t timeline) {
    host->turn_wait = 0;
    if (!host->o.tick(host->o.ctx, timeline))
        return false;
    answer_requests(host);
    return true;
}

/* Let control hand down what is due in the period: often it has, seconds ago. */
static int wait_for_control(struct host_file *host, const struct intake_period *period,
                            char error[256]) {
    const int64_t end = period->time.timeline + (int64_t)period->nframes;
    host->turn_wait += period->nframes;
    if (host->turn_wait >= TURN_FRAMES && !turn(host, end))
        goto given_up;
    for (unsigned i = 0; !intake_handed(host->o.intake, period); i++) {
        if (!turn(host, end))
            goto given_up;
        if (i == WAIT_TURNS) {
            snprintf(error, 256, "control does not hand down what is due");
            return -1;
        }
    }
    return 0;
given_up:
    snprintf(error, 256, "stopped");
    return -1;
}

static void read_reel(struct host_file *host, int64_t timeline, uint32_t nframes, bool plugged) {
    for (uint32_t c = 0; c < host->tracks; c++) {
        struct track *track = &host->track[c];
        for (uint32_t l = 0; l < track->legs; l++)
            host->in[track->first_port + l] =
                plugged && track->reel ? host->buffer[track->first_port + l] : NULL;
        if (!plugged || !track->reel)
            continue;
        if (reel_read(track->reel, timeline, nframes, host->buffer + track->first_port,
                      track->legs)) {
            char text[256];
            snprintf(text, sizeof text, "%.200s: cannot be read to its end",
                     reel_path(track->reel));
            say(host, 2, text);
            reel_close(track->reel);
            track->reel = NULL;
        }
    }
}

static int run_period(struct host_file *host, const struct engine_time *time, uint32_t nframes,
                      bool plugged, char error[256]) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    const struct intake_period period = {.time = *time,
                                         .nframes = nframes,
                                         .raw_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec,
                                         .freewheel = true};
    intake_begin(host->o.intake, &period);
    if (wait_for_control(host, &period, error))
        return -1;
    intake_take(host->o.intake, &period);
    read_reel(host, time->timeline, nframes, plugged);
    for (uint32_t i = 0; i < file_inserts_legs(host->inserts); i++)
        host->in[host->inputs + i] = NULL;
    const bool inserts = host->inserts_at != NO_INSERTS;
    if (inserts)
        file_inserts_read(host->inserts, host->inserts_at, nframes, host->in + host->inputs);
    engine_run(host->o.engine, &period.time, host->in, host->out, nframes);
    intake_end(host->o.intake, &period);
    host->frame += nframes;
    return inserts ? file_inserts_check(host->inserts, host->o.link->current, host->inserts_at,
                                        nframes, error)
                   : 0;
}

/* Stopped for a moment, where the pass will begin, as a live desk stands before it is rolled. */
static int settle(struct host_file *host, int64_t timeline, char error[256]) {
    for (uint32_t left = host->o.desk->rate_hz * SETTLE_MS / 1000; left;) {
        const uint32_t n = left < host->o.period_frames ? left : host->o.period_frames;
        const struct engine_time time = {.frame = host->frame, .timeline = timeline};
        /* The first period publishes where the desk stands; only then control may look. */
        if (run_period(host, &time, n, false, error))
            return -1;
        if (!turn(host, timeline)) {
            snprintf(error, 256, "stopped");
            return -1;
        }
        left -= n;
    }
    return 0;
}

struct stopwatch {
    double begin_s, told_s;
};

static void watch(struct host_file *host, const struct host_file_pass *pass, int64_t at,
                  struct stopwatch *w) {
    const double now_s = seconds_now();
    if (!host->o.progress || (now_s - w->told_s < PROGRESS_NS * 1e-9 && at < pass->to))
        return;
    w->told_s = now_s;
    const double took_s = now_s - w->begin_s, rate_hz = host->o.desk->rate_hz;
    const double ran_s = (double)(at - pass->chase) / rate_hz;
    struct host_file_progress p = {.timeline = at, .left_s = -1};
    p.x_realtime = took_s > 0 ? ran_s / took_s : 0;
    p.done = (double)(at - pass->chase) / (double)(pass->to - pass->chase);
    if (p.x_realtime > 0)
        p.left_s = (double)(pass->to - at) / rate_hz / p.x_realtime;
    host->o.progress(host->o.ctx, &p);
}

/* Output lags by the engine's latency: so long the engine runs on, stopped, as a live desk does
 * behind a pass. */
static int roll(struct host_file *host, const struct host_file_pass *pass,
                struct file_outputs *files, struct stopwatch *w, char error[256]) {
    const int64_t end = pass->to + file_outputs_late(files);
    for (int64_t at = pass->chase; at < end;) {
        const bool rolling = at < pass->to, writes = at >= pass->from;
        const int64_t bound = !writes ? pass->from : rolling ? pass->to : end;
        const uint32_t n = bound - at < (int64_t)host->o.period_frames ? (uint32_t)(bound - at)
                                                                       : host->o.period_frames;
        const struct engine_time time = {
            .frame = host->frame, .timeline = rolling ? at : pass->to, .rolling = rolling};
        host->inserts_at = writes ? at : NO_INSERTS;
        if (run_period(host, &time, n, rolling && writes, error))
            return -1;
        watch(host, pass, rolling ? at : pass->to, w);
        if (writes && file_outputs_write(files, host->out, n)) {
            snprintf(error, 256, "no file could be written any more");
            return -1;
        }
        at += n;
    }
    watch(host, pass, pass->to, w);
    return 0;
}

static void count_files(struct host_file *host, const struct file_outputs *files, bool finished,
                        struct host_file_result *result) {
    for (uint32_t i = 0; i < host->outputs; i++) {
        host->output[i].whole = finished && file_outputs_whole(files, i);
        result->files += host->output[i].whole;
        result->failed += !host->output[i].whole;
    }
    result->clipped = file_outputs_clipped(files);
}

int host_file_run(struct host_file *host, const struct host_file_pass *pass,
                  struct host_file_result *result, char error[256]) {
    *result = (struct host_file_result){0};
    for (uint32_t i = 0; i < host->outputs; i++)
        host->output[i].whole = false;
    if (pass->to <= pass->from || pass->chase > pass->from) {
        snprintf(error, 256, "the range is empty");
        return -1;
    }
    denormals_off();
    struct stopwatch w = {.begin_s = seconds_now()};
    w.told_s = w.begin_s;
    host->inserts_at = NO_INSERTS;
    engine_insert_loop(host->o.engine, file_inserts_loop(host->inserts));
    file_inserts_range(host->inserts, pass->from, pass->to,
                       engine_latency_frames(host->o.engine, KIND_CH));
    if (settle(host, pass->chase, error))
        return -1;
    const struct file_outputs_options options = {
        .desk = host->o.desk,
        .dir = pass->out_dir,
        .from = pass->from,
        .stem_late_frames = engine_latency_frames(host->o.engine, KIND_STEM),
        .main_late_frames = engine_latency_frames(host->o.engine, KIND_MAIN),
        .date = pass->date,
        .ctx = host->o.ctx,
        .log = host->o.log};
    struct file_outputs *files = file_outputs_open(&options, error);
    if (!files)
        return -1;
    const int failed = roll(host, pass, files, &w, error);
    file_outputs_finish(files);
    count_files(host, files, !failed, result);
    file_outputs_free(files);
    result->seconds = seconds_now() - w.begin_s;
    if (result->seconds > 0)
        result->x_realtime =
            (double)(pass->to - pass->chase) / host->o.desk->rate_hz / result->seconds;
    return failed;
}
