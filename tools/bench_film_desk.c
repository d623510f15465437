/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 64 channels (24 dialogue, 16 effects, 10 foley in mono, 6 backgrounds and 6 musics in stereo, 2
 * in 5.1), three predubs, two reverb returns, eight stems, print master and M&E, all in 5.1. Every
 * channel, predub, return and stem has filters, bands and a compressor at work, dialogue a
 * de-esser, stems and print master a limiter. */
#include "tools/bench_film.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sndfile.h>

#include "tools/bench.h"

#define POOL_FRAMES (120U * BENCH_RATE_HZ)
#define WINDOW_FRAMES 480 /* in which there is sound or there is not */
#define SOUNDING 0.003F   /* -50 dBFS */
#define FADE_FRAMES 240

/* ---- the desk ---- */

struct film_channel film_channel(unsigned i, bool mono) {
    const enum film_kind kind = i < 24   ? FILM_DIALOGUE
                                : i < 40 ? FILM_EFFECTS
                                : i < 50 ? FILM_FOLEY
                                : i < 56 ? FILM_BACKGROUND
                                         : FILM_MUSIC;
    if (mono || i < 50)
        return (struct film_channel){kind, "mono", 1};
    if (i < 62)
        return (struct film_channel){kind, "stereo", 2};
    return (struct film_channel){kind, "5.1", 6};
}

static const char *destination(unsigned i) {
    if (i < 18)
        return "DXG";
    if (i < 24)
        return i < 20 ? "PFX" : i < 22 ? "FILL" : "OPT";
    if (i < 40)
        return "FXG";
    return i < 50 ? "FOL" : i < 56 ? "BGG" : "MX";
}

static void write_processing(FILE *f, unsigned bands, unsigned seed) {
    fprintf(f, " hpf = { freq = %u.0; }; comp = { thr = -%u.0; ratio = 3.0; };\n  eq = { bands = (",
            60 + seed, 22 + seed % 8);
    for (unsigned b = 0; b < bands; b++)
        fprintf(f, "%s{ freq = %u.0; gain = %d.0; q = 1.2; }", b ? ", " : "",
                (150U << (5 * b / bands)) + seed, (int)((seed + 2 * b) % 7) - 3);
    fputs("); };", f);
}

static void write_channel(FILE *f, unsigned i, bool mono, bool reel) {
    const struct film_channel c = film_channel(i, mono);
    fprintf(f, "{ id = \"C%u\"; format = \"%s\"; to = [\"%s\"]; fader = -%u.0;", i + 1, c.format,
            destination(i), 6 + i % 5);
    if (reel)
        fprintf(f, " in = \"reel:C%u\";", i + 1);
    fputs("\n ", f);
    write_processing(f, 4, i);
    if (c.kind == FILM_DIALOGUE)
        fputs(" deess = { thr = -34.0; };", f);
    if (c.kind == FILM_EFFECTS || c.kind == FILM_FOLEY)
        fprintf(f, " pan = { value = %d.0; spread = 0.1; };", (int)(i * 23 % 160) - 80);
    if (c.kind != FILM_MUSIC)
        fprintf(f, " send = { %s = { level = -14.0; }; };",
                c.kind == FILM_DIALOGUE ? "REV_DX" : "REV_FX");
    fputs(" }", f);
}

static void write_buses(FILE *f, bool lean) {
    static const char *const groups[] = {"DXG", "FXG", "BGG"}, *const into[] = {"DX", "FX", "BG"};
    static const char *const stems[] = {"DX", "PFX", "MX", "FX", "FOL", "BG", "FILL", "OPT"};
    fputs("groups = (\n", f);
    for (unsigned i = 0; i < 3; i++) {
        fprintf(f, "%s{ id = \"%s\"; format = \"5.1\"; to = [\"%s\"];", i ? ",\n" : "", groups[i],
                into[i]);
        if (!lean)
            write_processing(f, 3, i);
        fputs(" }", f);
    }
    fputs(");\nauxes = (\n", f);
    for (unsigned i = 0; i < 2; i++) {
        fprintf(f, "%s{ id = \"REV_%s\"; format = \"5.1\"; stem = \"%s\";", i ? ",\n" : "", into[i],
                into[i]);
        if (!lean)
            write_processing(f, 2, i);
        fputs(" }", f);
    }
    fputs(");\nstems = (\n", f);
    for (unsigned i = 0; i < 8; i++) {
        fprintf(f, "%s{ id = \"%s\"; format = \"5.1\"; lim = { thr = -3.0; };", i ? ",\n" : "",
                stems[i]);
        if (!lean)
            write_processing(f, 2, i);
        fputs(" }", f);
    }
    fputs(");\nmains = (\n{ id = \"PM\"; format = \"5.1\"; print_master = true; lim = { thr = "
          "-2.0; }; },\n"
          "{ id = \"ME\"; format = \"5.1\"; without = [\"DX\"]; lim = { thr = -2.0; }; });\n",
          f);
}

char *film_desk_text(bool mono, bool lean, const char *reel) {
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) {
        perror("bench");
        exit(1);
    }
    fprintf(f, "rate = %d;\nlimiters = true;\n", BENCH_RATE_HZ);
    if (reel)
        fprintf(f, "tape = { reel = \"%s\"; };\n", reel);
    fputs("channels = (\n", f);
    for (unsigned i = 0; i < FILM_CHANNELS; i++, fputs(i < FILM_CHANNELS ? ",\n" : ");\n", f))
        write_channel(f, i, mono, reel != NULL);
    write_buses(f, lean);
    fclose(f);
    return text;
}

/* ---- its sound ---- */

/* Add what sounds of a file's first channel; returns how much the pool holds then. */
static size_t add_file(float *pool, size_t held, const char *path) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    float *x = file ? bench_memory((size_t)info.channels * WINDOW_FRAMES * sizeof *x) : NULL;
    while (file && info.samplerate == BENCH_RATE_HZ && held + WINDOW_FRAMES <= POOL_FRAMES &&
           sf_readf_float(file, x, WINDOW_FRAMES) == WINDOW_FRAMES) {
        float peak = 0;
        for (unsigned i = 0; i < WINDOW_FRAMES; i++) {
            const float y = x[i * (unsigned)info.channels];
            pool[held + i] = y;
            peak = fmaxf(peak, fabsf(y));
        }
        held += peak > SOUNDING ? WINDOW_FRAMES : 0;
    }
    if (file)
        sf_close(file);
    free(x);
    return held;
}

static size_t add_folder(float *pool, const char *folder) {
    static const char *const tracks[] = {"DX_A",  "DX_B", "ADR",  "FX_A", "FX_C", "FOL_A",
                                         "FOL_B", "MX_A", "MX_B", "BG_A", "FILL", "OPT"};
    size_t held = 0;
    for (unsigned i = 0; i < sizeof tracks / sizeof *tracks; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.wav", folder, tracks[i]);
        held = add_file(pool, held, path);
    }
    return held;
}

/* Pink-ish noise, up and down four times a second. */
static size_t make_noise(float *pool) {
    float low = 0;
    for (unsigned i = 0; i < POOL_FRAMES; i++) {
        low += 0.1F * (bench_random() - low);
        pool[i] = low * (0.6F + 0.5F * sinf((float)(i % 12000) * (float)(2 * M_PI / 12000)));
    }
    return POOL_FRAMES;
}

const float *film_sound(size_t *frames, const char **whence) {
    static float *pool;
    static size_t held;
    static const char *from;
    if (!pool) {
        const char *cut = bench_beside("bench-sound");
        const char *const reel[] = {"tools/reel", cut, NULL};
        pool = bench_memory(POOL_FRAMES * sizeof *pool);
        from = "recorded sound, of the demo's reel";
        held = add_folder(pool, bench_beside("demo/reel"));
        if (held < POOL_FRAMES / 4)
            held = add_folder(pool, cut);
        if (held < POOL_FRAMES / 4 && !access(reel[0], X_OK) && !bench_spawn(reel))
            held = add_folder(pool, cut);
        if (held < POOL_FRAMES / 4) {
            held = make_noise(pool);
            from = "noise (the packages of `make demo` would bring recorded sound)";
        }
    }
    *frames = held;
    *whence = from;
    return pool;
}

static unsigned any_number(unsigned *seed, unsigned below) {
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

void film_track(float *x, size_t frames, struct film_channel channel, unsigned leg, bool sparse) {
    static unsigned tracks;
    const char *whence;
    size_t held;
    const float *pool = film_sound(&held, &whence);
    unsigned seed = ++tracks * 2654435761U + leg;
    size_t from = any_number(&seed, (unsigned)held);
    for (size_t i = 0; i < frames; i++)
        x[i] = pool[(from + i) % held];
    if (!sparse || channel.kind == FILM_BACKGROUND || channel.kind == FILM_MUSIC)
        return;
    /* Clips of 1 to 4 s, of which one in five is kept: about a fifth of the track sounds. */
    for (size_t at = 0, length; at < frames; at += length) {
        length = BENCH_RATE_HZ + any_number(&seed, 3 * BENCH_RATE_HZ);
        length = at + length < frames ? length : frames - at;
        const bool keep = any_number(&seed, 5) == 0;
        if (!keep)
            memset(x + at, 0, length * sizeof *x);
        for (size_t i = 0; i < FADE_FRAMES && i < length / 2 && keep; i++) {
            x[at + i] *= (float)i / FADE_FRAMES;
            x[at + length - 1 - i] *= (float)i / FADE_FRAMES;
        }
    }
}
