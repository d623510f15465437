/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checked access to single settings of a desk file, and the error texts. */
#include "config/desk_read.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/spell.h"
#include "config/value.h"

static bool fail(struct reader *r, unsigned line, const char *format, va_list args) {
    if (r->failed)
        return false; /* the first error is the one that is told */
    r->failed = true;
    r->error->line = line;
    char *text = r->error->text;
    const size_t size = sizeof r->error->text;
    const int len = line ? snprintf(text, size, "%.200s:%u: ", r->name, line)
                         : snprintf(text, size, "%.200s: ", r->name);
    vsnprintf(text + len, size - (size_t)len, format, args);
    return false;
}

bool reader_fail_line(struct reader *r, unsigned line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fail(r, line, format, args);
    va_end(args);
    return false;
}

bool reader_fail(struct reader *r, const config_setting_t *at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fail(r, at ? config_setting_source_line(at) : 0, format, args);
    va_end(args);
    return false;
}

bool reader_unknown(struct reader *r, const config_setting_t *at, const char *where,
                    const char *known) {
    const char *name = config_setting_name(at);
    char near[40];
    if (spell_nearest(name, known, near, sizeof near))
        return reader_fail(r, at, "unknown key '%.40s' in %s; did you mean '%s'?", name, where,
                           near);
    return reader_fail(r, at, "unknown key '%.40s' in %s; expected one of: %.300s", name, where,
                       known);
}

const char *reader_what(const config_setting_t *s) {
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_GROUP: return "a group { }";
    case CONFIG_TYPE_LIST: return "a list ( )";
    case CONFIG_TYPE_ARRAY: return "an array [ ]";
    case CONFIG_TYPE_STRING: return "a text";
    case CONFIG_TYPE_BOOL: return "a plain true or false";
    default: return "a number";
    }
}

static const char *key_of(const config_setting_t *s) {
    const char *name = config_setting_name(s);
    if (name)
        return name;
    const config_setting_t *parent = config_setting_parent(s);
    name = parent ? config_setting_name(parent) : NULL;
    return name ? name : "this";
}

static bool wrong(struct reader *r, const config_setting_t *s, const char *expected) {
    return reader_fail(r, s, "'%.40s' is %s; expected %s", key_of(s), reader_what(s), expected);
}

bool reader_text(struct reader *r, const config_setting_t *s, char *out, size_t size) {
    if (config_setting_type(s) != CONFIG_TYPE_STRING)
        return wrong(r, s, "a text in double quotes");
    const char *text = config_setting_get_string(s);
    char why[VALUE_WHY_BYTES];
    if (strlen(text) >= size)
        return reader_fail(r, s, "'%.40s' is too long (%zu bytes); expected at most %zu", key_of(s),
                           strlen(text), size - 1);
    /* The rule for the text of rows serves for all texts: a name is what any of them is like. */
    if (strlen(text) < TEXT_BYTES && value_check_text(ROW_NAME, text, why, sizeof why) != VALUE_OK)
        return reader_fail(r, s,
                           "'%.40s' holds control characters or is not UTF-8; expected plain "
                           "UTF-8 text",
                           key_of(s));
    snprintf(out, size, "%s", text);
    return true;
}

bool reader_switch(struct reader *r, const config_setting_t *s, bool *out) {
    const int type = config_setting_type(s);
    if (type == CONFIG_TYPE_BOOL) {
        *out = config_setting_get_bool(s);
        return true;
    }
    if (type == CONFIG_TYPE_INT && (config_setting_get_int(s) & ~1) == 0) {
        *out = config_setting_get_int(s);
        return true;
    }
    return wrong(r, s, "true or false");
}

bool reader_number(struct reader *r, const config_setting_t *s, double *out) {
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_INT: *out = config_setting_get_int(s); return true;
    case CONFIG_TYPE_INT64: *out = (double)config_setting_get_int64(s); return true;
    case CONFIG_TYPE_FLOAT:
        *out = config_setting_get_float(s);
        if (!isfinite(*out))
            return reader_fail(r, s, "'%.40s' is too large a number; expected a finite one",
                               key_of(s));
        return true;
    default: return wrong(r, s, "a number");
    }
}

bool reader_whole(struct reader *r, const config_setting_t *s, long min, long max, long *out) {
    double x = 0;
    if (!reader_number(r, s, &x))
        return false;
    if (x != floor(x) || x < (double)min || x > (double)max)
        return reader_fail(r, s, "'%.40s' is %.9g; expected a whole number from %ld to %ld",
                           key_of(s), x, min, max);
    *out = (long)x;
    return true;
}

bool reader_group(struct reader *r, const config_setting_t *s) {
    return config_setting_is_group(s) ? true : wrong(r, s, "a group { ... }");
}

bool reader_list(struct reader *r, const config_setting_t *s) {
    if (config_setting_is_list(s) || config_setting_is_array(s))
        return true;
    return wrong(r, s, "a list ( ... )");
}

bool reader_word(struct reader *r, const config_setting_t *s, const char *words, unsigned *out) {
    char text[40];
    /* A word that is a number may be written without quotes: fps = 25, fps = 23.976. */
    if (config_setting_is_number(s)) {
        double x = 0;
        if (!reader_number(r, s, &x))
            return false;
        snprintf(text, sizeof text, "%.9g", x);
    } else if (config_setting_type(s) == CONFIG_TYPE_STRING) {
        snprintf(text, sizeof text, "%s", config_setting_get_string(s));
    } else {
        return wrong(r, s, "a word in double quotes");
    }
    unsigned n = 0;
    for (const char *p = words;; n++) {
        const size_t len = strcspn(p, "|");
        if (strlen(text) == len && strncmp(text, p, len) == 0) {
            *out = n;
            return true;
        }
        if (!p[len])
            break;
        p += len + 1;
    }
    char list[160];
    size_t len = 0;
    for (const char *p = words; *p && len + 3 < sizeof list; p++) {
        list[len++] = *p == '|' ? ',' : *p;
        if (*p == '|')
            list[len++] = ' ';
    }
    list[len] = '\0';
    return reader_fail(r, s, "'%.40s' is \"%s\"; expected one of %s", key_of(s), text, list);
}

bool reader_id(struct reader *r, const config_setting_t *s, char out[ID_BYTES]) {
    if (config_setting_type(s) != CONFIG_TYPE_STRING)
        return wrong(r, s, "an id in double quotes");
    const char *id = config_setting_get_string(s);
    bool ok = isalpha((unsigned char)*id) || *id == '_';
    for (const char *p = id; *p && ok; p++)
        ok = (isalnum((unsigned char)*p) && (unsigned char)*p < 0x80) || strchr("_.-", *p);
    if (!ok)
        return reader_fail(r, s,
                           "bad id \"%.40s\"; expected a letter or _, then letters, digits, "
                           "'_', '.' or '-'",
                           id);
    if (strlen(id) >= ID_BYTES)
        return reader_fail(r, s, "id \"%.40s...\" is too long; expected at most %d characters", id,
                           ID_BYTES - 1);
    snprintf(out, ID_BYTES, "%s", id);
    return true;
}

bool reader_is_word(const char *words, const char *name) {
    const size_t len = strlen(name);
    for (const char *p = words; *p; p += strspn(p, " ")) {
        const size_t n = strcspn(p, " ");
        if (n == len && strncmp(p, name, n) == 0)
            return true;
        p += n;
    }
    return false;
}

bool reader_keys(struct reader *r, const config_setting_t *group, const char *known) {
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        if (!reader_is_word(known, config_setting_name(s))) {
            const char *where = config_setting_name(group);
            char text[64];
            snprintf(text, sizeof text, "'%.40s'", where ? where : key_of(group));
            return reader_unknown(r, s, config_setting_is_root(group) ? "the desk file" : text,
                                  known);
        }
    }
    return true;
}
