/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/frame.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 16384
#define READ_BYTES 65536 /* room offered for one read beyond the frame being collected */

enum { END = 0xc0, ESC = 0xdb, ESC_END = 0xdc, ESC_ESC = 0xdd };

void frame_setup(struct frame_reader *r, size_t max_frame) {
    memset(r, 0, sizeof *r);
    r->max_frame = max_frame;
}

void frame_free(struct frame_reader *r) {
    free(r->buffer);
    frame_setup(r, r->max_frame);
}

static int lose(struct frame_reader *r, enum osc_error error, const char *text) {
    r->error = error;
    r->error_text = text;
    return -1;
}

/* Drop what was handed out: move the frame being read to the front. */
static void compact(struct frame_reader *r) {
    if (!r->begin && r->done == r->next)
        return;
    if (r->kind == FRAME_SLIP) {
        size_t decoded = r->done - r->begin, raw = r->fill - r->next;
        memmove(r->buffer, r->buffer + r->begin, decoded);
        memmove(r->buffer + decoded, r->buffer + r->next, raw);
        r->done = r->next = decoded;
        r->fill = decoded + raw;
    } else {
        memmove(r->buffer, r->buffer + r->begin, r->fill - r->begin);
        r->fill -= r->begin;
        r->done = r->next = 0;
    }
    r->begin = 0;
}

size_t frame_space(struct frame_reader *r, uint8_t **where) {
    if (r->error)
        return 0;
    if (r->buffer)
        compact(r);
    size_t most = r->max_frame + READ_BYTES;
    if (r->fill * 2 >= r->capacity && r->capacity < most) {
        size_t wanted = r->capacity ? r->capacity * 2 : FIRST_BYTES;
        uint8_t *bigger = realloc(r->buffer, wanted < most ? wanted : most);
        if (bigger) {
            r->buffer = bigger;
            r->capacity = wanted < most ? wanted : most;
        }
    }
    *where = r->buffer + r->fill;
    return r->capacity - r->fill;
}

void frame_commit(struct frame_reader *r, size_t size) {
    r->fill += size;
}

static int next_length(struct frame_reader *r, const uint8_t **packet, size_t *size) {
    const uint8_t *p = r->buffer + r->begin;
    size_t have = r->fill - r->begin;
    if (have < 4)
        return 0;
    size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (n > r->max_frame)
        return lose(r, OSC_TOO_LARGE, "frame longer than the largest packet");
    if (n == 0)
        return lose(r, OSC_BAD_PACKET, "frame of length 0");
    if (have - 4 < n)
        return 0;
    *packet = p + 4;
    *size = n;
    r->begin += 4 + n;
    return 1;
}

/* Decode in place: the decoded frame is never longer than its raw bytes. */
static int next_slip(struct frame_reader *r, const uint8_t **packet, size_t *size) {
    while (r->next < r->fill) {
        uint8_t c = r->buffer[r->next++];
        if (r->escaped) {
            if (c != ESC_END && c != ESC_ESC)
                return lose(r, OSC_BAD_PACKET, "SLIP escape followed by neither END nor ESC");
            c = c == ESC_END ? END : ESC;
            r->escaped = 0;
        } else if (c == ESC) {
            r->escaped = 1;
            continue;
        } else if (c == END) {
            size_t n = r->done - r->begin;
            *packet = r->buffer + r->begin;
            *size = n;
            r->begin = r->done = r->next;
            if (n)
                return 1;
            continue; /* the second END between frames */
        }
        if (r->done - r->begin == r->max_frame)
            return lose(r, OSC_TOO_LARGE, "SLIP frame longer than the largest packet");
        r->buffer[r->done++] = c;
    }
    return 0;
}

int frame_next(struct frame_reader *r, const uint8_t **packet, size_t *size) {
    if (r->error)
        return -1;
    if (r->kind == FRAME_UNKNOWN) {
        if (!r->fill)
            return 0;
        uint8_t first = r->buffer[0];
        if (first == END || first == '/' || first == '#')
            r->kind = FRAME_SLIP;
        else if (first == 0)
            r->kind = FRAME_LENGTH;
        else
            return lose(r, OSC_BAD_PACKET, "first byte is neither a length up to 1 MiB nor SLIP");
    }
    return r->kind == FRAME_SLIP ? next_slip(r, packet, size) : next_length(r, packet, size);
}

size_t frame_bound(enum frame_kind kind, size_t size) {
    return kind == FRAME_SLIP ? size * 2 + 2 : size + 4;
}

size_t frame_write(enum frame_kind kind, void *to, size_t capacity, const void *packet,
                   size_t size) {
    const uint8_t *p = packet;
    uint8_t *out = to;
    if (kind != FRAME_SLIP) {
        if (capacity < 4 || size > capacity - 4)
            return 0;
        for (int i = 0; i < 4; i++)
            out[i] = (uint8_t)(size >> (24 - 8 * i));
        memcpy(out + 4, p, size);
        return size + 4;
    }
    size_t n = 0;
    if (capacity < 2)
        return 0;
    out[n++] = END;
    for (size_t i = 0; i < size; i++) {
        bool special = p[i] == END || p[i] == ESC;
        if (capacity - n < (special ? 3u : 2u)) /* the byte, and the END still to come */
            return 0;
        if (special) {
            out[n++] = ESC;
            out[n++] = p[i] == END ? ESC_END : ESC_ESC;
        } else {
            out[n++] = p[i];
        }
    }
    out[n++] = END;
    return n;
}
