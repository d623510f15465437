/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a strip's level and mute really are, after VCAs, mute groups and solo. The engine and
 * control both ask here, so that what is told and what is heard cannot differ.
 *
 * Heard = not muted, and (no in-place solo, or soloed, or solo-safe, or up- or downstream of a
 * soloed strip).
 *
 * Membership is a bit mask: bit n of `vcas` is VCA n, bit n of `mgrps` mute group n, so a desk has
 * at most 64 of each. Buses are numbered 0..63 in the order of the signal (groups, auxes, stems,
 * mains). The caller owns all memory; nothing is allocated.
 *
 * Threads: pure functions on the caller's data; any thread, one at a time per structure. RT. */
#ifndef CONFIG_EFFECTIVE_H
#define CONFIG_EFFECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/rt.h"

#define EFFECTIVE_CHANNELS 1024
#define EFFECTIVE_BUSES 64
#define EFFECTIVE_VCAS 64
#define EFFECTIVE_MGRPS 64
#define EFFECTIVE_WORDS (EFFECTIVE_CHANNELS / 64)

/** State of the masters. */
struct effective_masters {
    const float *vca_fader_db; /* one per VCA, at least up to the highest bit in any `vcas` */
    uint64_t vca_mute;         /* VCAs that are muted */
    uint64_t vca_solo;         /* VCAs that are soloed */
    uint64_t mgrp_on;          /* mute groups that are on */
};

/** Fader plus the faders of all VCAs of which the strip is a member, in dB. Silence (-144, and
 *  anything at or below) of any of them is silence: -144 exactly. There is no upper limit.
 *  @param vcas  VCAs of which the strip is a member. RT, bounded by 64. */
float effective_level_db(float fader_db, uint64_t vcas, const struct effective_masters *masters) RT;

/** dB to linear gain: 10^(db/20), and exactly 0 at or below -144. RT. */
float effective_lin(float db) RT;

/** Muted by a key: its own, one of its VCAs, or one of its mute groups that is on. RT. */
static inline bool effective_keyed(bool mute, uint64_t vcas, uint64_t mgrps,
                                   const struct effective_masters *masters) RT {
    return mute || (vcas & masters->vca_mute) || (mgrps & masters->mgrp_on);
}

/** Soloed: by its own key or by one of its VCAs. RT. */
static inline bool effective_soloed(bool solo, uint64_t vcas,
                                    const struct effective_masters *masters) RT {
    return solo || (vcas & masters->vca_solo);
}

/** Who feeds whom, and who is soloed. Filled in by the caller, kept up to date as keys move. A
 * route that is switched on counts whatever its level; one that is off does not. */
struct effective_graph {
    uint32_t channels, buses;
    uint64_t ch_feeds[EFFECTIVE_CHANNELS]; /* buses fed by each channel: groups, stems and sends */
    uint64_t bus_feeds[EFFECTIVE_BUSES];   /* buses fed by each bus */
    uint64_t ch_solo[EFFECTIVE_WORDS];     /* bit n % 64 of word n / 64: channel n is soloed */
    uint64_t ch_safe[EFFECTIVE_WORDS];     /* the same: solo-safe */
    uint64_t bus_solo, bus_safe;           /* bit n: bus n */
    bool in_place;                         /* solo mode is in-place */
};

/** What effective_solve found. */
struct effective_heard {
    bool active;                  /* an in-place solo mutes somebody or could */
    bool any;                     /* anything is soloed, in whatever mode */
    uint64_t ch[EFFECTIVE_WORDS]; /* bit set: not muted by solo */
    uint64_t bus;                 /* the same for buses */
};

/** Set or clear the bit of a channel in ch_solo or ch_safe. RT. */
static inline void effective_bit(uint64_t words[EFFECTIVE_WORDS], uint32_t n, bool on) RT {
    const uint64_t bit = UINT64_C(1) << (n % 64);
    words[n / 64] = on ? words[n / 64] | bit : words[n / 64] & ~bit;
}

/** Find who is heard. Cheap (a scan of 17 words) unless the mode is in-place and something is
 *  soloed; then channels + buses steps (more only if a bus feeds an earlier one; loops are no
 * harm). Call it when a route, solo, safe or the mode changed. A VCA solo without members solos
 * nothing and mutes nobody. Counts above the limits are clamped. RT. */
void effective_solve(const struct effective_graph *graph, struct effective_heard *heard) RT;

/** Whether channel or bus n is not muted by solo. RT. */
static inline bool effective_heard_ch(const struct effective_heard *heard, uint32_t n) RT {
    return !heard->active || (heard->ch[n / 64] >> (n % 64) & 1);
}
static inline bool effective_heard_bus(const struct effective_heard *heard, uint32_t n) RT {
    return !heard->active || (heard->bus >> n & 1);
}

#endif
