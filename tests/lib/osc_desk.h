/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk of the live tests of OSC's rules, and what they say again and again. */
#ifndef TESTS_LIB_OSC_DESK_H
#define TESTS_LIB_OSC_DESK_H

#include "tests/lib/osc_talk.h"

/** A small film desk: five channels, a group, two auxes, two stems, two mains, a VCA, a mute group.
 */
extern const char osc_desk_text[];

/** Everything sent before is in the values that are read now. */
void settle(struct talk *t);

/** The line is answered by an /error of this code that names its address. */
void refuses(struct talk *t, const char *line, const char *code);

/** The number that this get answers. */
float value_of(struct talk *t, const char *get);

#endif
