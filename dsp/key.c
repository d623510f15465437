/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Side-chain keys: what a strip put out is kept for those who listen to it, and heard by them
 * exactly 64 frames later, whatever the order of the strips and the length of a period. */
#include <string.h>

#include "dsp/engine_private.h"

void key_claim(struct engine *e, uint32_t strip) RT {
    const struct strip *s = &e->strip[strip];
    if (e->key.users[strip]++)
        return;
    e->key.source[e->key.sources++] = strip;
    memset(e->key.ring[s->leg], 0, s->legs * sizeof *e->key.ring);
}

void key_release(struct engine *e, uint32_t strip) RT {
    if (--e->key.users[strip])
        return;
    uint32_t i = 0;
    while (e->key.source[i] != strip)
        i++;
    e->key.source[i] = e->key.source[--e->key.sources];
}

void key_reset(struct engine *e, const struct strip *s) RT {
    memset(e->key.ring[s->leg], 0, s->legs * sizeof *e->key.ring);
}

void key_skip(struct engine *e) RT {
    for (uint32_t i = 0; i < e->key.sources; i++)
        key_reset(e, &e->strip[e->key.source[i]]);
}

void key_keep(struct engine *e, unsigned n) RT {
    for (uint32_t i = 0; i < e->key.sources; i++) {
        const struct strip *s = &e->strip[e->key.source[i]];
        for (uint32_t l = 0; l < s->legs; l++) {
            const float *x = feed_of(e, s)[l];
            for (unsigned k = 0; k < n; k++)
                e->key.ring[s->leg + l][(e->frame + k) % KEY_RING_FRAMES] = x[k];
        }
    }
}

void key_gather(const struct engine *e, const struct lane_group *g, enum key_user user,
                float (*key)[LANES], unsigned n) RT {
    const uint64_t from = e->frame + KEY_RING_FRAMES - SPAN_FRAMES;
    memset(key, 0, n * sizeof *key);
    for (uint32_t m = g->keyed[user]; m; m &= m - 1) {
        const unsigned lane = (unsigned)__builtin_ctz(m);
        const struct strip *s = &e->strip[g->strip[lane]];
        const struct strip *k = &e->strip[s->key[user] - 1];
        for (uint32_t l = lane - s->lane; l < k->legs; l += s->legs)
            for (unsigned i = 0; i < n; i++)
                key[i][lane] += e->key.ring[k->leg + l][(from + i) % KEY_RING_FRAMES];
    }
}
