/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/reel_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/sound/reel.h"

#define CHUNK_FRAMES 8192u

struct cache {
    int fd;
    int64_t frames;
    size_t frame_bytes;
};

/* A file without a name: in memory when it is small, else where temporary files live. */
static int nameless(double bytes) {
    if (bytes <= REEL_MEMORY_BYTES)
        return memfd_create("dubdesk-reel", MFD_CLOEXEC);
    const char *dir = getenv("TMPDIR");
    if (!dir || !*dir)
        dir = "/var/tmp"; /* /tmp is often memory, and small */
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char path[512];
    snprintf(path, sizeof path, "%s/dubdesk-reel.XXXXXX", dir);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int append(struct cache *cache, const float *samples, size_t frames, char error[256]) {
    const char *bytes = (const char *)samples;
    size_t left = frames * cache->frame_bytes;
    while (left) {
        const ssize_t n = write(cache->fd, bytes, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            snprintf(error, 256, "no room to convert it: %s", n < 0 ? strerror(errno) : "full");
            return -1;
        }
        bytes += n;
        left -= (size_t)n;
    }
    cache->frames += (int64_t)frames;
    return 0;
}

static int copy(struct cache *cache, SNDFILE *file, float *in, char error[256]) {
    sf_count_t n;
    while ((n = sf_readf_float(file, in, CHUNK_FRAMES)) > 0)
        if (append(cache, in, (size_t)n, error))
            return -1;
    return 0;
}

/* soxr takes its own delay out, so the first sample stays the first. */
static int convert(struct cache *cache, SNDFILE *file, const SF_INFO *info, uint32_t rate_hz,
                   float *in, float *out, size_t out_frames, char error[256]) {
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_error_t why = NULL;
    soxr_t soxr =
        soxr_create(info->samplerate, rate_hz, (unsigned)info->channels, &why, &io, &quality, NULL);
    if (!soxr) {
        snprintf(error, 256, "cannot convert from %d Hz: %s", info->samplerate, why);
        return -1;
    }
    /* The exact length: everything after the last input sample's time is the filter's tail. */
    int64_t read = 0;
    int result = 0;
    for (bool more = true; more && !result;) {
        const sf_count_t n = sf_readf_float(file, in, CHUNK_FRAMES);
        read += n > 0 ? n : 0;
        more = n > 0;
        size_t used = 0, made;
        do {
            size_t took = 0;
            why = more ? soxr_process(soxr, in + used * (size_t)info->channels, (size_t)n - used,
                                      &took, out, out_frames, &made)
                       : soxr_process(soxr, NULL, 0, NULL, out, out_frames, &made);
            used += took;
            if (why) {
                snprintf(error, 256, "cannot convert it: %s", why);
                result = -1;
            } else if (append(cache, out, made, error)) {
                result = -1;
            }
        } while (!result && (more ? used < (size_t)n || made == out_frames : made > 0));
    }
    soxr_delete(soxr);
    const int64_t length = (read * rate_hz + info->samplerate - 1) / info->samplerate;
    if (cache->frames > length)
        cache->frames = length;
    return result;
}

int reel_cache_make(SNDFILE *file, const SF_INFO *info, uint32_t rate_hz, int64_t *frames,
                    char error[256]) {
    const double ratio = (double)rate_hz / info->samplerate;
    struct cache cache = {.frame_bytes = (size_t)info->channels * sizeof(float)};
    cache.fd = nameless((double)info->frames * ratio * (double)cache.frame_bytes);
    if (cache.fd < 0) {
        snprintf(error, 256, "no temporary file to convert it: %s", strerror(errno));
        return -1;
    }
    const size_t out_frames = (size_t)(CHUNK_FRAMES * ratio) + 64;
    float *in = malloc(CHUNK_FRAMES * cache.frame_bytes);
    float *out = malloc(out_frames * cache.frame_bytes);
    int result = -1;
    if (!in || !out)
        snprintf(error, 256, "out of memory");
    else if ((uint32_t)info->samplerate == rate_hz)
        result = copy(&cache, file, in, error);
    else
        result = convert(&cache, file, info, rate_hz, in, out, out_frames, error);
    free(in);
    free(out);
    if (result) {
        close(cache.fd);
        return -1;
    }
    *frames = cache.frames;
    return cache.fd;
}
