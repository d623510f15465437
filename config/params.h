/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one list of parameters.
 *
 * A parameter is one line of ROWS below. Its OSC address and replies, range checks, error texts,
 * desk-file key, scene entries, generated documents and tests are all derived from that line, so
 * adding a parameter is one row here and its use in the engine.
 *
 * An *object* is anything with an address of its own: a strip (channel, group, aux, stem, main,
 * monitor), a VCA, a mute group, or the one solo object. A row belongs to one or more kinds of
 * object; a row with a *dimension* exists once per band, aux, destination, stem, VCA or mute group
 * of that object, and its path holds `{}` where the index or id goes.
 *
 * Values are floats in engineering units (words of an enumeration by number, switches 0 or 1, strip
 * references as object number + 1 with 0 for none). Text rows hold text instead. Views have no
 * value of their own: they are another way to say one that does (config/views.h).
 *
 * Threads: everything here is immutable after start-up; any thread may read it. */
#ifndef CONFIG_PARAMS_H
#define CONFIG_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/rt.h"
#include "config/taper.h"

/** Kinds of object, in the order of the signal. */
enum kind {
    KIND_CH,
    KIND_GRP,
    KIND_AUX,
    KIND_STEM,
    KIND_MAIN,
    KIND_MON,
    KIND_VCA,
    KIND_MGRP,
    KIND_SOLO,
    KIND_COUNT
};
/** The first KINDS_STRIP kinds carry sound. */
#define KINDS_STRIP 6

#define K_CH (1u << KIND_CH)
#define K_GRP (1u << KIND_GRP)
#define K_AUX (1u << KIND_AUX)
#define K_STEM (1u << KIND_STEM)
#define K_MAIN (1u << KIND_MAIN)
#define K_MON (1u << KIND_MON)
#define K_VCA (1u << KIND_VCA)
#define K_MGRP (1u << KIND_MGRP)
#define K_SOLO (1u << KIND_SOLO)
#define K_SOURCES (K_CH | K_GRP | K_AUX)
#define K_FULL (K_CH | K_GRP | K_AUX | K_STEM)
#define K_MULTIBAND (K_GRP | K_STEM)
#define K_LIMITED (K_STEM | K_MAIN)
#define K_BUSES (K_GRP | K_AUX | K_STEM | K_MAIN)
#define K_NAMED (K_FULL | K_MAIN | K_VCA | K_MGRP)

/** What `{}` in a path counts. */
enum dim {
    DIM_NONE,
    DIM_BAND,  /* EQ bands, 1..6 */
    DIM_MBAND, /* multiband bands, 1..4 */
    DIM_AUX,   /* auxes by index or id */
    DIM_DEST,  /* groups, then stems, by index or id */
    DIM_STEM,  /* stems by index or id */
    DIM_VCA,
    DIM_MGRP,
    DIM_SET, /* loudspeaker sets of the monitor, by index or id */
    DIM_SPK, /* loudspeakers of all sets, by index or name: "L", "near.L" */
    DIM_COUNT
};
#define EQ_BANDS 6
#define MB_BANDS 4
/** Dimensions that are a list called `bands` in the desk file, not named objects. */
#define DIM_IS_BANDS(dim) ((dim) == DIM_BAND || (dim) == DIM_MBAND)

enum row_type {
    TYPE_FLOAT,
    TYPE_INT,
    TYPE_SWITCH, /* 0 or 1 */
    TYPE_ENUM,   /* a word of the row's list, or its number from 0 */
    TYPE_STRIP,  /* the address of a strip, or "none" */
    TYPE_SET,    /* the id of a loudspeaker set, or its number from 0 */
    TYPE_TEXT
};

/** What takes gain away, and its rows that tell how much. */
enum reduction { GR_GATE, GR_COMP, GR_DEESS, GR_LIM, GR_MB, GR_COUNT = GR_MB + MB_BANDS };

/** How a change becomes inaudible. */
enum smooth {
    SMOOTH_NONE,   /* no direct effect on sound */
    SMOOTH_GAIN,   /* slewed as a linear gain by a raised cosine */
    SMOOTH_SWITCH, /* as a gain between 0 and 1 */
    SMOOTH_PAN,    /* the gain matrix is cross-faded */
    SMOOTH_EQ,     /* small moves slew, large ones cross-fade two filters */
    SMOOTH_DELAY,  /* two taps cross-fade */
    SMOOTH_VALUE   /* slewed in its taper by a raised cosine, whatever the height of the step */
};

#define ROW_SCENE (1u << 0)     /* stored in scenes and in the desk state */
#define ROW_AUTO (1u << 1)      /* may be automated */
#define ROW_READ_ONLY (1u << 2) /* told, not set */
#define ROW_SILENT \
    (1u << 3) /* changes nothing that is heard by itself (exempt from the click test) */
#define ROW_VIEW (1u << 4)    /* another way to say other rows; has no slot */
#define ROW_ADMIN (1u << 5)   /* needs the role admin */
#define ROW_STATE (1u << 6)   /* stored in the desk state but not in scenes */
#define ROW_LIMITER (1u << 7) /* exists where the desk file says limiters = true */

#define SA (ROW_SCENE | ROW_AUTO)
#define SX (ROW_SCENE | ROW_SILENT)

#define SILENCE_DB (-144.0f)

/* X(id, kinds, path, dim, comps, type, unit, min, default, max, taper, smooth, flags, words, doc)
 */
/* One row after another, as they were typed. */
/* clang-format off */
#define ROWS(X)                                                                                    \
    X(NAME, K_NAMED, "name", DIM_NONE, 1, TEXT, "", 0, 0, 0, LINEAR, NONE, SX, "",                 \
      "Name shown to people.")                                                                     \
    X(COLOR, K_NAMED, "color", DIM_NONE, 1, INT, "", 0, 0, 15, LINEAR, NONE, SX, "",               \
      "Colour on surfaces, 0..15.")                                                                \
    X(FORMAT, K_FULL | K_MAIN | K_MON, "format", DIM_NONE, 1, TEXT, "", 0, 0, 0, LINEAR, NONE,     \
      ROW_READ_ONLY | ROW_SILENT, "", "Format of the strip, set by the desk file.")                \
    X(IN, K_CH, "in", DIM_NONE, 1, TEXT, "", 0, 0, 0, LINEAR, NONE, ROW_STATE | ROW_SILENT, "",    \
      "Source: a JACK port pattern or reel:NAME.")                                                 \
    X(TRIM, K_FULL, "trim", DIM_NONE, 1, FLOAT, "dB", -24, 0, 24, LINEAR, GAIN, SA, "",            \
      "Gain before everything else.")                                                              \
    X(POLARITY, K_FULL, "polarity", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, "",      \
      "Inverts the signal.")                                                                       \
    X(DELAY, K_FULL, "delay", DIM_NONE, 1, FLOAT, "ms", 0, 0, 1000, LINEAR, DELAY, SA, "",         \
      "Delay in whole samples, up to max_delay_ms of the desk file.")                              \
    X(HPF_ON, K_FULL, "hpf/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, EQ, SA, "",              \
      "High-pass filter on.")                                                                      \
    X(HPF_FREQ, K_FULL, "hpf/freq", DIM_NONE, 1, FLOAT, "Hz", 20, 80, 20000, LOG, EQ, SA, "",      \
      "Its -3 dB frequency.")                                                                      \
    X(HPF_SLOPE, K_FULL, "hpf/slope", DIM_NONE, 1, ENUM, "dB/oct", 0, 0, 1, LINEAR, EQ, SA,        \
      "12|24", "Its slope.")                                                                       \
    X(LPF_ON, K_FULL, "lpf/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, EQ, SA, "",              \
      "Low-pass filter on.")                                                                       \
    X(LPF_FREQ, K_FULL, "lpf/freq", DIM_NONE, 1, FLOAT, "Hz", 20, 12000, 20000, LOG, EQ, SA, "",   \
      "Its -3 dB frequency.")                                                                      \
    X(LPF_SLOPE, K_FULL, "lpf/slope", DIM_NONE, 1, ENUM, "dB/oct", 0, 0, 1, LINEAR, EQ, SA,        \
      "12|24", "Its slope.")                                                                       \
    X(EQ_ON, K_FULL, "eq/on", DIM_NONE, 1, SWITCH, "", 0, 1, 1, LINEAR, EQ, SA, "",                \
      "All six bands on.")                                                                         \
    X(EQ_BAND_ON, K_FULL, "eq/{}/on", DIM_BAND, 1, SWITCH, "", 0, 0, 1, LINEAR, EQ, SA, "",        \
      "Band on.")                                                                                  \
    X(EQ_BAND_TYPE, K_FULL, "eq/{}/type", DIM_BAND, 1, ENUM, "", 0, 0, 4, LINEAR, EQ, SA,          \
      "bell|lowshelf|highshelf|notch|bandpass", "Shape of the band.")                              \
    X(EQ_BAND_FREQ, K_FULL, "eq/{}/freq", DIM_BAND, 1, FLOAT, "Hz", 20, 1000, 20000, LOG, EQ, SA,  \
      "", "Centre or corner frequency.")                                                           \
    X(EQ_BAND_GAIN, K_FULL, "eq/{}/gain", DIM_BAND, 1, FLOAT, "dB", -24, 0, 24, LINEAR, EQ, SA,    \
      "", "Gain.")                                                                                 \
    X(EQ_BAND_Q, K_FULL, "eq/{}/q", DIM_BAND, 1, FLOAT, "", 0.1f, 1, 20, LOG, EQ, SA, "",          \
      "Quality.")                                                                                  \
    X(ORDER, K_FULL, "order", DIM_NONE, 1, ENUM, "", 0, 0, 3, LINEAR, VALUE, SA, "eq-dyn-ins|dyn-eq-ins|ins-eq-dyn|ins-dyn-eq", \
      "Order of equaliser, dynamics and insert.") \
    X(INSERT_ON, K_CH | K_GRP, "insert/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, "",      \
      "Hears the insert's return; where the desk file declares one.") \
    X(GATE_ON, K_FULL, "gate/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA, "", \
      "Gate (downward expander) on.") \
    X(GATE_THR, K_FULL, "gate/thr", DIM_NONE, 1, FLOAT, "dB", -80, -40, 0, LINEAR, VALUE, SA, "", \
      "Level below which it closes.") \
    X(GATE_RATIO, K_FULL, "gate/ratio", DIM_NONE, 1, FLOAT, "n:1", 1, 4, 100, LOG, VALUE, SA, "", \
      "dB of fall for a dB below the threshold.") \
    X(GATE_RANGE, K_FULL, "gate/range", DIM_NONE, 1, FLOAT, "dB", 0, 40, 80, LINEAR, VALUE, SA, "", \
      "Most it takes away.") \
    X(GATE_KNEE, K_FULL, "gate/knee", DIM_NONE, 1, FLOAT, "dB", 0, 6, 24, LINEAR, VALUE, SA, "", \
      "Width of the bend at the threshold.") \
    X(GATE_ATT, K_FULL, "gate/att", DIM_NONE, 1, FLOAT, "ms", 0.3f, 2, 200, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to open (63 %).") \
    X(GATE_HOLD, K_FULL, "gate/hold", DIM_NONE, 1, FLOAT, "ms", 0, 50, 2000, LINEAR, VALUE, SA | ROW_SILENT, "", \
      "Stays open that long after the level has fallen.") \
    X(GATE_REL, K_FULL, "gate/rel", DIM_NONE, 1, FLOAT, "ms", 5, 150, 5000, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to close (63 %).") \
    X(GATE_KEY, K_FULL, "gate/key", DIM_NONE, 1, STRIP, "", 0, 0, 0, LINEAR, VALUE, SA, "", \
      "Strip whose sound works the gate, 64 frames old; none is the own one.") \
    X(GATE_SC_ON, K_FULL, "gate/sc/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA, "", \
      "Filter in the side-chain of the gate.") \
    X(GATE_SC_HPF, K_FULL, "gate/sc/hpf", DIM_NONE, 1, FLOAT, "Hz", 20, 80, 20000, LOG, VALUE, SA, "", \
      "Low end of what the gate hears, 12 dB per octave.") \
    X(GATE_SC_LPF, K_FULL, "gate/sc/lpf", DIM_NONE, 1, FLOAT, "Hz", 20, 12000, 20000, LOG, VALUE, SA, "", \
      "High end of what the gate hears, 12 dB per octave.") \
    X(GATE_GR, K_FULL, "gate/gr", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, 0, 0, LINEAR, NONE, ROW_READ_ONLY | ROW_SILENT, "", \
      "What the gate takes away now.") \
    X(COMP_ON, K_FULL, "comp/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA, "", \
      "Compressor on.") \
    X(COMP_THR, K_FULL, "comp/thr", DIM_NONE, 1, FLOAT, "dB", -60, -20, 0, LINEAR, VALUE, SA, "", \
      "Level above which it works.") \
    X(COMP_RATIO, K_FULL, "comp/ratio", DIM_NONE, 1, FLOAT, "n:1", 1, 3, 100, LOG, VALUE, SA, "", \
      "dB in for a dB out above the threshold.") \
    X(COMP_RANGE, K_FULL, "comp/range", DIM_NONE, 1, FLOAT, "dB", 0, 60, 60, LINEAR, VALUE, SA, "", \
      "Most it takes away.") \
    X(COMP_KNEE, K_FULL, "comp/knee", DIM_NONE, 1, FLOAT, "dB", 0, 6, 24, LINEAR, VALUE, SA, "", \
      "Width of the bend at the threshold.") \
    X(COMP_ATT, K_FULL, "comp/att", DIM_NONE, 1, FLOAT, "ms", 0.3f, 10, 300, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to take hold (63 %).") \
    X(COMP_HOLD, K_FULL, "comp/hold", DIM_NONE, 1, FLOAT, "ms", 0, 0, 1000, LINEAR, VALUE, SA | ROW_SILENT, "", \
      "Holds that long before it lets go.") \
    X(COMP_REL, K_FULL, "comp/rel", DIM_NONE, 1, FLOAT, "ms", 5, 150, 5000, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to let go (63 %).") \
    X(COMP_AUTO, K_FULL, "comp/auto", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA | ROW_SILENT, "", \
      "Lets go by the programme: quickly after a peak, slowly after a loud passage.") \
    X(COMP_MAKEUP, K_FULL, "comp/makeup", DIM_NONE, 1, FLOAT, "dB", -24, 0, 24, LINEAR, GAIN, SA, "", \
      "Gain after the compressor.") \
    X(COMP_MIX, K_FULL, "comp/mix", DIM_NONE, 1, FLOAT, "%", 0, 100, 100, LINEAR, VALUE, SA, "", \
      "Share of the compressed sound; the rest passes unchanged.") \
    X(COMP_KEY, K_FULL, "comp/key", DIM_NONE, 1, STRIP, "", 0, 0, 0, LINEAR, VALUE, SA, "", \
      "Strip whose sound works the compressor, 64 frames old; none is the own one.") \
    X(COMP_SC_ON, K_FULL, "comp/sc/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA, "", \
      "Filter in the side-chain of the compressor.") \
    X(COMP_SC_HPF, K_FULL, "comp/sc/hpf", DIM_NONE, 1, FLOAT, "Hz", 20, 80, 20000, LOG, VALUE, SA, "", \
      "Low end of what the compressor hears, 12 dB per octave.") \
    X(COMP_SC_LPF, K_FULL, "comp/sc/lpf", DIM_NONE, 1, FLOAT, "Hz", 20, 12000, 20000, LOG, VALUE, SA, "", \
      "High end of what the compressor hears, 12 dB per octave.") \
    X(COMP_GR, K_FULL, "comp/gr", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, 0, 0, LINEAR, NONE, ROW_READ_ONLY | ROW_SILENT, "", \
      "What the compressor takes away now, without makeup.") \
    X(DEESS_ON, K_FULL, "deess/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA, "", \
      "De-esser on.") \
    X(DEESS_MODE, K_FULL, "deess/mode", DIM_NONE, 1, ENUM, "", 0, 0, 1, LINEAR, VALUE, SA, "split|wide", \
      "Turns down the top only, or everything.") \
    X(DEESS_FREQ, K_FULL, "deess/freq", DIM_NONE, 1, FLOAT, "Hz", 1000, 6000, 16000, LOG, VALUE, SA, "", \
      "Where the sibilants begin.") \
    X(DEESS_THR, K_FULL, "deess/thr", DIM_NONE, 1, FLOAT, "dB", -60, -30, 0, LINEAR, VALUE, SA, "", \
      "Level of sibilants above which it works.") \
    X(DEESS_RATIO, K_FULL, "deess/ratio", DIM_NONE, 1, FLOAT, "n:1", 1, 4, 20, LOG, VALUE, SA, "", \
      "dB in for a dB out above the threshold.") \
    X(DEESS_RANGE, K_FULL, "deess/range", DIM_NONE, 1, FLOAT, "dB", 0, 12, 24, LINEAR, VALUE, SA, "", \
      "Most it takes away.") \
    X(DEESS_ATT, K_FULL, "deess/att", DIM_NONE, 1, FLOAT, "ms", 0.3f, 1, 50, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to take hold (63 %).") \
    X(DEESS_REL, K_FULL, "deess/rel", DIM_NONE, 1, FLOAT, "ms", 5, 60, 500, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to let go (63 %).") \
    X(DEESS_GR, K_FULL, "deess/gr", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, 0, 0, LINEAR, NONE, ROW_READ_ONLY | ROW_SILENT, "", \
      "What the de-esser takes away now.") \
    X(MB_ON, K_MULTIBAND, "mb/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA, "", \
      "Multiband compressor and expander on.") \
    X(MB_LOW, K_MULTIBAND, "mb/low", DIM_NONE, 1, FLOAT, "Hz", 40, 120, 1000, LOG, VALUE, SA, "", \
      "Crossover of bands 1 and 2.") \
    X(MB_MID, K_MULTIBAND, "mb/mid", DIM_NONE, 1, FLOAT, "Hz", 200, 1000, 5000, LOG, VALUE, SA, "", \
      "Crossover of bands 2 and 3.") \
    X(MB_HIGH, K_MULTIBAND, "mb/high", DIM_NONE, 1, FLOAT, "Hz", 1000, 5000, 16000, LOG, VALUE, SA, "", \
      "Crossover of bands 3 and 4.") \
    X(MB_BAND_ON, K_MULTIBAND, "mb/{}/on", DIM_MBAND, 1, SWITCH, "", 0, 0, 1, LINEAR, VALUE, SA, "", \
      "Dynamics of the band on.") \
    X(MB_BAND_MODE, K_MULTIBAND, "mb/{}/mode", DIM_MBAND, 1, ENUM, "", 0, 0, 1, LINEAR, VALUE, SA, "comp|exp", \
      "Compresses above the threshold, or expands below it.") \
    X(MB_BAND_THR, K_MULTIBAND, "mb/{}/thr", DIM_MBAND, 1, FLOAT, "dB", -80, -30, 0, LINEAR, VALUE, SA, "", \
      "Level at which the band works.") \
    X(MB_BAND_RATIO, K_MULTIBAND, "mb/{}/ratio", DIM_MBAND, 1, FLOAT, "n:1", 1, 2, 20, LOG, VALUE, SA, "", \
      "Ratio of the band.") \
    X(MB_BAND_RANGE, K_MULTIBAND, "mb/{}/range", DIM_MBAND, 1, FLOAT, "dB", 0, 24, 48, LINEAR, VALUE, SA, "", \
      "Most it takes away.") \
    X(MB_BAND_KNEE, K_MULTIBAND, "mb/{}/knee", DIM_MBAND, 1, FLOAT, "dB", 0, 6, 24, LINEAR, VALUE, SA, "", \
      "Width of the bend at the threshold.") \
    X(MB_BAND_ATT, K_MULTIBAND, "mb/{}/att", DIM_MBAND, 1, FLOAT, "ms", 0.3f, 10, 300, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to take hold (63 %).") \
    X(MB_BAND_REL, K_MULTIBAND, "mb/{}/rel", DIM_MBAND, 1, FLOAT, "ms", 5, 150, 5000, LOG, VALUE, SA | ROW_SILENT, "", \
      "Time to let go (63 %).") \
    X(MB_BAND_GAIN, K_MULTIBAND, "mb/{}/gain", DIM_MBAND, 1, FLOAT, "dB", -24, 0, 24, LINEAR, GAIN, SA, "", \
      "Gain of the band.") \
    X(MB_BAND_GR, K_MULTIBAND, "mb/{}/gr", DIM_MBAND, 1, FLOAT, "dB", SILENCE_DB, 0, 0, LINEAR, NONE, ROW_READ_ONLY | ROW_SILENT, "", \
      "What the band takes away now.") \
    X(FADER, K_FULL | K_MAIN | K_VCA, "fader", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, 0, 10, FADER, \
      GAIN, SA, "", "Fader; -144 and below is silence.")                                           \
    X(MUTE, K_FULL | K_MAIN | K_VCA, "mute", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, \
      "", "Mute key.")                                                                             \
    X(MUTED, K_FULL | K_MAIN, "muted", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH,           \
      ROW_READ_ONLY, "",                                                                           \
      "1 while the strip is not heard: own mute, VCA, mute group or in-place solo.")               \
    X(SOLO, K_FULL | K_VCA, "solo", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_STATE,   \
      "", "Solo key.")                                                                             \
    X(SOLOSAFE, K_FULL, "solosafe", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_SCENE,   \
      "", "Never muted by an in-place solo.")                                                      \
    X(PAN, K_SOURCES, "pan", DIM_NONE, 1, FLOAT, "", -100, 0, 100, LINEAR, PAN, ROW_VIEW, "",      \
      "Pan across the screen, right is +: a view of the azimuth, 100 is 30 degrees.")              \
    X(PAN_AED, K_SOURCES, "pan/aed", DIM_NONE, 3, FLOAT, "deg,deg,", 0, 0, 0, LINEAR, PAN, SA, "", \
      "Azimuth -180..180 (left is +; glides the short way), elevation -90..90, distance 0..1.")                          \
    X(PAN_XYZ, K_SOURCES, "pan/xyz", DIM_NONE, 3, FLOAT, "", -1, 0, 1, LINEAR, PAN, ROW_VIEW, "",  \
      "Right, front, up, each -1..1: a view of azimuth, elevation and distance.")                  \
    X(PAN_WIDTH, K_SOURCES, "pan/width", DIM_NONE, 1, FLOAT, "", 0, 1, 2, LINEAR, PAN, SA, "",     \
      "Width of a stereo strip: 0 mono, 1 as it is, 2 side doubled.")                              \
    X(PAN_SPREAD, K_SOURCES, "pan/spread", DIM_NONE, 1, FLOAT, "", 0, 0, 1, LINEAR, PAN, SA, "",   \
      "Spread of a mono strip over neighbouring speakers.")                                        \
    X(PAN_DIV, K_SOURCES, "pan/div", DIM_NONE, 1, FLOAT, "", 0, 0, 1, LINEAR, PAN, SA, "",         \
      "Divergence of the centre into left and right.")                                             \
    X(PAN_LFE, K_SOURCES, "pan/lfe", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, SILENCE_DB, 10, FADER,  \
      PAN, SA, "", "Level into the LFE leg.")                                                      \
    X(TO, K_SOURCES, "to/{}", DIM_DEST, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, "",            \
      "Feeds that group or stem.")                                                                 \
    X(SEND_LEVEL, K_SOURCES, "send/{}/level", DIM_AUX, 1, FLOAT, "dB", SILENCE_DB, 0, 10, FADER,   \
      GAIN, SA, "", "Send level.")                                                                 \
    X(SEND_ON, K_SOURCES, "send/{}/on", DIM_AUX, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, "",   \
      "Send on.")                                                                                  \
    X(SEND_PRE, K_SOURCES, "send/{}/pre", DIM_AUX, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, "", \
      "Taken before fader and mute.")                                                              \
    X(SEND_PAN, K_SOURCES, "send/{}/pan", DIM_AUX, 1, FLOAT, "", -100, 0, 100, LINEAR, PAN, SA,    \
      "", "Pan of the send, right is +.")                                                          \
    X(FROM_ON, K_MAIN, "from/{}/on", DIM_STEM, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, "",     \
      "Sums that stem.")                                                                           \
    X(FROM_LEVEL, K_MAIN, "from/{}/level", DIM_STEM, 1, FLOAT, "dB", SILENCE_DB, 0, 10, FADER,     \
      GAIN, SA, "", "Level of that stem in this main.")                                            \
    X(LIM_ON, K_LIMITED, "lim/on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA | ROW_LIMITER, "", \
      "True-peak limiter on.") \
    X(LIM_THR, K_LIMITED, "lim/thr", DIM_NONE, 1, FLOAT, "dBTP", -24, -2, 0, LINEAR, VALUE, SA | ROW_LIMITER, "", \
      "Ceiling that no true peak passes.") \
    X(LIM_REL, K_LIMITED, "lim/rel", DIM_NONE, 1, FLOAT, "ms", 10, 250, 3000, LOG, NONE, SA | ROW_SILENT | ROW_LIMITER, "", \
      "Time to let go (63 %).") \
    X(LIM_MODE, K_MAIN, "lim/mode", DIM_NONE, 1, ENUM, "", 0, 0, 1, LINEAR, VALUE, SA | ROW_LIMITER, "main|stems", \
      "Limits this main alone, or every stem by the gain that the sum needs (print master only, whose desk file default is stems).") \
    X(LIM_GR, K_LIMITED, "lim/gr", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, 0, 0, LINEAR, NONE, ROW_READ_ONLY | ROW_SILENT | ROW_LIMITER, "", \
      "What the limiter takes away now.") \
    X(VCA, K_FULL, "vca/{}", DIM_VCA, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_SCENE, "",       \
      "Member of that VCA.")                                                                       \
    X(MGRP, K_FULL, "mgrp/{}", DIM_MGRP, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_SCENE, "",    \
      "Member of that mute group.")                                                                \
    X(MGRP_ON, K_MGRP, "on", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, SA, "",             \
      "Mutes its members.")                                                                        \
    X(SOLO_MODE, K_SOLO, "mode", DIM_NONE, 1, ENUM, "", 0, 0, 2, LINEAR, SWITCH, ROW_STATE,        \
      "afl|pfl|sip", "After-fader listen, pre-fader listen, or in place.")                         \
    X(SOLO_LEVEL, K_SOLO, "level", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, 0, 10, FADER, GAIN,       \
      ROW_STATE, "", "Level of AFL and PFL in the monitor.")                                       \
    X(MON_LEVEL, K_MON, "level", DIM_NONE, 1, FLOAT, "dB", SILENCE_DB, 0, 10, FADER, GAIN,         \
      ROW_STATE, "", "Monitor level; 0 is the calibrated one.")                                    \
    X(MON_REF, K_MON, "ref", DIM_NONE, 1, FLOAT, "dB SPL", 60, 85, 95, LINEAR, NONE,               \
      ROW_VIEW | ROW_SILENT, "",                                                                   \
      "Sound pressure that level 0 stands for: a view of the chosen set's.")                       \
    X(MON_DIM, K_MON, "dim", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_STATE, "",      \
      "20 dB down.")                                                                               \
    X(MON_CUT, K_MON, "cut", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_STATE, "",      \
      "Monitor off.")                                                                              \
    X(MON_MONO, K_MON, "mono", DIM_NONE, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_STATE, "",    \
      "Hears the mono sum.")                                                                       \
    X(MON_SOURCE, K_MON, "source", DIM_NONE, 1, STRIP, "", 0, 0, 0, LINEAR, SWITCH, ROW_STATE, "", \
      "The strip heard when nothing is soloed.")                                                   \
    X(MON_SET, K_MON, "set", DIM_NONE, 1, SET, "", 0, 0, 0, LINEAR, SWITCH, ROW_STATE, "",         \
      "The loudspeaker set that sounds.")                                                          \
    X(SET_REF, K_MON, "set/{}/ref", DIM_SET, 1, FLOAT, "dB SPL", 60, 85, 95, LINEAR, NONE,         \
      ROW_STATE | ROW_SILENT, "", "Sound pressure that level 0 stands for on that set.")           \
    X(SPK_MUTE, K_MON, "spk/{}/mute", DIM_SPK, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_STATE,  \
      "", "Loudspeaker off.")                                                                      \
    X(SPK_SOLO, K_MON, "spk/{}/solo", DIM_SPK, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH, ROW_STATE,  \
      "", "Of its set only loudspeakers with this on are heard.")                                  \
    X(SPK_POLARITY, K_MON, "spk/{}/polarity", DIM_SPK, 1, SWITCH, "", 0, 0, 1, LINEAR, SWITCH,     \
      ROW_STATE, "", "Inverts what the loudspeaker gets.")                                         \
    X(SPK_TRIM, K_MON, "spk/{}/trim", DIM_SPK, 1, FLOAT, "dB", -24, 0, 24, LINEAR, GAIN,           \
      ROW_STATE, "", "Alignment of its level.")                                                    \
    X(SPK_DELAY, K_MON, "spk/{}/delay", DIM_SPK, 1, FLOAT, "ms", 0, 0, 100, LINEAR, DELAY,         \
      ROW_STATE, "", "Alignment of its distance, in whole samples: 1 ms is 34 cm.")
/* clang-format on */

#define ROW_ENUM(id, ...) ROW_##id,
enum row_id { ROWS(ROW_ENUM) ROW_COUNT, ROW_INVALID = ROW_COUNT };
#undef ROW_ENUM

/** One parameter, as declared above. */
struct row {
    const char *id;   /* "EQ_BAND_FREQ" */
    unsigned kinds;   /* K_ bits */
    const char *path; /* below the object: "eq/{}/freq" */
    enum dim dim;
    unsigned comps; /* values of one message: 1, or 3 for a direction */
    enum row_type type;
    const char *unit;
    float min, def, max; /* of every component; see row_range for rows with several */
    enum taper taper;
    enum smooth smooth;
    unsigned flags;
    const char *words; /* "bell|lowshelf|..." of an enumeration */
    const char *doc;
};

/** The table, indexed by enum row_id. */
extern const struct row rows[ROW_COUNT];

/** First path element of a kind: "ch", "grp", ... */
const char *kind_path(enum kind kind);
/** Whether a kind stands alone in its address ("/mon/level"), without an index. */
bool kind_is_single(enum kind kind);

/** Minimum, default and maximum of component `comp` of a row (directions differ by component). */
void row_range(const struct row *row, unsigned comp, float *min, float *def, float *max) RT;

/** Number of words of an enumeration; `row_word` gives the n-th into buf and returns buf, or NULL.
 */
unsigned row_words(const struct row *row);
const char *row_word(const struct row *row, unsigned n, char *buf, unsigned size);
/** Number of a word, or -1. */
int row_word_number(const struct row *row, const char *word);

/** 64-bit FNV-1a over every field of every row: both processes must agree on it. */
uint64_t rows_hash(void);

#endif
