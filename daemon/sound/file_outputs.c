/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/file_outputs.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sound/align.h"
#include "daemon/sound/recorder.h"

#define CHUNKS 3u
#define CHUNK_FRAMES 8192u
#define UPDATE_S 1

struct output {
    struct take_output take;
    struct recorder *recorder; /* the thread's; NULL once it has failed */
    bool whole;
};

struct file_outputs {
    struct file_outputs_options o;
    uint32_t count, legs;
    struct output *output; /* [count] */
    float *samples;        /* [CHUNKS][legs][CHUNK_FRAMES] */
    uint32_t fill;         /* the caller's: frames in the chunk being filled */
    struct align align;    /* the caller's: legs side by side, those of the latest output first */
    uint32_t late, skip;   /* its latency; frames of it still to leave out */
    bool runs;
    pthread_t thread;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t moved;
    uint32_t frames[CHUNKS]; /* of the chunks that are handed over */
    uint64_t handed, taken;  /* chunks, ever */
    bool finish;
    uint32_t alive;
    uint64_t clipped;
    char news[1024]; /* lines for the caller to pass on */
};

static float *chunk(struct file_outputs *f, uint64_t number) {
    return f->samples + (size_t)(number % CHUNKS) * f->legs * CHUNK_FRAMES;
}

/* ---- the thread ---- */

static void drop(struct file_outputs *f, struct output *output) {
    char text[256];
    if (recorder_close(output->recorder, NULL, text) == 0)
        snprintf(text, sizeof text, "a file cannot be written");
    output->recorder = NULL;
    pthread_mutex_lock(&f->lock);
    const size_t used = strlen(f->news);
    snprintf(f->news + used, sizeof f->news - used, "%s\n", text);
    f->alive--;
    pthread_mutex_unlock(&f->lock);
}

static void write_chunk(struct file_outputs *f, const float *samples, uint32_t nframes,
                        bool update) {
    for (uint32_t i = 0; i < f->count; i++) {
        struct output *output = &f->output[i];
        const float *leg[MAX_LEGS];
        const unsigned legs = format_legs(output->take.object->format);
        for (unsigned l = 0; l < legs; l++, samples += CHUNK_FRAMES)
            leg[l] = samples;
        if (output->recorder && (recorder_write(output->recorder, leg, nframes) ||
                                 (update && recorder_update(output->recorder))))
            drop(f, output);
    }
}

static void close_all(struct file_outputs *f) {
    uint64_t clipped = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        struct output *output = &f->output[i];
        if (!output->recorder)
            continue;
        clipped += recorder_clipped(output->recorder);
        char text[256];
        output->whole = recorder_close(output->recorder, NULL, text) == 0;
        output->recorder = NULL;
        if (output->whole)
            continue;
        pthread_mutex_lock(&f->lock);
        const size_t used = strlen(f->news);
        snprintf(f->news + used, sizeof f->news - used, "%s\n", text);
        pthread_mutex_unlock(&f->lock);
    }
    pthread_mutex_lock(&f->lock);
    f->clipped = clipped;
    pthread_mutex_unlock(&f->lock);
}

static time_t seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

static void *run(void *arg) {
    struct file_outputs *f = arg;
    time_t updated = seconds();
    pthread_mutex_lock(&f->lock);
    for (;;) {
        while (f->taken == f->handed && !f->finish)
            pthread_cond_wait(&f->moved, &f->lock);
        if (f->taken == f->handed)
            break;
        const uint32_t nframes = f->frames[f->taken % CHUNKS];
        const float *samples = chunk(f, f->taken);
        pthread_mutex_unlock(&f->lock);
        const time_t now = seconds();
        const bool update = now - updated >= UPDATE_S;
        if (update)
            updated = now;
        write_chunk(f, samples, nframes, update);
        pthread_mutex_lock(&f->lock);
        f->taken++;
        pthread_cond_broadcast(&f->moved);
    }
    pthread_mutex_unlock(&f->lock);
    close_all(f);
    return NULL;
}

/* ---- the caller ---- */

static void pass_news_on(struct file_outputs *f) {
    char news[sizeof f->news];
    pthread_mutex_lock(&f->lock);
    memcpy(news, f->news, sizeof news);
    f->news[0] = '\0';
    pthread_mutex_unlock(&f->lock);
    for (char *line = news, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        if (f->o.log)
            f->o.log(f->o.ctx, 2, line);
    }
}

static void open_file(struct file_outputs *f, struct output *output, char error[256]) {
    const struct desk *desk = f->o.desk;
    char name[TAKE_NAME_BYTES], path[1200], text[256];
    take_file_name(&output->take, name);
    snprintf(path, sizeof path, "%.1000s/%s", f->o.dir, name);
    snprintf(text, sizeof text, "%.60s: %s", desk->title, name);
    const struct recorder_options options = {.path = path,
                                             .rate_hz = desk->rate_hz,
                                             .format = output->take.object->format,
                                             .sample_bits = desk->sample_bits,
                                             .start_frames = desk->start_frames + f->o.from,
                                             .description = text,
                                             .date = f->o.date};
    output->recorder = recorder_open(&options, error);
    if (output->recorder)
        f->alive++;
    else if (f->o.log)
        f->o.log(f->o.ctx, 2, error);
}

static uint32_t late_of(const struct file_outputs *f, uint32_t output) {
    return f->output[output].take.object->kind == KIND_STEM ? f->o.stem_late_frames
                                                            : f->o.main_late_frames;
}

static int prepare_align(struct file_outputs *f) {
    for (uint32_t i = 0; i < f->count; i++)
        f->late = late_of(f, i) > f->late ? late_of(f, i) : f->late;
    f->skip = f->late;
    if (align_setup(&f->align, f->legs, f->late))
        return -1;
    for (uint32_t i = 0, leg = 0; i < f->count; i++)
        for (unsigned l = 0; l < format_legs(f->output[i].take.object->format); l++, leg++)
            align_wait(&f->align, leg, f->late - late_of(f, i));
    return 0;
}

static int prepare(struct file_outputs *f, char error[256]) {
    f->count = take_outputs(f->o.desk, true, NULL, 0);
    f->output = calloc(f->count + 1u, sizeof *f->output);
    struct take_output *take = calloc(f->count + 1u, sizeof *take);
    if (f->output && take)
        take_outputs(f->o.desk, true, take, f->count);
    for (uint32_t i = 0; f->output && take && i < f->count; i++) {
        f->output[i].take = take[i];
        f->legs += format_legs(take[i].object->format);
    }
    free(take);
    f->samples = malloc(sizeof(float) * CHUNKS * CHUNK_FRAMES * (size_t)f->legs + 1);
    if (!f->output || !take || !f->samples || prepare_align(f)) {
        snprintf(error, 256, "out of memory");
        return -1;
    }
    snprintf(error, 256, "the desk has no stem and no main to write");
    for (uint32_t i = 0; i < f->count; i++)
        open_file(f, &f->output[i], error);
    return f->alive ? 0 : -1;
}

struct file_outputs *file_outputs_open(const struct file_outputs_options *options,
                                       char error[256]) {
    struct file_outputs *f = calloc(1, sizeof *f);
    if (!f) {
        snprintf(error, 256, "out of memory");
        return NULL;
    }
    f->o = *options;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->moved, NULL);
    if (prepare(f, error)) {
        file_outputs_free(f);
        return NULL;
    }
    f->runs = pthread_create(&f->thread, NULL, run, f) == 0;
    if (!f->runs) {
        snprintf(error, 256, "cannot start a thread");
        file_outputs_free(f);
        return NULL;
    }
    return f;
}

/* The chunk being filled goes to the thread; then there is another, sooner or later. */
static void hand_over(struct file_outputs *f) {
    pthread_mutex_lock(&f->lock);
    f->frames[f->handed % CHUNKS] = f->fill;
    f->handed++;
    pthread_cond_broadcast(&f->moved);
    while (f->handed - f->taken >= CHUNKS)
        pthread_cond_wait(&f->moved, &f->lock);
    pthread_mutex_unlock(&f->lock);
    f->fill = 0;
}

uint32_t file_outputs_late(const struct file_outputs *f) {
    return f->late;
}

/* n frames of every leg, as they are due, to where the chunk is being filled. */
static void fill(struct file_outputs *f, float *const out[], uint32_t from, uint32_t n) {
    float *to = chunk(f, f->handed) + f->fill;
    uint32_t leg = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        const struct take_output *take = &f->output[i].take;
        for (unsigned l = 0; l < format_legs(take->object->format); l++, leg++) {
            const float *x = align_leg(&f->align, leg, out[take->first_port + l] + from, n, to);
            if (x != to)
                memcpy(to, x, n * sizeof(float));
            to += CHUNK_FRAMES;
        }
    }
}

int file_outputs_write(struct file_outputs *f, float *const out[], uint32_t nframes) {
    for (uint32_t done = 0; done < nframes;) {
        uint32_t n = CHUNK_FRAMES - f->fill;
        if (n > nframes - done)
            n = nframes - done;
        if (f->skip && n > f->skip)
            n = f->skip;
        fill(f, out, done, n);
        done += n;
        if (f->skip) {
            f->skip -= n;
            continue;
        }
        f->fill += n;
        if (f->fill == CHUNK_FRAMES) {
            hand_over(f);
            pass_news_on(f);
        }
    }
    pthread_mutex_lock(&f->lock);
    const bool alive = f->alive > 0;
    pthread_mutex_unlock(&f->lock);
    return alive ? 0 : -1;
}

void file_outputs_finish(struct file_outputs *f) {
    if (!f->runs)
        return;
    if (f->fill)
        hand_over(f);
    pthread_mutex_lock(&f->lock);
    f->finish = true;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    f->runs = false;
    pass_news_on(f);
}

void file_outputs_free(struct file_outputs *f) {
    if (!f)
        return;
    file_outputs_finish(f);
    for (uint32_t i = 0; f->output && i < f->count; i++) {
        char text[256];
        recorder_close(f->output[i].recorder, NULL, text);
    }
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->moved);
    free(f->output);
    free(f->samples);
    align_free(&f->align);
    free(f);
}

uint32_t file_outputs_count(const struct file_outputs *f) {
    return f->count;
}
bool file_outputs_whole(const struct file_outputs *f, uint32_t i) {
    return f->output[i].whole;
}
uint64_t file_outputs_clipped(const struct file_outputs *f) {
    return f->clipped;
}
