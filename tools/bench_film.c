/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a whole desk costs: the engine from input buffers to output buffers, commands, meters and
 * all, as the file host drives it. A film desk of 64 channels (48 mono, 12 stereo, 4 in 5.1) with
 * filters and bands on as a mix uses them, 6 groups, 4 auxes, 10 stems, 3 mains, all in 5.1 and all
 * fed. Once at rest, and once with 32 glides of faders, pans, sends and bands under way at any time
 * and a mute key now and then. Instruction sets take turns, and the median round counts. */
#include "tools/bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/address.h"
#include "dsp/engine.h"
#include "dsp/kernels.h"

#define CHANNELS 64
#define ROUNDS 9
#define ROUND_FRAMES 24576 /* half a second, a multiple of all periods */
#define MOST_PERIOD 1024
#define MOST_VARIANTS 8
#define RATE_HZ 48000

struct film {
    struct desk *desk;
    struct engine *engine;
    struct engine_time time;
    bool moving;
    unsigned seed;
    const float **in;
    float **out;
};

static float *noise;   /* read from anywhere by the inputs */
static float *nowhere; /* [outputs][MOST_PERIOD] */
static unsigned checked;

/* ---- the desk ---- */

static const char *format_of(unsigned i) {
    return i % 16 == 15 ? "5.1" : i % 5 == 4 ? "stereo" : "mono";
}

static void write_channel(FILE *f, unsigned i) {
    fprintf(f,
            "{ id = \"C%u\"; format = \"%s\"; to = [\"%c%u\"]; fader = %.1f;\n"
            "  hpf = { freq = %u.0; }; %s\n"
            "  pan = { value = %d.0; spread = 0.1; };\n"
            "  send = { A%u = { level = -14.0; }; %s };\n"
            "  eq = { bands = (",
            i + 1, format_of(i), i / 6 % 3 ? 'G' : 'S', 1 + i % 6, -6.0 - (double)(i % 6), 60 + i,
            i % 2 ? "lpf = { freq = 12000.0; };" : "", (int)(i * 23 % 160) - 80, 1 + i % 4,
            i % 4 == 1 ? "A3 = { level = -20.0; pre = true; };" : "");
    for (unsigned b = 0; b < 2 + i % 5; b++)
        fprintf(f, "%s{ freq = %u.0; gain = %.1f; q = 1.2; }", b ? ", " : "", (120u << b) + i,
                (double)((i + b) % 9) - 4.0);
    fprintf(f, "); }; }%s\n", i + 1 < CHANNELS ? "," : "");
}

static void write_buses(FILE *f, const char *list, char letter, unsigned count, const char *more) {
    fprintf(f, "%s = (", list);
    for (unsigned i = 1; i <= count; i++) {
        fprintf(f, "%s{ id = \"%c%u\"; format = \"5.1\"; %s", i > 1 ? ", " : "", letter, i, more);
        if (letter == 'G')
            fprintf(f, " to = [\"S%u\"];", i);
        if (letter == 'A')
            fprintf(f, " stem = \"S%u\";", 6 + i);
        fprintf(f, " }\n");
    }
    fprintf(f, ");\n");
}

static struct desk *film_desk(void) {
    struct desk *desk = NULL;
    struct desk_error error = {.text = "out of memory"};
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (f) {
        fprintf(f, "rate = %d;\nchannels = (\n", RATE_HZ);
        for (unsigned i = 0; i < CHANNELS; i++)
            write_channel(f, i);
        fprintf(f, ");\n");
        write_buses(f, "groups", 'G', 6, "hpf = { freq = 30.0; };");
        write_buses(f, "auxes", 'A', 4, "hpf = { freq = 200.0; };");
        write_buses(f, "stems", 'S', 10, "lpf = { freq = 18000.0; };");
        write_buses(f, "mains", 'M', 3, "");
        fclose(f);
    }
    if (!text || desk_parse(text, "bench", &desk, &error)) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    free(text);
    return desk;
}

static void *memory(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (!p) {
        perror("bench");
        exit(1);
    }
    return p;
}

static struct film *film_open(const char *isa, bool moving) {
    struct film *film = memory(1, sizeof *film);
    const struct engine_options options = {.max_period_frames = MOST_PERIOD, .isa = isa};
    char error[256];
    film->desk = film_desk();
    film->moving = moving;
    film->engine = engine_setup(film->desk, &options, error);
    if (!film->engine) {
        fprintf(stderr, "bench: %s\n", error);
        exit(1);
    }
    const uint32_t ports = desk_ports(film->desk, NULL, 0);
    struct desk_port *port = memory(ports, sizeof *port);
    uint32_t inputs = 0;
    desk_ports(film->desk, port, ports);
    while (inputs < ports && port[inputs].input)
        inputs++;
    free(port);
    film->in = memory(inputs, sizeof *film->in);
    film->out = memory(ports - inputs, sizeof *film->out);
    if (!nowhere)
        nowhere = memory(ports - inputs, MOST_PERIOD * sizeof *nowhere);
    for (uint32_t i = 0; i < ports - inputs; i++)
        film->out[i] = nowhere + (size_t)i * MOST_PERIOD;
    for (uint32_t i = 0; i < inputs; i++) /* odd places, as nobody promises alignment */
        film->in[i] = noise + (size_t)i * 509 % ROUND_FRAMES;
    return film;
}

static void film_close(struct film *film) {
    engine_free(film->engine);
    desk_free(film->desk);
    free(film->in);
    free(film->out);
    free(film);
}

/* ---- running ---- */

/* Four new glides and sometimes a key every 1/8 s; a glide takes one second. */
static void film_move(struct film *film) {
    static const enum row_id row[] = {ROW_FADER, ROW_PAN_AED, ROW_SEND_LEVEL, ROW_EQ_BAND_GAIN};
    struct command c[5] = {0};
    struct group group = {.when = WHEN_NEXT, .count = 4 + film->seed % 2};
    for (unsigned i = 0; i < group.count; i++, film->seed++) {
        const uint32_t ch = film->seed * 29 % CHANNELS;
        const bool glide = i < 4;
        const enum row_id r = glide ? row[i] : ROW_MUTE;
        const uint32_t dim = r == ROW_SEND_LEVEL ? ch % 4 : r == ROW_EQ_BAND_GAIN ? 1 : 0;
        const float far = r == ROW_PAN_AED ? 90.0F : 9.0F;
        c[i] = (struct command){
            .op = glide ? COMMAND_GLIDE : COMMAND_SET,
            .slot = layout_slot(&film->desk->layout, KIND_CH, ch, r, dim, 0),
            .value = glide ? -far * (float)(film->seed % 11) / 10.0F : (float)(film->seed / 7 % 2),
            .seconds = glide ? 1.0F : 0.0F,
            .curve = (uint8_t)(film->seed % 2 ? CURVE_LINEAR : CURVE_S)};
    }
    if (engine_queue(film->engine, &group, c)) {
        fputs("bench: the engine refused a move\n", stderr);
        exit(1);
    }
}

static double film_run(struct film *film, unsigned period) {
    const double start = bench_cpu_ns();
    for (unsigned at = 0; at < ROUND_FRAMES; at += period) {
        if (film->moving &&
            film->time.frame / (RATE_HZ / 8) != (film->time.frame + period) / (RATE_HZ / 8))
            film_move(film);
        engine_run(film->engine, &film->time, film->in, film->out, period);
        film->time.frame += period;
    }
    return bench_cpu_ns() - start;
}

/* A desk that is silent would be quick. */
static void film_check(const struct film *film) {
    const uint32_t count = engine_meters(film->engine);
    struct meter_value *meter = memory(count, sizeof *meter);
    engine_meters_read(film->engine, meter);
    const struct layout *l = &film->desk->layout;
    for (enum kind kind = KIND_CH; kind <= KIND_MAIN; kind++)
        for (uint32_t i = 0; i < l->count[kind]; i++, checked++)
            if (!(meter[engine_meter_of(film->engine, film->desk->first[kind] + i)].in_rms >
                  1e-5F)) {
                fprintf(stderr, "bench: kind %d, strip %u carries nothing\n", (int)kind, i);
                exit(1);
            }
    free(meter);
}

void bench_film(void) {
    static const unsigned periods[] = {64, 256, 1024};
    struct film *film[MOST_VARIANTS];
    unsigned n = 0;
    noise = memory(2 * ROUND_FRAMES + MOST_PERIOD, sizeof *noise);
    for (unsigned i = 0; i < 2 * ROUND_FRAMES + MOST_PERIOD; i++)
        noise[i] = ((float)rand() / (float)RAND_MAX - 0.5F) * 0.2F;
    printf("\nFilm desk (%d channels, 23 buses in 5.1, through the whole engine), x realtime\n\n"
           "%8s",
           CHANNELS, "period");
    for (const struct kernels *k; n + 1 < MOST_VARIANTS && (k = kernels_at(n / 2)); n += 2) {
        printf(" %9s %9s", k->name, "moving");
        film[n] = film_open(k->name, false);
        film[n + 1] = film_open(k->name, true);
    }
    puts("");
    for (unsigned p = 0; p < sizeof periods / sizeof *periods; p++) {
        static double rounds[MOST_VARIANTS][ROUNDS];
        for (unsigned v = 0; v < n; v++)
            film_run(film[v], periods[p]); /* warm, and the glides under way */
        for (unsigned r = 0; r < ROUNDS; r++)
            for (unsigned v = 0; v < n; v++)
                rounds[v][r] = film_run(film[v], periods[p]);
        printf("%8u", periods[p]);
        for (unsigned v = 0; v < n; v++) {
            char variant[32];
            const double x = ROUND_FRAMES * (1e9 / RATE_HZ) / bench_median(rounds[v], ROUNDS);
            snprintf(variant, sizeof variant, "%s%s", kernels_at(v / 2)->name,
                     film[v]->moving ? " moving" : "");
            bench_figure("film", variant, CHANNELS, periods[p], x, "x realtime");
            printf(" %9.1f", x);
        }
        puts("");
        fflush(stdout);
    }
    for (unsigned v = 0; v < n; v++) {
        film_check(film[v]);
        film_close(film[v]);
    }
    free(noise);
    free(nowhere);
}
