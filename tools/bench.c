/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build/bench [PART]...: measure what the desk costs, and what others cost for the same work. A
 * table on the terminal, build/bench.json for programs, build/bench.svg for the eye.
 * Parts: peers cost modules engine film; all of them unless some are named. */
#include "tools/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "dsp/kernels.h"

static const struct {
    const char *name;
    void (*run)(void);
} parts[] = {
    {"peers", bench_peers},   {"cost", bench_cost}, {"modules", bench_modules},
    {"engine", bench_engine}, {"film", bench_film},
};

static bool wanted(const char *part, int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], part))
            return true;
    return argc < 2;
}

static int usage(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        bool known = false;
        for (unsigned p = 0; p < sizeof parts / sizeof *parts; p++)
            known |= !strcmp(argv[i], parts[p].name);
        if (known)
            continue;
        fputs("usage: bench [PART]...   parts:", stderr);
        for (unsigned p = 0; p < sizeof parts / sizeof *parts; p++)
            fprintf(stderr, " %s", parts[p].name);
        fputs("\n", stderr);
        return -1;
    }
    return 0;
}

static void print_machine(int core) {
    char date[32] = "";
    const time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%d", localtime(&now));
    printf("%sDubdesk bench%s  %s, %s, core %d alone,", bench_bold(), bench_plain(), date,
           bench_cpu_name(), core);
    for (unsigned i = 0; kernels_at(i); i++)
        printf(" %s", kernels_at(i)->name);
    printf("\n%sProcessor time; medians of rounds in which all take turns.%s\n", bench_dim(),
           bench_plain());
}

int main(int argc, char **argv) {
    if (usage(argc, argv))
        return 2;
    bench_called(argv[0]);
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040); /* flush and zero denormals, as every callback does */
#endif
    print_machine(bench_pin());
    for (unsigned p = 0; p < sizeof parts / sizeof *parts; p++)
        if (wanted(parts[p].name, argc, argv))
            parts[p].run();
    const char *json = bench_beside("bench.json"), *svg = bench_beside("bench.svg");
    if (bench_write_json(json)) {
        perror(json);
        return 1;
    }
    const int drawn = bench_write_svg(svg);
    if (drawn < 0) {
        perror(svg);
        return 1;
    }
    printf("\n%s%s%s written\n", json, drawn ? " and " : "", drawn ? svg : "");
    return 0;
}
