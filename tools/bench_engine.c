/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Desks of equal strips through the whole engine, from input ports to output ports: what the
 * parameters cost is in it, and what the buses behind the strips cost (8 or 16 mono auxes, a stem,
 * a main, the monitor). And how much of a period of 64 frames one core needs for 1024 full strips.
 */
#include "tools/bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/bench_desk.h"

#define PERIOD 64
#define ROUNDS 15
#define ROUND_NS 2e6
#define SETTLE_PERIODS 200 /* at most, */
#define SINGLE_PERIODS 400
#define PATIENCE_NS 4e8 /* nor longer than this */
#define GLIDE_S 3600.0F
#define MOST_STRIPS 1024
#define BAR 16

enum moving { REST, GAINS, EVERYTHING };

struct line {
    const char *label, *kind;
    unsigned strips;
    bool full;
    enum moving moving;
    double ns[BENCH_ISAS];
};

static void write_channel(FILE *f, unsigned i, bool full) {
    const unsigned sends = full ? 16 : 8, bands = full ? 6 : 4;
    fprintf(f,
            "{ id = \"C%u\"; to = [\"S\"]; fader = -40.0;%s\n"
            "  hpf = { freq = 80.0; }; lpf = { freq = 14000.0; };\n"
            "  gate = { thr = -40.0; }; comp = { thr = -20.0; ratio = 4.0; };%s\n"
            "  pan = { value = %d.0; spread = 0.9; lfe = -20.0; };\n  send = {",
            i + 1, full ? " delay = 10.0;" : "", full ? " deess = { thr = -30.0; };" : "",
            (int)(i * 37 % 160) - 80);
    for (unsigned a = 1; a <= sends; a++)
        fprintf(f, " A%u = { level = -40.0; };", a);
    fprintf(f, " };\n  eq = { bands = (");
    for (unsigned b = 0; b < bands; b++)
        fprintf(f, "%s{ freq = %u.0; gain = %d.0; }", b ? ", " : "", 120U << b, (int)b - 6);
    fprintf(f, "); }; }");
}

static char *desk_text(unsigned strips, bool full) {
    const char *format = full ? "7.1.4" : "5.1";
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) {
        perror("bench");
        exit(1);
    }
    fprintf(f, "rate = %d;\nchannels = (\n", BENCH_RATE_HZ);
    for (unsigned i = 0; i < strips; i++, fputs(i < strips ? ",\n" : ");\n", f))
        write_channel(f, i, full);
    fputs("auxes = (\n", f);
    for (unsigned a = 1; a <= (full ? 16U : 8U); a++)
        fprintf(f, "%s{ id = \"A%u\"; format = \"mono\"; stem = \"S\"; }", a > 1 ? ",\n" : "", a);
    fprintf(f, ");\nstems = ({ id = \"S\"; format = \"%s\"; });\n", format);
    fprintf(f, "mains = ({ id = \"M\"; format = \"%s\"; });\n", format);
    fclose(f);
    return text;
}

static void move_gains(struct bench_desk *d, uint32_t i, bool full) {
    bench_desk_glide(d, KIND_CH, i, ROW_TRIM, 0, 12, GLIDE_S);
    bench_desk_glide(d, KIND_CH, i, ROW_FADER, 0, 0, GLIDE_S);
    bench_desk_glide(d, KIND_CH, i, ROW_PAN_AED, 0, 170, GLIDE_S);
    for (uint32_t a = 0; a < (full ? 16U : 8U); a++)
        bench_desk_glide(d, KIND_CH, i, ROW_SEND_LEVEL, a, 0, GLIDE_S);
}

static void move_rest(struct bench_desk *d, uint32_t i, bool full) {
    static const struct {
        enum row_id row;
        float to;
    } move[] = {{ROW_HPF_FREQ, 400},   {ROW_LPF_FREQ, 3000},  {ROW_GATE_THR, -10},
                {ROW_GATE_RATIO, 20},  {ROW_GATE_RANGE, 60},  {ROW_GATE_KNEE, 20},
                {ROW_COMP_THR, -50},   {ROW_COMP_RATIO, 20},  {ROW_COMP_RANGE, 20},
                {ROW_COMP_KNEE, 20},   {ROW_COMP_MAKEUP, 20}, {ROW_DEESS_THR, -60},
                {ROW_DEESS_FREQ, 9000}};
    for (unsigned m = 0; m < sizeof move / sizeof *move; m++)
        bench_desk_glide(d, KIND_CH, i, move[m].row, 0, move[m].to, GLIDE_S);
    for (uint32_t b = 0; b < (full ? 6U : 4U); b++) {
        bench_desk_glide(d, KIND_CH, i, ROW_EQ_BAND_FREQ, b, 9000, GLIDE_S);
        bench_desk_glide(d, KIND_CH, i, ROW_EQ_BAND_GAIN, b, 12, GLIDE_S);
        bench_desk_glide(d, KIND_CH, i, ROW_EQ_BAND_Q, b, 4, GLIDE_S);
    }
}

static struct bench_desk *open_desk(const struct line *l, const char *isa, const float *noise) {
    const float *track[MOST_STRIPS];
    char *text = desk_text(l->strips, l->full);
    struct bench_desk *d = bench_desk_open(text, isa, PERIOD);
    free(text);
    for (uint32_t i = 0; i < l->strips; i++) {
        track[i] = noise + (size_t)i * (PERIOD + 16);
        if (l->moving >= GAINS)
            move_gains(d, i, l->full);
        if (l->moving >= EVERYTHING)
            move_rest(d, i, l->full);
    }
    bench_desk_feed(d, track, PERIOD);
    const double start = bench_cpu_ns();
    for (unsigned p = 0; p < SETTLE_PERIODS && bench_cpu_ns() - start < PATIENCE_NS; p++)
        bench_desk_run(d);
    bench_desk_check(d);
    return d;
}

/* The slowest of a hundred periods: what a deadline has to allow for. */
static double slow_period_ns(struct bench_desk *d) {
    static double ns[SINGLE_PERIODS];
    const double begin = bench_cpu_ns();
    unsigned p = 0;
    for (double now = begin; p < SINGLE_PERIODS && now - begin < PATIENCE_NS; p++) {
        bench_desk_run(d);
        const double then = now;
        now = bench_cpu_ns();
        ns[p] = now - then;
    }
    bench_median(ns, p); /* sorts */
    return ns[p * 99 / 100];
}

static void keep(const struct line *l, const char *isa, double ns, double slow_ns) {
    const double deadline_ns = PERIOD * 1e9 / BENCH_RATE_HZ;
    char variant[64];
    snprintf(variant, sizeof variant, "%s %s", isa, l->kind);
    struct bench_figure f = {.name = "engine",
                             .variant = variant,
                             .strips = l->strips,
                             .period_frames = PERIOD,
                             .value = ns / PERIOD / l->strips,
                             .unit = "ns/sample/strip"};
    bench_keep(&f);
    f.name = "deadline";
    f.value = 100 * ns / deadline_ns;
    f.unit = "% of the period";
    bench_keep(&f);
    f.name = "deadline-99";
    f.value = 100 * slow_ns / deadline_ns;
    bench_keep(&f);
}

/* The lines of one table, in all instruction sets, against each other. */
static void race(struct line *line, unsigned lines, unsigned isas, const float *noise,
                 double slow[][BENCH_ISAS]) {
    for (unsigned i = 0; i < isas; i++) {
        struct bench_desk *desk[8];
        struct bench_racer racer[8];
        const char *isa = kernels_at(i)->name;
        for (unsigned l = 0; l < lines; l++) {
            desk[l] = open_desk(&line[l], isa, noise);
            racer[l] = (struct bench_racer){.run = bench_desk_run, .ctx = desk[l]};
        }
        bench_race(racer, lines, ROUNDS, ROUND_NS);
        for (unsigned l = 0; l < lines; l++) {
            line[l].ns[i] = racer[l].ns;
            slow[l][i] = slow_period_ns(desk[l]);
            keep(&line[l], isa, racer[l].ns, slow[l][i]);
            bench_desk_close(desk[l]);
        }
    }
}

void bench_engine(void) {
    struct line line[] = {
        {"64 strips, at rest", "rest", 64, false, REST, {0}},
        {"64 strips, all gains gliding", "gains", 64, false, GAINS, {0}},
        {"64 strips, everything gliding", "worst", 64, false, EVERYTHING, {0}},
        {"64 full strips, at rest", "full rest", 64, true, REST, {0}},
        {"64 full strips, all gains gliding", "full gains", 64, true, GAINS, {0}},
        {"1024 full strips, at rest", "full rest", 1024, true, REST, {0}},
        {"1024 full strips, all gains gliding", "full gains", 1024, true, GAINS, {0}}};
    const unsigned lines = sizeof line / sizeof *line;
    double slow[sizeof line / sizeof *line][BENCH_ISAS];
    unsigned isas = 0;
    while (isas < BENCH_ISAS && kernels_at(isas))
        isas++;
    float *noise = bench_memory(sizeof *noise * MOST_STRIPS * (PERIOD + 16));
    for (unsigned i = 0; i < MOST_STRIPS * (PERIOD + 16); i++)
        noise[i] = 0.3F * bench_random();
    race(line, lines, isas, noise, slow);
    free(noise);
    bench_heading(
        "The same strips through the whole engine (64 frames, one core)",
        "Parameters, buses, main and monitor included. Share of the period: as a rule, and of "
        "the\nslowest in a hundred. Gliding: a slow glide on each such parameter of each strip "
        "at the same time.");
    printf("%-36s", "ns per sample and strip");
    for (unsigned i = isas; i-- > 0;)
        printf(" %7s", kernels_at(i)->name);
    printf("   %s of the period\n", kernels_at(isas - 1)->name);
    for (unsigned l = 0; l < lines; l++) {
        const double deadline_ns = PERIOD * 1e7 / BENCH_RATE_HZ; /* of a hundredth */
        printf("%-36s", line[l].label);
        for (unsigned i = isas; i-- > 0;)
            printf(" %7.2f", line[l].ns[i] / PERIOD / line[l].strips);
        printf("   %s%6.1f %%%s %6.1f %%  ", bench_bold(), line[l].ns[isas - 1] / deadline_ns,
               bench_plain(), slow[l][isas - 1] / deadline_ns);
        bench_bar(line[l].ns[isas - 1], deadline_ns * 100, BAR, true);
    }
}
