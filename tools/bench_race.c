/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/bench.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define MOST_RUNS (1U << 22)

double bench_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_children_ns(void) {
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t n) {
    qsort(values, n, sizeof *values, ascending);
    return n & 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

static double run_for(struct bench_racer *r, unsigned runs) {
    const double start = bench_cpu_ns();
    for (unsigned i = 0; i < runs; i++)
        r->run(r->ctx);
    return bench_cpu_ns() - start;
}

/* How many runs fill a round. */
static unsigned count_runs(struct bench_racer *r, double round_ns) {
    for (unsigned runs = 1; runs < MOST_RUNS; runs *= 2) {
        const double spent = run_for(r, runs);
        if (spent > 0.2 * round_ns)
            return (unsigned)(round_ns / spent * runs) + 1;
    }
    return MOST_RUNS;
}

void bench_race(struct bench_racer *racer, unsigned count, unsigned rounds, double round_ns) {
    unsigned *runs = bench_memory(count * sizeof *runs);
    double *ns = bench_memory((size_t)count * rounds * sizeof *ns);
    for (unsigned i = 0; i < count; i++)
        if (!racer[i].timed)
            runs[i] = count_runs(&racer[i], round_ns);
    for (unsigned r = 0; r < rounds; r++)
        for (unsigned i = 0; i < count; i++) {
            double *mine = &ns[(size_t)i * rounds + r];
            if (racer[i].timed) {
                *mine = racer[i].timed(racer[i].ctx);
                continue;
            }
            racer[i].run(racer[i].ctx); /* the caches still hold what the last racer needed */
            *mine = run_for(&racer[i], runs[i]) / runs[i];
        }
    for (unsigned i = 0; i < count; i++)
        racer[i].ns = bench_median(&ns[(size_t)i * rounds], rounds);
    free(ns);
    free(runs);
}

int bench_pin(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return -1;
    int core = CPU_SETSIZE - 1; /* the last one: the first is where a system does its chores */
    while (core >= 0 && !CPU_ISSET((size_t)core, &set))
        core--;
    if (core < 0)
        return -1;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    return sched_setaffinity(0, sizeof set, &set) ? -1 : core;
}
