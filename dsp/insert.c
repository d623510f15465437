/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inserts in the signal. What happens later because of them: insert_lag.c. */
#include "dsp/insert.h"

#include <math.h>
#include <string.h>

#include "dsp/engine_private.h"

void insert_buffers(struct engine *e, const float *const *in, float *const *out, uint32_t offset)
    RT {
    struct inserts *inserts = &e->inserts;
    if (!inserts->ports)
        return;
    inserts->in = in ? in + e->inputs : NULL;
    inserts->out = out ? out + e->outputs : NULL;
    inserts->offset = offset;
}

/* ---- out and back ---- */

#define ALL_LANES ((1u << LANES) - 1)

/* n frames of plugged lanes out to the host. */
static void send(const struct engine *e, const struct insert_bank *b, float (*x)[LANES], unsigned n,
                 uint32_t plugged) RT {
    _Alignas(64) planar y[LANES];
    float *to[LANES];
    if (!e->inserts.out)
        return;
    for (unsigned l = 0; l < LANES; l++)
        to[l] = plugged >> l & 1 && e->inserts.out[b->port[l]] ? y[l] : NULL;
    e->k->scatter(to, (const float(*)[LANES])x, n);
    for (unsigned l = 0; l < LANES; l++)
        if (to[l])
            memcpy(e->inserts.out[b->port[l]] + e->inserts.offset, y[l], n * sizeof(float));
}

/* From the first bad sample to the end of its cell there is silence. */
static void silence_bad(struct engine *e, uint32_t port, float *y, unsigned n, unsigned phase) RT {
    struct insert_return *back = &e->inserts.back[port];
    for (unsigned i = 0; i < n; i++) {
        if (back->bad_frames) {
            back->bad_frames--;
            y[i] = 0;
        } else if (kernels_first_bad(y + i, 1) == 0) {
            back->bad_frames = CELL_FRAMES - 1 - (phase + i) % CELL_FRAMES;
            y[i] = 0;
            e->counters.nan_inputs++;
            if (e->options.event) {
                const struct event event = {
                    .op = EVENT_NAN, .seq = e->inputs + port, .frame = e->frame + i};
                e->options.event(e->options.event_ctx, &event);
            }
        }
    }
}

/* n frames of a return, as old as the lag. */
static void receive(struct engine *e, uint32_t port, uint32_t wait, float *y, unsigned n,
                    unsigned phase) RT {
    struct insert_return *back = &e->inserts.back[port];
    const float *from = e->inserts.in ? e->inserts.in[port] : NULL;
    if (!from)
        memset(y, 0, n * sizeof *y);
    else if (e->k->copy_scan(y, from + e->inserts.offset, n) & SCAN_BAD || back->bad_frames)
        silence_bad(e, port, y, n, phase);
    for (unsigned i = 0; wait && i < n; i++) {
        const float late = back->late[back->at];
        back->late[back->at] = y[i];
        y[i] = late;
        back->at = back->at + 1 == wait ? 0 : back->at + 1;
    }
}

/* Lanes of x change places with what they were a lag ago. */
static void wait_lanes(struct insert_bank *b, float (*x)[LANES], unsigned n, uint32_t lanes) RT {
    uint32_t mask[LANES], was[LANES], is[LANES];
    for (unsigned l = 0; l < LANES; l++)
        mask[l] = lanes >> l & 1 ? UINT32_MAX : 0;
    uint32_t at = b->at;
    for (unsigned i = 0; i < n; i++) {
        memcpy(was, b->ring[at], sizeof was);
        memcpy(is, x[i], sizeof is);
        for (unsigned l = 0; l < LANES; l++) {
            const uint32_t other = (was[l] ^ is[l]) & mask[l];
            was[l] ^= other;
            is[l] ^= other;
        }
        memcpy(b->ring[at], was, sizeof was);
        memcpy(x[i], is, sizeof is);
        at = at + 1 == b->lag_frames ? 0 : at + 1;
    }
}

/* Plugged lanes hear as much of y as their switches say; at 0 and 1 exactly. */
static void hear(const struct insert_bank *b, float (*x)[LANES], float (*y)[LANES], unsigned n,
                 unsigned phase, uint32_t plugged) RT {
    float here[LANES];
    for (unsigned l = 0; l < LANES; l++)
        here[l] = plugged >> l & 1 ? 1.0f : 0.0f;
    for (unsigned i = 0; i < n; i++) {
        const unsigned c = (phase + i) / CELL_FRAMES, k = (phase + i) % CELL_FRAMES;
        const float *from = b->wet[c], *to = b->wet[b->moving ? c + 1 : c];
        const float t = (float)(k + 1) * (1.0f / CELL_FRAMES);
        for (unsigned l = 0; l < LANES; l++) {
            const float w = here[l] * (from[l] + (to[l] - from[l]) * t);
            x[i][l] = x[i][l] * (1 - w) + y[i][l] * w;
        }
    }
}

static void shut(const struct insert_bank *b, unsigned lane, float *x, unsigned n, unsigned phase)
    RT {
    for (unsigned i = 0; i < n; i++) {
        const unsigned c = (phase + i) / CELL_FRAMES, k = (phase + i) % CELL_FRAMES;
        const float from = b->open[c][lane], to = b->open[b->moving ? c + 1 : c][lane];
        x[(size_t)i * LANES] *= from + (to - from) * (float)(k + 1) * (1.0f / CELL_FRAMES);
    }
}

static void run(struct engine *e, struct insert_bank *b, float (*x)[LANES], unsigned n,
                unsigned phase, uint32_t lanes) RT {
    const uint32_t plugged = b->lanes & lanes;
    if (plugged)
        send(e, b, x, n, plugged);
    if (b->lag_frames && lanes)
        wait_lanes(b, x, n, lanes);
    if (!plugged)
        return;
    _Alignas(64) planar memory[LANES];
    _Alignas(64) float y[SPAN_FRAMES][LANES];
    const float *back[LANES];
    for (unsigned l = 0; l < LANES; l++) {
        back[l] = plugged >> l & 1 ? memory[l] : NULL;
        if (back[l])
            receive(e, b->port[l], b->lag_frames - e->inserts.loop_frames, memory[l], n, phase);
    }
    e->k->gather(y, back, n);
    hear(b, x, y, n, phase, plugged);
}

void insert_before(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                   unsigned phase) RT {
    if (g->insert && g->insert->first)
        run(e, g->insert, x, n, phase, g->insert->first);
}

void insert_after(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                  unsigned phase) RT {
    struct insert_bank *b = g->insert;
    if (!b)
        return;
    run(e, b, x, n, phase, ALL_LANES & ~b->first);
    for (unsigned l = 0; l < LANES && b->dip; l++)
        if (b->dip >> l & 1)
            shut(b, l, &x[0][l], n, phase);
    if (b->lag_frames)
        b->at = (b->at + n) % b->lag_frames;
}

bool insert_is_quiet(struct insert_bank *b, bool still) RT {
    b->still_frames = still ? b->still_frames + SPAN_FRAMES : 0;
    if (b->still_frames > b->lag_frames + SPAN_FRAMES)
        b->still_frames = b->lag_frames + SPAN_FRAMES; /* it stands for long enough */
    return !b->lanes && b->still_frames == b->lag_frames + SPAN_FRAMES;
}

/* ---- who hears it ---- */

void insert_cell(struct engine *e, unsigned row) RT {
    if (!e->inserts.touched)
        return;
    e->inserts.touched = false;
    for (uint32_t i = 0; i < e->first[KIND_AUX]; i++) {
        const struct strip *s = &e->strip[i];
        struct insert_bank *b = e->group[s->group].insert;
        if (!e->desk->object[i].insert)
            continue;
        for (unsigned c = 1; c <= SPAN_CELLS && !b->moving; c++) {
            memcpy(b->wet[c], b->wet[0], sizeof b->wet[0]);
            memcpy(b->open[c], b->open[0], sizeof b->open[0]);
        }
        b->moving = true;
        for (unsigned c = row; c <= SPAN_CELLS; c++)
            for (uint32_t l = s->lane; l < s->lane + s->legs; l++) {
                b->wet[c][l] = e->plane.lin[s->slot[ROW_INSERT_ON]];
                b->open[c][l] = e->plane.lin[s->hidden + HIDDEN_SWAP];
            }
    }
}

/* Dips go on, and end when their lane is open again. */
static void rest_dips(struct insert_bank *b) RT {
    for (unsigned l = 0; l < LANES; l++) {
        b->hold_frames[l] -= b->hold_frames[l] < SPAN_FRAMES ? b->hold_frames[l] : SPAN_FRAMES;
        if (b->open[0][l] == 1 && !b->hold_frames[l])
            b->dip &= ~(1u << l);
    }
}

static void rest(struct engine *e) RT {
    for (uint32_t i = 0; i < e->groups; i++) {
        struct insert_bank *b = e->group[i].insert;
        if (!b || !(b->moving || b->dip))
            continue;
        for (unsigned c = 0; c < SPAN_CELLS && b->moving; c++) {
            memcpy(b->wet[c], b->wet[SPAN_CELLS], sizeof b->wet[0]);
            memcpy(b->open[c], b->open[SPAN_CELLS], sizeof b->open[0]);
        }
        b->moving = false;
        if (b->dip)
            rest_dips(b);
    }
}

void insert_rest(struct engine *e) RT {
    if (e->inserts.ports)
        rest(e);
}

void insert_snap(struct engine *e) RT {
    e->inserts.touched = e->inserts.ports > 0;
    insert_cell(e, 0);
    rest(e);
}

/* ---- another place in the strip ---- */

static uint32_t lanes_of(const struct strip *s) RT {
    return ((1u << s->legs) - 1) << s->lane;
}

/* The bank of a strip whose insert is not where it is wanted, or NULL. */
static struct insert_bank *misplaced(const struct engine *e, const struct strip *s, bool first) RT {
    struct insert_bank *b = e->group[s->group].insert;
    if (!b || !e->desk->object[s->object].insert || (b->first >> s->lane & 1) == first)
        return NULL;
    return b;
}

void insert_leave(struct engine *e, const struct strip *s, bool first) RT {
    struct insert_bank *b = misplaced(e, s, first);
    if (b)
        b->dip |= lanes_of(s);
}

void insert_first(struct engine *e, const struct strip *s, bool first) RT {
    struct insert_bank *b = misplaced(e, s, first);
    if (!b)
        return;
    b->first = first ? b->first | lanes_of(s) : b->first & ~lanes_of(s);
    for (uint32_t i = 0; i < b->lag_frames; i++)
        memset(&b->ring[i][s->lane], 0, s->legs * sizeof b->ring[i][0]);
    b->hold_frames[s->lane] = b->lag_frames + SPAN_FRAMES;
}

bool insert_holds(const struct engine *e, const struct strip *s) RT {
    const struct insert_bank *b = e->group[s->group].insert;
    return b && b->dip >> s->lane & 1 && b->hold_frames[s->lane];
}

/* ---- past the groups ---- */

bool insert_mix(struct engine *e, const struct strip *s, struct bus *bus, float *const *out,
                unsigned n, unsigned phase) RT {
    const uint32_t lag = e->inserts.lag[PLACE_LAST] - e->inserts.lag[PLACE_BETWEEN];
    struct insert_bus *b = e->inserts.bus ? &e->inserts.bus[s->object] : NULL;
    if (!b || !b->ring)
        return false;
    _Alignas(64) float memory[MAX_LEGS][SPAN_FRAMES];
    float *early[MAX_LEGS];
    for (uint32_t l = 0; l < s->legs; l++)
        early[l] = memory[l];
    e->k->mix(early, s->legs, bus->src, bus->from_channels, n, phase);
    e->k->mix(out, s->legs, bus->src + bus->from_channels, bus->count - bus->from_channels, n,
              phase);
    uint32_t at = b->at;
    for (uint32_t l = 0; l < s->legs; l++) {
        float *ring = b->ring + (size_t)l * e->inserts.room_frames;
        at = b->at;
        for (unsigned i = 0; i < n && !lag; i++) /* summed in the same order, so rounded alike */
            out[l][i] += early[l][i];
        for (unsigned i = 0; i < n && lag; i++) {
            out[l][i] += ring[at];
            ring[at] = early[l][i];
            at = at + 1 == lag ? 0 : at + 1;
        }
    }
    b->at = at;
    return true;
}
