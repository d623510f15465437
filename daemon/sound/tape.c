/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio thread's side of the tape: copies out of blocks, copies into the ring. */
#include <string.h>

#include "daemon/sound/tape_private.h"

static void count_up(_Atomic uint64_t *counter) RT {
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Only what is new is published, so that a hint of main's stands while we do. A position that does
 * not continue the one before is a jump, and the reader says when it has seen it: before, it may
 * still be filling slots for the old one. Going on needs no such word, since what is there lies in
 * the window that the reader fills. */
static void ask(struct tape *tape, int64_t timeline) RT {
    struct tape_audio *a = &tape->audio;
    if (timeline == a->asked)
        return;
    const bool first = a->asked == INT64_MIN;
    const int64_t now = tape_block(timeline), before = first ? now : tape_block(a->asked);
    a->asked = timeline;
    atomic_store_explicit(&tape->want, timeline, memory_order_release);
    if (first || now < before || now - before >= tape->slots / 2)
        atomic_store_explicit(&tape->jump, ++a->jumps, memory_order_release);
}

/* ---- playing ---- */

/* The part of one block that the period needs, for all tracks. */
static bool play_block(struct tape *tape, int64_t block, int64_t timeline, uint32_t nframes) RT {
    const int64_t begin = block * TAPE_BLOCK_FRAMES, end = begin + TAPE_BLOCK_FRAMES;
    const int64_t from = timeline > begin ? timeline : begin;
    const int64_t to = timeline + nframes < end ? timeline + nframes : end;
    const size_t n = (size_t)(to - from), bytes = n * sizeof(float);
    const uint32_t slot = tape_slot(tape, block);
    bool whole = true;
    atomic_store(&tape->hazard, (int)slot);
    for (uint32_t c = 0; c < tape->channels; c++) {
        struct tape_track *track = atomic_load_explicit(&tape->track[c], memory_order_acquire);
        if (!track || atomic_load_explicit(&track->mode, memory_order_acquire) != TAPE_PLAYS)
            continue;
        const bool there = atomic_load(&track->tag[slot]) == block;
        if (!there && !atomic_load_explicit(&track->fresh, memory_order_relaxed))
            whole = false;
        for (uint32_t l = 0; l < track->legs; l++) {
            float *out = track->out + (size_t)l * tape->o.max_period_frames + (from - timeline);
            const float *in = track->samples + ((size_t)slot * track->legs + l) * TAPE_BLOCK_FRAMES;
            if (there)
                memcpy(out, in + (from - begin), bytes);
            else
                memset(out, 0, bytes);
        }
    }
    atomic_store_explicit(&tape->hazard, -1, memory_order_release);
    return whole;
}

void tape_play(struct tape *tape, int64_t timeline, bool rolling, uint32_t nframes,
               const float *in[]) RT {
    if (nframes == 0 || nframes > tape->o.max_period_frames)
        return;
    ask(tape, timeline);
    atomic_store_explicit(&tape->rolling, rolling, memory_order_relaxed);
    if (rolling) {
        bool whole = true;
        const int64_t last = tape_block(timeline + nframes - 1);
        for (int64_t block = tape_block(timeline); block <= last; block++)
            whole = play_block(tape, block, timeline, nframes) && whole;
        if (!whole)
            count_up(&tape->underruns);
    }
    for (uint32_t c = 0; c < tape->channels; c++) {
        struct tape_track *track = atomic_load_explicit(&tape->track[c], memory_order_acquire);
        const int mode =
            track ? atomic_load_explicit(&track->mode, memory_order_acquire) : TAPE_OFF;
        if (mode == TAPE_OFF)
            continue;
        for (uint32_t l = 0; l < track->legs; l++)
            in[track->first_port + l] = rolling && mode == TAPE_PLAYS
                                            ? track->out + (size_t)l * tape->o.max_period_frames
                                            : tape->zeros;
    }
}

/* ---- recording ---- */

static void put_head(struct tape *tape, uint32_t kind, uint32_t frames, int64_t timeline) RT {
    const struct tape_entry entry = {.kind = kind, .frames = frames, .timeline = timeline};
    ring_put(&tape->audio.ring, &entry, ENTRY_CELLS);
}

static bool room(struct tape *tape, uint32_t cells) RT {
    return ring_free(&tape->audio.ring) >= cells;
}

/* What the writer does not know yet: frames that got lost, then the end of the take. */
static bool settle_debts(struct tape *tape) RT {
    struct tape_audio *a = &tape->audio;
    while (a->lost) {
        if (!room(tape, ENTRY_CELLS))
            return false;
        const uint32_t n = a->lost > 1u << 30 ? 1u << 30 : (uint32_t)a->lost;
        put_head(tape, ENTRY_LOST, n, a->lost_at);
        ring_commit(&a->ring);
        a->lost -= n;
        a->lost_at += n;
    }
    if (a->end_owed) {
        if (!room(tape, ENTRY_CELLS))
            return false;
        put_head(tape, ENTRY_END, 0, a->next);
        ring_commit(&a->ring);
        a->end_owed = false;
    }
    return true;
}

static void lose(struct tape *tape, int64_t timeline, uint32_t nframes) RT {
    struct tape_audio *a = &tape->audio;
    if (!a->lost)
        a->lost_at = timeline;
    a->lost += nframes;
    count_up(&tape->overruns);
}

static void end_take(struct tape *tape) RT {
    tape->audio.taking = false;
    tape->audio.end_owed = true;
    settle_debts(tape);
}

/* The head of a take is the latency's worth of nothing: left out. Returns frames to skip. */
static uint32_t skipped(struct tape_audio *a, uint32_t nframes) RT {
    const uint32_t n = a->skip < nframes ? a->skip : nframes;
    a->skip -= n;
    return n;
}

/* Frames of the present take that nobody has. */
static void put_gap(struct tape *tape, uint32_t nframes) RT {
    struct tape_audio *a = &tape->audio;
    const uint32_t n = nframes - skipped(a, nframes);
    const int64_t at = a->at;
    a->at += n;
    if (n == 0)
        return;
    if (!settle_debts(tape) || !room(tape, ENTRY_CELLS)) {
        lose(tape, at, n);
        return;
    }
    put_head(tape, ENTRY_GAP, n, at);
    ring_commit(&a->ring);
}

static bool begin_take(struct tape *tape, int64_t timeline) RT {
    struct tape_audio *a = &tape->audio;
    if (!settle_debts(tape) || !room(tape, ENTRY_CELLS))
        return false;
    put_head(tape, ENTRY_BEGIN, a->late.ch_return_frames, timeline);
    ring_commit(&a->ring);
    atomic_fetch_add_explicit(&tape->begun, 1, memory_order_release);
    a->taking = true;
    a->drain = 0;
    a->skip = a->latency;
    a->at = timeline;
    return true;
}

/* The last frames of a take will not come any more. */
static void cut_take(struct tape *tape) RT {
    struct tape_audio *a = &tape->audio;
    put_gap(tape, a->drain ? a->drain : a->latency);
    a->drain = 0;
    end_take(tape);
}

static void put_legs(struct tape *tape, const float *const in[], float *const out[], uint32_t skip,
                     uint32_t nframes) RT {
    uint32_t leg = 0;
    for (uint32_t i = 0; i < tape->outputs; i++) {
        const struct take_output *output = &tape->output[i];
        for (uint32_t l = 0; l < format_legs(output->object->format); l++, leg++) {
            const uint32_t port = output->first_port + l;
            const float *x = align_leg(&tape->align, leg, output->insert ? in[port] : out[port],
                                       nframes, tape->aligned);
            if (skip < nframes)
                ring_put(&tape->audio.ring, x + skip, nframes - skip);
        }
    }
}

static void put_samples(struct tape *tape, const float *const in[], float *const out[],
                        uint32_t nframes) RT {
    struct tape_audio *a = &tape->audio;
    const uint32_t skip = skipped(a, nframes), n = nframes - skip;
    const int64_t at = a->at;
    a->at += n;
    if (n &&
        (!settle_debts(tape) || !room(tape, ENTRY_CELLS + ENTRY_SPARE + n * tape->recorded_legs))) {
        put_legs(tape, in, out, nframes, nframes); /* those that wait go on waiting */
        lose(tape, at, n);
        return;
    }
    if (n)
        put_head(tape, ENTRY_DATA, n, at);
    put_legs(tape, in, out, skip, nframes);
    if (n)
        ring_commit(&a->ring);
}

void tape_record(struct tape *tape, int64_t timeline, bool rolling, const float *const in[],
                 float *const out[], uint32_t nframes) RT {
    struct tape_audio *a = &tape->audio;
    const bool wanted = rolling && atomic_load_explicit(&tape->armed, memory_order_acquire);
    const bool jump = rolling && (!a->on_air || timeline != a->next);
    a->on_air = rolling;
    a->next = rolling ? timeline + nframes : timeline;
    if (a->taking && (jump || (wanted && a->drain)))
        cut_take(tape);
    else if (a->taking && !wanted && !a->drain && !(a->drain = a->latency))
        end_take(tape);
    if (nframes == 0 || (!wanted && !a->drain)) {
        settle_debts(tape);
        return;
    }
    if (!a->taking && !begin_take(tape, timeline)) {
        count_up(&tape->overruns);
        return;
    }
    if (!a->drain) {
        put_samples(tape, in, out, nframes);
        return;
    }
    const uint32_t n = a->drain < nframes ? a->drain : nframes;
    put_samples(tape, in, out, n);
    a->drain -= n;
    if (!a->drain)
        end_take(tape);
}

void tape_gap(struct tape *tape, uint32_t nframes) RT {
    struct tape_audio *a = &tape->audio;
    a->next += nframes;
    if (!a->taking)
        return;
    if (!a->drain) {
        put_gap(tape, nframes);
        return;
    }
    const uint32_t n = a->drain < nframes ? a->drain : nframes;
    put_gap(tape, n);
    a->drain -= n;
    if (!a->drain)
        end_take(tape);
}

static uint32_t latency_of(const struct take_output *output, const struct tape_latency *l) RT {
    switch (output->object->kind) {
    case KIND_CH: return l->ch_return_frames;
    case KIND_GRP: return l->grp_return_frames;
    case KIND_STEM: return l->stem_frames;
    default: return l->main_frames;
    }
}

void tape_latency(struct tape *tape, const struct tape_latency *latency) RT {
    struct tape_audio *a = &tape->audio;
    bool same = true;
    for (uint32_t i = 0; i < tape->outputs; i++)
        same =
            same && latency_of(&tape->output[i], latency) == latency_of(&tape->output[i], &a->late);
    if (same)
        return;
    if (a->taking)
        cut_take(tape);
    a->late = *latency;
    a->latency = 0;
    for (uint32_t i = 0; i < tape->outputs; i++) {
        const uint32_t frames = latency_of(&tape->output[i], latency);
        a->latency = frames > a->latency ? frames : a->latency;
    }
    uint32_t leg = 0;
    for (uint32_t i = 0; i < tape->outputs; i++)
        for (uint32_t l = 0; l < format_legs(tape->output[i].object->format); l++, leg++)
            align_wait(&tape->align, leg, a->latency - latency_of(&tape->output[i], latency));
}

/* ---- waiting for it ---- */

static bool read_ahead(struct tape *tape, int64_t timeline, uint32_t nframes) RT {
    const int64_t first = tape_block(timeline), last = tape_block(timeline + nframes - 1);
    for (uint32_t c = 0; c < tape->channels; c++) {
        struct tape_track *track = atomic_load_explicit(&tape->track[c], memory_order_acquire);
        if (!track || atomic_load_explicit(&track->mode, memory_order_acquire) != TAPE_PLAYS)
            continue;
        for (int64_t block = first; block <= last; block++)
            if (atomic_load_explicit(&track->tag[tape_slot(tape, block)], memory_order_acquire) !=
                block)
                return false;
    }
    return true;
}

bool tape_ready(struct tape *tape, int64_t timeline, uint32_t nframes) RT {
    if (nframes == 0)
        return true;
    if (nframes > tape->o.max_period_frames)
        nframes = tape->o.max_period_frames;
    ask(tape, timeline);
    if (atomic_load_explicit(&tape->seen, memory_order_acquire) != tape->audio.jumps)
        return false;
    if (!read_ahead(tape, timeline, nframes)) {
        if (atomic_load_explicit(&tape->want, memory_order_relaxed) != timeline)
            atomic_store_explicit(&tape->want, timeline, memory_order_release); /* over a hint */
        return false;
    }
    return !atomic_load_explicit(&tape->armed, memory_order_acquire) ||
           room(tape, 4 * ENTRY_CELLS + ENTRY_SPARE + nframes * tape->recorded_legs);
}
