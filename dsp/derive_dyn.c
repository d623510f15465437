/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters -> dynamics: what the plane says at a cell boundary, as the banks of a lane group want
 * it; and swaps of what cannot move (the order of the strip, who keys it), made while the dynamics
 * are faded out. */
#include <math.h>

#include "dsp/engine_private.h"

#define CARE_MOST_MS 100.0f /* added to the times of detectors */
#define CARE_MS 400.0f      /* until they are as asked for again */
#define CARE_CELLS 16       /* from one update to the next */
#define MODE_OVERLAP 2.0f   /* half-way between the modes both limiters hold the ceiling */
#define CARE_PER_WAY 5.0f   /* a fifth of a taper, or more, takes all care */

static float value(const struct engine *e, const struct strip *s, enum row_id row, uint32_t dim)
    RT {
    return e->plane.current[s->slot[row] + dim];
}

static float weight(const struct engine *e, const struct strip *s, enum row_id row, uint32_t dim)
    RT {
    return e->plane.lin[s->slot[row] + dim];
}

/* Gains move as linear ones. */
static float gain_db(float lin) RT {
    return 20 * log10f(fmaxf(lin, 1e-6f));
}

/* What a detector is asked for may jump, but the gain must not follow in 0.3 ms: times are longer
 * for a while. */
static float care_ms(const struct engine *e, const struct strip *s) RT {
    return CARE_MOST_MS * e->plane.lin[s->hidden + HIDDEN_CARE];
}

static void take_care(struct engine *e, const struct strip *s, float care) RT {
    const uint32_t slot = s->hidden + HIDDEN_CARE;
    motion_fall(&e->plane, slot, fmaxf(care, e->plane.lin[slot]), CARE_MS, e->frame);
}

void derive_care(struct engine *e, uint32_t slot) RT {
    const struct plane *p = &e->plane;
    const enum row_id row = (enum row_id)p->row[slot];
    /* times concern no gain at once, and gains no detector */
    if (rows[row].flags & ROW_SILENT || row == ROW_COMP_MAKEUP || row == ROW_COMP_MIX ||
        row == ROW_MB_BAND_GAIN)
        return;
    const float way = fabsf(p->lin[slot] - motion_lin(p, slot, p->target[slot]));
    if (way > 0)
        take_care(e, &e->strip[p->object[slot]], fminf(CARE_PER_WAY * way, 1));
}

/* Not in every cell, and of many strips not in the same one: new times cost exponentials. */
bool derive_care_due(const struct engine *e, const struct strip *s) {
    const uint32_t i = e->plane.motion_of[s->hidden + HIDDEN_CARE];
    if (i == MOTION_NONE)
        return true;
    const struct motion *m = &e->plane.motion[i];
    return ((m->at - m->residual_start) / CELL_FRAMES + s->object) % CARE_CELLS == 0;
}

static void write_dyn(struct engine *e, const struct strip *s, unsigned row) RT {
    const float swap = e->plane.lin[s->hidden + HIDDEN_SWAP], care = care_ms(e, s);
#define V(r) value(e, s, ROW_##r, 0)
#define W(r) weight(e, s, ROW_##r, 0)
    const float far = V(GATE_RANGE) / 40; /* the gate goes from end to end */
    const struct dyn_params p = {
        .gate = {.wet = W(GATE_ON) * swap,
                 .thr_db = V(GATE_THR),
                 .ratio = V(GATE_RATIO),
                 .range_db = V(GATE_RANGE),
                 .knee_db = V(GATE_KNEE),
                 .att_ms = V(GATE_ATT) + far * care,
                 .hold_ms = V(GATE_HOLD),
                 .rel_ms = V(GATE_REL) + 6 * far * care},
        .comp = {.wet = W(COMP_ON) * swap,
                 .thr_db = V(COMP_THR),
                 .ratio = V(COMP_RATIO),
                 .range_db = V(COMP_RANGE),
                 .knee_db = V(COMP_KNEE),
                 .makeup_db = gain_db(W(COMP_MAKEUP)),
                 .mix = 0.01f * V(COMP_MIX),
                 .att_ms = V(COMP_ATT) + care,
                 .hold_ms = V(COMP_HOLD),
                 .rel_ms = V(COMP_REL) + care,
                 .autorel = W(COMP_AUTO)},
        .deess = {.wet = W(DEESS_ON) * swap,
                  .split = 1 - W(DEESS_MODE),
                  .freq_hz = V(DEESS_FREQ),
                  .thr_db = V(DEESS_THR),
                  .ratio = V(DEESS_RATIO),
                  .range_db = V(DEESS_RANGE),
                  .att_ms = V(DEESS_ATT) + care,
                  .rel_ms = V(DEESS_REL) + care},
        .gate_sc = {.wet = W(GATE_SC_ON), .hpf_hz = V(GATE_SC_HPF), .lpf_hz = V(GATE_SC_LPF)},
        .comp_sc = {.wet = W(COMP_SC_ON), .hpf_hz = V(COMP_SC_HPF), .lpf_hz = V(COMP_SC_LPF)},
    };
    dyn_write(e->group[s->group].dyn, s->lane, s->legs, row, &p);
}

static void write_multiband(struct engine *e, const struct strip *s, unsigned row) RT {
    struct multiband_params p = {.wet = W(MB_ON) * e->plane.lin[s->hidden + HIDDEN_SWAP],
                                 .hz = {V(MB_LOW), V(MB_MID), V(MB_HIGH)}};
    const float care = care_ms(e, s);
    for (uint32_t b = 0; b < MB_BANDS; b++)
        p.band[b] = (struct multiband_band){.wet = weight(e, s, ROW_MB_BAND_ON, b),
                                            .expand = weight(e, s, ROW_MB_BAND_MODE, b),
                                            .thr_db = value(e, s, ROW_MB_BAND_THR, b),
                                            .ratio = value(e, s, ROW_MB_BAND_RATIO, b),
                                            .range_db = value(e, s, ROW_MB_BAND_RANGE, b),
                                            .knee_db = value(e, s, ROW_MB_BAND_KNEE, b),
                                            .gain_db = gain_db(weight(e, s, ROW_MB_BAND_GAIN, b)),
                                            .att_ms = value(e, s, ROW_MB_BAND_ATT, b) + care,
                                            .rel_ms = value(e, s, ROW_MB_BAND_REL, b) + care};
    multiband_write(e->group[s->group].mb, s->lane, s->legs, row, &p);
}

/* A main's limiter works on itself; the print master's, as far as its mode is `stems`, on what all
 * stems and mains get. */
static void write_limiter(struct engine *e, const struct strip *s, unsigned row) RT {
    struct lane_group *g = &e->group[s->group];
    struct limiter_params p = {.wet = W(LIM_ON), .ceiling_db = V(LIM_THR), .rel_ms = V(LIM_REL)};
    if (s->object == e->print.master) {
        const float on = p.wet, stems = W(LIM_MODE);
        p.wet = on * fminf(MODE_OVERLAP * stems, 1);
        limiter_write(e->print.bank, s->lane, s->legs, row, &p);
        p.wet = on * fminf(MODE_OVERLAP * (1 - stems), 1);
    }
    limiter_write(g->lim, s->lane, s->legs, row, &p);
}
#undef V
#undef W

void derive_dyn(struct engine *e, const struct strip *s, unsigned row, uint8_t why) RT {
    const struct lane_group *g = &e->group[s->group];
    const bool swapped = (why & TOUCH_SWAP) != 0;
    if (((why & TOUCH_DYN) || swapped) && s->slot[ROW_GATE_ON] != SLOT_NONE) {
        write_dyn(e, s, row);
        todo_add(&e->moved_dyn, s->group, 1);
    }
    if (((why & TOUCH_MB) || swapped) && s->slot[ROW_MB_ON] != SLOT_NONE) {
        write_multiband(e, s, row);
        todo_add(&e->moved_dyn, s->group, 1);
    }
    if ((why & TOUCH_LIM) && g->lim && s->slot[ROW_LIM_ON] != SLOT_NONE) {
        write_limiter(e, s, row);
        todo_add(&e->moved_dyn, s->group, 1);
    }
}

void derive_dyn_rest(struct engine *e) RT {
    /* dynamics that are on count the time in which they were left out */
    for (uint32_t i = 0; i < e->groups; i++) {
        const struct lane_group *g = &e->group[i];
        const bool moved = e->moved_dyn.mark[i] != 0;
        if (g->dyn && (moved || dyn_active(g->dyn)))
            dyn_rest(g->dyn);
        if (!moved)
            continue;
        if (g->mb)
            multiband_rest(g->mb);
        if (g->lim)
            limiter_rest(g->lim);
        if (g->print && i == e->print.group)
            limiter_rest(g->print);
    }
    todo_clear(&e->moved_dyn);
}

void derive_dyn_begin(struct engine *e, unsigned phase) RT {
    for (uint32_t i = 0; i < e->groups && phase; i++)
        if (e->group[i].dyn)
            dyn_begin(e->group[i].dyn, phase);
}

/* ---- swaps ---- */

/* Lanes of a strip in its group's masks. */
static uint32_t lanes_of(const struct strip *s) RT {
    return ((1u << s->legs) - 1) << s->lane;
}

static void swap_key(struct engine *e, struct strip *s, enum key_user user, enum row_id row) RT {
    struct lane_group *g = &e->group[s->group];
    const float target = e->plane.target[s->slot[row]];
    const uint32_t wanted = target > 0 && target <= (float)e->strips ? (uint32_t)target : 0;
    const uint32_t key = wanted == s->object + 1 ? 0 : wanted;
    if (key == s->key[user])
        return;
    if (s->key[user])
        key_release(e, s->key[user] - 1);
    if (key)
        key_claim(e, key - 1);
    s->key[user] = key;
    g->keyed[user] = key ? g->keyed[user] | lanes_of(s) : g->keyed[user] & ~lanes_of(s);
}

static bool insert_comes_first(float order) RT {
    return order == ORDER_INS_EQ_DYN || order == ORDER_INS_DYN_EQ;
}

void derive_swap(struct engine *e, struct strip *s) RT {
    struct lane_group *g = &e->group[s->group];
    if (s->slot[ROW_ORDER] == SLOT_NONE)
        return;
    s->order = (uint8_t)e->plane.target[s->slot[ROW_ORDER]];
    insert_first(e, s, insert_comes_first(s->order));
    const bool first = s->order == ORDER_DYN_EQ_INS || s->order == ORDER_INS_DYN_EQ;
    g->dyn_first = first ? g->dyn_first | lanes_of(s) : g->dyn_first & ~lanes_of(s);
    swap_key(e, s, KEY_GATE, ROW_GATE_KEY);
    swap_key(e, s, KEY_COMP, ROW_COMP_KEY);
}

void derive_swaps(struct engine *e) RT {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < e->swapping.count; i++) {
        const uint32_t n = e->swapping.item[i];
        struct strip *s = &e->strip[n];
        const uint32_t slot = s->hidden + HIDDEN_SWAP;
        if (e->plane.lin[slot] == 0)
            derive_swap(e, s);
        if (e->plane.lin[slot] == 0 && !insert_holds(e, s)) {
            take_care(e, s, 1);
            motion_set_hidden(&e->plane, slot, 1, VALUE_SLEW_MS, e->frame);
            e->swapping.mark[n] = 0;
        } else {
            insert_leave(e, s, insert_comes_first(e->plane.target[s->slot[ROW_ORDER]]));
            motion_set_hidden(&e->plane, slot, 0, VALUE_SLEW_MS, e->frame);
            e->swapping.item[kept++] = n;
        }
    }
    e->swapping.count = kept;
}
