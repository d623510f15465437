/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What every part of `build/bench` shares. A part is a file tools/bench_<name>.c that races things
 *  against each other (bench_race.c), prints a table (bench_table.c) and keeps its figures
 *  (bench_figure.c), from which build/bench.json and the plot are written at the end.
 *
 *  Times are processor time of the thread or process in question, so that the machine's other work
 *  does not count; what a figure says is the median over rounds in which all racers take turns, so
 *  that a slow moment falls on all of them. Everything runs on one core (bench_pin). */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#define BENCH_RATE_HZ 48000
#define BENCH_ISAS 4 /* most instruction sets one program carries */

/* ---- figures (bench_figure.c) ---- */

/** One object of build/bench.json. */
struct bench_figure {
    const char *name;    /* what was measured: "strip" */
    const char *variant; /* how: "avx2 full", "x1 gate" */
    unsigned strips, period_frames;
    double value;
    const char *unit;    /* "ns/sample/strip", "x realtime", "% of deadline" */
    const char *peer;    /* who else does the same work, or NULL */
    double peer_value;   /* in the same unit */
    const char *skipped; /* why the peer was not measured, or NULL */
};

/** Keep a figure; texts are copied. ratio becomes peer_value / value. */
void bench_keep(const struct bench_figure *figure);
/** The kept figures in order. */
const struct bench_figure *bench_figures(size_t *count);
/** Write them all. 0, or -1 with errno set. */
int bench_write_json(const char *path);
/** Draw cost against strips and period. 1, 0 if there was nothing to draw, -1 with errno set
 *  (bench_plot.c). */
int bench_write_svg(const char *path);

/* ---- racing (bench_race.c) ---- */

/** Somebody who does the same work as the others. */
struct bench_racer {
    void (*run)(void *ctx);     /* the work, once */
    double (*timed)(void *ctx); /* or the work, once, with its own clock: returns ns */
    void *ctx;
    double ns; /* result: median of one run */
};

/** Let all take turns for `rounds` rounds, each running about `round_ns` (once, if it has its own
 *  clock), after a run that does not count. */
void bench_race(struct bench_racer *racer, unsigned count, unsigned rounds, double round_ns);
/** Processor time of this thread in nanoseconds. */
double bench_cpu_ns(void);
/** Processor time of all children that have ended. */
double bench_children_ns(void);
/** The median; sorts the values. */
double bench_median(double *values, size_t n);
/** Stay on one core, and let the children stay there. Returns which, or -1. */
int bench_pin(void);

/* ---- the terminal (bench_table.c) ---- */

/** A heading, and below it what the reader has to know. */
void bench_heading(const char *title, const char *note);
/** A bar of value against most, at most `width` columns wide, and the end of the line. */
void bench_bar(double value, double most, unsigned width, bool ours);
/** Escape sequences, or "" where the output is not a terminal. */
const char *bench_bold(void);
const char *bench_dim(void);
const char *bench_plain(void);

/* ---- memory, noise, programs (bench_help.c) ---- */

/** Zeroed, 64-byte aligned; ends the program when there is none. */
void *bench_memory(size_t size);
/** -1..1, always the same sequence. */
float bench_random(void);
/** Name of this machine's processor. */
const char *bench_cpu_name(void);
/** What the program was called as, for bench_beside. */
void bench_called(const char *program);

/** Path of a file or folder beside build/bench itself; valid until the end. */
const char *bench_beside(const char *name);
/** Run a program with its output thrown away, NULL after the last argument. Its exit status, or -1.
 *  (Not by fork, which would mark all our pages to be copied; whoever runs next would pay.) */
int bench_spawn(const char *const *argv);

/* ---- the parts ---- */

/** The strip on this engine and on whatever else is installed. */
void bench_peers(void);
/** Cost against strips and period, the worst case, and the full strip. */
void bench_cost(void);
/** What each module of a strip costs. */
void bench_modules(void);
/** Whole desks of equal strips through the engine, and the share of the deadline. */
void bench_engine(void);
/** A film desk of 64 channels, offline: the engine alone, and files included. */
void bench_film(void);

#endif
