/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a whole film mix costs offline, on one core: the engine alone, from input buffers to output
 * buffers as the file host drives it, and `dubdesk render` from files to files. */
#include "tools/bench_film.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sndfile.h>

#include "tools/bench.h"
#include "tools/bench_desk.h"

#define PERIOD 1024
#define LOOP_PERIODS 280 /* 6 s */
#define LOOP_FRAMES (LOOP_PERIODS * PERIOD)
#define STRIDE_FRAMES (LOOP_FRAMES + 272) /* tracks must not all fall into the same cache sets */
#define HOST_FRAMES (PERIOD + 16)
#define ROUNDS 9
#define RENDER_S 30
#define RENDERS 3
#define BAR 26
#define MOST_FILMS 12

struct film {
    const char *label, *kind; /* of the table, and of the figure */
    const char *isa;
    bool mono, lean, sparse, moving;
    struct bench_desk *desk;
    float *sound; /* [inputs][STRIDE_FRAMES] */
    float *host;  /* [inputs][HOST_FRAMES] the present period of it */
    unsigned seed;
};

/* ---- the engine alone ---- */

static float *make_tracks(const struct film *film, uint32_t inputs) {
    float *sound = bench_memory((size_t)inputs * STRIDE_FRAMES * sizeof *sound);
    for (uint32_t i = 0, input = 0; i < FILM_CHANNELS; i++) {
        const struct film_channel c = film_channel(i, film->mono);
        for (unsigned l = 0; l < c.legs; l++, input++) {
            film_track(sound + (size_t)input * STRIDE_FRAMES, LOOP_FRAMES, c, l, film->sparse);
        }
    }
    return sound;
}

/* Four new glides and sometimes a key every 1/8 s; a glide takes one second. */
static void move(struct film *film) {
    static const enum row_id row[] = {ROW_FADER, ROW_PAN_AED, ROW_SEND_LEVEL, ROW_EQ_BAND_GAIN};
    for (unsigned i = 0; i < 4; i++, film->seed++) {
        const float far = row[i] == ROW_PAN_AED ? 90.0F : 9.0F;
        bench_desk_glide(film->desk, KIND_CH, film->seed * 29 % FILM_CHANNELS, row[i], 0,
                         -far * (float)(film->seed % 11) / 10.0F, 1.0F);
    }
    if (film->seed % 3 == 0)
        bench_desk_set(film->desk, KIND_CH, film->seed * 29 % FILM_CHANNELS, ROW_MUTE, 0,
                       (float)(film->seed / 7 % 2));
}

/* The whole loop. A host has just put the sound into its port buffers when it calls the engine;
 * that is done here too, beside the clock. */
static double time_film(void *ctx) {
    struct film *film = ctx;
    double ns = 0;
    for (unsigned p = 0; p < LOOP_PERIODS; p++) {
        for (uint32_t i = 0; i < film->desk->inputs; i++)
            memcpy(film->host + (size_t)i * HOST_FRAMES,
                   film->sound + (size_t)i * STRIDE_FRAMES + (size_t)p * PERIOD,
                   PERIOD * sizeof *film->host);
        const double start = bench_cpu_ns();
        if (film->moving && p % 6 == 0)
            move(film);
        bench_desk_run(film->desk);
        ns += bench_cpu_ns() - start;
    }
    return ns;
}

static void open_film(struct film *film) {
    const float *track[FILM_MOST_LEGS];
    char *text = film_desk_text(film->mono, film->lean, NULL);
    film->desk = bench_desk_open(text, film->isa, PERIOD);
    free(text);
    film->sound = make_tracks(film, film->desk->inputs);
    film->host = bench_memory((size_t)film->desk->inputs * HOST_FRAMES * sizeof *film->host);
    for (uint32_t i = 0; i < film->desk->inputs; i++)
        track[i] = film->host + (size_t)i * HOST_FRAMES;
    bench_desk_feed(film->desk, track, PERIOD);
}

static void engine_alone(struct film *film, unsigned films) {
    struct bench_racer racer[MOST_FILMS];
    double most = 0;
    for (unsigned i = 0; i < films; i++) {
        open_film(&film[i]);
        racer[i] = (struct bench_racer){.timed = time_film, .ctx = &film[i]};
    }
    bench_race(racer, films, ROUNDS, 1);
    for (unsigned i = 0; i < films; i++) {
        const double x = LOOP_FRAMES * (1e9 / BENCH_RATE_HZ) / racer[i].ns;
        char variant[64];
        snprintf(variant, sizeof variant, "%s %s", film[i].isa, film[i].kind);
        bench_keep(&(struct bench_figure){.name = "film",
                                          .variant = variant,
                                          .strips = FILM_CHANNELS,
                                          .period_frames = PERIOD,
                                          .value = x,
                                          .unit = "x realtime"});
        racer[i].ns = x;
        most = x > most ? x : most;
        if (!film[i].sparse)
            bench_desk_check(film[i].desk);
        bench_desk_close(film[i].desk);
        free(film[i].sound);
        free(film[i].host);
    }
    for (unsigned i = 0; i < films; i++) {
        printf("%-44s %-8s %s%8.1f%s  ", film[i].label, film[i].isa, bench_bold(), racer[i].ns,
               bench_plain());
        bench_bar(racer[i].ns, most, BAR, true);
    }
}

/* ---- files included ---- */

static bool write_track(const char *folder, unsigned i, bool sparse) {
    const struct film_channel c = film_channel(i, false);
    const size_t frames = (size_t)RENDER_S * BENCH_RATE_HZ;
    float *leg = bench_memory(frames * sizeof *leg);
    float *x = bench_memory(frames * c.legs * sizeof *x);
    SF_INFO info = {.samplerate = BENCH_RATE_HZ,
                    .channels = (int)c.legs,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_24};
    char path[600];
    for (unsigned l = 0; l < c.legs; l++) {
        film_track(leg, frames, c, l, sparse);
        for (size_t t = 0; t < frames; t++)
            x[t * c.legs + l] = leg[t];
    }
    snprintf(path, sizeof path, "%s/C%u.wav", folder, i + 1);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    const bool written = file && sf_writef_float(file, x, (sf_count_t)frames) == (sf_count_t)frames;
    free(leg);
    free(x);
    return file && !sf_close(file) && written;
}

static double wall_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void remove_folder(const char *folder) {
    const char *const rm[] = {"rm", "-rf", "--", folder, NULL};
    bench_spawn(rm);
}

/* Render the reel; false if that cannot be had. */
static bool render(bool sparse, double *cpu_x, double *wall_x) {
    const char *folder = bench_beside("bench-film");
    char reel[512], out[512], config[512];
    double cpu[RENDERS], wall[RENDERS];
    snprintf(reel, sizeof reel, "%s/reel", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    snprintf(config, sizeof config, "%s/film.cfg", folder);
    const char *const argv[] = {bench_beside("dubdesk"), "render", "-c", config, "-o", out, NULL};
    mkdir(folder, 0777);
    mkdir(reel, 0777);
    FILE *f = fopen(config, "w");
    char *text = film_desk_text(false, false, "reel");
    bool fine = f && fputs(text, f) >= 0 && !fclose(f);
    free(text);
    for (unsigned i = 0; i < FILM_CHANNELS && fine; i++)
        fine = write_track(reel, i, sparse);
    for (unsigned r = 0; r < RENDERS && fine; r++) {
        remove_folder(out); /* nothing to be overwritten */
        const double start = wall_ns(), used = bench_children_ns();
        fine = !bench_spawn(argv);
        wall[r] = wall_ns() - start;
        cpu[r] = bench_children_ns() - used;
    }
    remove_folder(folder);
    if (!fine)
        return false;
    *cpu_x = RENDER_S * 1e9 / bench_median(cpu, RENDERS);
    *wall_x = RENDER_S * 1e9 / bench_median(wall, RENDERS);
    return true;
}

static void files_included(void) {
    for (unsigned sparse = 0; sparse < 2; sparse++) {
        double cpu_x, wall_x;
        if (access(bench_beside("dubdesk"), X_OK) || !render(sparse, &cpu_x, &wall_x)) {
            puts("skipped: dubdesk render does not run here (is build/dubdesk built?)");
            return;
        }
        struct bench_figure f = {.name = "render",
                                 .variant = sparse ? "reel" : "sounding",
                                 .strips = FILM_CHANNELS,
                                 .period_frames = PERIOD,
                                 .value = cpu_x,
                                 .unit = "x realtime"};
        bench_keep(&f);
        f.name = "render-wall";
        f.value = wall_x;
        bench_keep(&f);
        printf("%-53s %s%8.1f%s  %s(by the clock %.1f)%s\n",
               sparse ? "files included, dialogue mostly silent"
                      : "files included, all channels sounding",
               bench_bold(), cpu_x, bench_plain(), bench_dim(), wall_x, bench_plain());
        fflush(stdout);
    }
}

void bench_film(void) {
    struct film film[MOST_FILMS];
    unsigned films = 0;
    const char *best = kernels_best()->name, *whence;
    size_t frames;
    char note[400];
    film_sound(&frames, &whence);
    for (const struct kernels *k; films < BENCH_ISAS && (k = kernels_at(films)); films++)
        film[films] = (struct film){
            .label = "engine, all channels sounding", .kind = "sounding", .isa = k->name};
    film[films++] = (struct film){.label = "engine, a few faders, pans, bands moving",
                                  .kind = "moving",
                                  .isa = best,
                                  .moving = true};
    film[films++] = (struct film){.label = "engine, dialogue mostly silent, as reels are",
                                  .kind = "reel",
                                  .isa = best,
                                  .sparse = true};
    film[films++] = (struct film){.label = "engine, 64 mono channels, all sounding",
                                  .kind = "mono",
                                  .isa = best,
                                  .mono = true};
    film[films++] = (struct film){.label = "engine, 64 mono channels, buses but limited",
                                  .kind = "lean",
                                  .isa = best,
                                  .mono = true,
                                  .lean = true};
    snprintf(
        note, sizeof note,
        "24 dialogue, 16 effects, 10 foley in mono, 12 backgrounds and music in stereo, 2 in 5.1;\n"
        "3 predubs, 2 returns, 8 stems, 2 mains in 5.1. EQ and compressor everywhere, de-esser on\n"
        "dialogue, limiters on stems and mains. Sound: %s.",
        whence);
    bench_heading("A film desk of 64 channels, offline, on one core (times realtime)", note);
    engine_alone(film, films);
    files_included();
}
