/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/script.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a private copy of the text and cuts its words in place. */
struct parser {
    const char *name;
    const struct script_clock *clock;
    struct script *script;
    struct script_arg *arg; /* [all of the script], handed out line by line */
    uint32_t args;
    unsigned line;
    char *error;
};

__attribute__((format(printf, 2, 3))) static int wrong(struct parser *p, const char *format, ...) {
    char text[400];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (char *c = text; *c; c++) /* what is quoted of the file may be anything */
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    snprintf(p->error, 512, "%.90s:%u: %s", p->name, p->line, text);
    return -1;
}

static char *skip_blanks(char *at) {
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

static bool is_end(char c) {
    return c == '\0' || c == ' ' || c == '\t' || c == '\r';
}

/* A quoted string from behind its first quote; unescaped in place. NULL with an error. */
static char *quoted(struct parser *p, char *at, char **text) {
    char *to = *text = at;
    for (; *at && *at != '"'; at++) {
        if (*at != '\\') {
            *to++ = *at;
            continue;
        }
        at++;
        if (*at != '"' && *at != '\\' && *at != 'n' && *at != 't') {
            wrong(p, "'\\%c' in a string; expected \\\" \\\\ \\n or \\t", *at ? *at : ' ');
            return NULL;
        }
        *to++ = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at;
    }
    if (*at != '"') {
        wrong(p, "a string without its second '\"'");
        return NULL;
    }
    at++;
    if (!is_end(*at)) {
        wrong(p, "'%c' directly behind a string; expected a space", *at);
        return NULL;
    }
    *to = '\0';
    return at;
}

/* Cut the next bare word; returns what stands behind it. */
static char *word(char *at, char **text) {
    *text = at;
    while (!is_end(*at))
        at++;
    if (*at)
        *at++ = '\0';
    return at;
}

static bool looks_whole(const char *t) {
    t += *t == '-' || *t == '+';
    if (!isdigit((unsigned char)*t))
        return false;
    while (isdigit((unsigned char)*t))
        t++;
    return *t == '\0';
}

/* Digits with a point or an exponent, and nothing else: strtod alone would take "0x1p3" and
 * "infinity" too. */
static bool looks_real(const char *t) {
    bool digits = false;
    t += *t == '-' || *t == '+';
    for (; isdigit((unsigned char)*t) || *t == '.'; t++)
        digits |= *t != '.';
    if (digits && (*t == 'e' || *t == 'E')) {
        t++;
        t += *t == '-' || *t == '+';
        if (!isdigit((unsigned char)*t))
            return false;
        while (isdigit((unsigned char)*t))
            t++;
    }
    return digits && *t == '\0';
}

static int bare(struct parser *p, const char *text, struct script_arg *arg) {
    arg->text = text;
    if (looks_whole(text)) {
        errno = 0;
        arg->type = SCRIPT_INT;
        arg->number = strtoll(text, NULL, 10);
        return errno ? wrong(p, "%.40s is too large", text) : 0;
    }
    if (strcasecmp(text, "-inf") == 0) {
        arg->type = SCRIPT_FLOAT;
        arg->value = -INFINITY;
        return 0;
    }
    if (strcasecmp(text, "inf") == 0 || strcasecmp(text, "+inf") == 0 ||
        strcasecmp(text, "nan") == 0)
        return wrong(p, "'%s' is no value; expected a number, or -inf for silence", text);
    arg->type = SCRIPT_STRING;
    if (looks_real(text)) {
        char *end;
        arg->type = SCRIPT_FLOAT;
        arg->value = strtod(text, &end);
        if (*end || !isfinite(arg->value) || fabs(arg->value) > 3.4e38)
            return wrong(p, "%.40s is no number", text);
    }
    return 0;
}

/* HH:MM:SS:FF, with ; before FF and .ff behind it if wanted, or a whole number. */
static bool time_shape(const char *t) {
    if (looks_whole(t))
        return true;
    static const char shape[] = "00:00:00:00";
    for (size_t i = 0; shape[i]; i++) {
        const bool fine = shape[i] == '0' ? isdigit((unsigned char)t[i]) != 0
                                          : t[i] == ':' || (i == 8 && t[i] == ';');
        if (!fine)
            return false;
    }
    t += sizeof shape - 1;
    return *t == '\0' || (t[0] == '.' && isdigit((unsigned char)t[1]) &&
                          isdigit((unsigned char)t[2]) && t[3] == '\0');
}

static int read_time(struct parser *p, struct script_line *line) {
    char why[160];
    if (!time_shape(line->at))
        return wrong(p,
                     "'%.40s' is no time; expected HH:MM:SS:FF, HH:MM:SS:FF.ff or a count of "
                     "samples",
                     line->at);
    if (!p->clock)
        return 0;
    if (!timecode_parse_position(line->at, p->clock->fps, p->clock->rate_hz, p->clock->start_frames,
                                 &line->timeline, why, sizeof why))
        return wrong(p, "%s", why);
    return 0;
}

static int read_address(struct parser *p, const struct script_line *line) {
    if (line->address[0] != '/')
        return wrong(p, "'%.60s' behind the time; expected an address such as /ch/1/fader",
                     line->address);
    for (const char *c = line->address; *c; c++)
        if (*c < '!' || *c > '~' || *c == '#' || *c == '"')
            return wrong(p, "'%.60s' is no address", line->address);
    if (strlen(line->address) > 255)
        return wrong(p, "the address is too long");
    return 0;
}

static int read_line(struct parser *p, char *at) {
    at = skip_blanks(at);
    if (*at == '\0' || *at == '#')
        return 0;
    struct script_line *line = &p->script->line[p->script->lines];
    *line = (struct script_line){.line = p->line, .arg = p->arg + p->args};
    char *text;
    at = skip_blanks(word(at, &text));
    line->at = text;
    if (read_time(p, line))
        return -1;
    if (*at == '\0' || *at == '#')
        return wrong(p, "a time without a move; expected an address such as /ch/1/fader");
    at = word(at, &text);
    line->address = text;
    if (read_address(p, line))
        return -1;
    for (at = skip_blanks(at); *at && *at != '#'; at = skip_blanks(at)) {
        struct script_arg *arg = &line->arg[line->args];
        if (++line->args > SCRIPT_MAX_ARGS)
            return wrong(p, "more than %d arguments", SCRIPT_MAX_ARGS);
        *arg = (struct script_arg){.type = SCRIPT_STRING};
        if (*at == '"') {
            char *end = quoted(p, at + 1, &text);
            if (!end)
                return -1;
            arg->text = text;
            at = end;
        } else {
            at = word(at, &text);
            if (bare(p, text, arg))
                return -1;
        }
    }
    if (!line->args)
        return wrong(p, "%.60s without a value: nothing would happen", line->address);
    p->args += line->args;
    p->script->lines++;
    return 0;
}

static int by_time(const void *a, const void *b) {
    const struct script_line *x = a, *y = b;
    if (x->timeline != y->timeline)
        return x->timeline < y->timeline ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* A word takes at least two bytes, so there are not more arguments than half the bytes. */
static int allocate(struct parser *p, const char *text, size_t size) {
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    struct script *script = p->script;
    script->line = calloc(lines, sizeof *script->line);
    p->arg = calloc(size / 2 + 2, sizeof *p->arg);
    char *copy = malloc(size + 1);
    script->memory[0] = copy;
    script->memory[1] = (char *)script->line;
    script->memory[2] = (char *)p->arg;
    if (!script->line || !p->arg || !copy) {
        snprintf(p->error, 512, "%.90s: out of memory", p->name);
        return -1;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    return 0;
}

int script_parse(const char *text, size_t size, const char *name, const struct script_clock *clock,
                 struct script *script, char error[512]) {
    struct parser p = {.name = name, .clock = clock, .script = script, .error = error};
    *script = (struct script){0};
    int result = 0;
    if (size > SCRIPT_MAX_BYTES) {
        snprintf(error, 512, "%.90s: too long for a script", name);
        return -1;
    }
    if (allocate(&p, text, size))
        result = -1;
    char *end = result ? NULL : script->memory[0] + size;
    for (char *at = script->memory[0]; !result && at <= end;) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        *stop = '\0';
        p.line++;
        if (strlen(at) != (size_t)(stop - at))
            result = wrong(&p, "a zero byte; expected text");
        else
            result = read_line(&p, at);
        at = stop + 1;
    }
    if (result)
        script_free(script);
    else if (clock)
        qsort(script->line, script->lines, sizeof *script->line, by_time);
    return result;
}

/* All of a stream, which may be a pipe. */
static char *slurp(FILE *file, size_t *size) {
    char *text = NULL;
    size_t room = 0, n = 0;
    for (;;) {
        if (n == room) {
            char *more = realloc(text, room = room * 2 + 65536);
            if (!more)
                break;
            text = more;
        }
        const size_t got = fread(text + n, 1, room - n, file);
        n += got;
        if (got == 0 || n > SCRIPT_MAX_BYTES) {
            *size = n;
            if (ferror(file))
                break;
            return text;
        }
    }
    free(text);
    return NULL;
}

int script_load(const char *path, const struct script_clock *clock, struct script *script,
                char error[512]) {
    const bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    errno = 0;
    FILE *file = standard ? stdin : fopen(path, "r");
    size_t size = 0;
    char *text = file ? slurp(file, &size) : NULL;
    if (!text) {
        snprintf(error, 512, "%.300s: %s", name, errno ? strerror(errno) : "cannot be read");
        if (file && !standard)
            fclose(file);
        return -1;
    }
    if (!standard)
        fclose(file);
    const int result = script_parse(text, size, name, clock, script, error);
    free(text);
    return result;
}

void script_free(struct script *script) {
    for (unsigned i = 0; i < 3; i++)
        free(script->memory[i]);
    *script = (struct script){0};
}
