/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A look over the text of a desk file before libconfig reads it: brackets, quotes and comments that
 * are left open, nesting, @include. libconfig 1.5 calls most of these "syntax error" somewhere
 * further down, takes a text or comment that never ends for whole, opens files on @include, and
 * leaks a text that stands where none may. */
#include "config/desk_read.h"

#include <string.h>

#define NESTING_MAX 32

struct scan {
    struct reader *reader;
    const char *p;
    unsigned line;
    char last; /* last character that means something; '"' after a text */
    unsigned depth;
    char open[NESTING_MAX];
    unsigned open_line[NESTING_MAX];
};

static bool comment(struct scan *s) {
    if (*s->p == '#' || s->p[1] == '/') {
        s->p += strcspn(s->p, "\n");
        return true;
    }
    const unsigned begin = s->line;
    for (s->p += 2; strncmp(s->p, "*/", 2) != 0; s->p++) {
        if (!*s->p)
            return reader_fail_line(s->reader, begin,
                                    "this comment is never closed; expected */ after it");
        s->line += *s->p == '\n';
    }
    s->p += 2;
    return true;
}

static bool text(struct scan *s) {
    const bool listed = s->depth && s->open[s->depth - 1] != '{';
    if (!strchr("=:([\"", s->last) && !(s->last == ',' && listed))
        return reader_fail_line(s->reader, s->line,
                                "a text stands where a key is expected; expected 'key = \"...\";': "
                                "is a '=' missing, or the ';' of the line before?");
    for (s->p++; *s->p != '"'; s->p++) {
        if (*s->p == '\\' && s->p[1] && s->p[1] != '\n')
            s->p++;
        else if (!*s->p || *s->p == '\n')
            return reader_fail_line(s->reader, s->line,
                                    "this text is not closed; expected a second \" in this line");
    }
    s->p++;
    s->last = '"';
    return true;
}

static bool bracket(struct scan *s) {
    static const char pairs[] = "{}()[]";
    const char c = *s->p++;
    const size_t at = (size_t)(strchr(pairs, c) - pairs);
    if (at % 2 == 0) {
        if (s->depth == NESTING_MAX)
            return reader_fail_line(s->reader, s->line, "brackets in brackets; expected at most %d",
                                    NESTING_MAX);
        s->open[s->depth] = c;
        s->open_line[s->depth++] = s->line;
    } else if (!s->depth) {
        return reader_fail_line(s->reader, s->line, "'%c' closes nothing; expected '%c' before it",
                                c, pairs[at - 1]);
    } else if (s->open[s->depth - 1] != pairs[at - 1]) {
        const char opened = s->open[s->depth - 1];
        return reader_fail_line(s->reader, s->line,
                                "'%c' cannot close the '%c' of line %u; expected '%c'", c, opened,
                                s->open_line[s->depth - 1], strchr(pairs, opened)[1]);
    } else {
        s->depth--;
    }
    s->last = c;
    return true;
}

bool reader_scan(struct reader *reader, const char *source) {
    struct scan s = {.reader = reader, .p = source, .line = 1, .last = ';'};
    while (*s.p) {
        const char c = *s.p;
        bool ok = true;
        if (c == '#' || (c == '/' && (s.p[1] == '/' || s.p[1] == '*'))) {
            ok = comment(&s);
        } else if (c == '"') {
            ok = text(&s);
        } else if (strchr("{}()[]", c)) {
            ok = bracket(&s);
        } else if (c == '@') {
            return reader_fail_line(reader, s.line, "@include is not supported; expected one file");
        } else {
            s.line += c == '\n';
            if (!strchr(" \t\r\n\f\v", c))
                s.last = c;
            s.p++;
        }
        if (!ok)
            return false;
    }
    if (s.depth)
        return reader_fail_line(reader, s.open_line[s.depth - 1],
                                "this '%c' is never closed; expected '%c'", s.open[s.depth - 1],
                                s.open[s.depth - 1] == '{'   ? '}'
                                : s.open[s.depth - 1] == '(' ? ')'
                                                             : ']');
    return true;
}
