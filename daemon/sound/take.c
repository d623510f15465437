/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/take.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/timecode.h"
#include "daemon/sound/recorder.h"

#define TAKES_MAX 100000

struct take {
    struct take_options o;
    char folder[1200];
    int64_t begin;
    uint64_t frames;
    uint32_t alive;
    FILE *log;
    struct recorder **recorder; /* [outputs] NULL once it has failed */
    int *fd;                    /* [outputs] finished files on their way to the disk */
    pthread_t syncer;
    bool syncs;
};

static void note(struct take *take, const char *what, uint64_t frames, const char *text) {
    char tc[TIMECODE_BYTES];
    const struct desk *desk = take->o.desk;
    const int64_t at = take->begin + (int64_t)take->frames;
    if (!take->log)
        return;
    timecode_print(desk->start_frames + at, desk->fps, desk->rate_hz, true, tc);
    fprintf(take->log, "%s\t%lld\t%llu\t%s%s%s\n", what, (long long)at, (unsigned long long)frames,
            tc, text ? "\t" : "", text ? text : "");
    fflush(take->log);
}

int take_folder_check(const char *record_dir, char error[256]) {
    char part[1100];
    if (access(record_dir, W_OK | X_OK) == 0)
        return 0; /* without a mkdir, which waits on a disk that hangs */
    const int n = snprintf(part, sizeof part, "%s", record_dir);
    for (char *c = part + 1; n > 0 && n < (int)sizeof part && *c; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(part, 0777); /* what fails here fails below */
            *c = '/';
        }
    if (n <= 0 || n >= (int)sizeof part || (mkdir(part, 0777) && errno != EEXIST) ||
        access(part, W_OK | X_OK)) {
        snprintf(error, 256, "cannot record into %.180s: %s", record_dir,
                 n > 0 ? strerror(errno) : "no folder");
        return -1;
    }
    return 0;
}

/* The first number that is free behind the highest there is would need a look at all; the first
 * free one is what mkdir finds without a race. */
static int make_folder(struct take *take, char error[256]) {
    char title[TAKE_NAME_BYTES];
    if (take_folder_check(take->o.record_dir, error))
        return -1;
    take_clean(take->o.desk->title, title);
    for (int number = 1; number < TAKES_MAX; number++) {
        snprintf(take->folder, sizeof take->folder, "%.1000s/%s_%03d", take->o.record_dir, title,
                 number);
        if (mkdir(take->folder, 0777) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    snprintf(error, 256, "cannot make %.200s: %s", take->folder, strerror(errno));
    return -1;
}

static void open_files(struct take *take, char error[256]) {
    const struct desk *desk = take->o.desk;
    const time_t now = time(NULL);
    for (uint32_t i = 0; i < take->o.outputs; i++) {
        const struct desk_object *object = take->o.output[i].object;
        char name[TAKE_NAME_BYTES], path[1400], text[256];
        take_file_name(&take->o.output[i], name);
        snprintf(path, sizeof path, "%s/%s", take->folder, name);
        snprintf(text, sizeof text, "%.60s: %s", desk->title, name);
        const struct recorder_options options = {.path = path,
                                                 .rate_hz = desk->rate_hz,
                                                 .format = object->format,
                                                 .sample_bits = take->o.output[i].insert
                                                                    ? 32 /* a render plays it */
                                                                    : desk->sample_bits,
                                                 .start_frames = desk->start_frames + take->begin,
                                                 .description = text,
                                                 .date = now};
        take->recorder[i] = recorder_open(&options, error);
        take->fd[i] = -1;
        if (take->recorder[i])
            take->alive++;
        else if (i + 1 < take->o.outputs)
            take->o.tell(take->o.ctx, error);
    }
}

struct take *take_begin(const struct take_options *options, int64_t timeline, char error[256]) {
    struct take *take = calloc(1, sizeof *take);
    if (take) {
        take->o = *options;
        take->begin = timeline;
        take->recorder = calloc(options->outputs + 1u, sizeof *take->recorder);
        take->fd = calloc(options->outputs + 1u, sizeof *take->fd);
    }
    if (!take || !take->recorder || !take->fd) {
        snprintf(error, 256, "out of memory");
        take_free(take);
        return NULL;
    }
    if (make_folder(take, error)) {
        take_free(take);
        return NULL;
    }
    open_files(take, error);
    if (!take->alive) {
        rmdir(take->folder);
        take_free(take);
        return NULL;
    }
    char path[1300];
    snprintf(path, sizeof path, "%s/take.txt", take->folder);
    take->log = fopen(path, "we");
    note(take, "begin", 0, NULL);
    if (options->loop_frames)
        note(take, "loop", options->loop_frames, NULL);
    return take;
}

/* One file gives up; the others go on. */
static void drop(struct take *take, uint32_t i) {
    char error[256];
    if (recorder_close(take->recorder[i], NULL, error) == 0)
        snprintf(error, sizeof error, "%.100s", "cannot be written");
    take->recorder[i] = NULL;
    take->alive--;
    note(take, "failed", 0, error);
    take->o.tell(take->o.ctx, error);
}

void take_write(struct take *take, const float *planar, uint32_t nframes) {
    for (uint32_t i = 0; i < take->o.outputs; i++) {
        const float *leg[MAX_LEGS];
        const unsigned legs = format_legs(take->o.output[i].object->format);
        for (unsigned l = 0; l < legs; l++, planar += nframes)
            leg[l] = planar;
        if (take->recorder[i] && recorder_write(take->recorder[i], leg, nframes))
            drop(take, i);
    }
    take->frames += nframes;
}

void take_silence(struct take *take, const char *why, uint64_t nframes) {
    note(take, why, nframes, NULL);
    for (uint32_t i = 0; i < take->o.outputs; i++)
        if (take->recorder[i] && recorder_silence(take->recorder[i], nframes))
            drop(take, i);
    take->frames += nframes;
}

void take_update(struct take *take) {
    for (uint32_t i = 0; i < take->o.outputs; i++)
        if (take->recorder[i] && recorder_update(take->recorder[i]))
            drop(take, i);
}

/* fsync may take seconds; a take that begins meanwhile must not wait for it. An error is final: the
 * kernel has dropped the data, and a second fsync would say that all is well. */
static void *sync_files(void *arg) {
    struct take *take = arg;
    for (uint32_t i = 0; i < take->o.outputs; i++) {
        if (take->fd[i] < 0)
            continue;
        if (fsync(take->fd[i]) && errno != EINVAL && errno != EROFS) {
            char name[TAKE_NAME_BYTES], text[256];
            take_file_name(&take->o.output[i], name);
            snprintf(text, sizeof text, "%.120s/%.60s is lost: the disk says %s", take->folder,
                     name, strerror(errno));
            take->o.tell(take->o.ctx, text);
        }
        close(take->fd[i]);
        take->fd[i] = -1;
    }
    return NULL;
}

void take_end(struct take *take) {
    for (uint32_t i = 0; i < take->o.outputs; i++) {
        char error[256];
        if (!take->recorder[i])
            continue;
        if (recorder_close(take->recorder[i], &take->fd[i], error)) {
            take->alive--;
            note(take, "failed", 0, error);
            take->o.tell(take->o.ctx, error);
        }
        take->recorder[i] = NULL;
    }
    note(take, "end", 0, NULL);
    if (take->log)
        fclose(take->log);
    take->log = NULL;
    take->syncs = pthread_create(&take->syncer, NULL, sync_files, take) == 0;
    if (!take->syncs)
        sync_files(take);
}

void take_free(struct take *take) {
    if (!take)
        return;
    if (take->syncs)
        pthread_join(take->syncer, NULL);
    for (uint32_t i = 0; take->recorder && i < take->o.outputs; i++) {
        char error[256];
        recorder_close(take->recorder[i], NULL, error);
    }
    if (take->log)
        fclose(take->log);
    free(take->recorder);
    free(take->fd);
    free(take);
}

const char *take_folder(const struct take *take) {
    return take->folder;
}
uint64_t take_frames(const struct take *take) {
    return take->frames;
}
uint32_t take_alive(const struct take *take) {
    return take->alive;
}
