/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/effective.h"

#include <math.h>
#include <string.h>

#define SILENCE (-144.0f)
#define LOG2_10_OVER_20 0.16609640474436812f

float effective_level_db(float fader_db, uint64_t vcas, const struct effective_masters *masters) {
    float sum_db = fader_db;
    if (!(fader_db > SILENCE))
        return SILENCE;
    for (; vcas; vcas &= vcas - 1) {
        const float vca_db = masters->vca_fader_db[__builtin_ctzll(vcas)];
        if (!(vca_db > SILENCE))
            return SILENCE;
        sum_db += vca_db;
    }
    return sum_db > SILENCE ? sum_db : SILENCE;
}

float effective_lin(float db) {
    return db > SILENCE ? exp2f(db * LOG2_10_OVER_20) : 0.0f;
}

/** Grow `mask` over the graph until it stands still. Upwards: buses that feed one of the mask;
 *  downwards: buses fed by one of the mask. In signal order one pass suffices, and a second sees
 *  that nothing changed; anything else ends too, since each pass adds at least one of 64 bits. */
static uint64_t grow(const struct effective_graph *graph, uint32_t buses, uint64_t mask,
                     bool upwards) RT {
    for (;;) {
        const uint64_t before = mask;
        for (uint32_t k = 0; k < buses; k++) {
            const uint32_t b = upwards ? buses - 1 - k : k;
            const uint64_t bit = UINT64_C(1) << b;
            if (upwards && (graph->bus_feeds[b] & mask))
                mask |= bit;
            else if (!upwards && (mask & bit))
                mask |= graph->bus_feeds[b];
        }
        if (mask == before)
            return mask;
    }
}

void effective_solve(const struct effective_graph *graph, struct effective_heard *heard) {
    const uint32_t channels =
        graph->channels < EFFECTIVE_CHANNELS ? graph->channels : EFFECTIVE_CHANNELS;
    const uint32_t buses = graph->buses < EFFECTIVE_BUSES ? graph->buses : EFFECTIVE_BUSES;
    const uint64_t real = buses < 64 ? (UINT64_C(1) << buses) - 1 : UINT64_MAX;
    const uint64_t bus_solo = graph->bus_solo & real;

    uint64_t any = bus_solo;
    for (uint32_t c = 0; c < channels; c += 64) {
        const uint32_t left = channels - c;
        any |= graph->ch_solo[c / 64] & (left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX);
    }
    heard->any = any != 0;
    heard->active = heard->any && graph->in_place;
    if (!heard->active) {
        memset(heard->ch, 0xFF, sizeof heard->ch);
        heard->bus = UINT64_MAX;
        return;
    }

    /* Upstream: strips from which a soloed bus is reached. */
    const uint64_t up = grow(graph, buses, bus_solo, true);
    /* Downstream: buses reached from a soloed strip. */
    uint64_t down = bus_solo;
    memset(heard->ch, 0, sizeof heard->ch);
    for (uint32_t c = 0; c < channels; c++) {
        const uint64_t bit = UINT64_C(1) << (c % 64);
        if (graph->ch_solo[c / 64] & bit)
            down |= graph->ch_feeds[c] & real;
        if (((graph->ch_solo[c / 64] | graph->ch_safe[c / 64]) & bit) || (graph->ch_feeds[c] & up))
            heard->ch[c / 64] |= bit;
    }
    down = grow(graph, buses, down, false);
    heard->bus = (graph->bus_safe | up | down) & real;
}
