/* SPDX-License-Identifier: GPL-3.0-or-later */
/** OSC 1.0 address patterns, matched in time linear in the address.
 *
 *  `?` one character, `*` any number, `[a-z]` `[!a-z]` one of a set, `{foo,bar}` one of some words;
 *  none of them crosses a '/'. From OSC 1.1 comes `//`: any number of whole levels, so that
 * `//fader` is every fader and `//` followed by `*` is everything. At most OSC_MAX_WILDCARDS of
 * these together.
 *
 *  A pattern is run as a set of positions (a bitset), never by trying and going back, so that no
 *  pattern costs more than (address bytes x pattern bytes) simple steps. Thread: any. */
#ifndef OSC_PATTERN_H
#define OSC_PATTERN_H

#include "osc/errors.h"
#include "osc/packet.h"

#define OSC_MAX_WILDCARDS 4

/** A checked pattern. Plain memory: may be copied, saved, compared by `text`. */
struct osc_pattern {
    char text[OSC_MAX_ADDRESS + 1];
    uint8_t
        jump[OSC_MAX_ADDRESS + 1]; /* '[' '{' ',' '}': index after the construct; '{': its '}' */
    uint8_t length;
    uint8_t prefix;    /* bytes before the first wildcard */
    uint8_t wildcards; /* 0: a plain address */
};

/** True if the address holds any of ? * [ ] { } or `//`. */
bool osc_pattern_is(const char *address);

/** Check a pattern and prepare it for matching. A plain address is a pattern without wildcards.
 *  @return OSC_OK; OSC_BAD_PATTERN (syntax, more than four wildcards, no leading '/');
 *          OSC_TOO_LARGE (longer than OSC_MAX_ADDRESS). On error `pattern` matches nothing. */
enum osc_error osc_pattern_set(struct osc_pattern *pattern, const char *text);

/** True if the whole address matches. */
bool osc_pattern_match(const struct osc_pattern *pattern, const char *address);

#endif
