/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Address patterns as the OSC text reads, word by word: slow, exponential, an oracle for short
 * inputs. */
#ifndef TESTS_LIB_PLAIN_PATTERN_H
#define TESTS_LIB_PLAIN_PATTERN_H

#include <stdbool.h>

/** Does `address` match `pattern`, which must be well-formed? */
bool plain_pattern_match(const char *pattern, const char *address);

#endif
