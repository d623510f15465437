/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of rows as numbers and as words, checked in one place: OSC sets, the desk file, scenes and
 * scripts all ask here what a row takes.
 *
 * Continuous values that are finite but out of range are clamped and said to be; switches, words
 * of an enumeration and strips that do not exist are errors. NaN and infinities are errors, except
 * that minus infinity and anything at or below -144 mean silence to a row in dB that goes down to
 * it.
 *
 * Threads: pure functions on an immutable desk; any thread. Nothing is allocated. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "config/desk.h"

enum value_result {
    VALUE_OK,
    VALUE_CLAMPED,     /* taken, but moved to the nearest end of the range */
    VALUE_BAD_TYPE,    /* not a value of this row at all */
    VALUE_OUT_OF_RANGE /* of the right type, but no such number, word or strip */
};

/** Whether a result means that there is a value. */
static inline bool value_taken(enum value_result result) {
    return result == VALUE_OK || result == VALUE_CLAMPED;
}

#define VALUE_WHY_BYTES 200 /* enough for any error text of this file */
#define VALUE_BYTES 96      /* enough for any value_print but text rows, and for value_expected */

/** Minimum, default and maximum of a component on this desk: row_range, with `delay` limited to
 *  the desk's max_delay_ms and strip references to its strips. `desk` may be NULL. */
void value_range(const struct desk *desk, enum row_id row, unsigned comp, float *min, float *def,
                 float *max);

/** What a row takes, in words: "-144..10 dB or -inf", "one of bell, lowshelf, ...", "0 or 1".
 *  Returns buf. */
const char *value_expected(const struct desk *desk, enum row_id row, unsigned comp, char *buf,
                           size_t size);

/** Check a number. On VALUE_OK and VALUE_CLAMPED *out is finite and in range; else it is untouched.
 *  Unless the result is VALUE_OK, `why` (may be NULL) says what was wrong and what the row takes:
 *  "fader takes -144..10 dB or -inf, not 12". Text rows take no number: VALUE_BAD_TYPE. */
enum value_result value_check(const struct desk *desk, enum row_id row, unsigned comp, double in,
                              float *out, char *why, size_t size);

/** Check a value spelled as text: a number, "-inf", a word of the enumeration, "on", "off", "true"
 *  or "false" for a switch, the address of a strip ("/stem/DX") or "none". Same results. */
enum value_result value_parse(const struct desk *desk, enum row_id row, unsigned comp,
                              const char *text, float *out, char *why, size_t size);

/** Spell a value so that value_parse reads the same float back, as short as that allows: "-12.5",
 *  "-inf", "bell", "1", "/stem/DX". Returns its length, or < 0 if it does not fit. */
int value_print(const struct desk *desk, enum row_id row, unsigned comp, float value, char *buf,
                size_t size);

/** The shortest decimal text that strtof reads back as `value`, without an exponent where that is
 *  no longer. Returns its length, or < 0 if it does not fit. */
int value_print_float(float value, char *buf, size_t size);

/** Check the text of a text row: valid UTF-8, no control characters, shorter than TEXT_BYTES.
 *  VALUE_OK, or VALUE_BAD_TYPE or VALUE_OUT_OF_RANGE (too long) with why. */
enum value_result value_check_text(enum row_id row, const char *text, char *why, size_t size);

#endif
