/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that filter files: their processor time for a long mono file, less that for the same
 * file through an empty chain, so that starting, reading and writing do not count. */
#include "tools/bench_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench.h"

#define LONG_SECONDS 60
#define LONG_FRAMES (LONG_SECONDS * BENCH_RATE_HZ)

struct program {
    bool sox;
    const char *chain;
    char in[64], out[64], check_in[64];
};

static const char *folder(void) {
    static char path[64];
    if (!*path) {
        const char *tmp = getenv("TMPDIR");
        snprintf(path, sizeof path, "%.40s/dubdesk-bench.XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(path)) {
            perror(path);
            exit(1);
        }
    }
    return path;
}

static bool write_raw(const char *path, const float *x, unsigned frames) {
    FILE *f = fopen(path, "wb");
    const bool written = f && fwrite(x, sizeof *x, frames, f) == frames;
    return f && !fclose(f) && written;
}

/* An absolute path, or "" if there is no such program. */
static bool installed(const char *name) {
    const char *path = getenv("PATH");
    char full[512];
    while (path && *path) {
        const int length = (int)strcspn(path, ":");
        snprintf(full, sizeof full, "%.*s/%s", length, path, name);
        if (!access(full, X_OK))
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* Split a chain at spaces; returns how many. */
static int words(char *text, const char **word, int most) {
    int n = 0;
    for (char *w; n < most && (w = strsep(&text, " "));)
        if (*w)
            word[n++] = w;
    return n;
}

/* Run once; the exit status. out NULL: nowhere. */
static int filter(const struct program *p, const char *chain, const char *in, const char *out) {
    char text[512];
    const char *argv[80] = {NULL};
    snprintf(text, sizeof text, "%s", chain);
    if (p->sox) {
        static const char *const head[] = {"sox", "-D",    "-V1", "-t", "f32",
                                           "-r",  "48000", "-c",  "1"};
        int n = (int)(sizeof head / sizeof *head);
        memcpy(argv, head, sizeof head);
        argv[n++] = in;
        if (out) {
            argv[n++] = "-t";
            argv[n++] = "f32";
        }
        argv[n++] = out ? out : "-n";
        words(text, argv + n, 79 - n);
    } else {
        const char *const all[] = {"ffmpeg",
                                   "-nostdin",
                                   "-v",
                                   "error",
                                   "-y",
                                   "-threads",
                                   "1",
                                   "-filter_threads",
                                   "1",
                                   "-f",
                                   "f32le",
                                   "-ar",
                                   "48000",
                                   "-ac",
                                   "1",
                                   "-i",
                                   in,
                                   "-af",
                                   text,
                                   "-c:a",
                                   "pcm_f32le",
                                   "-f",
                                   out ? "f32le" : "null",
                                   out ? out : "-"};
        memcpy(argv, all, sizeof all);
    }
    return bench_spawn(argv);
}

static double timed(void *ctx) {
    const struct program *p = ctx;
    const double start = bench_children_ns();
    filter(p, p->chain, p->in, NULL);
    const double middle = bench_children_ns();
    filter(p, p->sox ? "" : "anull", p->in, NULL);
    return (middle - start) - (bench_children_ns() - middle);
}

static bool process(struct bench_peer *peer, const float *in, float *out, unsigned frames) {
    const struct program *p = peer->ctx;
    const bool ran =
        write_raw(p->check_in, in, frames) && !filter(p, p->chain, p->check_in, p->out);
    FILE *f = ran ? fopen(p->out, "rb") : NULL;
    if (f) {
        /* What a filter keeps back at the end is silence here. */
        memset(out, 0, frames * sizeof *out);
        const size_t got = fread(out, sizeof *out, frames, f);
        fclose(f);
        if (got > frames / 2)
            return true;
    }
    snprintf(peer->skipped, sizeof peer->skipped, "%s refuses the chain",
             p->sox ? "sox" : "ffmpeg");
    return false;
}

static void close_program(struct bench_peer *peer) {
    struct program *p = peer->ctx;
    unlink(p->in);
    unlink(p->out);
    unlink(p->check_in);
    rmdir(folder());
    free(p);
}

static void open_program(struct bench_peer *peer, bool sox, const char *chain) {
    const char *name = sox ? "sox" : "ffmpeg";
    if (!installed(name)) {
        snprintf(peer->skipped, sizeof peer->skipped, "%s is not installed", name);
        return;
    }
    struct program *p = bench_memory(sizeof *p);
    p->sox = sox;
    p->chain = chain;
    snprintf(p->in, sizeof p->in, "%.48s/%s.in", folder(), name);
    snprintf(p->out, sizeof p->out, "%.48s/%s.out", folder(), name);
    snprintf(p->check_in, sizeof p->check_in, "%.48s/%s.check", folder(), name);
    peer->ctx = p;
    peer->process = process;
    peer->timed = timed;
    peer->samples = LONG_FRAMES;
    peer->close = close_program;
    float *noise = bench_memory(LONG_FRAMES * sizeof *noise);
    for (unsigned i = 0; i < LONG_FRAMES; i++)
        noise[i] = 0.3F * bench_random();
    if (!write_raw(p->in, noise, LONG_FRAMES))
        snprintf(peer->skipped, sizeof peer->skipped, "no room for a file in %s", folder());
    free(noise);
}

void peer_ffmpeg(struct bench_peer *peer, const char *filters) {
    open_program(peer, false, filters);
}

void peer_sox(struct bench_peer *peer, const char *effects) {
    open_program(peer, true, effects);
}
