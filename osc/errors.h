/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The short, documented list of error codes that `/error ,sss code address text` carries.
 *
 *  One list: the enum, the words on the wire and the table in PROTOCOL.md all come from it. */
#ifndef OSC_ERRORS_H
#define OSC_ERRORS_H

/* X(symbol, word on the wire, what it means to the one who reads it) */
#define OSC_ERROR_LIST(X)                                                                       \
    X(UNKNOWN_ADDRESS, "unknown-address", "no such address, or a pattern that matches nothing") \
    X(NO_SUCH_OBJECT, "no-such-object", "the address is known, the index or id in it is not")   \
    X(BAD_TYPE, "bad-type", "an argument of a type that cannot become what the row holds")      \
    X(BAD_COUNT, "bad-count", "too few or too many arguments")                                  \
    X(BAD_VALUE, "bad-value", "NaN, infinity, broken text, or a word that is not in the list")  \
    X(OUT_OF_RANGE, "out-of-range", "an index, enumeration or duration outside its range")      \
    X(READ_ONLY, "read-only", "this address can be read, not set")                              \
    X(DENIED, "denied", "the client's role does not allow it")                                  \
    X(BUSY, "busy", "a queue is full or the desk is reloading: nothing changed, try again")     \
    X(TOO_LARGE, "too-large", "packet, bundle, pattern or subscription beyond its limit")       \
    X(BAD_PACKET, "bad-packet", "the bytes are not an OSC packet")                              \
    X(BAD_PATTERN, "bad-pattern", "the pattern is malformed or has more than four wildcards")   \
    X(NOT_IN_BUNDLE, "not-in-bundle", "an action that may not stand in this bundle")            \
    X(NOT_NOW, "not-now", "refused in the present state (recording, rolling, no such time)")    \
    X(RENAMED, "renamed", "an old word; the text names the new one")

enum osc_error {
    OSC_OK = 0,
#define OSC_ERROR_ENUM(symbol, word, doc) OSC_##symbol,
    OSC_ERROR_LIST(OSC_ERROR_ENUM)
#undef OSC_ERROR_ENUM
        OSC_ERROR_COUNT
};

/** The word on the wire ("ok" for OSC_OK, "unknown" outside the list). Static text. Thread: any. */
const char *osc_error_word(enum osc_error code);

/** One line that explains the code, for PROTOCOL.md and help texts. Static text. Thread: any. */
const char *osc_error_doc(enum osc_error code);

#endif
