/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The largest desk there may be: 1024 mono channels with high-pass, low-pass and six bands on, and
 * 64 buses in 7.1.4, all of them fed. */
#ifndef TESTS_LIB_BIG_DESK_H
#define TESTS_LIB_BIG_DESK_H

#define BIG_CHANNELS 1024
#define BIG_GROUPS 20
#define BIG_AUXES 14
#define BIG_STEMS 22
#define BIG_MAINS 8
#define BIG_SOURCES 32 /* "source:out_1" .. "source:out_32", taken in turn by the channels */

/** The text of its desk file, to be freed. NULL without memory. */
char *big_desk_text(void);

#endif
