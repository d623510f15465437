/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAGE_FRAMES 8192u
#define FULL_24 8388608.0f /* 2^23 */

struct recorder {
    char path[1024];
    int fd; /* ours to close */
    SNDFILE *file;
    uint32_t legs;
    bool is_float;
    uint32_t staged;
    union {
        int32_t *ints; /* [STAGE_FRAMES][legs], 24 bits in the upper part */
        float *floats;
    } stage;
    uint64_t frames, clipped;
    bool failed;
    char why[160];
};

static void fail(struct recorder *recorder, const char *why) {
    if (recorder->failed)
        return;
    recorder->failed = true;
    snprintf(recorder->why, sizeof recorder->why, "%s", why);
}

/* The bits of a WAVE mask in their order are libsndfile's map of the legs; the header gets the mask
 * back. */
static void set_mask(SNDFILE *file, enum format format) {
    static const int position[18] = {SF_CHANNEL_MAP_LEFT,
                                     SF_CHANNEL_MAP_RIGHT,
                                     SF_CHANNEL_MAP_CENTER,
                                     SF_CHANNEL_MAP_LFE,
                                     SF_CHANNEL_MAP_REAR_LEFT,
                                     SF_CHANNEL_MAP_REAR_RIGHT,
                                     SF_CHANNEL_MAP_FRONT_LEFT_OF_CENTER,
                                     SF_CHANNEL_MAP_FRONT_RIGHT_OF_CENTER,
                                     SF_CHANNEL_MAP_REAR_CENTER,
                                     SF_CHANNEL_MAP_SIDE_LEFT,
                                     SF_CHANNEL_MAP_SIDE_RIGHT,
                                     SF_CHANNEL_MAP_TOP_CENTER,
                                     SF_CHANNEL_MAP_TOP_FRONT_LEFT,
                                     SF_CHANNEL_MAP_TOP_FRONT_CENTER,
                                     SF_CHANNEL_MAP_TOP_FRONT_RIGHT,
                                     SF_CHANNEL_MAP_TOP_REAR_LEFT,
                                     SF_CHANNEL_MAP_TOP_REAR_CENTER,
                                     SF_CHANNEL_MAP_TOP_REAR_RIGHT};
    int map[MAX_LEGS];
    unsigned n = 0;
    for (unsigned bit = 0; bit < 18; bit++)
        if (format_table[format].wave_mask >> bit & 1 && n < MAX_LEGS)
            map[n++] = position[bit];
    if (n == format_legs(format))
        sf_command(file, SFC_SET_CHANNEL_MAP_INFO, map, (int)(n * sizeof *map));
}

static void set_bext(SNDFILE *file, const struct recorder_options *options) {
    SF_BROADCAST_INFO bext;
    memset(&bext, 0, sizeof bext);
    const int64_t day = (int64_t)options->rate_hz * 86400;
    int64_t reference = options->start_frames % day;
    if (reference < 0)
        reference += day;
    struct tm utc;
    gmtime_r(&options->date, &utc);
    char date[16], at[16];
    strftime(date, sizeof date, "%Y-%m-%d", &utc);
    strftime(at, sizeof at, "%H:%M:%S", &utc);
    if (options->description)
        strncpy(bext.description, options->description, sizeof bext.description - 1);
    memcpy(bext.originator, "Dubdesk", 7);
    memcpy(bext.origination_date, date, sizeof bext.origination_date);
    memcpy(bext.origination_time, at, sizeof bext.origination_time);
    bext.time_reference_low = (uint32_t)(reference & 0xffffffff);
    bext.time_reference_high = (uint32_t)(reference >> 32);
    bext.version = 1;
    const int n = snprintf(bext.coding_history, sizeof bext.coding_history,
                           "A=PCM,F=%u,W=%d,M=%s,T=Dubdesk\r\n", options->rate_hz,
                           options->sample_bits, format_name(options->format));
    bext.coding_history_size = (uint32_t)n;
    sf_command(file, SFC_SET_BROADCAST_INFO, &bext, sizeof bext);
}

struct recorder *recorder_open(const struct recorder_options *options, char error[256]) {
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder) {
        snprintf(error, 256, "out of memory");
        return NULL;
    }
    recorder->fd = -1;
    recorder->legs = format_legs(options->format);
    recorder->is_float = options->sample_bits == 32;
    recorder->stage.ints = malloc(sizeof(int32_t) * STAGE_FRAMES * recorder->legs);
    const int n = snprintf(recorder->path, sizeof recorder->path, "%s", options->path);
    if (!recorder->stage.ints || n >= (int)sizeof recorder->path) {
        snprintf(error, 256, recorder->stage.ints ? "path too long" : "out of memory");
        goto fail;
    }
    recorder->fd = open(recorder->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (recorder->fd < 0) {
        snprintf(error, 256, "%.180s: %s", recorder->path, strerror(errno));
        goto fail;
    }
    SF_INFO info = {
        .samplerate = (int)options->rate_hz,
        .channels = (int)recorder->legs,
        .format = SF_FORMAT_RF64 | (recorder->is_float ? SF_FORMAT_FLOAT : SF_FORMAT_PCM_24)};
    recorder->file = sf_open_fd(recorder->fd, SFM_WRITE, &info, SF_FALSE);
    if (!recorder->file) {
        snprintf(error, 256, "%.150s: %.90s", recorder->path, sf_strerror(NULL));
        goto fail;
    }
    sf_command(recorder->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    sf_command(recorder->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    sf_command(recorder->file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    set_mask(recorder->file, options->format);
    set_bext(recorder->file, options);
    return recorder;
fail:
    if (recorder->fd >= 0)
        close(recorder->fd);
    free(recorder->stage.ints);
    free(recorder);
    return NULL;
}

/* Everything staged goes to the file. */
static int flush(struct recorder *recorder) {
    if (recorder->failed)
        return -1;
    if (!recorder->staged)
        return 0;
    const sf_count_t want = recorder->staged;
    errno = 0;
    const sf_count_t n = recorder->is_float
                             ? sf_writef_float(recorder->file, recorder->stage.floats, want)
                             : sf_writef_int(recorder->file, recorder->stage.ints, want);
    recorder->frames += n > 0 ? (uint64_t)n : 0;
    recorder->staged = 0;
    if (n == want)
        return 0;
    fail(recorder, errno ? strerror(errno) : sf_strerror(recorder->file));
    return -1;
}

/* Nearest 24-bit value, in the upper part of 32 bits; in doubles, since a float has no room for the
 * half that rounds. Plain comparisons, so that compilers make vectors of it. */
static inline int32_t to_24(float x) {
    float v = fabsf(x) <= FLT_MAX ? x * FULL_24 : 0.0f; /* neither NaN nor infinite */
    v = v > FULL_24 - 1.0f ? FULL_24 - 1.0f : v;
    v = v < -FULL_24 ? -FULL_24 : v;
    return (int32_t)((double)v + (v < 0.0f ? -0.5 : 0.5)) * 256;
}

static inline int32_t is_clipped(float x) {
    const float v = fabsf(x) <= FLT_MAX ? x * FULL_24 : 0.0f;
    return (v > FULL_24 - 1.0f ? 1 : 0) + (v < -FULL_24 ? 1 : 0);
}

static void stage_leg(struct recorder *recorder, uint32_t leg, const float *x, uint32_t n) {
    const uint32_t legs = recorder->legs;
    const size_t at = (size_t)recorder->staged * legs + leg;
    int32_t *ints = recorder->stage.ints + at; /* a zero is the same in both */
    float *floats = recorder->stage.floats + at;
    if (!x) {
        for (uint32_t i = 0; i < n; i++)
            ints[(size_t)i * legs] = 0;
    } else if (recorder->is_float) {
        for (uint32_t i = 0; i < n; i++)
            floats[(size_t)i * legs] = fabsf(x[i]) <= FLT_MAX ? x[i] : 0.0f;
    } else {
        /* one after the other first: strides and vectors do not go together */
        int32_t run[STAGE_FRAMES];
        int32_t clipped = 0;
        for (uint32_t i = 0; i < n; i++)
            run[i] = to_24(x[i]);
        for (uint32_t i = 0; i < n; i++)
            clipped += is_clipped(x[i]);
        for (uint32_t i = 0; i < n; i++)
            ints[(size_t)i * legs] = run[i];
        recorder->clipped += (uint32_t)clipped;
    }
}

int recorder_write(struct recorder *recorder, const float *const leg[], uint32_t nframes) {
    for (uint32_t done = 0; done < nframes && !recorder->failed;) {
        uint32_t n = STAGE_FRAMES - recorder->staged;
        if (n > nframes - done)
            n = nframes - done;
        for (uint32_t l = 0; l < recorder->legs; l++)
            stage_leg(recorder, l, leg[l] ? leg[l] + done : NULL, n);
        recorder->staged += n;
        done += n;
        if (recorder->staged == STAGE_FRAMES)
            flush(recorder);
    }
    return recorder->failed ? -1 : 0;
}

int recorder_silence(struct recorder *recorder, uint64_t nframes) {
    static const float *const nothing[MAX_LEGS];
    for (uint64_t left = nframes; left && !recorder->failed;) {
        const uint32_t n = left > STAGE_FRAMES ? STAGE_FRAMES : (uint32_t)left;
        recorder_write(recorder, nothing, n);
        left -= n;
    }
    return recorder->failed ? -1 : 0;
}

int recorder_update(struct recorder *recorder) {
    if (flush(recorder))
        return -1;
    sf_command(recorder->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
    return 0;
}

int recorder_close(struct recorder *recorder, int *fd, char error[256]) {
    if (fd)
        *fd = -1;
    if (!recorder)
        return 0;
    flush(recorder);
    errno = 0;
    const int closed = sf_close(recorder->file); /* writes the last header */
    if (closed)
        fail(recorder, errno ? strerror(errno) : "cannot be finished");
    if (fd)
        *fd = recorder->fd;
    else if (close(recorder->fd))
        fail(recorder, strerror(errno));
    const int result = recorder->failed ? -1 : 0;
    if (result)
        snprintf(error, 256, "%.90s: %.150s", recorder->path, recorder->why);
    free(recorder->stage.ints);
    free(recorder);
    return result;
}

const char *recorder_failed(const struct recorder *recorder) {
    return recorder->failed ? recorder->why : NULL;
}
uint64_t recorder_frames(const struct recorder *recorder) {
    return recorder->frames;
}
uint64_t recorder_clipped(const struct recorder *recorder) {
    return recorder->clipped;
}
const char *recorder_path(const struct recorder *recorder) {
    return recorder->path;
}
