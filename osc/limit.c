/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/limit.h"

#define NS_PER_S INT64_C(1000000000)

static uint32_t find_trusted(const struct limit *limit, const struct osc_endpoint *who) {
    uint32_t i = 0;
    while (i < limit->ntrusted && !osc_endpoint_equal(&limit->trusted[i], who))
        i++;
    return i;
}

bool limit_trust(struct limit *limit, const struct osc_endpoint *who, bool trusted) {
    uint32_t i = find_trusted(limit, who);
    bool there = i < limit->ntrusted;
    if (trusted && !there) {
        if (limit->ntrusted == LIMIT_TRUSTED)
            return false;
        limit->trusted[limit->ntrusted++] = *who;
    } else if (!trusted && there) {
        limit->trusted[i] = limit->trusted[--limit->ntrusted];
    }
    return true;
}

static struct limit_stranger *find(struct limit *limit, const struct osc_endpoint *who,
                                   int64_t now_ns) {
    struct limit_stranger *set = limit->stranger[osc_endpoint_hash(who) % LIMIT_SETS];
    struct limit_stranger *oldest = set;
    for (int i = 0; i < LIMIT_WAYS; i++) {
        if (set[i].used && osc_endpoint_equal(&set[i].who, who))
            return &set[i];
        if (oldest->used && (!set[i].used || set[i].seen_ns < oldest->seen_ns))
            oldest = &set[i];
    }
    *oldest =
        (struct limit_stranger){.who = *who, .used = true, .seen_ns = now_ns, .dripped_ns = now_ns};
    return oldest;
}

/* Whole bytes only; the rest of the time stays for the next call. */
static void drip(struct limit_stranger *s, int64_t now_ns) {
    int64_t age_ns = now_ns - s->dripped_ns;
    if (age_ns > 10 * NS_PER_S) {
        s->drip_bytes = LIMIT_DRIP_MAX_BYTES;
        s->dripped_ns = now_ns;
    } else if (age_ns > 0) {
        int64_t bytes = age_ns * LIMIT_DRIP_BYTES_PER_S / NS_PER_S;
        s->drip_bytes += bytes;
        s->dripped_ns += bytes * NS_PER_S / LIMIT_DRIP_BYTES_PER_S;
        if (s->drip_bytes > LIMIT_DRIP_MAX_BYTES)
            s->drip_bytes = LIMIT_DRIP_MAX_BYTES;
    }
}

void limit_received(struct limit *limit, const struct osc_endpoint *who, size_t size,
                    int64_t now_ns) {
    if (osc_endpoint_loopback(who))
        return;
    struct limit_stranger *s = find(limit, who, now_ns);
    s->seen_ns = now_ns;
    s->credit_bytes += (int64_t)size * LIMIT_FACTOR;
    if (s->credit_bytes > LIMIT_CREDIT_MAX_BYTES)
        s->credit_bytes = LIMIT_CREDIT_MAX_BYTES;
}

bool limit_allow(struct limit *limit, const struct osc_endpoint *who, size_t size, int64_t now_ns) {
    if (osc_endpoint_loopback(who) || find_trusted(limit, who) < limit->ntrusted)
        return true;
    struct limit_stranger *s = find(limit, who, now_ns);
    int64_t left = (int64_t)size;
    drip(s, now_ns);
    if (left > s->credit_bytes + s->drip_bytes)
        return false;
    int64_t earned = left < s->credit_bytes ? left : s->credit_bytes;
    s->credit_bytes -= earned;
    s->drip_bytes -= left - earned;
    return true;
}
