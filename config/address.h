/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses of parameters <-> places. The one place that knows how a row is spelled. */
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include "config/desk.h"

/** What may follow the address of a parameter. */
enum suffix {
    SUFFIX_NONE,
    SUFFIX_NORM,
    SUFFIX_GLIDE,
    SUFFIX_DELTA,
    SUFFIX_TOGGLE,
    SUFFIX_TOUCH,
    SUFFIX_COUNT
};

enum address_result {
    ADDRESS_OK,
    ADDRESS_UNKNOWN,   /* no such row or first element */
    ADDRESS_NO_OBJECT, /* the object or index does not exist on this desk */
};

/** A resolved address. */
struct address {
    struct place place; /* comp 0 */
    uint32_t object;    /* object number */
    uint32_t slot;      /* of comp 0, or SLOT_NONE for text rows and views */
    uint32_t text;      /* text slot, or SLOT_NONE */
    enum suffix suffix;
};

/** Resolve "/ch/3/eq/2/freq/glide" against a desk. On failure `why` (at least 160 bytes) says what
 * is wrong and what was expected. Thread: any. */
enum address_result address_resolve(const struct desk *desk, const char *text,
                                    struct address *address, char *why, size_t why_size);

/** How indices are spelled. */
enum spelling { SPELL_INDEX, SPELL_ID };

/** Write the address of a place (without suffix). Returns its length, < 0 if it does not fit. */
int address_print(const struct desk *desk, const struct place *place, enum spelling spelling,
                  char *buf, size_t size);

#endif
