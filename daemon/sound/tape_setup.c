/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Main's side of the tape: building, arming, other sources, news. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sound/tape_private.h"

static void *touched(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (p)
        memset(p, 0, (count ? count : 1) * size); /* calloc's pages are not there yet */
    return p;
}

void tape_tell(struct tape *tape, const char *format, ...) {
    struct tape_news *news = &tape->news;
    char text[256];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    pthread_mutex_lock(&news->lock);
    if (news->count < TAPE_NEWS) { /* the first ones tell more than the last */
        memcpy(news->text[(news->first + news->count) % TAPE_NEWS], text, sizeof text);
        news->count++;
    }
    pthread_mutex_unlock(&news->lock);
}

/* ---- tracks ---- */

static struct tape_track *make_track(struct tape *tape, uint32_t channel) {
    struct tape_track *track = touched(1, sizeof *track);
    if (!track)
        return NULL;
    const struct desk *desk = tape->desk;
    track->channel = channel;
    track->legs = format_legs(desk->object[desk->first[KIND_CH] + channel].format);
    track->first_port = tape->first_port[channel];
    track->tag = touched(tape->slots, sizeof *track->tag);
    track->samples = touched((size_t)tape->slots * track->legs * TAPE_BLOCK_FRAMES, sizeof(float));
    track->out = touched((size_t)track->legs * tape->o.max_period_frames, sizeof(float));
    if (!track->tag || !track->samples || !track->out) {
        free(track->tag);
        free(track->samples);
        free(track->out);
        free(track);
        return NULL;
    }
    for (uint32_t s = 0; s < tape->slots; s++)
        atomic_init(&track->tag[s], TAPE_NO_BLOCK);
    return track;
}

/* Put a file (or none) into a track. The reader is kept out; audio finds its blocks untagged. */
static void swap_reel(struct tape *tape, struct tape_track *track, struct reel *reel,
                      enum tape_mode mode) {
    pthread_mutex_lock(&tape->reels);
    struct reel *old = track->reel;
    track->reel = reel;
    track->told = false;
    atomic_store(&track->fresh, true);
    for (uint32_t s = 0; s < tape->slots; s++)
        atomic_store(&track->tag[s], TAPE_NO_BLOCK);
    atomic_store(&track->mode, mode);
    pthread_mutex_unlock(&tape->reels);
    atomic_fetch_add(&tape->changed, 1);
    reel_close(old);
}

static void compare_legs(struct tape *tape, const struct tape_track *track,
                         const struct reel *reel) {
    if (reel_legs(reel) != track->legs)
        tape_tell(tape, "%.160s has %u legs, the channel %u: they are fed in order",
                  reel_path(reel), reel_legs(reel), track->legs);
}

int tape_input(struct tape *tape, uint32_t channel, const char *source, char error[256]) {
    if (channel >= tape->channels) {
        snprintf(error, 256, "there is no such channel");
        return -1;
    }
    struct tape_track *track = atomic_load(&tape->track[channel]);
    const char *name = reel_name(source);
    if (!name) {
        if (track)
            swap_reel(tape, track, NULL, TAPE_OFF);
        return 0;
    }
    struct reel *reel =
        reel_open(tape->reel_dir, name, tape->desk->rate_hz, tape->desk->start_frames, error);
    if (!reel)
        return -1;
    if (!track) {
        track = make_track(tape, channel);
        if (!track) {
            reel_close(reel);
            snprintf(error, 256, "out of memory");
            return -1;
        }
        atomic_store(&tape->track[channel], track);
    }
    compare_legs(tape, track, reel);
    swap_reel(tape, track, reel, TAPE_PLAYS);
    return 0;
}

/* As tape_input, but a missing file is told and plays silence. */
static int first_input(struct tape *tape, uint32_t channel, const char *source) {
    char error[256];
    if (!reel_name(source) || tape_input(tape, channel, source, error) == 0)
        return 0;
    tape_tell(tape, "%s", error);
    struct tape_track *track = atomic_load(&tape->track[channel]);
    if (!track)
        track = make_track(tape, channel);
    if (!track)
        return -1;
    atomic_store(&track->mode, TAPE_SILENT);
    atomic_store(&tape->track[channel], track);
    return 0;
}

/* ---- set-up ---- */

/* Legs that play decide how far ahead is read, so that a thousand channels fit into memory. */
static void size_blocks(struct tape *tape) {
    const struct desk *desk = tape->desk;
    uint32_t legs = 0;
    for (uint32_t c = 0; c < tape->channels; c++) {
        const uint32_t text = layout_text(&desk->layout, KIND_CH, c, ROW_IN);
        if (text != SLOT_NONE && reel_name(desk->text[text]))
            legs += format_legs(desk->object[desk->first[KIND_CH] + c].format);
    }
    const uint32_t bytes = (legs ? legs : 1) * TAPE_BLOCK_FRAMES * (uint32_t)sizeof(float);
    const uint32_t period_slots = tape->o.max_period_frames / TAPE_BLOCK_FRAMES + 2;
    uint32_t slots = TAPE_READ_BYTES / bytes;
    slots = slots > TAPE_SLOTS_MAX ? TAPE_SLOTS_MAX : slots;
    slots = slots < TAPE_SLOTS_MIN ? TAPE_SLOTS_MIN : slots;
    tape->slots = slots < 3 * period_slots ? 3 * period_slots : slots;
}

static int make_ring(struct tape *tape) {
    const uint64_t period = (uint64_t)tape->o.max_period_frames * tape->recorded_legs;
    const uint64_t want = (uint64_t)tape->desk->rate_hz * TAPE_RING_S * tape->recorded_legs;
    uint64_t cells = 1024;
    while (cells < want && cells < TAPE_RING_CELLS_MAX)
        cells *= 2;
    while (cells < 3 * period)
        cells *= 2;
    tape->ring = (struct ring){.shared = &tape->shared,
                               .cells = touched((size_t)cells, sizeof(float)),
                               .cell_bytes = sizeof(float),
                               .capacity = (uint32_t)cells};
    tape->audio.ring = tape->ring;
    return tape->ring.cells ? 0 : -1;
}

static uint32_t most_latency(const struct tape_options *o) {
    const struct tape_latency *l = &o->latency;
    const uint32_t now[] = {l->stem_frames, l->main_frames, l->ch_return_frames,
                            l->grp_return_frames};
    uint32_t most = o->latency_most_frames;
    for (unsigned i = 0; i < sizeof now / sizeof *now; i++)
        most = now[i] > most ? now[i] : most;
    return most;
}

static int allocate(struct tape *tape) {
    const struct desk *desk = tape->desk;
    tape->channels = desk->layout.count[KIND_CH];
    tape->track = touched(tape->channels, sizeof *tape->track);
    tape->first_port = touched(tape->channels, sizeof *tape->first_port);
    const uint32_t buses = take_outputs(desk, false, NULL, 0);
    tape->inserts = take_inserts(desk, NULL, 0);
    tape->outputs = buses + tape->inserts;
    tape->output = touched(tape->outputs, sizeof *tape->output);
    tape->zeros = touched(tape->o.max_period_frames, sizeof(float));
    if (!tape->track || !tape->first_port || !tape->output || !tape->zeros)
        return -1;
    uint32_t port = 0;
    for (uint32_t c = 0; c < tape->channels; c++) {
        tape->first_port[c] = port;
        port += format_legs(desk->object[desk->first[KIND_CH] + c].format);
    }
    take_outputs(desk, false, tape->output, buses);
    take_inserts(desk, tape->output + buses, tape->outputs - buses);
    for (uint32_t i = 0; i < desk->layout.count[KIND_GRP]; i++) {
        const struct desk_object *group = &desk->object[desk->first[KIND_GRP] + i];
        if (group->record)
            tape_tell(tape, "group %s is marked for recording, but only stems and mains are taped",
                      group->id);
    }
    for (uint32_t i = 0; i < tape->outputs; i++)
        tape->recorded_legs += format_legs(tape->output[i].object->format);
    size_blocks(tape);
    tape->aligned = touched(tape->o.max_period_frames, sizeof(float));
    if (!tape->aligned || make_ring(tape) ||
        align_setup(&tape->align, tape->recorded_legs, most_latency(&tape->o)))
        return -1;
    tape_latency(tape, &tape->o.latency);
    for (uint32_t c = 0; c < tape->channels; c++) {
        const uint32_t text = layout_text(&desk->layout, KIND_CH, c, ROW_IN);
        if (text != SLOT_NONE && first_input(tape, c, desk->text[text]))
            return -1;
    }
    return 0;
}

struct tape *tape_setup(const struct desk *desk, const struct tape_options *options,
                        char error[256]) {
    struct tape *tape = touched(1, sizeof *tape);
    if (!tape) {
        snprintf(error, 256, "out of memory");
        return NULL;
    }
    tape->desk = desk;
    tape->o = *options;
    if (!tape->o.max_period_frames)
        tape->o.max_period_frames = 8192;
    snprintf(tape->reel_dir, sizeof tape->reel_dir, "%s",
             options->reel_dir ? options->reel_dir : desk->reel_dir);
    snprintf(tape->record_dir, sizeof tape->record_dir, "%s",
             options->record_dir ? options->record_dir : desk->record_dir);
    tape->o.reel_dir = tape->reel_dir;
    tape->o.record_dir = tape->record_dir;
    pthread_mutex_init(&tape->reels, NULL);
    pthread_mutex_init(&tape->news.lock, NULL);
    atomic_init(&tape->hazard, -1);
    reel_raise_limit();
    tape->audio.asked = INT64_MIN;
    if (allocate(tape)) {
        snprintf(error, 256, "no memory for the tape");
        tape_free(tape);
        return NULL;
    }
    tape->reader_runs = pthread_create(&tape->reader, NULL, tape_read_thread, tape) == 0;
    tape->writer_runs = pthread_create(&tape->writer, NULL, tape_write_thread, tape) == 0;
    if (!tape->reader_runs || !tape->writer_runs) {
        snprintf(error, 256, "cannot start the tape's threads");
        tape_free(tape);
        return NULL;
    }
    return tape;
}

void tape_free(struct tape *tape) {
    if (!tape)
        return;
    atomic_store(&tape->quit, true);
    if (tape->reader_runs)
        pthread_join(tape->reader, NULL);
    if (tape->writer_runs)
        pthread_join(tape->writer, NULL);
    for (uint32_t c = 0; tape->track && c < tape->channels; c++) {
        struct tape_track *track = atomic_load(&tape->track[c]);
        if (!track)
            continue;
        reel_close(track->reel);
        free(track->tag);
        free(track->samples);
        free(track->out);
        free(track);
    }
    pthread_mutex_destroy(&tape->reels);
    pthread_mutex_destroy(&tape->news.lock);
    free(tape->track);
    free(tape->first_port);
    free(tape->output);
    free(tape->zeros);
    free(tape->aligned);
    align_free(&tape->align);
    free(tape->ring.cells);
    free(tape);
}

/* ---- what main does meanwhile ---- */

int tape_arm(struct tape *tape, bool on, char error[256]) {
    if (on && !tape->outputs) {
        snprintf(error, 256, "the desk file marks no stem and no main for recording");
        return -1;
    }
    if (on && take_folder_check(tape->record_dir, error))
        return -1;
    atomic_store_explicit(&tape->armed, on, memory_order_release);
    return 0;
}

void tape_locate(struct tape *tape, int64_t timeline) {
    atomic_store_explicit(&tape->want, timeline, memory_order_release);
}

static unsigned state(struct tape *tape, bool taking) {
    if (atomic_load(&tape->broken) && (taking || atomic_load(&tape->armed)))
        return TAPE_ERROR;
    if (taking)
        return TAPE_RECORDING;
    return atomic_load(&tape->rolling) ? TAPE_PLAYING : TAPE_STOPPED;
}

void tape_service(struct tape *tape, struct tape_status *status) {
    const uint64_t ended = atomic_load(&tape->ended), begun = atomic_load(&tape->begun);
    *status = (struct tape_status){.state = state(tape, begun != ended),
                                   .armed = atomic_load(&tape->armed),
                                   .settled = begun == ended,
                                   .overruns = atomic_load(&tape->overruns),
                                   .underruns = atomic_load(&tape->underruns),
                                   .frames = atomic_load(&tape->frames)};
    struct tape_news *news = &tape->news;
    pthread_mutex_lock(&news->lock);
    if (news->count) {
        memcpy(status->text, news->text[news->first], sizeof status->text);
        news->first = (news->first + 1) % TAPE_NEWS;
        news->count--;
    }
    pthread_mutex_unlock(&news->lock);
}
