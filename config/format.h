/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formats: which legs a strip has, where their speakers stand, in which order they are written, and
 * how a strip of one format feeds a bus of another.
 *
 * Threads: constant tables and pure functions; any thread. Functions marked RT are bounded by
 * MAX_LEGS^2 and neither allocate nor wait. */
#ifndef CONFIG_FORMAT_H
#define CONFIG_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/rt.h"

#define MAX_LEGS 12

enum format {
    FORMAT_MONO,
    FORMAT_STEREO,
    FORMAT_LCR,
    FORMAT_LCRS,
    FORMAT_QUAD,
    FORMAT_5_0,
    FORMAT_5_1,
    FORMAT_7_0,
    FORMAT_7_1,
    FORMAT_7_1_2,
    FORMAT_7_1_4,
    FORMAT_COUNT
};

/** A leg: one speaker position, the same in every format that has it. LEG_1 is mono's only leg. */
enum leg {
    LEG_1,
    LEG_L,
    LEG_R,
    LEG_C,
    LEG_LFE,
    LEG_S,   /* LCRS: the one surround */
    LEG_LS,  /* quad, 5.x: surrounds */
    LEG_RS,  /**/
    LEG_LSS, /* 7.x: sides */
    LEG_RSS, /**/
    LEG_LRS, /* 7.x: rears */
    LEG_RRS, /**/
    LEG_LTM, /* 7.1.2: tops over the sides */
    LEG_RTM, /**/
    LEG_LTF, /* 7.1.4: tops, front and rear */
    LEG_RTF, /**/
    LEG_LTR, /**/
    LEG_RTR, /**/
    LEG_COUNT
};

struct leg_info {
    const char *name; /* as in port names and addresses: "1", "L", "Lss", ... */
    float az_deg;     /* left is +, -180 < az <= 180 */
    float el_deg;     /* up is + */
    bool lfe;         /* low-frequency effects: no direction, never panned into */
    float bs1770_lin; /* weight G of the leg's power: 1.41, 1, or 0 for LFE */
};

/** Indexed by enum leg. Angles: ITU-R BS.2051; 7.1.2's tops at +-90 degrees and elevation 45 and
 *  LCRS's surround at 180 are ours, since BS.2051 has neither. Weights: ITU-R BS.1770-5, 1.41 for
 *  |elevation| < 30 and 60 <= |azimuth| <= 120. */
extern const struct leg_info leg_table[LEG_COUNT];

struct format_info {
    const char *name;       /* as in the desk file: "mono", "5.1", "7.1.4" */
    uint8_t legs;           /* how many */
    uint8_t leg[MAX_LEGS];  /* enum leg, in port and file order: L R C LFE, surrounds (side pair
                               first), tops */
    uint8_t film[MAX_LEGS]; /* film order L C R, surrounds, LFE, tops: film[i] is the index into
                               leg[] of the i-th leg */
    uint8_t ears;           /* legs at ear level without LFE, listed in ear[] */
    uint8_t ear[MAX_LEGS];  /* their indices into leg[], by azimuth counter-clockwise from front */
    uint8_t tops;           /* legs above, listed in top[] the same way */
    uint8_t top[MAX_LEGS];
    uint32_t wave_mask; /* dwChannelMask of WAVE_FORMAT_EXTENSIBLE */
};

/** Indexed by enum format. Source of the masks: Microsoft's ksmedia.h; 7.1.4 is 0x2D63F; 7.1.2's
 *  tops are written as the top front pair, as other writers do, since the mask has no middle pair.
 */
extern const struct format_info format_table[FORMAT_COUNT];

/** Number of legs. RT. */
static inline unsigned format_legs(enum format format) RT {
    return format_table[format].legs;
}

/** The format of a desk-file name ("5.1"), or FORMAT_COUNT. Case is not minded. */
enum format format_by_name(const char *name);
/** Name of a format, "?" when out of range. */
const char *format_name(enum format format);

/** The leg of a name ("Lss"; case is not minded), or LEG_COUNT. */
enum leg leg_by_name(const char *name);

/** Index of `leg` in the format's port order, or -1. RT. */
int format_leg_index(enum format format, enum leg leg) RT;
/** Index of the leg of that name ("Lss") or number from 1 ("3") in port order, or -1. */
int format_leg_by_name(enum format format, const char *name);
/** Index of the LFE leg, or -1. RT. */
int format_lfe_index(enum format format) RT;

/** Coefficients of the fold table, linear gains. */
enum fold {
    FOLD_UNITY,    /* 1: a leg that merely has another name */
    FOLD_CENTRE,   /* C (or mono) into L and R each: -3 dB. Source: ITU-R BS.775, Lo/Ro */
    FOLD_SURROUND, /* surround into L or R of its side, and Ls, Rs into S: -3 dB. BS.775, Lo/Ro */
    FOLD_MONO,     /* L, R into mono each: -3 dB. BS.775 */
    FOLD_MONO_SUR, /* surrounds into mono: -6 dB. BS.775 */
    FOLD_SIDE,     /* a of Ls = a Lss + b Lrs: 0 dB, so that 5.1 -> 7.1 -> 5.1 changes nothing */
    FOLD_REAR,     /* b: 0 dB */
    FOLD_TOP,      /* a top leg into the ear-level leg below it: -3 dB (no single standard) */
    FOLD_TOP_PAIR, /* front and rear tops into 7.1.2's, each: -3 dB (no single standard) */
    FOLD_SPLIT_2,  /* up-mix of one leg into two: -3 dB, keeps the power */
    FOLD_SPLIT_4,  /* up-mix of one leg into four: -6 dB, keeps the power */
    FOLD_COUNT
};

/** The defaults named above. */
extern const float format_fold_default_lin[FOLD_COUNT];

/** The gains by which a strip of format `from` feeds a bus of format `to`, leg by leg where names
 *  match; missing legs by the fold table, LFE only into LFE (dropped when the bus has none).
 *
 *  Up-mix follows the names too: stereo feeds L and R of a film bus; mono feeds C alone where there
 *  is one, else L and R at -3 dB; Ls, Rs of 5.1 feed the sides of 7.x alone (the leg that stands in
 *  the same place of the file), and S of LCRS feeds all surrounds with its power kept.
 *
 *  @param coef  [FOLD_COUNT] linear gains, or NULL for the defaults
 *  @param m     [in leg][out leg], linear; written whole, zero outside the formats' legs
 *  Thread: any. RT.
 *  Source: ITU-R BS.775 for the downward part; config/format.c holds the table. */
void format_fold(enum format from, enum format to, const float coef[FOLD_COUNT],
                 float m[MAX_LEGS][MAX_LEGS]) RT;

#endif
