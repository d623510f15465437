/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/spell.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 31

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

unsigned spell_distance(const char *a, const char *b) {
    const size_t la = strlen(a), lb = strlen(b);
    if (la > WORD_MAX || lb > WORD_MAX)
        return 99;
    unsigned d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= la; i++)
        d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= lb; j++)
        d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        for (size_t j = 1; j <= lb; j++) {
            const bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            unsigned best = least(d[i - 1][j - 1] + !same, d[i - 1][j] + 1);
            best = least(best, d[i][j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = least(best, d[i - 2][j - 2] + 1);
            d[i][j] = best;
        }
    }
    return d[la][lb];
}

const char *spell_nearest(const char *word, const char *words, char *buf, size_t size) {
    char candidate[WORD_MAX + 2];
    unsigned best = 99;
    for (const char *p = words; *p; p += strspn(p, " ")) {
        const size_t len = strcspn(p, " ");
        snprintf(candidate, sizeof candidate, "%.*s", (int)len, p);
        const unsigned d = spell_distance(word, candidate);
        if (len <= WORD_MAX && d < best) {
            best = d;
            snprintf(buf, size, "%s", candidate);
        }
        p += len;
    }
    const size_t len = strlen(word);
    return best <= (len < 4 ? 1 : len < 8 ? 2 : 3) ? buf : NULL;
}
