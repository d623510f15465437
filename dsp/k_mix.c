/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mix of planar sources to a bus, as a small register-tiled matrix product.
 *
 * A tile is up to TIME vectors of frames by `legs` legs, held in registers while a block of sources
 * runs through it. Sources are taken in blocks that stay in the first-level cache, so that a wide
 * bus can walk them once for every tile of legs. Where most sources feed one leg of several, the
 * legs are walked one by one instead, each over the sources that feed it. Whichever way, a sample
 * of a leg is the same chain of fused multiply-adds over its sources in list order. */
#include "dsp/k_all.h"

#define TIME 4           /* vectors of frames in a tile; a wide one has half as many */
#define BLOCK_SOURCES 32 /* 8 KiB of samples */
#if WIDTH == 16
#define TILE_LEGS 12
#define SLIM_LEGS 6
#else
#define TILE_LEGS 3
#define SLIM_LEGS 3
#endif

/** A source as one tile sees it. */
struct tile_src {
    const float *y;
    const float *g;              /* [legs], while static */
    const struct mix_ramp *ramp; /* [legs], while moving */
};

/** Gains of sources that feed some of the legs only. */
typedef float masked_t[TILE_LEGS];

struct tile {
    float *out[TILE_LEGS];
    const struct tile_src *src; /* what feeds some of the legs, or NULL: */
    const struct mix_src *all;  /* every source feeds all of them, from leg `first` on */
    unsigned first;
    unsigned nsrc;
    unsigned first_frame; /* of the tile, in the chunk */
    unsigned phase;       /* of the chunk, in the block */
    bool fresh;           /* start from silence, not from out */
};

/** From place k of a cell on, which of the following frames belong to the next one. */
static const int32_t next_cell[2 * CELL_FRAMES] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
};

/** Two cells in one vector: the gains or steps in the cells of the frames that begin at block frame
 *  p. What hangs over the end of the block is never used. */
INLINE vf of_two_cells(const float cell[SPAN_CELLS], unsigned p) {
    unsigned c = p / CELL_FRAMES, d = c + 1 < SPAN_CELLS ? c + 1 : c;
    vi next;
    memcpy(&next, &next_cell[p % CELL_FRAMES], sizeof next);
    return vf_sel(next, vf_set(cell[d]), vf_set(cell[c]));
}

/** Add a moving source to one vector of frames of all legs. */
INLINE void add_moving(vf acc[TILE_LEGS][TIME], unsigned v, const struct tile_src *src, vf x,
                       unsigned legs, unsigned p) {
    if (p >= SPAN_FRAMES) /* the last vector hangs over the end of the chunk and of the block */
        return;
    unsigned c = p / CELL_FRAMES, k = p % CELL_FRAMES;
    vf late = x * vf_load_loose(&cell_weight[k]);
    if (k + WIDTH <= CELL_FRAMES) {
        UNROLL for (unsigned l = 0; l < legs; l++) {
            acc[l][v] = vf_fma(x, vf_set(src->ramp[l].g_lin[c]), acc[l][v]);
            acc[l][v] = vf_fma(late, vf_set(src->ramp[l].step_lin[c]), acc[l][v]);
        }
        return;
    }
    UNROLL for (unsigned l = 0; l < legs; l++) {
        acc[l][v] = vf_fma(x, of_two_cells(src->ramp[l].g_lin, p), acc[l][v]);
        acc[l][v] = vf_fma(late, of_two_cells(src->ramp[l].step_lin, p), acc[l][v]);
    }
}

/** A source as the tile sees whose first leg is `first`. */
INLINE void view_source(struct tile_src *t, const struct mix_src *src, unsigned first) {
    t->y = src->y;
    t->g = &src->g_lin[first];
    t->ramp = src->ramp ? &src->ramp[first] : NULL;
}

/** Run a block of sources through one tile; legs and vecs are constants where it is used. */
INLINE void run_tile(const struct tile *tile, unsigned legs, unsigned vecs, bool all) {
    vf acc[TILE_LEGS][TIME];
    UNROLL for (unsigned l = 0; l < legs; l++) {
        UNROLL for (unsigned v = 0; v < vecs; v++) acc[l][v] =
            tile->fresh ? vf_set(0.0F) : vf_load(tile->out[l] + tile->first_frame + v * WIDTH);
    }
    for (unsigned s = 0; s < tile->nsrc; s++) {
        struct tile_src view;
        if (all)
            view_source(&view, &tile->all[s], tile->first);
        const struct tile_src *src = all ? &view : &tile->src[s];
        const float *y = src->y + tile->first_frame;
        if (!src->ramp) {
            vf x[TIME];
            UNROLL for (unsigned v = 0; v < vecs; v++) x[v] = vf_load(y + v * WIDTH);
            UNROLL for (unsigned l = 0; l < legs; l++) {
                vf g = vf_set(src->g[l]);
                UNROLL for (unsigned v = 0; v < vecs; v++) acc[l][v] = vf_fma(x[v], g, acc[l][v]);
            }
            continue;
        }
        UNROLL for (unsigned v = 0; v < vecs; v++) add_moving(
            acc, v, src, vf_load(y + v * WIDTH), legs, tile->phase + tile->first_frame + v * WIDTH);
    }
    UNROLL for (unsigned l = 0; l < legs; l++) {
        UNROLL for (unsigned v = 0; v < vecs; v++)
            vf_store(tile->out[l] + tile->first_frame + v * WIDTH, acc[l][v]);
    }
}

INLINE void run_frames(struct tile *tile, unsigned legs, unsigned n, bool all) {
    const unsigned time = legs > SLIM_LEGS ? TIME / 2 : TIME;
    unsigned left = (n + WIDTH - 1) / WIDTH;
    for (tile->first_frame = 0; left >= time; left -= time) {
        run_tile(tile, legs, time, all);
        tile->first_frame += time * WIDTH;
    }
    for (; left; left--) {
        run_tile(tile, legs, 1, all);
        tile->first_frame += WIDTH;
    }
}

#define TILE_FUNCTION(legs)                                                                \
    static __attribute__((noinline)) void run_tile_##legs(struct tile *tile, unsigned n) { \
        if (tile->src)                                                                     \
            run_frames(tile, legs, n, false);                                              \
        else                                                                               \
            run_frames(tile, legs, n, true);                                               \
    }
TILE_FUNCTION(1)
TILE_FUNCTION(2)
TILE_FUNCTION(3)
#if TILE_LEGS >= 6
TILE_FUNCTION(6)
TILE_FUNCTION(8)
TILE_FUNCTION(12)
#endif

static void run_tiles(struct tile *tile, unsigned legs, unsigned n) {
    switch (legs) {
    case 1: run_tile_1(tile, n); break;
    case 2: run_tile_2(tile, n); break;
    case 3: run_tile_3(tile, n); break;
#if TILE_LEGS >= 6
    case 6: run_tile_6(tile, n); break;
    case 8: run_tile_8(tile, n); break;
    case 12: run_tile_12(tile, n); break;
#endif
    default: break;
    }
}

/** How many gains the sources of a block have in legs first..first + legs; in *fed how many have
 * any. */
static unsigned count_gains(unsigned *fed, const struct mix_src *src, unsigned nsrc, unsigned first,
                            unsigned legs) {
    unsigned all = (1U << legs) - 1U, gains = 0, n = 0;
    for (unsigned s = 0; s < nsrc; s++) {
        unsigned here = (unsigned)src[s].legs >> first & all;
        n += here != 0;
        gains += (unsigned)__builtin_popcount(here);
    }
    *fed = n;
    return gains;
}

/** List the sources that feed any leg of the tile; returns how many. */
static unsigned list_sources(struct tile_src *list, masked_t *masked, const struct mix_src *src,
                             unsigned nsrc, unsigned first, unsigned legs) {
    unsigned all = (1U << legs) - 1U, n = 0;
    for (unsigned s = 0; s < nsrc; s++) {
        unsigned fed = (unsigned)src[s].legs >> first & all;
        if (!fed)
            continue;
        struct tile_src *t = &list[n++];
        view_source(t, &src[s], first);
        if (fed != all && !t->ramp) {
            float *g = masked[n - 1];
            for (unsigned l = 0; l < legs; l++)
                g[l] = fed >> l & 1 ? t->g[l] : 0.0F;
            t->g = g;
        }
    }
    return n;
}

/** The same leg by leg, in one pass over the sources. */
static void list_legs(struct tile_src list[TILE_LEGS][BLOCK_SOURCES], unsigned n[TILE_LEGS],
                      const struct mix_src *src, unsigned nsrc, unsigned first, unsigned legs) {
    for (unsigned l = 0; l < legs; l++)
        n[l] = 0;
    for (unsigned s = 0; s < nsrc; s++)
        for (unsigned fed = (unsigned)src[s].legs >> first & ((1U << legs) - 1U); fed;
             fed &= fed - 1) {
            unsigned l = (unsigned)__builtin_ctz(fed);
            view_source(&list[l][n[l]++], &src[s], first + l);
        }
}

static unsigned tile_legs(unsigned left) {
#if TILE_LEGS >= 6
    if (left >= 6)
        return left >= 12 ? 12 : left >= 8 ? 8 : 6;
#endif
    return left == 4 ? 2 : left >= 3 ? 3 : left;
}

void K(mix)(float *const *out, unsigned nlegs, const struct mix_src *src, unsigned nsrc, unsigned n,
            unsigned phase) {
    struct tile_src list[TILE_LEGS][BLOCK_SOURCES];
    masked_t masked[BLOCK_SOURCES];
    unsigned nlist[TILE_LEGS];
    struct tile tile = {.phase = phase};
    unsigned done = 0;
    do {
        unsigned count = nsrc - done < BLOCK_SOURCES ? nsrc - done : BLOCK_SOURCES;
        unsigned common = ~0U; /* legs that all of them feed */
        for (unsigned s = 0; s < count; s++)
            common &= src[done + s].legs;
        tile.fresh = done == 0;
        for (unsigned first = 0, legs; first < nlegs; first += legs) {
            legs = tile_legs(nlegs - first);
            const unsigned all = ((1U << legs) - 1U) << first;
            tile.src = NULL;
            if ((common & all) == all) {
                tile.nsrc = count;
                tile.all = src + done;
                tile.first = first;
                memcpy(tile.out, out + first, legs * sizeof *out);
                run_tiles(&tile, legs, n);
                continue;
            }
            unsigned gains = count_gains(&tile.nsrc, src + done, count, first, legs);
            if (2 * gains > tile.nsrc * legs || legs == 1) {
                tile.src = list[0];
                tile.nsrc = list_sources(list[0], masked, src + done, count, first, legs);
                memcpy(tile.out, out + first, legs * sizeof *out);
                run_tiles(&tile, legs, n);
                continue;
            }
            list_legs(list, nlist, src + done, count, first, legs);
            for (unsigned l = 0; l < legs; l++) {
                tile.src = list[l];
                tile.nsrc = nlist[l];
                tile.out[0] = out[first + l];
                if (tile.nsrc || tile.fresh)
                    run_tiles(&tile, 1, n);
            }
        }
        done += count;
    } while (done < nsrc);
}
