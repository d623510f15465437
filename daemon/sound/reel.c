/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/reel.h"

#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sound/reel_cache.h"

#define BLOCK_FRAMES 4096
#define REEL_MAX_LEGS 64
#define RATE_MIN_HZ 1000
#define RATE_MAX_HZ 768000

struct reel {
    char path[1024];
    SNDFILE *file; /* read directly, or NULL */
    int cache;     /* or from these floats, or -1 */
    uint32_t legs;
    int64_t from, frames;    /* timeline frame of the first sample; length at the desk's rate */
    int64_t at;              /* where the file stands */
    int64_t block, block_at; /* frames in the buffer, and the file frame of the first */
    float *buffer;           /* [BLOCK_FRAMES][legs] */
};

const char *reel_name(const char *source) {
    return strncmp(source, "reel:", 5) == 0 && source[5] ? source + 5 : NULL;
}

void reel_raise_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* where not, reel_open says what happened */
    }
}

static bool is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool stays_inside(const char *name) {
    if (name[0] == '/' || name[0] == '\0')
        return false;
    for (const char *p = name; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
            return false;
    }
    return true;
}

static int find(struct reel *reel, const char *dir, const char *name, char error[256]) {
    static const char *const extension[] = {"",      ".wav", ".WAV",  ".bwf", ".BWF", ".rf64",
                                            ".flac", ".ogg", ".oga",  ".w64", ".aif", ".aiff",
                                            ".caf",  ".au",  ".opus", ".mp3"};
    if (!dir || !*dir) {
        snprintf(error, 256, "reel:%s: the desk file names no reel folder", name);
        return -1;
    }
    if (!stays_inside(name)) {
        snprintf(error, 256, "reel:%s: expected the name of a file in the reel folder", name);
        return -1;
    }
    for (size_t i = 0; i < sizeof extension / sizeof *extension; i++) {
        const int n = snprintf(reel->path, sizeof reel->path, "%s/%s%s", dir, name, extension[i]);
        if (n > 0 && (size_t)n < sizeof reel->path && is_file(reel->path))
            return 0;
    }
    snprintf(error, 256, "reel:%.80s: no such file in %.140s", name, dir);
    return -1;
}

/* Whether a read after a seek gives exactly what reading through gives. */
static bool enters_anywhere(const SF_INFO *info) {
    switch (info->format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE: break;
    default: return false;
    }
    return info->seekable && (info->format & SF_FORMAT_TYPEMASK) != SF_FORMAT_FLAC;
}

static int64_t time_reference(SNDFILE *file) {
    SF_BROADCAST_INFO bext;
    memset(&bext, 0, sizeof bext);
    if (sf_command(file, SFC_GET_BROADCAST_INFO, &bext, sizeof bext) != SF_TRUE)
        return 0;
    return (int64_t)((uint64_t)bext.time_reference_high << 32 | bext.time_reference_low);
}

/* value x to / from, rounded, without losing bits: references are below 2^40 in practice, but a
 * file may say anything. */
static int64_t rescale(int64_t value, int64_t from, int64_t to) {
    return value / from * to + (value % from * to + from / 2) / from;
}

struct reel *reel_open(const char *dir, const char *name, uint32_t rate_hz, int64_t start_frames,
                       char error[256]) {
    struct reel *reel = calloc(1, sizeof *reel);
    if (!reel) {
        snprintf(error, 256, "out of memory");
        return NULL;
    }
    reel->cache = -1;
    if (find(reel, dir, name, error))
        goto fail;
    SF_INFO info = {0};
    reel->file = sf_open(reel->path, SFM_READ, &info);
    if (!reel->file) {
        snprintf(error, 256, "%.150s: %.90s", reel->path, sf_strerror(NULL));
        goto fail;
    }
    if (info.channels < 1 || info.channels > REEL_MAX_LEGS || info.samplerate < RATE_MIN_HZ ||
        info.samplerate > RATE_MAX_HZ || info.frames < 0) {
        snprintf(error, 256, "%.150s: %d channels at %d Hz are not for a reel", reel->path,
                 info.channels, info.samplerate);
        goto fail;
    }
    reel->legs = (uint32_t)info.channels;
    reel->frames = info.frames;
    reel->block_at = INT64_MIN / 2;
    reel->buffer = malloc(sizeof(float) * BLOCK_FRAMES * reel->legs);
    if (!reel->buffer) {
        snprintf(error, 256, "out of memory");
        goto fail;
    }
    const int64_t reference = time_reference(reel->file);
    if (reference > 0 && reference < INT64_MAX / 1000000)
        reel->from = rescale(reference, info.samplerate, rate_hz) - start_frames;
    if ((uint32_t)info.samplerate != rate_hz || !enters_anywhere(&info)) {
        char why[256] = "";
        reel->cache = reel_cache_make(reel->file, &info, rate_hz, &reel->frames, why);
        if (reel->cache < 0) {
            snprintf(error, 256, "%.120s: %.120s", reel->path, why);
            goto fail;
        }
        sf_close(reel->file);
        reel->file = NULL;
    }
    return reel;
fail:
    reel_close(reel);
    return NULL;
}

void reel_close(struct reel *reel) {
    if (!reel)
        return;
    if (reel->file)
        sf_close(reel->file);
    if (reel->cache >= 0)
        close(reel->cache);
    free(reel->buffer);
    free(reel);
}

uint32_t reel_legs(const struct reel *reel) {
    return reel->legs;
}
int64_t reel_from(const struct reel *reel) {
    return reel->from;
}
int64_t reel_to(const struct reel *reel) {
    return reel->from + reel->frames;
}
const char *reel_path(const struct reel *reel) {
    return reel->path;
}

static int64_t read_cache(struct reel *reel, int64_t at, int64_t frames) {
    const size_t frame_bytes = reel->legs * sizeof(float);
    size_t done = 0;
    const size_t want = (size_t)frames * frame_bytes;
    if (!frame_bytes)
        return 0; /* reel_open refuses such files */
    while (done < want) {
        const ssize_t n = pread(reel->cache, (char *)reel->buffer + done, want - done,
                                at * (int64_t)frame_bytes + (int64_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return (int64_t)(done / frame_bytes);
}

static int64_t read_file(struct reel *reel, int64_t at, int64_t frames) {
    if (at != reel->at && sf_seek(reel->file, at, SEEK_SET) != at) {
        reel->at = -1;
        return 0;
    }
    const int64_t n = sf_readf_float(reel->file, reel->buffer, frames);
    reel->at = n > 0 ? at + n : -1;
    return n > 0 ? n : 0;
}

/* Have the file frame `at` in the buffer. What cannot be read is silence there. */
static int load(struct reel *reel, int64_t at) {
    int64_t want = reel->frames - at;
    if (want > BLOCK_FRAMES)
        want = BLOCK_FRAMES;
    const int64_t got = reel->file ? read_file(reel, at, want) : read_cache(reel, at, want);
    if (got < want)
        memset(reel->buffer + got * reel->legs, 0,
               (size_t)(want - got) * reel->legs * sizeof(float));
    reel->block_at = at;
    reel->block = want;
    return got < want ? -1 : 0;
}

int reel_read(struct reel *reel, int64_t timeline, uint32_t nframes, float *const leg[],
              uint32_t legs) {
    const uint32_t have = legs < reel->legs ? legs : reel->legs;
    for (uint32_t l = 0; l < legs; l++)
        memset(leg[l], 0, nframes * sizeof(float));
    int64_t at = timeline - reel->from;
    int64_t end = at + (int64_t)nframes;
    const int64_t begin = at;
    int result = 0;
    if (end > reel->frames)
        end = reel->frames;
    if (at < 0)
        at = 0;
    while (at < end) {
        if ((at < reel->block_at || at >= reel->block_at + reel->block) && load(reel, at))
            result = -1;
        int64_t n = reel->block_at + reel->block - at;
        if (n > end - at)
            n = end - at;
        const float *from = reel->buffer + (at - reel->block_at) * reel->legs;
        for (uint32_t l = 0; l < have; l++)
            for (int64_t i = 0; i < n; i++)
                leg[l][at - begin + i] = from[i * reel->legs + l];
        at += n;
    }
    return result;
}
