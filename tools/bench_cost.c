/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a strip costs on desks of 1 to 4096 strips, at periods of 16 to 1024 frames, at rest and
 * when everything moves, and with everything a strip has. */
#include "tools/bench.h"

#include <stdio.h>

#include "tools/bench_strip.h"

#define ROUNDS 31
#define ROUND_NS 1e6
#define BAR 30
#define NARROW 12 /* the first column of a table */
#define WIDE 40
#define MOST_LINES 16

/* One line of a table: the same desk in every instruction set. */
struct line {
    const char *label, *name, *kind; /* of the table, and of the figures */
    struct strip_options options;
    double ns[BENCH_ISAS];
};

static unsigned isas(void) {
    unsigned n = 0;
    while (n < BENCH_ISAS && kernels_at(n))
        n++;
    return n;
}

/* Race the lines of one table against each other. */
static void race(struct line *line, unsigned lines) {
    struct strip_desk *desk[MOST_LINES * BENCH_ISAS];
    struct bench_racer racer[MOST_LINES * BENCH_ISAS];
    const unsigned n = isas();
    for (unsigned i = 0; i < lines * n; i++) {
        struct strip_options o = line[i / n].options;
        o.k = kernels_at(i % n);
        desk[i] = strip_open(&o);
        racer[i] = (struct bench_racer){.run = strip_run, .ctx = desk[i]};
    }
    bench_race(racer, lines * n, ROUNDS, ROUND_NS);
    for (unsigned i = 0; i < lines * n; i++) {
        struct line *l = &line[i / n];
        const char *isa = kernels_at(i % n)->name;
        char variant[64];
        l->ns[i % n] = strip_cost(desk[i], racer[i].ns);
        snprintf(variant, sizeof variant, "%s%s%s", isa, *l->kind ? " " : "", l->kind);
        bench_keep(&(struct bench_figure){.name = l->name,
                                          .variant = variant,
                                          .strips = l->options.strips,
                                          .period_frames = l->options.period_frames,
                                          .value = l->ns[i % n],
                                          .unit = "ns/sample/strip"});
        strip_close(desk[i]);
    }
}

static void print_head(const char *first, int width) {
    printf("%-*s", width, first);
    for (unsigned i = isas(); i-- > 0;)
        printf(" %7s", kernels_at(i)->name);
    puts("");
}

static void print_line(const struct line *l, double most, int width) {
    const unsigned n = isas();
    printf("%-*s", width, l->label);
    for (unsigned i = n; i-- > 0;)
        printf(" %s%7.2f%s", i + 1 == n ? bench_bold() : "", l->ns[i], bench_plain());
    fputs("  ", stdout);
    bench_bar(l->ns[n - 1], most, BAR, true);
}

static void against_strips(void) {
    struct line line[MOST_LINES];
    char label[MOST_LINES][16];
    const unsigned best = isas() - 1;
    unsigned lines = 0;
    double least = 1e9, most = 0;
    for (unsigned strips = 1; strips <= 4096; strips *= 2, lines++) {
        line[lines] = (struct line){label[lines], "by-strips", "", STRIP_PLAIN, {0}};
        line[lines].options.strips = strips;
        snprintf(label[lines], sizeof *label, "%6u", strips);
    }
    race(line, lines);
    bench_heading("Cost against strips (ns per sample and strip)",
                  "The strip of the comparison at 64 frames, all gains moving.");
    print_head("strips", NARROW);
    for (unsigned i = 0; i < lines; i++) {
        print_line(&line[i], line[0].ns[best], NARROW);
        if (line[i].options.strips < 16 || line[i].options.strips > 1024)
            continue;
        least = line[i].ns[best] < least ? line[i].ns[best] : least;
        most = line[i].ns[best] > most ? line[i].ns[best] : most;
    }
    const double spread = 100 * (most / least - 1);
    printf("From 16 to 1024 strips the dearest is %.0f %% above the cheapest (%s).\n", spread,
           kernels_at(best)->name);
    bench_keep(&(struct bench_figure){.name = "flatness",
                                      .variant = kernels_at(best)->name,
                                      .strips = 1024,
                                      .period_frames = 64,
                                      .value = spread,
                                      .unit = "%"});
}

static void against_period(void) {
    struct line line[MOST_LINES];
    char label[MOST_LINES][16];
    unsigned lines = 0;
    for (unsigned period = 16; period <= 1024; period *= 2, lines++) {
        line[lines] = (struct line){label[lines], "by-period", "", STRIP_PLAIN, {0}};
        line[lines].options.period_frames = period;
        snprintf(label[lines], sizeof *label, "%6u", period);
    }
    race(line, lines);
    bench_heading("Cost against period (ns per sample and strip)",
                  "The same strip, 64 of them, all gains moving.");
    print_head("frames", NARROW);
    for (unsigned i = 0; i < lines; i++)
        print_line(&line[i], line[0].ns[isas() - 1], NARROW);
}

static void against_work(void) {
    struct line line[] = {
        {"at rest", "movement", "rest", STRIP_PLAIN, {0}},
        {"all gains moving", "movement", "gains", STRIP_PLAIN, {0}},
        {"gains, frequencies, thresholds, times", "movement", "worst", STRIP_PLAIN, {0}},
        {"full strip, at rest", "full", "rest", STRIP_FULL, {0}},
        {"full strip, all gains moving", "full", "gains", STRIP_FULL, {0}},
        {"full strip, everything moving", "full", "worst", STRIP_FULL, {0}},
    };
    const unsigned lines = sizeof line / sizeof *line, best = isas() - 1;
    line[0].options.ramps = line[3].options.ramps = false;
    line[2].options.coefs = line[5].options.coefs = true;
    race(line, lines);
    bench_heading(
        "What moves, and what a strip has (64 strips, 64 frames, ns per sample and strip)",
        "The full strip: delay, high-pass, six bands, low-pass, gate, compressor, "
        "de-esser, pan to twelve legs,\nsixteen sends, meters.");
    print_head("", WIDE);
    for (unsigned i = 0; i < lines; i++)
        print_line(&line[i], line[lines - 1].ns[best], WIDE);
    const double times = line[4].ns[best] / line[1].ns[best];
    printf("The full strip costs %.2f times the strip of the comparison (%s, gains moving).\n",
           times, kernels_at(best)->name);
    bench_keep(&(struct bench_figure){.name = "full-by-plain",
                                      .variant = kernels_at(best)->name,
                                      .strips = 64,
                                      .period_frames = 64,
                                      .value = times,
                                      .unit = "times"});
}

void bench_cost(void) {
    against_strips();
    against_period();
    against_work();
}
