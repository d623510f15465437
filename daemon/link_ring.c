/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rings of the link. The positions that decide what is touched are private; the shared ones are
 * only ever compared with them. */
#include <string.h>

#include "daemon/link.h"

/* Copy n cells between flat memory and the ring at position `at`, in at most two pieces. */
static inline unsigned char *cell_at(const struct ring *ring, uint32_t at) {
    return ring->cells + (size_t)(at & (ring->capacity - 1)) * ring->cell_bytes;
}

static inline uint32_t cells_to_end(const struct ring *ring, uint32_t at, uint32_t n) {
    const uint32_t left = ring->capacity - (at & (ring->capacity - 1));
    return n < left ? n : left;
}

uint32_t ring_free(const struct ring *ring) RT {
    const uint32_t tail = atomic_load_explicit(&ring->shared->tail, memory_order_acquire);
    const uint32_t used = ring->pos - tail;
    return used > ring->capacity ? 0 : ring->capacity - used;
}

void ring_put(struct ring *ring, const void *cells, uint32_t n) RT {
    const uint32_t first = cells_to_end(ring, ring->pos, n);
    const size_t bytes = (size_t)first * ring->cell_bytes;
    memcpy(cell_at(ring, ring->pos), cells, bytes);
    if (n > first)
        memcpy(ring->cells, (const unsigned char *)cells + bytes,
               (size_t)(n - first) * ring->cell_bytes);
    ring->pos += n;
}

void ring_commit(struct ring *ring) RT {
    atomic_store_explicit(&ring->shared->head, ring->pos, memory_order_release);
}

uint32_t ring_avail(const struct ring *ring) RT {
    const uint32_t head = atomic_load_explicit(&ring->shared->head, memory_order_acquire);
    const uint32_t n = head - ring->pos;
    return n > ring->capacity ? UINT32_MAX : n;
}

void ring_peek(const struct ring *ring, uint32_t skip, void *cells, uint32_t n) RT {
    const uint32_t at = ring->pos + skip;
    const uint32_t first = cells_to_end(ring, at, n);
    const size_t bytes = (size_t)first * ring->cell_bytes;
    memcpy(cells, cell_at(ring, at), bytes);
    if (n > first)
        memcpy((unsigned char *)cells + bytes, ring->cells, (size_t)(n - first) * ring->cell_bytes);
}

void ring_drop(struct ring *ring, uint32_t n) RT {
    ring->pos += n;
    atomic_store_explicit(&ring->shared->tail, ring->pos, memory_order_release);
}

void ring_resync(struct ring *ring) RT {
    ring->pos = atomic_load_explicit(&ring->shared->head, memory_order_acquire);
    atomic_store_explicit(&ring->shared->tail, ring->pos, memory_order_release);
}
