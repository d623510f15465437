/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* Any stream in any pieces: the same packets as in one piece, inside the buffer; and any packet
 * framed comes back. */
#include "osc/frame.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FRAME 600

#define MUST(condition)   \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    uint64_t hash;
    int packets, lost;
};

static struct heard feed(const uint8_t *data, size_t size, size_t piece) {
    struct heard h = {UINT64_C(0xcbf29ce484222325), 0, 0};
    struct frame_reader r;
    frame_setup(&r, MAX_FRAME);
    for (size_t at = 0; at < size && !h.lost;) {
        uint8_t *where;
        const uint8_t *packet;
        size_t room = frame_space(&r, &where), n = size - at < piece ? size - at : piece, length;
        int found;
        MUST(room > 0);
        if (n > room)
            n = room;
        memcpy(where, data + at, n);
        frame_commit(&r, n);
        at += n;
        while ((found = frame_next(&r, &packet, &length)) > 0) {
            MUST(length > 0 && length <= MAX_FRAME);
            for (size_t i = 0; i < length; i++)
                h.hash = (h.hash ^ packet[i]) * UINT64_C(0x100000001b3);
            h.hash += length;
            h.packets++;
        }
        h.lost = found < 0;
        MUST(h.lost == (r.error != OSC_OK));
    }
    MUST(r.capacity <= MAX_FRAME + 65536);
    frame_free(&r);
    return h;
}

static void round_trip(enum frame_kind kind, const uint8_t *data, size_t size) {
    uint8_t *framed = malloc(frame_bound(kind, size));
    size_t n = frame_write(kind, framed, frame_bound(kind, size), data, size);
    struct heard h = feed(framed, n, 7);
    MUST(n && h.packets == 1 && !h.lost);
    free(framed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    struct heard one = feed(data + 1, size - 1, size),
                 many = feed(data + 1, size - 1, 1u + data[0] % 64);
    MUST(one.hash == many.hash && one.packets == many.packets && one.lost == many.lost);
    if (size <= MAX_FRAME) {
        round_trip(FRAME_LENGTH, data, size);
        round_trip(FRAME_SLIP, data, size);
    }
    return 0;
}
