/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Building what goes out: single messages (through liblo) and bounded bundles of them.
 *
 *  Thread: control main (liblo allocates). Nothing here blocks. */
#ifndef OSC_MESSAGE_H
#define OSC_MESSAGE_H

#include "osc/errors.h"
#include "osc/packet.h"

#include <lo/lo.h>

#define OSC_MAX_FEEDBACK_BYTES 1400 /* fits an Ethernet frame with room for tunnels */

/** One outgoing message under construction. Zero it once (`= {0}`), begin as often as you like. */
struct osc_out {
    lo_message message;
    char address[OSC_MAX_ADDRESS + 1];
    bool failed; /* out of memory or address too long: size and write give 0 */
};

/** Start a message (dropping what was there). */
void osc_out_begin(struct osc_out *out, const char *address);
void osc_out_int(struct osc_out *out, int32_t value);
void osc_out_long(struct osc_out *out, int64_t value);
void osc_out_float(struct osc_out *out, float value);
void osc_out_double(struct osc_out *out, double value);
void osc_out_text(struct osc_out *out, const char *text);
void osc_out_timetag(struct osc_out *out, uint64_t ntp);
/** @param size above 0 (liblo knows no empty blobs) */
void osc_out_blob(struct osc_out *out, const void *bytes, size_t size);

/** Bytes that osc_out_write will produce; 0 if it cannot. */
size_t osc_out_size(const struct osc_out *out);

/** Serialise.  @return bytes written, 0 if `capacity` is too small or building failed */
size_t osc_out_write(struct osc_out *out, void *to, size_t capacity);

/** Give back what begin took. The struct may be begun again. */
void osc_out_free(struct osc_out *out);

/** A whole message at once: osc_message_write(buf, sizeof buf, "/synced", "ih", 7, frame).
 *  Types i (int), h (int64_t), f and d (double), s (const char *), t (uint64_t), T F N I (no
 * argument).
 *  @return bytes written, 0 if it did not fit or a type is unknown */
size_t osc_message_write(void *to, size_t capacity, const char *address, const char *types, ...);

/** `/error ,sss code address text`. Long texts are cut so that it fits 512 bytes.
 *  Never answer a received /error with one: two desks would talk for ever. */
size_t osc_error_write(void *to, size_t capacity, enum osc_error code, const char *address,
                       const char *text);

/** A bundle that grows to a limit. */
struct osc_bundle {
    size_t size, limit, count;
    uint8_t bytes[OSC_MAX_FEEDBACK_BYTES];
};

/** Start an empty bundle.  @param timetag OSC_TIMETAG_IMMEDIATE or an NTP time */
void osc_bundle_begin(struct osc_bundle *bundle, uint64_t timetag);

/** Start a feedback bundle: `/seq ,i seq` is its first element. */
void osc_bundle_begin_seq(struct osc_bundle *bundle, int32_t seq);

/** Append a message.  @return false, and the bundle as it was, if it does not fit any more */
bool osc_bundle_add(struct osc_bundle *bundle, struct osc_out *out);

#endif
