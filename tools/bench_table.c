/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/bench.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool coloured(void) {
    static int yes = -1;
    if (yes < 0)
        yes = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    return yes;
}

static bool blocks(void) {
    static int yes = -1;
    if (yes < 0)
        yes = setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8");
    return yes;
}

const char *bench_bold(void) {
    return coloured() ? "\033[1m" : "";
}
const char *bench_dim(void) {
    return coloured() ? "\033[2m" : "";
}
const char *bench_plain(void) {
    return coloured() ? "\033[0m" : "";
}

void bench_heading(const char *title, const char *note) {
    printf("\n%s%s%s\n", bench_bold(), title, bench_plain());
    if (note && *note)
        printf("%s%s%s\n", bench_dim(), note, bench_plain());
    fputc('\n', stdout);
}

void bench_bar(double value, double most, unsigned width, bool ours) {
    static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double part = most > 0 && value > 0 ? value / most * width : 0;
    const unsigned eighths = part > width ? 8 * width : (unsigned)(part * 8 + 0.999);
    if (coloured())
        fputs(ours ? "\033[32m" : "\033[33m", stdout);
    for (unsigned i = 0; i < (blocks() ? eighths / 8 : (eighths + 7) / 8); i++)
        fputs(blocks() ? "█" : "#", stdout);
    if (blocks())
        fputs(eighth[eighths % 8], stdout);
    printf("%s\n", bench_plain());
    fflush(stdout);
}
