/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/packet.h"

#include <string.h>

static const char bundle_tag[8] = "#bundle";

static uint32_t get32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get64(const uint8_t *p) {
    return (uint64_t)get32(p) << 32 | get32(p + 4);
}

struct walk {
    struct osc_packet *packet;
    const uint8_t *start;
    unsigned flags;
};

static enum osc_error refuse(struct walk *w, enum osc_error code, const uint8_t *where,
                             const char *text) {
    w->packet->error = code;
    w->packet->error_text = text;
    w->packet->error_offset = (size_t)(where - w->start);
    return code;
}

/* The length of a padded, NUL-terminated string at `p`, or why not. `*used` includes the padding.
 */
static const char *measure(const uint8_t *p, const uint8_t *end, size_t *length, size_t *used) {
    const uint8_t *nul = p < end ? memchr(p, 0, (size_t)(end - p)) : NULL;
    if (!nul)
        return "unterminated string";
    size_t n = (size_t)(nul - p), padded = (n + 4) & ~(size_t)3;
    if (padded > (size_t)(end - p))
        return "string without padding";
    for (size_t i = n; i < padded; i++)
        if (p[i])
            return "string padded with something else than zeros";
    *length = n;
    *used = padded;
    return NULL;
}

/* OSC 1.0: printable ASCII but space and '#'; ',' would be taken for type tags outside {}. */
static const char *check_address(const uint8_t *p, size_t n) {
    int braces = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] <= ' ' || p[i] >= 0x7f || p[i] == '#')
            return "a character that no address may hold";
        if (p[i] == '{')
            braces++;
        else if (p[i] == '}')
            braces--;
        else if (p[i] == ',' && braces <= 0)
            return "a comma outside {} in the address";
    }
    return NULL;
}

/* Bytes of a fixed-size argument, -1 for texts and blobs, -2 for unknown tags. */
static int fixed_size(char type) {
    switch (type) {
    case 'i':
    case 'f':
    case 'c':
    case 'r':
    case 'm': return 4;
    case 'h':
    case 'd':
    case 't': return 8;
    case 'T':
    case 'F':
    case 'N':
    case 'I': return 0;
    case 's':
    case 'S':
    case 'b': return -1;
    default: return -2;
    }
}

static void take_fixed(struct osc_arg *arg, const uint8_t *p, int size) {
    uint32_t word;
    uint64_t wide;
    arg->v.h = 0;
    if (size == 4) {
        word = get32(p);
        memcpy(&arg->v, &word, sizeof word);
    } else if (size == 8) {
        wide = get64(p);
        memcpy(&arg->v, &wide, sizeof wide);
    }
}

/* One argument at *at; advances it. */
static enum osc_error walk_arg(struct walk *w, char type, const uint8_t **at, const uint8_t *end) {
    struct osc_packet *k = w->packet;
    const uint8_t *p = *at;
    if (k->nargs == OSC_MAX_PACKET_ARGS)
        return refuse(w, OSC_TOO_LARGE, p, "too many arguments in one packet");
    struct osc_arg *arg = &k->args[k->nargs];
    size_t left = (size_t)(end - p), used, length;
    int size = fixed_size(type);
    arg->type = type;
    if (size == -2)
        return refuse(w, OSC_BAD_TYPE, p, "a type tag that is not one of ifsbhtdScrmTFNI");
    if (size >= 0) {
        if (left < (size_t)size)
            return refuse(w, OSC_BAD_PACKET, p, "argument beyond the end of its message");
        take_fixed(arg, p, size);
        arg->size = (uint32_t)size;
        used = (size_t)size;
    } else if (type == 'b') {
        if (left < 4)
            return refuse(w, OSC_BAD_PACKET, p, "blob without a size");
        length = get32(p);
        if (length > left - 4 || ((length + 3) & ~(size_t)3) > left - 4)
            return refuse(w, OSC_BAD_PACKET, p, "blob beyond the end of its message");
        used = 4 + ((length + 3) & ~(size_t)3);
        for (size_t i = 4 + length; i < used; i++)
            if (p[i])
                return refuse(w, OSC_BAD_PACKET, p, "blob padded with something else than zeros");
        arg->v.b = p + 4;
        arg->size = (uint32_t)length;
    } else {
        const char *why = measure(p, end, &length, &used);
        if (why)
            return refuse(w, OSC_BAD_PACKET, p, why);
        arg->v.s = (const char *)p;
        arg->size = (uint32_t)length;
    }
    k->nargs++;
    *at = p + used;
    return OSC_OK;
}

static enum osc_error walk_args(struct walk *w, struct osc_msg *m, const uint8_t *p,
                                const uint8_t *end) {
    size_t length, used;
    const char *why = measure(p, end, &length, &used);
    if (why)
        return refuse(w, OSC_BAD_PACKET, p, why);
    if (length - 1 > OSC_MAX_ARGS)
        return refuse(w, OSC_TOO_LARGE, p, "more than 64 arguments");
    m->types = (const char *)p + 1;
    m->nargs = (uint32_t)(length - 1);
    p += used;
    for (const char *t = m->types; *t; t++)
        if (walk_arg(w, *t, &p, end))
            return w->packet->error;
    if (p != end)
        return refuse(w, OSC_BAD_PACKET, p, "bytes left after the last argument");
    return OSC_OK;
}

static enum osc_error walk_message(struct walk *w, const uint8_t *p, const uint8_t *end,
                                   uint32_t depth) {
    struct osc_packet *k = w->packet;
    size_t length, used;
    k->error_element = k->nmsgs + 1;
    if (k->nmsgs == OSC_MAX_MESSAGES)
        return refuse(w, OSC_TOO_LARGE, p, "more than 4096 messages in one packet");
    if (p == end || *p != '/')
        return refuse(w, OSC_BAD_PACKET, p, "neither '/' nor \"#bundle\" at the start");
    const char *why = measure(p, end, &length, &used);
    if (!why)
        why = check_address(p, length);
    if (why)
        return refuse(w, OSC_BAD_PACKET, p, why);
    if (length > OSC_MAX_ADDRESS)
        return refuse(w, OSC_TOO_LARGE, p, "address longer than 255 bytes");

    struct osc_msg *m = &k->msgs[k->nmsgs];
    m->addr = k->error_addr = (const char *)p;
    m->types = "";
    m->args = &k->args[k->nargs];
    m->nargs = 0;
    m->element = k->nmsgs + 1;
    m->depth = depth;
    m->untyped = false;
    p += used;
    if (p == end) {
        m->untyped = k->untyped = true;
        if (!(w->flags & OSC_WALK_UNTYPED))
            return refuse(w, OSC_BAD_PACKET, p, "no type tag string after the address");
    } else if (*p != ',') {
        return refuse(w, OSC_BAD_PACKET, p, "no type tag string after the address");
    } else if (walk_args(w, m, p, end)) {
        return k->error;
    }
    k->nmsgs++;
    k->error_addr = "";
    return OSC_OK;
}

static bool is_bundle(const uint8_t *p, const uint8_t *end) {
    return end - p >= 8 && memcmp(p, bundle_tag, 8) == 0;
}

static enum osc_error walk_bundle(struct walk *w, const uint8_t *p, const uint8_t *end,
                                  uint32_t depth) {
    struct osc_packet *k = w->packet;
    if (depth > OSC_MAX_NEST)
        return refuse(w, OSC_TOO_LARGE, p, "bundles nested more than four deep");
    if (end - p < 16)
        return refuse(w, OSC_BAD_PACKET, p, "bundle without a time tag");
    uint64_t timetag = get64(p + 8);
    if (depth == 1)
        k->timetag = timetag;
    else if (timetag != k->timetag && timetag != OSC_TIMETAG_IMMEDIATE)
        return refuse(w, OSC_BAD_PACKET, p + 8, "an inner bundle with another time tag");
    for (p += 16; p != end;) {
        k->error_element = k->nmsgs + 1;
        if (end - p < 4)
            return refuse(w, OSC_BAD_PACKET, p, "bytes left after the last element");
        size_t size = get32(p);
        if (size > (size_t)(end - p) - 4)
            return refuse(w, OSC_BAD_PACKET, p, "element beyond the end of its bundle");
        if (size == 0 || size % 4)
            return refuse(w, OSC_BAD_PACKET, p, "element size is not a multiple of 4 above 0");
        p += 4;
        enum osc_error e = is_bundle(p, p + size) ? walk_bundle(w, p, p + size, depth + 1)
                                                  : walk_message(w, p, p + size, depth);
        if (e)
            return e;
        p += size;
    }
    return OSC_OK;
}

enum osc_error osc_packet_walk(struct osc_packet *packet, const void *bytes, size_t size,
                               unsigned flags) {
    struct walk w = {packet, bytes, flags};
    const uint8_t *p = bytes, *end = p + size;
    packet->timetag = OSC_TIMETAG_IMMEDIATE;
    packet->nmsgs = packet->nargs = 0;
    packet->error = OSC_OK;
    packet->error_text = "";
    packet->error_element = 0;
    packet->error_offset = 0;
    packet->error_addr = "";
    packet->untyped = false;
    packet->bundle = false;
    if (size == 0)
        return refuse(&w, OSC_BAD_PACKET, p, "an empty packet");
    if (size > OSC_MAX_FRAME_BYTES)
        return refuse(&w, OSC_TOO_LARGE, p, "packet larger than 1 MiB");
    if (size % 4)
        return refuse(&w, OSC_BAD_PACKET, p, "packet size is not a multiple of 4");
    packet->bundle = is_bundle(p, end);
    enum osc_error e = packet->bundle ? walk_bundle(&w, p, end, 1) : walk_message(&w, p, end, 0);
    if (e)
        packet->nmsgs = packet->nargs = 0;
    else
        packet->error_element = 0;
    return e;
}
