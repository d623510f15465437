/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/plain_pattern.h"

#include <stddef.h>
#include <string.h>

bool plain_pattern_match(const char *p, const char *a) {
    if (p[0] == '/' && p[1] == '/') {
        if (*a != '/')
            return false;
        for (; *a; a++)
            if (*a == '/' && plain_pattern_match(p + 2, a + 1))
                return true;
        return false;
    }
    switch (*p) {
    case 0: return *a == 0;
    case '?': return *a && *a != '/' && plain_pattern_match(p + 1, a + 1);
    case '*':
        for (;; a++) {
            if (plain_pattern_match(p + 1, a))
                return true;
            if (!*a || *a == '/')
                return false;
        }
    case '[': {
        const char *end = strchr(p, ']');
        bool invert = p[1] == '!', in = false;
        if (!*a || *a == '/')
            return false;
        for (const char *s = p + 1 + invert; s < end; s++) {
            if (s[1] == '-' && s + 2 < end) {
                in |= *a >= s[0] && *a <= s[2];
                s += 2;
            } else {
                in |= *a == *s;
            }
        }
        return in != invert && plain_pattern_match(end + 1, a + 1);
    }
    case '{': {
        const char *end = strchr(p, '}');
        for (const char *w = p + 1; w <= end;) {
            size_t n = strcspn(w, ",}");
            if (strncmp(w, a, n) == 0 && plain_pattern_match(end + 1, a + n))
                return true;
            w += n + 1;
        }
        return false;
    }
    default: return *p == *a && plain_pattern_match(p + 1, a + 1);
    }
}
