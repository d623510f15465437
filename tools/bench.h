/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What every part of `build/bench` shares: one figure is one line of the table and one object of
 *  build/bench.json. A new part is a file tools/bench_<name>.c, a declaration here, and a call in
 *  bench.c. */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include <stddef.h>

/** Add one figure: it goes to the JSON file; the part prints its own table.
 *  @param name    what was measured ("strip")
 *  @param variant how ("avx2", "avx2 moving")
 *  @param unit    of value ("ns/sample/strip", "x realtime") */
void bench_figure(const char *name, const char *variant, unsigned strips, unsigned period_frames,
                  double value, const char *unit);

/** Processor time of this thread in nanoseconds: other programs' turns do not count. */
double bench_cpu_ns(void);

/** The median; sorts the values. */
double bench_median(double *values, size_t n);

/** The strip made of the kernels, in every instruction set this machine has. */
void bench_strip(void);

/** A film desk of 64 channels through the whole engine, likewise. */
void bench_film(void);

#endif
