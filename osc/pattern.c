/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/pattern.h"

#include <string.h>

/* Positions in the pattern text that are alive, one bit each; index `length` means matched. */
struct set {
    uint64_t word[(OSC_MAX_ADDRESS + 64) / 64];
};

bool osc_pattern_is(const char *address) {
    return strpbrk(address, "?*[]{}") || strstr(address, "//");
}

/* Check `[...]` at `at`.  Returns the index after ']', 0 if malformed. */
static size_t check_set(const char *s, size_t at) {
    size_t i = at + 1;
    if (s[i] == '!')
        i++;
    size_t first = i;
    for (; s[i] != ']'; i++)
        if (!s[i] || strchr("/?*[{},", s[i]))
            return 0;
    return i > first ? i + 1 : 0;
}

/* Check `{...}` at `at` and set its jumps.  Returns the index after '}', 0 if malformed. */
static size_t check_words(struct osc_pattern *p, size_t at) {
    const char *s = p->text;
    size_t close = at + 1;
    for (; s[close] != '}'; close++)
        if (!s[close] || strchr("/?*[]{", s[close]))
            return 0;
    for (size_t i = at + 1; i <= close; i++)
        if (s[i] == ',' || s[i] == '}')
            p->jump[i] = (uint8_t)(close + 1);
    p->jump[at] = (uint8_t)close;
    return close + 1;
}

static enum osc_error check(struct osc_pattern *p) {
    const char *s = p->text;
    size_t next;
    for (size_t i = 0; s[i]; i = next) {
        unsigned wild = 1;
        next = i + 1;
        if (s[i] == '[')
            p->jump[i] = (uint8_t)(next = check_set(s, i));
        else if (s[i] == '{')
            next = check_words(p, i);
        else if (s[i] == '/' && s[i + 1] == '/')
            next = s[i + 2] && s[i + 2] != '/' ? i + 2 : 0;
        else if ((uint8_t)s[i] <= ' ' || (uint8_t)s[i] >= 0x7f || strchr("]},#", s[i]))
            next = 0;
        else if (s[i] != '?' && s[i] != '*')
            wild = 0;
        if (!next)
            return OSC_BAD_PATTERN;
        if (wild && !p->wildcards)
            p->prefix = (uint8_t)(s[i] == '/' ? i + 1 : i);
        p->wildcards = (uint8_t)(p->wildcards + wild);
        if (p->wildcards > OSC_MAX_WILDCARDS)
            return OSC_BAD_PATTERN;
    }
    if (!p->wildcards)
        p->prefix = p->length;
    return OSC_OK;
}

enum osc_error osc_pattern_set(struct osc_pattern *pattern, const char *text) {
    size_t n = strnlen(text, OSC_MAX_ADDRESS + 1);
    memset(pattern, 0, sizeof *pattern);
    if (n > OSC_MAX_ADDRESS)
        return OSC_TOO_LARGE;
    if (text[0] != '/')
        return OSC_BAD_PATTERN;
    memcpy(pattern->text, text, n + 1);
    pattern->length = (uint8_t)n;
    enum osc_error e = check(pattern);
    if (e)
        memset(pattern, 0, sizeof *pattern);
    return e;
}

static bool in_set(const char *s, char c) {
    bool invert = s[1] == '!', found = false;
    for (s += invert ? 2 : 1; *s != ']'; s++) {
        if (s[1] == '-' && s[2] != ']') {
            found |= c >= s[0] && c <= s[2];
            s += 2;
        } else {
            found |= c == s[0];
        }
    }
    return found != invert;
}

/* The second '/' of "//": any characters, then on at the start of a level. */
static bool is_descent(const struct osc_pattern *p, size_t at) {
    return at && p->text[at] == '/' && p->text[at - 1] == '/';
}

static void add(struct set *set, size_t at) {
    set->word[at / 64] |= UINT64_C(1) << at % 64;
}

/* Enter `{`: the start of each word.  Returns true if one of them is empty. */
static bool enter_words(const struct osc_pattern *p, struct set *set, size_t at) {
    size_t close = p->jump[at];
    bool empty = false;
    for (size_t i = at + 1; i <= close; i++) {
        if (p->text[i - 1] != '{' && p->text[i - 1] != ',')
            continue;
        add(set, i);
        empty |= i == close || p->text[i] == ',';
    }
    return empty;
}

/* Add position `at` and all that is reached from it without reading a character. The way leads
 * only forward, so this ends. */
static void enter(const struct osc_pattern *p, struct set *set, size_t at) {
    for (;;) {
        add(set, at);
        if (p->text[at] == '*' || is_descent(p, at)) {
            at++;
        } else if (p->text[at] == '{') {
            if (!enter_words(p, set, at))
                return;
            at = (size_t)p->jump[at] + 1;
        } else if (p->jump[at] && p->text[at] != '[') {
            at = p->jump[at]; /* the end of a word in {} */
        } else {
            return;
        }
    }
}

/* Read `c` at position `at`: add what is reached to `to`. */
static void step(const struct osc_pattern *p, size_t at, char c, struct set *to) {
    switch (p->text[at]) {
    case '?':
        if (c != '/')
            enter(p, to, at + 1);
        return;
    case '*':
        if (c != '/')
            enter(p, to, at);
        return;
    case '[':
        if (c != '/' && in_set(p->text + at, c))
            enter(p, to, p->jump[at]);
        return;
    default: break;
    }
    if (is_descent(p, at)) {
        add(to, at);
        if (c == '/')
            enter(p, to, at + 1);
    } else if (c == p->text[at] && !p->jump[at]) {
        enter(p, to, at + 1);
    }
}

bool osc_pattern_match(const struct osc_pattern *pattern, const char *address) {
    if (!pattern->length || strncmp(pattern->text, address, pattern->prefix) != 0)
        return false;
    struct set now = {0};
    enter(pattern, &now, pattern->prefix);
    size_t words = (size_t)pattern->length / 64 + 1;
    for (const char *a = address + pattern->prefix; *a; a++) {
        struct set then = {0};
        uint64_t alive = 0;
        for (size_t w = 0; w < words; w++) {
            for (uint64_t bits = now.word[w]; bits; bits &= bits - 1) {
                size_t at = w * 64 + (size_t)__builtin_ctzll(bits);
                if (at < pattern->length)
                    step(pattern, at, *a, &then);
            }
        }
        for (size_t w = 0; w < words; w++)
            alive |= then.word[w];
        if (!alive)
            return false;
        now = then;
    }
    return now.word[pattern->length / 64] >> pattern->length % 64 & 1;
}
