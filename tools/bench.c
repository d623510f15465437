/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build/bench [FILE]: measure what the desk costs; a table on the terminal, and FILE
 * (build/bench.json) for whoever keeps the history. */
#include "tools/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static FILE *json;
static const char *separator = "";

void bench_figure(const char *name, const char *variant, unsigned strips, unsigned period_frames,
                  double value, const char *unit) {
    fprintf(json,
            "%s\n  {\"name\": \"%s\", \"variant\": \"%s\", \"strips\": %u, \"period\": %u, "
            "\"value\": %.4g, \"unit\": \"%s\"}",
            separator, name, variant, strips, period_frames, value, unit);
    separator = ",";
}

double bench_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t n) {
    qsort(values, n, sizeof *values, ascending);
    return n & 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "build/bench.json";
    json = fopen(path, "w");
    if (!json) {
        perror(path);
        return 1;
    }
    fputs("[", json);
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040); /* flush and zero denormals, as every callback does */
#endif
    bench_strip();
    bench_film();
    fputs("\n]\n", json);
    if (fclose(json)) {
        perror(path);
        return 1;
    }
    printf("\n%s written\n", path);
    return 0;
}
