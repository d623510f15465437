/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* What a lane of the dynamics may depend on, bit for bit: not on how a block is cut, nor on its
 * neighbours, nor on whether silence was left out; on its strip's other legs and on its key as
 * promised. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/dyn.h"

#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)
#define BLOCKS 300

typedef float lanes_t[LANES];

/** One block of everything: what happens is drawn once, and may be played in many ways. */
struct block {
    _Alignas(64) lanes_t x[SPAN_FRAMES];
    lanes_t gate_key[SPAN_FRAMES], comp_key[SPAN_FRAMES];
    uint32_t written[SPAN_CELLS]; /* strips that are written at the end of that cell */
    struct dyn_params p[SPAN_CELLS][LANES];
    uint32_t reset[SPAN_CELLS]; /* lanes that begin anew after that cell */
};

static struct block block[BLOCKS];
static lanes_t out[BLOCKS][SPAN_FRAMES], again[BLOCKS][SPAN_FRAMES];
static struct dyn_bank bank;
static unsigned legs_of[LANES]; /* of strips, at their first lane; 0 elsewhere */
static uint32_t gate_lanes, comp_lanes;
static unsigned left_out; /* calls, since cleared */

static uint64_t seed;

static uint32_t rnd(uint32_t below) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % below;
}

static float between(float a, float b) {
    return a + (b - a) * (float)rnd(10001) / 10000.0F;
}

/** Side-chain filters leave most of the signal. One that leaves a thousandth of it hands on its own
 *  rounding a thousand times as large, and a gate follows it. */
static bool sane_filters;

/** Lanes are reset now and then. */
static bool resets;

/** Times so short that everything rests soon. */
static bool brief;

/** 0 or 1 for the most part. */
static float some(void) {
    const uint32_t r = rnd(5);
    return r < 2 ? 0.0F : r < 4 ? 1.0F : between(0, 1);
}

static struct dyn_params anything(void) {
    struct dyn_params p = {
        .gate = {some(), between(-60, -10), between(1, 10), between(0, 80), between(0, 24),
                 between(0.3F, 10), between(0, 10), between(5, 20)},
        .comp = {some(), between(-60, 0), between(1, 20), between(0, 60), between(0, 24),
                 between(-12, 12), some(), between(0.3F, 10), between(0, 10), between(5, 20),
                 some()},
        .deess = {some(), some(), between(1000, 16000), between(-60, -10), between(1, 20),
                  between(0, 24), between(0.3F, 5), between(5, 20)},
        .gate_sc = {some(), between(20, sane_filters ? 300 : 20000),
                    between(sane_filters ? 3000 : 20, 20000)},
        .comp_sc = {some(), between(20, sane_filters ? 300 : 20000),
                    between(sane_filters ? 3000 : 20, 20000)},
    };
    if (brief) {
        p.gate.rel_ms = p.comp.rel_ms = p.deess.rel_ms = 5;
        p.comp.autorel = 0;
    }
    return p;
}

/** Off, as things are switched off: everything else stays. */
static struct dyn_params all_off(struct dyn_params p) {
    p.gate.wet = p.comp.wet = p.deess.wet = 0;
    return p;
}

static void noise(lanes_t *to, float most) {
    for (unsigned l = 0; l < LANES; l++) {
        const float level = most * powf(10.0F, -(float)rnd(5));
        for (unsigned f = 0; f < SPAN_FRAMES; f++)
            to[f][l] = between(-level, level);
    }
}

/** @param often  one strip in so many is written in a cell
 *  @param silent  one block in so many is followed by a silence */
static void draw(uint64_t from, uint32_t often, bool silences) {
    seed = from;
    static struct dyn_params now[LANES];
    for (unsigned l = 0; l < LANES; l++)
        now[l] = anything();
    unsigned hush = 0;
    for (unsigned t = 0; t < BLOCKS; t++) {
        struct block *b = &block[t];
        if (silences && !hush && rnd(40) == 0)
            hush = 60 + rnd(90);
        noise(b->x, 1.0F);
        if (hush)
            memset(b->x, 0, sizeof b->x);
        /* A silence begins and ends anywhere. */
        if (hush == 1)
            for (unsigned f = 8 + rnd(56); f < SPAN_FRAMES; f++)
                for (unsigned l = 0; l < LANES; l++)
                    b->x[f][l] = between(-0.5F, 0.5F);
        hush -= hush > 0;
        noise(b->gate_key, 1.0F);
        noise(b->comp_key, 1.0F);
        for (unsigned c = 0; c < SPAN_CELLS; c++) {
            b->written[c] = 0;
            b->reset[c] = resets && rnd(20) == 0 ? 1U << rnd(LANES) : 0;
            for (unsigned l = 0; l < LANES; l++) {
                if (t > 0 && rnd(often))
                    continue;
                const uint32_t what = rnd(3);
                now[l] = what == 0 ? all_off(now[l]) : what == 1 ? anything() : now[l];
                now[l].comp.thr_db += 0.5F;
                b->p[c][l] = now[l];
                b->written[c] |= 1U << l;
            }
        }
    }
}

/** CELLS: one by one, but what is written in the block is known at its beginning. */
enum how { WHOLE, CELLS, CHUNKS, SINGLES };

struct play {
    enum how how;
    uint32_t alone; /* lanes that take part; the others are off and get nothing */
    bool leave_out; /* silent blocks, as the engine does */
    uint32_t junk;  /* lanes that get nonsense */
    struct dyn_bank *bank;
};

static void write_cell(struct dyn_bank *b, const struct block *in, const struct play *how,
                       unsigned cell, unsigned row) {
    for (unsigned l = 0; l < LANES; l++)
        if (legs_of[l] && in->written[cell] >> l & 1 && how->alone >> l & 1)
            dyn_write(b, l, legs_of[l], row, &in->p[cell][l]);
}

static bool any_sound(const lanes_t *x, unsigned n) {
    for (unsigned f = 0; f < n; f++)
        for (unsigned l = 0; l < LANES; l++)
            if (x[f][l] < 0 || x[f][l] > 0)
                return true;
    return false;
}

static void nonsense(float *lane, unsigned t) {
    static const float what[] = {1e30F, -1e30F, 1.0F, 1e-40F, 3e38F, -1.0F};
    *lane = what[t % 6];
}

/** Play everything into `to`, cut as it is told. Cuts are drawn from another seed. */
static void play(const struct kernels *k, const struct play *how, lanes_t (*to)[SPAN_FRAMES]) {
    struct dyn_bank *b = &bank;
    dyn_init(b, k, 48000);
    for (unsigned l = 0; l < LANES; l++)
        if (legs_of[l] > 1)
            dyn_link(b, l, legs_of[l]);
    write_cell(b, &block[0], how, 0, 0);
    bool idle = false;
    for (unsigned t = 0; t < BLOCKS; t++) {
        struct block *in = &block[t];
        bool loud = false;
        for (unsigned p = 0, n; p < SPAN_FRAMES; p += n) {
            const unsigned left = CELL_FRAMES - p % CELL_FRAMES;
            if (how->how == WHOLE)
                n = SPAN_FRAMES;
            else if (how->how == CELLS)
                n = CELL_FRAMES;
            else
                n = how->how == SINGLES ? 1 : 1 + (unsigned)rand() % left;
            for (unsigned c = 0; c < SPAN_CELLS; c++)
                if ((how->how == CELLS && p == 0) ||
                    (how->how != CELLS && p <= c * CELL_FRAMES && c * CELL_FRAMES < p + n))
                    write_cell(b, in, how, c, c + 1);
            static _Alignas(64) lanes_t x[SPAN_FRAMES], gk[SPAN_FRAMES], ck[SPAN_FRAMES];
            memcpy(x, in->x + p, n * sizeof *x);
            memcpy(gk, in->gate_key + p, n * sizeof *x);
            memcpy(ck, in->comp_key + p, n * sizeof *x);
            for (unsigned l = 0; l < LANES; l++)
                for (unsigned f = 0; f < n; f++) {
                    if (!(how->alone >> l & 1))
                        x[f][l] = 0;
                    if (how->junk >> l & 1)
                        nonsense(&x[f][l], t + f + p);
                }
            const struct dyn_keys keys = {(const lanes_t *)gk, gate_lanes & how->alone,
                                          (const lanes_t *)ck, comp_lanes & how->alone};
            const bool any = any_sound((const lanes_t *)x, n);
            loud |= any;
            if (idle && !any && how->leave_out) {
                left_out++;
            } else {
                idle = false;
                if (dyn_active(b))
                    dyn_run(b, x, n, p, gate_lanes | comp_lanes ? &keys : NULL);
            }
            memcpy(to[t] + p, x, n * sizeof *x);
            const uint32_t anew = (p + n) % CELL_FRAMES ? 0 : in->reset[(p + n - 1) / CELL_FRAMES];
            for (unsigned l = 0; l < LANES; l++)
                if (anew >> l & 1)
                    dyn_reset_lane(b, l);
        }
        if (how->leave_out && !idle && !loud && dyn_is_quiet(b)) {
            dyn_zero(b);
            idle = true;
        }
        dyn_rest(b);
    }
}

static void strips(const unsigned *legs) {
    unsigned l = 0;
    memset(legs_of, 0, sizeof legs_of);
    for (; *legs; l += *legs++)
        legs_of[l] = *legs;
    for (; l < LANES; l++)
        legs_of[l] = 1;
}

static const unsigned layouts[][LANES + 1] = {{0}, {2, 2, 2, 2, 2, 2, 2, 2}, {3, 6, 4}, {12, 1, 2}};

/** Same bits of the lanes in the mask. */
static void assert_lanes(const char *set, const char *what, uint32_t lanes) {
    for (unsigned t = 0; t < BLOCKS; t++)
        for (unsigned f = 0; f < SPAN_FRAMES; f++)
            for (unsigned l = 0; l < LANES; l++)
                if (lanes >> l & 1 && memcmp(&out[t][f][l], &again[t][f][l], sizeof(float)))
                    fail_msg("%s, %s: block %u frame %u lane %u: %.9g and %.9g", set, what, t, f, l,
                             (double)out[t][f][l], (double)again[t][f][l]);
}

static void chunks(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned i = 0; i < 4; i++) {
            strips(layouts[i]);
            gate_lanes = i & 1 ? 0x3c5a : 0;
            comp_lanes = i & 2 ? 0x1248 : 0;
            draw(i + 1, 60, i == 2);
            play(k, &(struct play){.how = WHOLE, .alone = 0xffff}, out);
            float low[2][3][LANES];
            dyn_gr_take(&bank, low[0][0], low[0][1], low[0][2]);
            play(k, &(struct play){.how = SINGLES, .alone = 0xffff}, again);
            assert_lanes(k->name, "single frames", 0xffff);
            play(k, &(struct play){.how = CHUNKS, .alone = 0xffff}, again);
            assert_lanes(k->name, "chunks", 0xffff);
            dyn_gr_take(&bank, low[1][0], low[1][1], low[1][2]);
            assert_memory_equal(low[0], low[1], sizeof low[0]);
        }
    }
}

/** A lane that begins anew does so with the parameters of its boundary, also where later ones are
 *  known already. */
static void resets_while_moving(void **state) {
    (void)state;
    const struct kernels *k;
    resets = true;
    EVERY_SET(k) {
        for (unsigned i = 0; i < 4; i++) {
            strips(layouts[i]);
            gate_lanes = comp_lanes = 0;
            draw(50 + i, 30, i == 3);
            play(k, &(struct play){.how = CELLS, .alone = 0xffff}, out);
            play(k, &(struct play){.how = CHUNKS, .alone = 0xffff}, again);
            assert_lanes(k->name, "resets", 0xffff);
        }
    }
    resets = false;
}

/** A lane alone in its group sounds as among others, whatever those do. */
static void neighbours(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned i = 0; i < 12; i++) {
            strips(layouts[i % 4]);
            gate_lanes = i == 1 ? 0x3c5a : 0;
            comp_lanes = i == 2 ? 0x1248 : 0;
            draw(100 + i, i < 4 ? 60 : 1000, i == 3);
            for (unsigned l = 0; l < LANES; l += legs_of[l]) {
                const uint32_t mine = ((1U << legs_of[l]) - 1U) << l;
                play(k, &(struct play){.how = CHUNKS, .alone = 0xffff, .junk = 0xffff & ~mine},
                     out);
                play(k, &(struct play){.how = WHOLE, .alone = mine}, again);
                assert_lanes(k->name, "neighbours", mine);
            }
        }
    }
}

/** Silence that is left out, and silence that is played. */
static void silence(void **state) {
    (void)state;
    const struct kernels *k;
    brief = true;
    EVERY_SET(k) {
        for (unsigned i = 0; i < 6; i++) {
            strips(layouts[i % 4]);
            gate_lanes = comp_lanes = 0;
            draw(200 + i, i < 3 ? 3000 : 400, true);
            left_out = 0;
            play(k, &(struct play){.how = WHOLE, .alone = 0xffff}, out);
            play(k, &(struct play){.how = WHOLE, .alone = 0xffff, .leave_out = true}, again);
            assert_lanes(k->name, "left out", 0xffff);
            assert_in_range(left_out, BLOCKS / 10, BLOCKS);
            for (unsigned cut = 0; cut < 5; cut++) {
                play(k, &(struct play){.how = CHUNKS, .alone = 0xffff, .leave_out = true}, again);
                assert_lanes(k->name, "left out in chunks", 0xffff);
            }
        }
    }
    brief = false;
}

/** All sets agree; not to the bit, but to -120 dBFS. */
static void sets_agree(void **state) {
    (void)state;
    const struct kernels *k;
    sane_filters = true;
    for (unsigned i = 0; i < 20; i++) {
        strips(layouts[i % 4]);
        gate_lanes = comp_lanes = 0;
        draw(300 + i, 500, false);
        double worst = 0;
        EVERY_SET(k) {
            play(k, &(struct play){.how = WHOLE, .alone = 0xffff}, set_ ? again : out);
            for (unsigned t = 0; set_ && t < BLOCKS; t++)
                for (unsigned f = 0; f < SPAN_FRAMES; f++)
                    for (unsigned l = 0; l < LANES; l++)
                        worst = fmax(worst, fabs((double)out[t][f][l] - (double)again[t][f][l]));
        }
        print_message("sets differ by %.1f dBFS\n", 20 * log10(worst + 1e-30));
        assert_true(worst < 1e-6);
    }
    sane_filters = false;
}

/** Legs of a strip share their gain, which is that of the loudest. */
static void linked(void **state) {
    (void)state;
    static _Alignas(64) lanes_t x[SPAN_FRAMES], y[SPAN_FRAMES];
    static struct dyn_bank one;
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned legs = 2; legs <= MAX_LEGS; legs++) {
            for (unsigned first = 0; first + legs <= LANES; first += 3) {
                struct dyn_params p = anything();
                p.gate.wet = p.comp.wet = 1;
                p.deess.wet = p.gate_sc.wet = p.comp_sc.wet = 0;
                dyn_init(&bank, k, 48000);
                dyn_link(&bank, first, legs);
                dyn_write(&bank, first, legs, 0, &p);
                dyn_init(&one, k, 48000);
                dyn_write(&one, 3, 1, 0, &p);
                for (unsigned t = 0; t < 20; t++) {
                    memset(y, 0, sizeof y);
                    float in[SPAN_FRAMES][LANES];
                    for (unsigned f = 0; f < SPAN_FRAMES; f++)
                        for (unsigned l = 0; l < LANES; l++) {
                            in[f][l] = x[f][l] = between(-1, 1);
                            const float a = fabsf(x[f][l]);
                            if (l >= first && l < first + legs && a > y[f][3])
                                y[f][3] = a;
                        }
                    lanes_t loudest[SPAN_FRAMES];
                    memcpy(loudest, y, sizeof y);
                    dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                    dyn_rest(&bank);
                    dyn_run(&one, y, SPAN_FRAMES, 0, NULL);
                    dyn_rest(&one);
                    for (unsigned l = 0; l < LANES; l++) {
                        const bool mine = l >= first && l < first + legs;
                        if (mine)
                            assert_memory_equal(&bank.state[DYN_GOAL][l], &one.state[DYN_GOAL][3],
                                                sizeof(float));
                        else
                            assert_memory_equal(&x[SPAN_FRAMES - 1][l], &in[SPAN_FRAMES - 1][l],
                                                sizeof(float));
                    }
                }
            }
        }
    }
}

/** A keyed lane gets the gain that its key would have got. */
static void keyed(void **state) {
    (void)state;
    static _Alignas(64) lanes_t x[SPAN_FRAMES], key[SPAN_FRAMES], y[SPAN_FRAMES];
    static struct dyn_bank other;
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 40; trial++) {
            struct dyn_params p = anything();
            const bool gate = trial & 1;
            p.gate.wet = gate;
            p.comp.wet = !gate;
            p.deess.wet = 0;
            dyn_init(&bank, k, 48000);
            dyn_init(&other, k, 48000);
            dyn_write(&bank, 5, 1, 0, &p);
            dyn_write(&other, 5, 1, 0, &p);
            const struct dyn_keys keys = {(const lanes_t *)key, gate ? 1U << 5 : 0,
                                          (const lanes_t *)key, gate ? 0 : 1U << 5};
            for (unsigned t = 0; t < 20; t++) {
                noise(x, 1);
                noise(key, 1);
                memcpy(y, key, sizeof y);
                dyn_run(&bank, x, SPAN_FRAMES, 0, &keys);
                dyn_rest(&bank);
                dyn_run(&other, y, SPAN_FRAMES, 0, NULL);
                dyn_rest(&other);
                assert_memory_equal(&bank.state[DYN_GOAL][5], &other.state[DYN_GOAL][5],
                                    sizeof(float));
                assert_false(dyn_is_quiet(&bank));
            }
        }
    }
}

/** After nonsense and a reset, a strip is as a new one. */
static void reset(void **state) {
    (void)state;
    static _Alignas(64) lanes_t x[SPAN_FRAMES], y[SPAN_FRAMES];
    static struct dyn_bank other;
    const struct kernels *k;
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 40; trial++) {
            const struct dyn_params p = anything();
            dyn_init(&bank, k, 48000);
            dyn_link(&bank, 4, 3);
            dyn_write(&bank, 4, 3, 0, &p);
            for (unsigned t = 0; t < 20; t++) {
                for (unsigned f = 0; f < SPAN_FRAMES; f++)
                    for (unsigned l = 0; l < LANES; l++)
                        nonsense(&x[f][l], f + t + l);
                dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                dyn_rest(&bank);
            }
            dyn_reset_lane(&bank, 5);
            dyn_init(&other, k, 48000);
            dyn_link(&other, 4, 3);
            dyn_write(&other, 4, 3, 0, &p);
            for (unsigned t = 0; t < 20; t++) {
                noise(x, 1);
                memcpy(y, x, sizeof y);
                dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                dyn_rest(&bank);
                dyn_run(&other, y, SPAN_FRAMES, 0, NULL);
                dyn_rest(&other);
                assert_memory_equal(x, y, sizeof x);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks),     cmocka_unit_test(resets_while_moving),
        cmocka_unit_test(neighbours), cmocka_unit_test(silence),
        cmocka_unit_test(sets_agree), cmocka_unit_test(linked),
        cmocka_unit_test(keyed),      cmocka_unit_test(reset),
    };
    return cmocka_run_group_tests_name("dyn_lanes", tests, NULL, NULL);
}
