/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Somebody else's strip: what a user would run instead of ours. */
#ifndef TOOLS_BENCH_PEER_H
#define TOOLS_BENCH_PEER_H

#include <stdbool.h>

struct bench_peer {
    const char *name;  /* "x42+ardour" */
    const char *parts; /* "fil4, a-exp, a-comp" */
    char skipped[160]; /* why it cannot be measured, or "" */
    void *ctx;
    /** One strip along time, from a fresh state. False with `skipped` filled if that failed. */
    bool (*process)(struct bench_peer *peer, const float *in, float *out, unsigned frames);
    void (*run)(void *ctx);     /* one period of all strips */
    double (*timed)(void *ctx); /* or its own clock: ns of `samples` samples */
    double samples;             /* that one run processes */
    void (*close)(struct bench_peer *peer);
};

/** Fill in `peer`: LV2 plugins in a chain, once per strip, in a host that does nothing else.
 *  Which plugins, and set how: a text of "URI symbol=value ... ; URI ..." */
void peer_lv2(struct bench_peer *peer, const char *chain, unsigned strips, unsigned period_frames);
/** Programs that filter a file: `command` and `empty` are shell commands that read raw float32 mono
 *  at 48 kHz from $IN; `command` with OUT set to a raw float32 file to write or to nothing. */
void peer_ffmpeg(struct bench_peer *peer, const char *filters);
void peer_sox(struct bench_peer *peer, const char *effects);

#endif
