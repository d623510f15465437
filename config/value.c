/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/value.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

__attribute__((format(printf, 3, 4))) static void tell(char *why, size_t size, const char *format,
                                                       ...) {
    if (!why || !size)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(why, size, format, args);
    va_end(args);
}

/* A row in decibels that reaches silence. */
static bool has_silence(const struct row *row) {
    return row->type == TYPE_FLOAT && row->min <= SILENCE_DB && strncmp(row->unit, "dB", 2) == 0;
}

static uint32_t strips_of(const struct desk *desk) {
    return desk ? desk->first[KIND_MON] : 0;
}

void value_range(const struct desk *desk, enum row_id row, unsigned comp, float *min, float *def,
                 float *max) {
    row_range(&rows[row], comp, min, def, max);
    if (!desk)
        return;
    if (row == ROW_DELAY && *max > desk->max_delay_ms)
        *max = desk->max_delay_ms;
    if (rows[row].type == TYPE_STRIP)
        *max = (float)strips_of(desk);
    if (rows[row].type == TYPE_SET)
        *max = (float)desk->sets - 1;
}

/* Unit of one component: a row with several lists them, "deg,deg,". */
static void unit_of(const struct row *row, unsigned comp, char *buf, size_t size) {
    const char *p = row->unit;
    if (row->comps > 1 && strchr(p, ','))
        for (; comp && *p; p++)
            comp -= *p == ',';
    const size_t len = row->comps > 1 ? strcspn(p, ",") : strlen(p);
    snprintf(buf, size, "%s%.*s", len ? " " : "", (int)len, p);
}

const char *value_expected(const struct desk *desk, enum row_id row, unsigned comp, char *buf,
                           size_t size) {
    const struct row *r = &rows[row];
    float min, def, max;
    value_range(desk, row, comp, &min, &def, &max);
    char word[32], unit[24], low[32], high[32];
    size_t len = 0;
    switch (r->type) {
    case TYPE_SWITCH: snprintf(buf, size, "0 or 1"); break;
    case TYPE_TEXT: snprintf(buf, size, "a text shorter than %d bytes", TEXT_BYTES); break;
    case TYPE_STRIP: snprintf(buf, size, "the address of a strip such as /stem/DX, or none"); break;
    case TYPE_SET:
        len = (size_t)snprintf(buf, size, desk ? "one of" : "the id of a loudspeaker set");
        for (uint32_t n = 0; desk && n < desk->sets && len < size; n++)
            len += (size_t)snprintf(buf + len, size - len, "%s %s", n ? "," : "", desk->set[n].id);
        break;
    case TYPE_ENUM:
        len = (size_t)snprintf(buf, size, "one of");
        for (unsigned n = 0; len < size && row_word(r, n, word, sizeof word); n++)
            len += (size_t)snprintf(buf + len, size - len, "%s %s", n ? "," : "", word);
        break;
    case TYPE_INT:
    case TYPE_FLOAT:
        unit_of(r, comp, unit, sizeof unit);
        value_print_float(min, low, sizeof low);
        value_print_float(max, high, sizeof high);
        snprintf(buf, size, "%s%s..%s%s%s", r->type == TYPE_INT ? "a whole number " : "", low, high,
                 unit, has_silence(r) ? " or -inf" : "");
        break;
    }
    return buf;
}

/* The row's name in error texts: the last element of its path that is not an index. */
static const char *last_name(enum row_id row, char *buf, size_t size) {
    const char *path = rows[row].path, *start = path;
    size_t len = strlen(path);
    if (len > 3 && strcmp(path + len - 3, "/{}") == 0)
        len -= 3;
    for (size_t i = 0; i < len; i++)
        if (path[i] == '/')
            start = path + i + 1;
    snprintf(buf, size, "%.*s", (int)(path + len - start), start);
    return buf;
}

static enum value_result refuse(enum value_result result, const struct desk *desk, enum row_id row,
                                unsigned comp, const char *got, char *why, size_t size) {
    char name[32], takes[VALUE_BYTES];
    tell(why, size, "%s takes %s, not %.60s", last_name(row, name, sizeof name),
         value_expected(desk, row, comp, takes, sizeof takes), got);
    return result;
}

enum value_result value_check(const struct desk *desk, enum row_id row, unsigned comp, double in,
                              float *out, char *why, size_t size) {
    const struct row *r = &rows[row];
    float min, def, max;
    char got[40];
    snprintf(got, sizeof got, "%.9g", in);
    if (r->type == TYPE_TEXT || isnan(in))
        return refuse(VALUE_BAD_TYPE, desk, row, comp, got, why, size);
    value_range(desk, row, comp, &min, &def, &max);
    if (has_silence(r) && in <= (double)SILENCE_DB) {
        *out = SILENCE_DB;
        return VALUE_OK;
    }
    if (isinf(in))
        return refuse(VALUE_OUT_OF_RANGE, desk, row, comp, got, why, size);
    if (r->type != TYPE_FLOAT && in != floor(in))
        return refuse(VALUE_BAD_TYPE, desk, row, comp, got, why, size);
    /* Compared as the float that it becomes: 0.1 is in range where the minimum is 0.1f. */
    const float narrow = fabs(in) > (double)FLT_MAX ? (in < 0 ? -FLT_MAX : FLT_MAX) : (float)in;
    if (narrow >= min && narrow <= max) {
        *out = narrow + 0.0f; /* no -0 */
        return VALUE_OK;
    }
    /* Words that are numbers themselves, as of a slope: 24 is no index and can only mean "24". */
    const int word = r->type == TYPE_ENUM ? row_word_number(r, got) : -1;
    if (word >= 0) {
        *out = (float)word;
        return VALUE_OK;
    }
    enum value_result result = VALUE_OUT_OF_RANGE;
    if (r->type == TYPE_FLOAT || r->type == TYPE_INT) {
        *out = narrow < min ? min : max;
        result = VALUE_CLAMPED;
    }
    return refuse(result, desk, row, comp, got, why, size);
}

static bool word_is(const char *text, const char *a, const char *b) {
    return strcasecmp(text, a) == 0 || strcasecmp(text, b) == 0;
}

enum value_result value_parse(const struct desk *desk, enum row_id row, unsigned comp,
                              const char *text, float *out, char *why, size_t size) {
    const struct row *r = &rows[row];
    if (r->type == TYPE_ENUM) {
        const int n = row_word_number(r, text);
        /* A word that looks like a number ("24") is the word. */
        if (n >= 0) {
            *out = (float)n;
            return VALUE_OK;
        }
    }
    if (r->type == TYPE_SWITCH && (word_is(text, "on", "true") || word_is(text, "off", "false"))) {
        *out = word_is(text, "on", "true") ? 1.0f : 0.0f;
        return VALUE_OK;
    }
    if (r->type == TYPE_STRIP && desk) {
        const int object = strcmp(text, "none") == 0 ? -2 : desk_strip_number(desk, text);
        if (object == -2) {
            *out = 0.0f;
            return VALUE_OK;
        }
        if (object >= 0 && (uint32_t)object < strips_of(desk)) {
            *out = (float)(object + 1);
            return VALUE_OK;
        }
        if (text[0] == '/') {
            char name[32], takes[VALUE_BYTES];
            tell(why, size, "%s takes %s; there is no strip %.60s",
                 last_name(row, name, sizeof name),
                 value_expected(desk, row, comp, takes, sizeof takes), text);
            return VALUE_BAD_TYPE;
        }
    }
    for (uint32_t n = 0; r->type == TYPE_SET && desk && n < desk->sets; n++)
        if (strcmp(desk->set[n].id, text) == 0) {
            *out = (float)n;
            return VALUE_OK;
        }
    char *end = NULL;
    /* strtod also reads hexadecimal and "nan(...)"; only plain decimals and inf are spelled here.
     */
    if (!*text || strspn(text, "+-.0123456789eEinfINFtyTY") != strlen(text))
        return refuse(VALUE_BAD_TYPE, desk, row, comp, *text ? text : "an empty text", why, size);
    const double in = strtod(text, &end);
    if (end == text || *end)
        return refuse(VALUE_BAD_TYPE, desk, row, comp, text, why, size);
    return value_check(desk, row, comp, in, out, why, size);
}

int value_print_float(float value, char *buf, size_t size) {
    char text[64] = "";
    if (!isfinite(value))
        snprintf(text, sizeof text, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
    for (int digits = 1; !text[0] || strtof(text, NULL) != value; digits++) {
        if (!isfinite(value) || digits > 9)
            break;
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        const char *e = strchr(text, 'e');
        const int exponent = e ? atoi(e + 1) : 0;
        if (e && exponent >= -5 && exponent <= 9) {
            const int decimals = digits - 1 - exponent;
            snprintf(text, sizeof text, "%.*f", decimals > 0 ? decimals : 0, (double)value);
        }
    }
    const int len = snprintf(buf, size, "%s", strcmp(text, "-0") == 0 ? "0" : text);
    return len < 0 || (size_t)len >= size ? -1 : len;
}

static int strip_print(const struct desk *desk, float value, char *buf, size_t size) {
    const double n = (double)value - 1;
    if (!desk || !(n >= 0) || n >= (double)strips_of(desk))
        return snprintf(buf, size, "none");
    const struct desk_object *o = &desk->object[(uint32_t)n];
    return snprintf(buf, size, "/%s/%s", kind_path(o->kind), o->id);
}

int value_print(const struct desk *desk, enum row_id row, unsigned comp, float value, char *buf,
                size_t size) {
    (void)comp;
    const struct row *r = &rows[row];
    char word[32];
    int len;
    if (r->type == TYPE_ENUM && value >= 0 && value < 1000 &&
        row_word(r, (unsigned)value, word, sizeof word))
        len = snprintf(buf, size, "%s", word);
    else if (r->type == TYPE_STRIP)
        len = strip_print(desk, value, buf, size);
    else if (r->type == TYPE_SET && desk && value >= 0 && value < (float)desk->sets)
        len = snprintf(buf, size, "%s", desk->set[(uint32_t)value].id);
    else if (has_silence(r) && value <= SILENCE_DB)
        len = snprintf(buf, size, "-inf");
    else
        len = value_print_float(value, buf, size);
    return len < 0 || (size_t)len >= size ? -1 : len;
}

/* Length of a well-formed UTF-8 sequence at p, or 0. Source: Unicode 15, table 3-7. */
static size_t utf8_step(const unsigned char *p) {
    if (p[0] < 0x80)
        return 1;
    unsigned low = 0x80, high = 0xBF;
    size_t more;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        more = 1;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        more = 2;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        more = 3;
    else
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    if (p[0] == 0xED)
        high = 0x9F;
    if (p[0] == 0xF0)
        low = 0x90;
    if (p[0] == 0xF4)
        high = 0x8F;
    for (size_t i = 1; i <= more; i++) {
        if (p[i] < low || p[i] > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return more + 1;
}

enum value_result value_check_text(enum row_id row, const char *text, char *why, size_t size) {
    char name[32];
    last_name(row, name, sizeof name);
    if (strlen(text) >= TEXT_BYTES) {
        tell(why, size, "%s takes a text shorter than %d bytes, not one of %zu", name, TEXT_BYTES,
             strlen(text));
        return VALUE_OUT_OF_RANGE;
    }
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        const size_t step = utf8_step(p);
        if (!step || *p < 0x20 || *p == 0x7F) {
            tell(why, size, "%s takes UTF-8 text without control characters; byte %zu is 0x%02X",
                 name, (size_t)(p - (const unsigned char *)text) + 1, *p);
            return VALUE_BAD_TYPE;
        }
        p += step;
    }
    return VALUE_OK;
}
