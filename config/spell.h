/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Did you mean ...?" Threads: pure functions; any thread. */
#ifndef CONFIG_SPELL_H
#define CONFIG_SPELL_H

#include <stddef.h>

/** Edits (insert, drop, change, swap of neighbours; case is not minded) that lead from a to b; 99
 *  if either is longer than 31 bytes. Optimal string alignment distance. */
unsigned spell_distance(const char *a, const char *b);

/** The word of `words` (spaces between) that `word` probably was meant to be, or NULL if none is
 *  near. Written to buf, which is returned. */
const char *spell_nearest(const char *word, const char *words, char *buf, size_t size);

#endif
