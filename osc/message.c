/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const uint8_t bundle_tag[8] = "#bundle";

static void put32(uint8_t *p, uint32_t x) {
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> (24 - 8 * i));
}

void osc_out_begin(struct osc_out *out, const char *address) {
    osc_out_free(out);
    size_t n = strlen(address);
    out->failed = n > OSC_MAX_ADDRESS || !(out->message = lo_message_new());
    if (!out->failed)
        memcpy(out->address, address, n + 1);
}

void osc_out_free(struct osc_out *out) {
    if (out->message)
        lo_message_free(out->message);
    out->message = NULL;
    out->failed = true;
}

/* What lo_message_add_* said: it fails only for lack of memory. */
static void note(struct osc_out *out, int failed) {
    if (failed)
        out->failed = true;
}

void osc_out_int(struct osc_out *out, int32_t value) {
    if (!out->failed)
        note(out, lo_message_add_int32(out->message, value));
}

void osc_out_long(struct osc_out *out, int64_t value) {
    if (!out->failed)
        note(out, lo_message_add_int64(out->message, value));
}

void osc_out_float(struct osc_out *out, float value) {
    if (!out->failed)
        note(out, lo_message_add_float(out->message, value));
}

void osc_out_double(struct osc_out *out, double value) {
    if (!out->failed)
        note(out, lo_message_add_double(out->message, value));
}

void osc_out_text(struct osc_out *out, const char *text) {
    if (!out->failed)
        note(out, lo_message_add_string(out->message, text));
}

void osc_out_timetag(struct osc_out *out, uint64_t ntp) {
    if (!out->failed)
        note(out, lo_message_add_timetag(out->message,
                                         (lo_timetag){(uint32_t)(ntp >> 32), (uint32_t)ntp}));
}

void osc_out_blob(struct osc_out *out, const void *bytes, size_t size) {
    if (out->failed)
        return;
    if (size > OSC_MAX_FRAME_BYTES) {
        out->failed = true;
        return;
    }
    lo_blob blob = lo_blob_new((int32_t)size, bytes);
    note(out, !blob || lo_message_add_blob(out->message, blob));
    if (blob)
        lo_blob_free(blob);
}

size_t osc_out_size(const struct osc_out *out) {
    return out->failed ? 0 : lo_message_length(out->message, out->address);
}

size_t osc_out_write(struct osc_out *out, void *to, size_t capacity) {
    size_t size = osc_out_size(out);
    if (!size || size > capacity)
        return 0;
    return lo_message_serialise(out->message, out->address, to, &size) ? size : 0;
}

static void add_bare(struct osc_out *out, char type) {
    if (out->failed)
        return;
    switch (type) {
    case 'T': note(out, lo_message_add_true(out->message)); break;
    case 'F': note(out, lo_message_add_false(out->message)); break;
    case 'N': note(out, lo_message_add_nil(out->message)); break;
    case 'I': note(out, lo_message_add_infinitum(out->message)); break;
    default: out->failed = true;
    }
}

/* clang-tidy 14 takes a va_list that is a parameter for one never started.
 * NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */
static void add_all(struct osc_out *out, const char *types, va_list ap) {
    for (; *types; types++) {
        switch (*types) {
        case 'i': osc_out_int(out, va_arg(ap, int)); break;
        case 'h': osc_out_long(out, va_arg(ap, int64_t)); break;
        case 'f': osc_out_float(out, (float)va_arg(ap, double)); break;
        case 'd': osc_out_double(out, va_arg(ap, double)); break;
        case 's': osc_out_text(out, va_arg(ap, const char *)); break;
        case 't': osc_out_timetag(out, va_arg(ap, uint64_t)); break;
        default: add_bare(out, *types);
        }
    }
}
/* NOLINTEND(clang-analyzer-valist.Uninitialized) */

size_t osc_message_write(void *to, size_t capacity, const char *address, const char *types, ...) {
    struct osc_out out = {0};
    va_list ap;
    osc_out_begin(&out, address);
    va_start(ap, types);
    add_all(&out, types, ap);
    va_end(ap);
    size_t size = osc_out_write(&out, to, capacity);
    osc_out_free(&out);
    return size;
}

size_t osc_error_write(void *to, size_t capacity, enum osc_error code, const char *address,
                       const char *text) {
    char short_address[OSC_MAX_ADDRESS + 1], short_text[200];
    snprintf(short_address, sizeof short_address, "%s", address ? address : "");
    snprintf(short_text, sizeof short_text, "%s", text ? text : "");
    return osc_message_write(to, capacity, "/error", "sss", osc_error_word(code), short_address,
                             short_text);
}

void osc_bundle_begin(struct osc_bundle *bundle, uint64_t timetag) {
    memcpy(bundle->bytes, bundle_tag, 8);
    put32(bundle->bytes + 8, (uint32_t)(timetag >> 32));
    put32(bundle->bytes + 12, (uint32_t)timetag);
    bundle->size = 16;
    bundle->count = 0;
    bundle->limit = OSC_MAX_FEEDBACK_BYTES;
}

void osc_bundle_begin_seq(struct osc_bundle *bundle, int32_t seq) {
    /* "/seq" is 4 characters and a padded terminator, ",i" another 4 bytes. */
    static const uint8_t head[16] = {0, 0, 0, 16, '/', 's', 'e', 'q', 0, 0, 0, 0, ',', 'i', 0, 0};
    osc_bundle_begin(bundle, OSC_TIMETAG_IMMEDIATE);
    memcpy(bundle->bytes + 16, head, sizeof head);
    put32(bundle->bytes + 32, (uint32_t)seq);
    bundle->size = 36;
    bundle->count = 1;
}

bool osc_bundle_add(struct osc_bundle *bundle, struct osc_out *out) {
    if (bundle->limit > sizeof bundle->bytes || bundle->limit < bundle->size + 4)
        return false;
    size_t size =
        osc_out_write(out, bundle->bytes + bundle->size + 4, bundle->limit - bundle->size - 4);
    if (!size)
        return false;
    put32(bundle->bytes + bundle->size, (uint32_t)size);
    bundle->size += size + 4;
    bundle->count++;
    return true;
}
