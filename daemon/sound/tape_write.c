/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writing thread: takes entries out of the ring and puts them into the files of a take. */
#include <stdlib.h>
#include <time.h>

#include "daemon/sound/tape_private.h"

#define NAP_US 1000
#define UPDATE_S 1

struct writer {
    struct tape *tape;
    struct take *take, *before; /* the present one; the one whose files are on their way to disk */
    float *planar;              /* [recorded_legs][max_period_frames] */
    time_t updated;
};

static time_t seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

static void tell(void *ctx, const char *text) {
    tape_tell(ctx, "%s", text);
}

static void begin(struct writer *w, int64_t timeline, uint32_t loop_frames) {
    struct tape *tape = w->tape;
    const struct take_options options = {.desk = tape->desk,
                                         .record_dir = tape->record_dir,
                                         .output = tape->output,
                                         .outputs = tape->outputs,
                                         .loop_frames = tape->inserts ? loop_frames : 0,
                                         .ctx = tape,
                                         .tell = tell};
    char error[256];
    w->take = take_begin(&options, timeline, error);
    atomic_store(&tape->broken, w->take == NULL);
    atomic_store(&tape->frames, 0);
    w->updated = seconds();
    if (w->take)
        tape_tell(tape, "take begun: %.220s", take_folder(w->take));
    else
        tape_tell(tape, "nothing is recorded: %.220s", error);
}

static void end(struct writer *w) {
    struct tape *tape = w->tape;
    if (w->take) {
        take_end(w->take);
        tape_tell(tape, "take ended: %.150s, %llu frames%s", take_folder(w->take),
                  (unsigned long long)take_frames(w->take),
                  take_alive(w->take) < tape->outputs ? ", but files of it failed" : "");
        take_free(w->before);
        w->before = w->take;
        w->take = NULL;
    }
    atomic_fetch_add_explicit(&tape->ended, 1, memory_order_release);
}

static void handle(struct writer *w, const struct tape_entry *entry) {
    struct tape *tape = w->tape;
    uint32_t cells = ENTRY_CELLS;
    if (entry->kind == ENTRY_DATA) {
        const uint32_t samples = entry->frames * tape->recorded_legs;
        cells += samples;
        if (w->take) {
            ring_peek(&tape->ring, ENTRY_CELLS, w->planar, samples);
            take_write(w->take, w->planar, entry->frames);
        }
    } else if (entry->kind == ENTRY_BEGIN) {
        begin(w, entry->timeline, entry->frames);
    } else if (entry->kind == ENTRY_END) {
        end(w);
    } else if (w->take) {
        take_silence(w->take, entry->kind == ENTRY_GAP ? "gap" : "lost", entry->frames);
    }
    ring_drop(&tape->ring, cells);
    if (!w->take)
        return;
    atomic_store_explicit(&tape->frames, take_frames(w->take), memory_order_relaxed);
    if (take_alive(w->take) == 0 && !atomic_exchange(&tape->broken, true))
        tape_tell(tape, "nothing is recorded any more: every file of the take has failed");
}

void *tape_write_thread(void *arg) {
    struct tape *tape = arg;
    struct writer w = {.tape = tape};
    w.planar = malloc((size_t)tape->recorded_legs * tape->o.max_period_frames * sizeof(float) + 1);
    if (!w.planar)
        tape_tell(tape, "the tape cannot record: out of memory");
    while (w.planar) {
        /* Before the ring is looked at, so that what came before `quit` is still written. */
        const bool quit = atomic_load_explicit(&tape->quit, memory_order_acquire);
        const uint32_t avail = ring_avail(&tape->ring);
        if (avail >= ENTRY_CELLS && avail != UINT32_MAX) {
            struct tape_entry entry;
            ring_peek(&tape->ring, 0, &entry, ENTRY_CELLS);
            handle(&w, &entry);
        } else if (quit) {
            break;
        } else {
            tape_nap(NAP_US);
        }
        if (w.take && seconds() - w.updated >= UPDATE_S) {
            take_update(w.take);
            w.updated = seconds();
        }
    }
    if (w.take)
        end(&w);
    take_free(w.before);
    free(w.planar);
    return NULL;
}
