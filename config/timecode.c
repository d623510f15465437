/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/timecode.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct fps_info fps_table[FPS_COUNT] = {
    [FPS_23976] = {"23.976", 24000, 1001, 24, false},
    [FPS_24] = {"24", 24, 1, 24, false},
    [FPS_25] = {"25", 25, 1, 25, false},
    [FPS_2997] = {"29.97", 30000, 1001, 30, false},
    [FPS_2997_DF] = {"29.97df", 30000, 1001, 30, true},
    [FPS_30] = {"30", 30, 1, 30, false},
};

enum fps fps_by_name(const char *name) {
    unsigned i = 0;
    while (i < FPS_COUNT && strcmp(fps_table[i].name, name) != 0)
        i++;
    return (enum fps)i;
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return a / b + (a % b > 0);
}

int64_t timecode_day(enum fps fps) {
    const int64_t all = 86400 * (int64_t)fps_table[fps].base;
    return fps_table[fps].drop ? all - 24 * 6 * 18 : all; /* 18 labels left out in ten minutes */
}

/* 0 and 1 of every minute but each tenth. */
static bool is_left_out(const struct timecode *tc, enum fps fps) {
    return fps_table[fps].drop && tc->tcframes < 2 && tc->seconds == 0 && tc->minutes % 10 != 0;
}

bool timecode_count(const struct timecode *tc, enum fps fps, int64_t *tcframes) {
    const struct fps_info *f = &fps_table[fps];
    if (tc->hours < 0 || tc->hours > 23 || tc->minutes < 0 || tc->minutes > 59 || tc->seconds < 0 ||
        tc->seconds > 59 || tc->tcframes < 0 || tc->tcframes >= (int)f->base ||
        is_left_out(tc, fps))
        return false;
    const int64_t minutes = 60 * (int64_t)tc->hours + tc->minutes;
    *tcframes = (60 * minutes + tc->seconds) * (int64_t)f->base + tc->tcframes;
    if (f->drop)
        *tcframes -= 2 * (minutes - minutes / 10);
    return true;
}

struct timecode timecode_label(int64_t n, enum fps fps) {
    const int64_t day = timecode_day(fps), base = fps_table[fps].base;
    n -= floor_div(n, day) * day;
    if (fps_table[fps].drop) {
        /* Ten minutes hold 17982 tcframes: one minute of 1800 and nine of 1798. */
        const int64_t tens = n / 17982, rest = n % 17982;
        n += 18 * tens + (rest < 1800 ? 0 : 2 * ((rest - 1800) / 1798 + 1));
    }
    return (struct timecode){.hours = (int)(n / (3600 * base)),
                             .minutes = (int)(n / (60 * base) % 60),
                             .seconds = (int)(n / base % 60),
                             .tcframes = (int)(n % base)};
}

/* The largest products are 24 h x 30 tcframes x 100 x 192000 Hz x 1001: 5e16, far inside 63 bits.
 */
int64_t timecode_samples(int64_t tcframes, int hundredths, enum fps fps, uint32_t rate_hz) {
    const struct fps_info *f = &fps_table[fps];
    return ceil_div((tcframes * 100 + hundredths) * (int64_t)rate_hz * f->den,
                    100 * (int64_t)f->num);
}

int64_t timecode_at(int64_t samples, enum fps fps, uint32_t rate_hz, int *hundredths) {
    const struct fps_info *f = &fps_table[fps];
    /* Whole days first, so that any sample count stays inside of 63 bits. */
    const int64_t second = (int64_t)rate_hz * f->den; /* tcframes x den per `num` */
    const int64_t whole = floor_div(samples, second), rest = samples - whole * second;
    const int64_t n = floor_div(rest * f->num * 100, second);
    if (hundredths)
        *hundredths = (int)(n % 100);
    return whole * f->num + n / 100;
}

/* Two digits and the character that has to follow; moves *p on. */
static bool two(const char **p, const char *then, int *value) {
    if (!isdigit((unsigned char)(*p)[0]) || !isdigit((unsigned char)(*p)[1]))
        return false;
    *value = 10 * ((*p)[0] - '0') + (*p)[1] - '0';
    *p += 2;
    if (!**p)
        return strchr(then, '$') != NULL; /* $: the end will do */
    if (**p == '$' || !strchr(then, **p))
        return false;
    (*p)++;
    return true;
}

bool timecode_parse(const char *text, enum fps fps, uint32_t rate_hz, int64_t *samples, char *why,
                    size_t size) {
    const struct fps_info *f = &fps_table[fps];
    struct timecode tc = {0};
    const char *p = text;
    int64_t n;
    bool ok = two(&p, ":", &tc.hours) && two(&p, ":", &tc.minutes) && two(&p, ":;", &tc.seconds);
    const bool drop_mark = ok && p[-1] == ';';
    ok = ok && two(&p, ".$", &tc.tcframes);
    if (ok && p[-1] == '.')
        ok = two(&p, "$", &tc.hundredths);
    if (!ok || *p) {
        snprintf(why, size, "'%.40s' is no timecode; expected HH:MM:SS%cFF, or HH:MM:SS%cFF.ff",
                 text, f->drop ? ';' : ':', f->drop ? ';' : ':');
    } else if (drop_mark && !f->drop) {
        snprintf(why, size, "'%.40s' is drop-frame timecode, but the rate is %s; expected ':'",
                 text, f->name);
    } else if (is_left_out(&tc, fps)) {
        snprintf(why, size,
                 "%.40s does not exist: drop-frame timecode leaves out frames 00 and 01 of this "
                 "minute; expected 02 or later",
                 text);
    } else if (!timecode_count(&tc, fps, &n)) {
        snprintf(why, size,
                 "%.40s does not exist; expected hours to 23, minutes and seconds to 59, frames to "
                 "%u at %s",
                 text, f->base - 1, f->name);
    } else {
        *samples = timecode_samples(n, tc.hundredths, fps, rate_hz);
        return true;
    }
    return false;
}

bool timecode_parse_position(const char *text, enum fps fps, uint32_t rate_hz, int64_t start_frames,
                             int64_t *timeline_frames, char *why, size_t size) {
    const char *digits = text + (*text == '-');
    if (*digits && strspn(digits, "0123456789") == strlen(digits)) {
        errno = 0;
        const long long n = strtoll(text, NULL, 10);
        /* A year at 192 kHz is 6e12. */
        if (errno || n > INT64_C(1000000000000000) || n < -INT64_C(1000000000000000)) {
            snprintf(why, size, "%.40s is too many samples", text);
            return false;
        }
        *timeline_frames = n;
        return true;
    }
    int64_t samples;
    if (!timecode_parse(text, fps, rate_hz, &samples, why, size))
        return false;
    *timeline_frames = samples - start_frames;
    return true;
}

const char *timecode_print(int64_t samples, enum fps fps, uint32_t rate_hz, bool hundredths,
                           char buf[TIMECODE_BYTES]) {
    int part;
    const int64_t n = timecode_at(samples, fps, rate_hz, &part);
    const struct timecode tc = timecode_label(n, fps);
    char text[64]; /* snprintf is told of ints; labels have two digits each */
    int len = snprintf(text, sizeof text, "%02d:%02d:%02d%c%02d", tc.hours, tc.minutes, tc.seconds,
                       fps_table[fps].drop ? ';' : ':', tc.tcframes);
    if (hundredths)
        snprintf(text + len, sizeof text - (size_t)len, ".%02d", part);
    snprintf(buf, TIMECODE_BYTES, "%.15s", text);
    return buf;
}
