/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the files that renders and takes are made of.
 *
 * Threads: pure; any. */
#ifndef DAEMON_SOUND_TAKE_NAME_H
#define DAEMON_SOUND_TAKE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "config/desk.h"

#define TAKE_NAME_BYTES 128

/** What is recorded. */
struct take_output {
    const struct desk_object *object;
    uint32_t first_port; /* of out[], or of in[] */
    bool insert;         /* what comes back into an insert, out of in[] */
};

/** "stem_DX.wav", "main_PM.wav", "insert_ch_DX_A.wav": kind and id, which never change, and not the
 *  name, which may. */
const char *take_file_name(const struct take_output *output, char buf[TAKE_NAME_BYTES]);
/** A text as part of a file name: letters, digits, '-', '_' and '.' stay, runs of others become
 *  one '_'. "untitled" if nothing is left. */
const char *take_clean(const char *text, char buf[TAKE_NAME_BYTES]);

/** List stems, then mains, in the order of desk_ports' outputs; returns how many. At most `max` are
 *  written to `outputs`, which may be NULL.
 *  @param all  those that the desk file excludes from recording too */
uint32_t take_outputs(const struct desk *desk, bool all, struct take_output *outputs, uint32_t max);
/** The same for the returns of inserts, in the order of desk_ports' inputs. */
uint32_t take_inserts(const struct desk *desk, struct take_output *outputs, uint32_t max);

#endif
