/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A strict, bounds-checked walk over the bytes of one OSC packet, before anything else sees them.
 *
 *  The walk allocates nothing and copies nothing but numbers: addresses, texts and blobs are views
 *  into the caller's buffer, valid as long as that buffer is. Any packet that passes is also valid
 *  for liblo (the tests use it as an oracle), but plain sets never need it.
 *
 *  Everything here may be called from any thread that owns the structures. */
#ifndef OSC_PACKET_H
#define OSC_PACKET_H

#include "osc/errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OSC_MAX_UDP_BYTES 65507        /* largest UDP payload over IPv4 */
#define OSC_MAX_FRAME_BYTES (1u << 20) /* largest packet over TCP */
#define OSC_MAX_ADDRESS 255            /* bytes, without the terminator */
#define OSC_MAX_ARGS 64                /* per message */
#define OSC_MAX_MESSAGES 4096          /* per packet */
#define OSC_MAX_PACKET_ARGS 16384      /* per packet */
#define OSC_MAX_NEST 4                 /* bundles within bundles */
#define OSC_TIMETAG_IMMEDIATE UINT64_C(1)

/** One argument. Type tags i f s b h t d S c r m T F N I are known; arrays are not. */
struct osc_arg {
    char type;
    uint32_t size; /* bytes of s, S (without terminator) or b; else of the value as sent */
    union {
        int32_t i;        /* i, c (a character's code) */
        int64_t h;        /* h */
        float f;          /* f */
        double d;         /* d */
        uint64_t t;       /* t: NTP time tag */
        uint32_t r;       /* r (RGBA), m (port, status, data, data) */
        const char *s;    /* s, S: NUL-terminated, inside the packet */
        const uint8_t *b; /* b */
    } v;
};

/** One message of a packet. */
struct osc_msg {
    const char *addr;  /* NUL-terminated, starts with '/', at most OSC_MAX_ADDRESS, printable */
    const char *types; /* tags without the comma, "" when there are none */
    const struct osc_arg *args;
    uint32_t nargs;
    uint32_t element; /* 1 for the first message of the packet, counted through nested bundles */
    uint32_t depth;   /* 0: a bare message; 1: in the outermost bundle; ... OSC_MAX_NEST */
    bool untyped;     /* no type tag string at all (OSC_WALK_UNTYPED only) */
};

/** A walked packet. Large (about 650 KiB): allocate one and reuse it. */
struct osc_packet {
    bool bundle;      /* false: exactly one bare message */
    uint64_t timetag; /* outermost bundle's; OSC_TIMETAG_IMMEDIATE for a bare message */
    uint32_t nmsgs, nargs;

    /* Why the walk refused the packet: */
    enum osc_error error;
    const char *error_text; /* static, one line */
    uint32_t error_element; /* which message, from 1; 0: the packet as a whole */
    size_t error_offset;    /* byte where it was noticed */
    const char *error_addr; /* address of the offending message if it got that far, else "" */
    bool untyped;           /* a message without type tags was seen (X32 clients send these) */

    struct osc_msg msgs[OSC_MAX_MESSAGES];
    struct osc_arg args[OSC_MAX_PACKET_ARGS];
};

enum osc_walk_flags {
    OSC_WALK_UNTYPED = 1 /* accept an address that ends the packet without a type tag string */
};

/** Walk `size` bytes into `packet`.
 *  @param bytes  any alignment; must outlive the use of `packet`
 *  @param flags  enum osc_walk_flags, or 0
 *  @return OSC_OK; OSC_BAD_PACKET (malformed), OSC_BAD_TYPE (unknown type tag) or OSC_TOO_LARGE
 *          (a limit above), with the error fields set and nmsgs 0: a packet is taken whole or not.
 *  Nested bundles must carry the outermost time tag or `immediately`: a bundle lands on one frame.
 *  Source: opensoundcontrol.org, OSC 1.0. */
enum osc_error osc_packet_walk(struct osc_packet *packet, const void *bytes, size_t size,
                               unsigned flags);

/** An int from i h f d T F or numeric text, where nothing is lost (3.0 is 3, 3.5 is bad-value).
 *  @return OSC_OK, OSC_BAD_TYPE, OSC_BAD_VALUE (fraction, NaN, text), OSC_OUT_OF_RANGE (32 bits) */
enum osc_error osc_arg_as_int(const struct osc_arg *arg, int32_t *out);

/** The same with 64 bits (frames). */
enum osc_error osc_arg_as_long(const struct osc_arg *arg, int64_t *out);

/** A number from i h f d T F or numeric text ("-6.5", "1e3", "-inf").
 *  NaN and +infinity are OSC_BAD_VALUE. Minus infinity passes as -INFINITY: only a dB row may take
 * it (silence); the caller refuses it elsewhere, so test `isinf(*out)`.
 *  @return OSC_OK, OSC_BAD_TYPE, OSC_BAD_VALUE (also an int64 that a double cannot hold) */
enum osc_error osc_arg_as_float(const struct osc_arg *arg, double *out);

/** A text from s S, or from i h f d T F written out ("1", "-6.5").
 *  @param room   at least 32 bytes for numbers; texts are not copied
 *  @param out    the packet's own bytes for s S, else `room`
 *  @return OSC_OK, OSC_BAD_TYPE, OSC_BAD_VALUE (not UTF-8, or control characters but \n and \t) */
enum osc_error osc_arg_as_text(const struct osc_arg *arg, char room[32], const char **out);

/** True for an action's press: an argument whose number is not 0. False (and the code) otherwise.
 *  @return OSC_OK, or as osc_arg_as_float */
enum osc_error osc_arg_as_bool(const struct osc_arg *arg, bool *out);

#endif
