/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reading thread: keeps the blocks ahead of the position filled. */
#include <time.h>

#include "daemon/sound/tape_private.h"

#define NAP_ROLLING_US 1000
#define NAP_STOPPED_US 3000
#define NAP_HAZARD_US 50

struct reader {
    struct tape *tape;
    int64_t first; /* block of the position */
    int64_t next;  /* blocks from first to here are filled */
    uint32_t changed;
};

void tape_nap(unsigned us) {
    const struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
    nanosleep(&t, NULL);
}

static void fill(struct reader *reader, struct tape_track *track, int64_t block) {
    struct tape *tape = reader->tape;
    const uint32_t slot = tape_slot(tape, block);
    if (atomic_load(&track->mode) != TAPE_PLAYS || atomic_load(&track->tag[slot]) == block)
        return;
    pthread_mutex_lock(&tape->reels);
    if (track->reel) {
        atomic_store(&track->tag[slot], TAPE_NO_BLOCK);
        while (atomic_load(&tape->hazard) == (int)slot) /* microseconds: audio copies out of it */
            tape_nap(NAP_HAZARD_US);
        float *leg[64];
        const uint32_t legs = track->legs < 64 ? track->legs : 64;
        for (uint32_t l = 0; l < legs; l++)
            leg[l] = track->samples + ((size_t)slot * track->legs + l) * TAPE_BLOCK_FRAMES;
        if (reel_read(track->reel, block * TAPE_BLOCK_FRAMES, TAPE_BLOCK_FRAMES, leg, legs) &&
            !track->told) {
            track->told = true;
            tape_tell(tape, "%.200s: cannot be read to its end", reel_path(track->reel));
        }
        atomic_store(&track->tag[slot], block);
        atomic_store_explicit(&track->fresh, false, memory_order_relaxed);
    }
    pthread_mutex_unlock(&tape->reels);
}

/* Where the position is now; a jump starts over there (what is still right is passed over). */
static void look(struct reader *reader) {
    struct tape *tape = reader->tape;
    const uint32_t jump = atomic_load_explicit(&tape->jump, memory_order_acquire);
    const int64_t first = tape_block(atomic_load_explicit(&tape->want, memory_order_acquire));
    const uint32_t changed = atomic_load_explicit(&tape->changed, memory_order_acquire);
    if (first < reader->first || first > reader->next || changed != reader->changed)
        reader->next = first;
    reader->first = first;
    atomic_store_explicit(&tape->seen, jump, memory_order_release);
    reader->changed = changed;
}

void *tape_read_thread(void *arg) {
    struct tape *tape = arg;
    struct reader reader = {.tape = tape};
    while (!atomic_load_explicit(&tape->quit, memory_order_acquire)) {
        look(&reader);
        /* One slot stays behind the position. */
        if (reader.next >= reader.first + (int64_t)tape->slots - 1) {
            tape_nap(atomic_load_explicit(&tape->rolling, memory_order_relaxed) ? NAP_ROLLING_US
                                                                                : NAP_STOPPED_US);
            continue;
        }
        for (uint32_t c = 0; c < tape->channels; c++) {
            struct tape_track *track = atomic_load_explicit(&tape->track[c], memory_order_acquire);
            if (track)
                fill(&reader, track, reader.next);
        }
        reader.next++;
    }
    return NULL;
}
