/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which surroundings each parameter is heard: a desk, a strip of each kind on it, and per row a
 * line of settings. */
#ifndef TESTS_UNIT_CLICK_RIGS_H
#define TESTS_UNIT_CLICK_RIGS_H

#include "config/params.h"

/** The strip of each kind that is under test, and what brings sound to it. Settings are
 * "ADDRESS=VALUE ..."; objects are named by their addresses. */
extern const struct click_subject { const char *strip, *feed; } click_subjects[KIND_COUNT];

#define CLICK_WHOLE 3 /* in place of a component: all of them in one message */

/** What a row needs around it to be heard; {} is the strip under test and # its band, @ at the
 * start names another strip. A line without a pair is for the extremes, and the last one that fits
 * counts. A line with one is a further step of its own. */
extern const struct click_line {
    enum row_id row;
    unsigned kinds; /* K_ bits */
    uint32_t comp;
    const char *set;
    const char *pair; /* "-30..90", or objects: "/main/PM../stem/S" */
    const char *same; /* why the two ends are one sound, whatever is set */
} click_lines[];
extern const unsigned click_line_count;

/** Added to the settings of a row that the multiband has once per band. */
extern const char *const click_band[MB_BANDS];

/** The desk on which a row is stepped. */
const char *click_desk(enum row_id row);

/** Frequency of the sine at 48 kHz: 1 kHz, unless the extremes of the row differ by whole periods
 * of that in every rig. */
double click_hz(enum row_id row, bool extremes);

#endif
