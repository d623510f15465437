/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Packets on a byte stream: 4-byte length prefix (OSC 1.0) or double-END SLIP (OSC 1.1, RFC 1055).
 *
 *  Which of the two a peer speaks shows in its first byte: END (0xC0), '/' or '#' is SLIP; 0 is the
 *  high byte of a length up to 1 MiB; anything else is refused. Bounded memory, safe with hostile
 * bytes.
 *
 *  Use: frame_space, recv into it, frame_commit, then frame_next until it gives no more.
 *  Thread: the one that owns the reader. */
#ifndef OSC_FRAME_H
#define OSC_FRAME_H

#include "osc/errors.h"

#include <stddef.h>
#include <stdint.h>

enum frame_kind { FRAME_UNKNOWN, FRAME_LENGTH, FRAME_SLIP };

/** Grows from 16 KiB to the largest frame plus a little, by what arrives, not by what is announced.
 */
struct frame_reader {
    enum frame_kind kind;
    enum osc_error error; /* set for good once the stream cannot be followed any more */
    const char *error_text;
    uint8_t *buffer;
    size_t capacity, max_frame;
    size_t begin; /* first byte of the frame being read */
    size_t done;  /* SLIP: end of what is decoded in place */
    size_t next;  /* SLIP: first byte not decoded yet */
    size_t fill;  /* end of what was received */
    int escaped;
};

/** @param max_frame largest packet accepted (OSC_MAX_FRAME_BYTES). Allocates on first use. */
void frame_setup(struct frame_reader *reader, size_t max_frame);

/** Free the buffer. */
void frame_free(struct frame_reader *reader);

/** Where to receive next. Views from frame_next are invalid afterwards.
 *  @return room in bytes, 0 when out of memory or after an error */
size_t frame_space(struct frame_reader *reader, uint8_t **where);

/** `size` bytes were received into the space. */
void frame_commit(struct frame_reader *reader, size_t size);

/** The next whole packet.
 *  @param packet view into the reader, valid until frame_space
 *  @return 1 a packet; 0 none yet; -1 the stream is lost: reader->error is OSC_TOO_LARGE or
 *          OSC_BAD_PACKET, and the connection has to be closed */
int frame_next(struct frame_reader *reader, const uint8_t **packet, size_t *size);

/** Bytes frame_write needs at most for a packet of `size` bytes. */
size_t frame_bound(enum frame_kind kind, size_t size);

/** Frame a packet (FRAME_UNKNOWN counts as FRAME_LENGTH).
 *  @return bytes written, 0 if they do not fit `capacity` */
size_t frame_write(enum frame_kind kind, void *to, size_t capacity, const void *packet,
                   size_t size);

#endif
