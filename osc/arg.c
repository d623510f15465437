/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coercion of arguments "where nothing is lost"; declared in packet.h. */
#include "osc/packet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A decimal number and nothing else: strtod alone would take blanks, hex, "nan" and "infinity". */
static enum osc_error number_from_text(const char *s, double *out) {
    if (strcasecmp(s, "-inf") == 0) {
        *out = -(double)INFINITY;
        return OSC_OK;
    }
    size_t n = strspn(s, "0123456789+-.eE");
    if (n == 0 || n > 63 || s[n])
        return OSC_BAD_VALUE;
    char *end;
    double x = strtod(s, &end);
    if (*end || !isfinite(x))
        return OSC_BAD_VALUE;
    *out = x;
    return OSC_OK;
}

enum osc_error osc_arg_as_float(const struct osc_arg *arg, double *out) {
    double x;
    switch (arg->type) {
    case 'i': x = arg->v.i; break;
    case 'h':
        if (arg->v.h > (INT64_C(1) << 53) || arg->v.h < -(INT64_C(1) << 53))
            return OSC_BAD_VALUE;
        x = (double)arg->v.h;
        break;
    case 'f': x = (double)arg->v.f; break;
    case 'd': x = arg->v.d; break;
    case 'T': x = 1; break;
    case 'F': x = 0; break;
    case 's':
    case 'S': return number_from_text(arg->v.s, out);
    default: return OSC_BAD_TYPE;
    }
    if (isnan(x) || (isinf(x) && x > 0))
        return OSC_BAD_VALUE;
    *out = x;
    return OSC_OK;
}

/* Whole numbers of any length: 9007199254740993 as text must not pass through a double. */
static enum osc_error long_from_text(const char *s, int64_t *out) {
    uint64_t limit = (uint64_t)INT64_MAX, x = 0;
    bool minus = *s == '-';
    if (*s == '-' || *s == '+')
        s++;
    if (!*s)
        return OSC_BAD_VALUE;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return OSC_BAD_VALUE;
        uint64_t digit = (uint64_t)(*s - '0');
        if (x > (limit - digit) / 10)
            return OSC_OUT_OF_RANGE;
        x = x * 10 + digit;
    }
    *out = minus ? -(int64_t)x : (int64_t)x;
    return OSC_OK;
}

enum osc_error osc_arg_as_long(const struct osc_arg *arg, int64_t *out) {
    if (arg->type == 'h') {
        *out = arg->v.h;
        return OSC_OK;
    }
    if ((arg->type == 's' || arg->type == 'S') && long_from_text(arg->v.s, out) != OSC_BAD_VALUE)
        return long_from_text(arg->v.s, out);
    double x;
    enum osc_error e = osc_arg_as_float(arg, &x);
    if (e)
        return e;
    if (isinf(x) || floor(x) < x)
        return OSC_BAD_VALUE;
    if (x < -9223372036854775808.0 || x >= 9223372036854775808.0)
        return OSC_OUT_OF_RANGE;
    *out = (int64_t)x;
    return OSC_OK;
}

enum osc_error osc_arg_as_int(const struct osc_arg *arg, int32_t *out) {
    int64_t x;
    enum osc_error e = osc_arg_as_long(arg, &x);
    if (e)
        return e;
    if (x < INT32_MIN || x > INT32_MAX)
        return OSC_OUT_OF_RANGE;
    *out = (int32_t)x;
    return OSC_OK;
}

enum osc_error osc_arg_as_bool(const struct osc_arg *arg, bool *out) {
    double x;
    enum osc_error e = osc_arg_as_float(arg, &x);
    if (!e)
        *out = x < 0 || x > 0;
    return e;
}

/* UTF-8 without overlong forms, surrogates or control characters (Unicode 15, table 3-7). */
static bool text_is_clean(const char *text) {
    const uint8_t *p = (const uint8_t *)text;
    while (*p) {
        uint8_t c = *p++;
        if (c < 0x80) {
            if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
                return false;
            continue;
        }
        unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        uint8_t low = 0x80, high = 0xbf;
        if (c < 0xc2 || c > 0xf4)
            return false;
        if (c == 0xe0)
            low = 0xa0;
        else if (c == 0xed)
            high = 0x9f;
        else if (c == 0xf0)
            low = 0x90;
        else if (c == 0xf4)
            high = 0x8f;
        if (c == 0xc2 && *p < 0xa0)
            return false; /* C1 controls */
        for (; more; more--, p++, low = 0x80, high = 0xbf)
            if (*p < low || *p > high)
                return false;
    }
    return true;
}

enum osc_error osc_arg_as_text(const struct osc_arg *arg, char room[32], const char **out) {
    double x;
    enum osc_error e;
    switch (arg->type) {
    case 's':
    case 'S':
        if (!text_is_clean(arg->v.s))
            return OSC_BAD_VALUE;
        *out = arg->v.s;
        return OSC_OK;
    case 'h': snprintf(room, 32, "%lld", (long long)arg->v.h); break;
    default:
        e = osc_arg_as_float(arg, &x);
        if (e)
            return e;
        /* The shortest of the two that gives the same float back. */
        snprintf(room, 32, "%g", x);
        if (!isinf(x) &&
            (arg->type == 'd' ? strtod(room, NULL) != x : strtof(room, NULL) != (float)x))
            snprintf(room, 32, arg->type == 'f' ? "%.9g" : "%.17g", x);
    }
    *out = room;
    return OSC_OK;
}
