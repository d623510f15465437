/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's run: commands, time and the order of the stages. Setup stands in engine_setup.c. */
#include "dsp/engine.h"

#include <math.h>
#include <string.h>

#include "dsp/engine_private.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#define FLUSH_BITS 0x8040u /* FTZ and DAZ */
#endif

static unsigned denormals_off(void) RT {
#if defined(__x86_64__)
    const unsigned old = _mm_getcsr();
    _mm_setcsr(old | FLUSH_BITS);
    return old;
#elif defined(__aarch64__)
    uint64_t old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" ::"r"(old | 1u << 24));
    return (unsigned)old;
#else
    return 0;
#endif
}

static void denormals_back(unsigned old) RT {
#if defined(__x86_64__)
    _mm_setcsr(old);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" ::"r"((uint64_t)old));
#else
    (void)old;
#endif
}

static void tell(const struct engine *e, enum event_op op, uint32_t seq, uint64_t frame,
                 int64_t value) RT {
    if (!e->options.event)
        return;
    const struct event event = {.op = op, .seq = seq, .frame = frame, .value = value};
    e->options.event(e->options.event_ctx, &event);
}

/* ---- commands in ---- */

static bool valid(const struct engine *e, const struct command *c) RT {
    if (c->op >= COMMAND_OPS || c->curve >= CURVE_COUNT || c->slot >= e->plane.slots ||
        !isfinite(c->value) || !isfinite(c->seconds) || c->seconds < 0 || c->seconds > 86400)
        return false;
    const struct row *row = &rows[e->plane.row[c->slot]];
    if (row->flags & ROW_READ_ONLY)
        return false;
    if (c->op == COMMAND_HOLD)
        return true;
    float min, def, max;
    row_range(row, e->plane.comp[c->slot], &min, &def, &max);
    if (row->type == TYPE_STRIP)
        max = (float)e->strips;
    if (row->type == TYPE_SET)
        max = (float)e->monitor.sets - 1;
    if (row->type != TYPE_FLOAT && c->value != floorf(c->value))
        return false;
    return c->value >= min && c->value <= max;
}

static void count_queued(struct engine *e) RT {
    e->counters.queued = e->by_frame.count + e->by_timeline.count;
    if (e->counters.queued > e->counters.queue_high)
        e->counters.queue_high = e->counters.queued;
}

int engine_queue(struct engine *e, const struct group *group, const struct command *commands) RT {
    struct queue *q = group->when == WHEN_TIMELINE ? &e->by_timeline : &e->by_frame;
    if (group->when == WHEN_TIMELINE && group->epoch != e->epoch)
        return EVENT_STALE;
    if (group->count > BUNDLE_SETS || group->when > WHEN_NEXT)
        return EVENT_BAD;
    for (uint32_t i = 0; i < group->count; i++)
        if (!valid(e, &commands[i]))
            return EVENT_BAD;
    /* an empty group still lands, so that its event can tell when */
    const uint32_t items = group->count ? group->count : 1;
    if (e->by_frame.count + e->by_timeline.count + items > ENGINE_QUEUE)
        return EVENT_BUSY;
    const uint64_t most = INT64_MAX;
    const uint64_t frame = group->when == WHEN_NEXT ? 0 : group->frame < most ? group->frame : most;
    for (uint32_t i = 0; i < items; i++) {
        struct queue_item item = {.frame = (int64_t)frame,
                                  .order = e->order++,
                                  .seq = group->seq,
                                  .flags = group->flags,
                                  .last = i + 1 == items,
                                  .empty = group->count == 0,
                                  .next = group->when == WHEN_NEXT};
        if (group->count)
            item.command = commands[i];
        queue_push(q, &item);
    }
    count_queued(e);
    return 0;
}

int engine_queue_bulk(struct engine *e, const struct group *group, const struct command *commands)
    RT {
    if (e->bulk.busy)
        return EVENT_BUSY;
    if (group->when == WHEN_TIMELINE && group->epoch != e->epoch)
        return EVENT_STALE;
    if (group->count > e->plane.slots || group->when > WHEN_NEXT)
        return EVENT_BAD;
    e->bulk.group = *group;
    if (group->frame > INT64_MAX) /* from a scribbled mapping: no past, and no overflow */
        e->bulk.group.frame = INT64_MAX;
    e->bulk.source = commands;
    e->bulk.copied = 0;
    e->bulk.busy = true;
    return 0;
}

/* ---- commands out ---- */

static void apply(struct engine *e, const struct command *c) RT {
    switch ((enum command_op)c->op) {
    case COMMAND_SET:
        if (motion_set(&e->plane, c->slot, c->value, e->frame))
            derive_slot(e, c->slot, true);
        break;
    case COMMAND_GLIDE:
        motion_glide(&e->plane, c->slot, c->value, c->seconds, (enum curve)c->curve, e->frame);
        derive_slot(e, c->slot, e->plane.motion_of[c->slot] == MOTION_NONE);
        break;
    case COMMAND_HOLD: motion_hold(&e->plane, c->slot, e->frame); break;
    case COMMAND_OPS: break;
    }
    e->counters.applied++;
}

static void landed(struct engine *e, uint32_t seq, uint16_t flags, int64_t late) RT {
    if (!(flags & GROUP_TELL))
        return;
    late = late >= CELL_FRAMES && !(flags & GROUP_SOON) ? late : 0;
    e->counters.late += late > 0;
    tell(e, EVENT_APPLIED, seq, e->frame, late);
}

static void apply_due(struct engine *e, struct queue *q, int64_t now) RT {
    const struct queue_item *first;
    while ((first = queue_first(q)) && first->frame <= now) {
        const struct queue_item item = *first;
        queue_pop(q);
        if (!item.empty && !insert_defer(e, &item))
            apply(e, &item.command);
        if (item.last)
            landed(e, item.seq, item.flags, item.next ? 0 : now - item.frame);
    }
}

/* Check and copy a slice of a bulk; all of it is refused when one command is bad. */
static void bulk_prepare(struct engine *e) RT {
    struct bulk *b = &e->bulk;
    if (!b->busy || b->copied == b->group.count)
        return;
    const uint32_t left = b->group.count - b->copied, n = left < BULK_SLICE ? left : BULK_SLICE;
    memcpy(b->command + b->copied, b->source + b->copied, n * sizeof *b->command);
    for (uint32_t i = 0; i < n; i++)
        if (!valid(e, &b->command[b->copied + i])) {
            tell(e, EVENT_BAD, b->group.seq, e->frame, 0);
            b->busy = false;
            return;
        }
    b->copied += n;
}

/* What stands behind inserts lands later. */
static void bulk_land(struct engine *e) RT {
    struct bulk *b = &e->bulk;
    for (; b->place < PLACES && e->frame >= b->landed + e->inserts.lag[b->place]; b->place++)
        for (uint32_t i = 0; i < b->group.count; i++)
            if (!e->inserts.bulk_place || e->inserts.bulk_place[i] == b->place)
                apply(e, &b->command[i]);
    if (b->place < PLACES)
        return;
    b->busy = b->landing = false;
    landed(e, b->group.seq, b->group.flags, b->late);
}

static void bulk_apply(struct engine *e) RT {
    struct bulk *b = &e->bulk;
    if (b->landing)
        bulk_land(e);
    if (!b->busy || b->landing || b->copied < b->group.count)
        return;
    const bool timeline = b->group.when == WHEN_TIMELINE;
    if (timeline && b->group.epoch != e->epoch) {
        tell(e, EVENT_STALE, b->group.seq, e->frame, 0);
        b->busy = false;
        return;
    }
    const int64_t now = timeline ? e->grid : (int64_t)e->frame;
    if ((timeline && !e->rolling) || (b->group.when != WHEN_NEXT && (int64_t)b->group.frame > now))
        return;
    b->late = b->group.when == WHEN_NEXT ? 0 : now - (int64_t)b->group.frame;
    b->landing = true;
    b->landed = e->frame;
    b->place = insert_places(e, b->command, b->group.count);
    bulk_land(e);
}

/* Frames until the grid point of the next command; at least one cell away from a grid point. */
static int64_t until_due(const struct engine *e, unsigned phase) RT {
    int64_t next = SPAN_FRAMES;
    const struct queue_item *item = queue_first(&e->by_frame);
    if (item && item->frame - (int64_t)e->frame < next)
        next = item->frame - (int64_t)e->frame;
    item = e->rolling ? queue_first(&e->by_timeline) : NULL;
    if (item && item->frame - e->grid < next)
        next = item->frame - e->grid;
    if (e->bulk.busy)
        next = 1;
    if (next < 1)
        next = 1;
    const int64_t end = phase + next + CELL_FRAMES - 1;
    return end - end % CELL_FRAMES - phase;
}

/* ---- time ---- */

static void drop_stale(struct engine *e) RT {
    for (uint32_t i = 0; i < e->by_timeline.count; i++)
        if (e->by_timeline.item[i].last)
            tell(e, EVENT_STALE, e->by_timeline.item[i].seq, e->frame, 0);
    e->by_timeline.count = 0;
    count_queued(e);
}

void engine_begin(struct engine *e, const struct engine_time *time) RT {
    e->frame = time->frame;
    const bool moved = time->timeline != e->timeline, stopped = e->rolling && !time->rolling;
    if (!moved && time->rolling == e->rolling)
        return;
    /* Rolling on from where the timeline stood keeps what was handed down for it: the first
     * commands of a pass are there before its first frame. */
    if (moved || stopped) {
        e->epoch++;
        e->counters.epoch = e->epoch;
        drop_stale(e);
    }
    if (time->rolling) {
        e->grid = time->timeline;
        e->block_open = false;
        insert_locate(e);
    }
    e->rolling = time->rolling;
    e->timeline = time->timeline;
    tell(e, EVENT_EPOCH, e->epoch, e->frame, time->rolling);
}

static void advance(struct engine *e, uint32_t n) RT {
    e->frame += n;
    e->grid += n;
    if (e->rolling)
        e->timeline += n;
}

static unsigned phase_of(int64_t grid) RT {
    const int64_t phase = grid % SPAN_FRAMES;
    return (unsigned)(phase < 0 ? phase + SPAN_FRAMES : phase);
}

static void block_close(struct engine *e) RT {
    if (e->block_open)
        stage_block_end(e);
    e->block_open = false;
    derive_block(e);
}

void engine_skip(struct engine *e, uint32_t nframes) RT {
    block_close(e);
    key_skip(e);
    advance(e, nframes);
}

static bool moving(const struct engine *e) RT {
    return e->plane.active || e->solo_stale || e->mutes_stale || e->touched.count ||
           e->touched_routes.count || e->fading_routes.count;
}

/* One chunk: at most to the end of the block, or to where a command is due. */
static unsigned chunk(struct engine *e, const float *const *in, float *const *out, uint32_t offset,
                      uint32_t left) RT {
    const unsigned phase = phase_of(e->grid);
    const bool fresh = !e->block_open;
    insert_due(e);
    if (fresh) {
        derive_block(e);
        derive_dyn_begin(e, phase);
    }
    if (phase % CELL_FRAMES == 0) {
        apply_due(e, &e->by_frame, (int64_t)e->frame);
        if (e->rolling)
            apply_due(e, &e->by_timeline, e->grid);
        bulk_apply(e);
        count_queued(e);
    }
    if (fresh)
        derive_slow(e);
    e->block_open = true;
    const unsigned cell = CELL_FRAMES - phase % CELL_FRAMES;
    unsigned n = SPAN_FRAMES - phase;
    const int64_t due = until_due(e, phase);
    n = due < n ? (unsigned)due : n;
    n = e->any_bad && cell < n ? cell : n;
    n = left < n ? left : n;
    n = insert_until(e, n);
    n = stage_inputs(e, in, offset, n, phase);
    for (unsigned c = (phase + CELL_FRAMES - 1) / CELL_FRAMES;
         c * CELL_FRAMES < phase + n && moving(e); c++)
        derive_cell(e, c + 1, e->frame + (c + 1) * CELL_FRAMES - phase);
    insert_buffers(e, in, out, offset);
    tail_begin(e, n);
    for (uint32_t i = 0; i < e->stages; i++)
        stage_run(e, &e->stage[i], n, phase);
    monitor_run(e, n, phase);
    for (uint32_t i = 0; out && i < e->outputs; i++)
        if (out[i])
            memcpy(out[i] + offset, e->out_leg[i], n * sizeof(float));
    if (e->any_bad && (phase + n) % CELL_FRAMES == 0)
        stage_cell_end(e);
    e->last_frames = n;
    key_keep(e, n);
    advance(e, n);
    if (phase + n == SPAN_FRAMES) {
        stage_block_end(e);
        e->block_open = false;
    }
    return n;
}

void engine_run(struct engine *e, const struct engine_time *time, const float *const *in,
                float *const *out, uint32_t nframes) RT {
    const unsigned csr = denormals_off();
    engine_begin(e, time);
    bulk_prepare(e);
    for (uint32_t offset = 0; offset < nframes;)
        offset += chunk(e, in, out, offset, nframes - offset);
    if (nframes)
        meter_update(e, nframes);
    denormals_back(csr);
}

void engine_counters(const struct engine *e, struct engine_counters *counters) RT {
    *counters = e->counters;
}

uint32_t engine_latency_frames(const struct engine *e, enum kind kind) {
    return insert_latency(e, kind) + print_latency(e, kind);
}
