/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "click_rigs.h"

#include <stddef.h>

/* The longest delay is no whole number of periods of the sine: its extremes sound different. */
#define LONGEST_DELAY "max_delay_ms = 999.75;\n"

/* The last loudspeaker is one of a narrower set. */
#define SETS \
    "; sets = ( { id = \"near\"; format = \"7.1.4\"; }, { id = \"tv\"; format = \"stereo\"; } )"

#define DESK(more_for_monitor)                                                                  \
    "rate = 48000; limiters = true;\n"                                                          \
    "channels = ( { id = \"A\"; format = \"mono\"; to = [\"S\"]; },\n"                          \
    "  { id = \"B\"; format = \"stereo\"; to = [\"G\"]; },\n"                                   \
    "  { id = \"C\"; format = \"mono\"; },\n"                                                   \
    "  { id = \"D\"; format = \"mono\"; insert = true; } );\n"                                  \
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [\"T\"]; },\n"                          \
    "  { id = \"H\"; format = \"mono\"; insert = true; to = [\"S\"]; } );\n"                    \
    "auxes = ( { id = \"X\"; format = \"stereo\"; to = [\"T\"]; },\n"                           \
    "  { id = \"Z\"; format = \"mono\"; to = [\"S\"]; },\n"                                     \
    "  { id = \"Y\"; format = \"stereo\"; to = [\"T\"]; } );\n"                                 \
    "stems = ( { id = \"S\"; format = \"7.1.4\"; role = \"dx\"; },\n"                           \
    "  { id = \"T\"; format = \"5.1\"; role = \"fx\"; } );\n"                                   \
    "mains = ( { id = \"PM\"; format = \"7.1.4\"; print_master = true; from = [\"S\", \"T\"]; " \
    "},\n"                                                                                      \
    "  { id = \"ME\"; format = \"5.1\"; from = [\"T\"]; } );\n"                                 \
    "monitor = { format = \"7.1.4\"; source = \"/main/PM\"" more_for_monitor "; };\n"           \
    "vcas = ( { id = \"V\"; } );\n"                                                             \
    "mute_groups = ( { id = \"M\"; } );\n"

const struct click_subject click_subjects[KIND_COUNT] = {
    [KIND_CH] = {"/ch/A", "/ch/B/mute=1"},
    [KIND_GRP] = {"/grp/G", "/ch/A/mute=1"},
    [KIND_AUX] =
        {"/aux/X",
         "/ch/B/send/X/on=1 /ch/B/send/X/level=0 /ch/B/send/X/pre=1 /ch/B/fader=-144 /ch/A/mute=1"},
    [KIND_STEM] = {"/stem/S", "/ch/B/mute=1"},
    [KIND_MAIN] = {"/main/PM", "/ch/B/mute=1"},
    [KIND_MON] = {"/mon", "/ch/B/mute=1"},
    [KIND_VCA] = {"/vca/V", "/ch/A/vca/V=1 /ch/B/mute=1"},
    [KIND_MGRP] = {"/mgrp/M", "/ch/A/mgrp/M=1 /ch/B/mute=1"},
    [KIND_SOLO] = {"/solo", "/ch/A/solo=1 /ch/A/fader=-20"},
};

/* Other strips: a stereo channel, a mono group and a mono aux, which are panned and not balanced.
 */
#define STEREO_CH "@/ch/B /ch/A/mute=1"
#define MONO_GRP "@/grp/H /ch/A/to/S=0 /ch/A/to/H=1 /ch/B/mute=1"
#define MONO_AUX                                                                          \
    "@/aux/Z /ch/A/send/Z/on=1 /ch/A/send/Z/level=0 /ch/A/send/Z/pre=1 /ch/A/fader=-144 " \
    "/ch/B/mute=1"

/* The sine is in the second band of the multiband. */
#define MB_2 "{}/mb/on=1 {}/mb/2/gain=12"
#define AT_GATE "{}/gate/on=1 {}/gate/thr=-3 {}/gate/range=12"
#define AT_COMP "{}/comp/on=1 {}/comp/thr=-30 {}/comp/ratio=10"
#define AT_DEESS "{}/deess/on=1 {}/deess/freq=1000"
#define MEMBERS(of) "/ch/B/" of "=1 /grp/G/" of "=1 /stem/T/" of "=1"
#define TV "/mon/set=1"
#define MB_BAND "{}/mb/on=1 {}/mb/#/on=1"

#define ANY (~0u)
#define WHOLE CLICK_WHOLE

/* Puts the sine into a band of the multiband, or where two of them meet. */
const char *const click_band[MB_BANDS] = {
    " {}/mb/low=1000 {}/mb/mid=3000",
    " {}/mb/mid=3000",
    " {}/mb/mid=200",
    " {}/mb/mid=200 {}/mb/high=1000",
};

const struct click_line click_lines[] = {
#define EXTREMES(row, kinds, set) \
    { ROW_##row, kinds, 0, set, NULL, NULL }
#define EXTREMES_OF(row, comp, kinds, set) \
    { ROW_##row, kinds, comp, set, NULL, NULL }
#define PAIR(row, kinds, set, pair) \
    { ROW_##row, kinds, 0, set, pair, NULL }
#define PAIR_OF(row, comp, kinds, set, pair) \
    { ROW_##row, kinds, comp, set, pair, NULL }
#define SAME(row, kinds, set, why) \
    { ROW_##row, kinds, 0, set, NULL, why }
    EXTREMES(HPF_FREQ, ANY, "{}/hpf/on=1"),
    EXTREMES(HPF_SLOPE, ANY, "{}/hpf/on=1 {}/hpf/freq=1500"),
    EXTREMES(HPF_ON, ANY, "{}/hpf/freq=1500"),
    EXTREMES(LPF_FREQ, ANY, "{}/lpf/on=1"),
    EXTREMES(LPF_SLOPE, ANY, "{}/lpf/on=1 {}/lpf/freq=700"),
    EXTREMES(LPF_ON, ANY, "{}/lpf/freq=700"),
    EXTREMES(EQ_ON, ANY, "{}/eq/1/on=1 {}/eq/1/gain=12"),
    EXTREMES(EQ_BAND_ON, ANY, "{}/eq/#/gain=12"),
    EXTREMES(EQ_BAND_TYPE, ANY, "{}/eq/#/on=1 {}/eq/#/gain=12 {}/eq/#/freq=900"),
    EXTREMES(EQ_BAND_FREQ, ANY, "{}/eq/#/on=1 {}/eq/#/gain=24 {}/eq/#/type=1"),
    PAIR(EQ_BAND_FREQ, ANY, "{}/eq/#/on=1 {}/eq/#/gain=24", "20..1000"),
    EXTREMES(EQ_BAND_GAIN, ANY, "{}/eq/#/on=1"),
    EXTREMES(EQ_BAND_Q, ANY, "{}/eq/#/on=1 {}/eq/#/gain=12 {}/eq/#/freq=1300"),
    EXTREMES(ORDER, ANY,
             "{}/eq/1/on=1 {}/eq/1/gain=12 {}/comp/on=1 {}/comp/thr=-30 {}/comp/ratio=10"),
    EXTREMES(GATE_ON, ANY, "{}/gate/thr=0"),
    PAIR(GATE_ON, ANY, "{}/gate/thr=0 {}/gate/range=80 {}/gate/ratio=100", "0..1"),
    EXTREMES(GATE_THR, ANY, "{}/gate/on=1"),
    PAIR(GATE_THR, ANY, "{}/gate/on=1 {}/gate/range=80 {}/gate/ratio=100", "-80..0"),
    EXTREMES(GATE_RATIO, ANY, "{}/gate/on=1 {}/gate/thr=0"),
    EXTREMES(GATE_RANGE, ANY, "{}/gate/on=1 {}/gate/thr=0 {}/gate/ratio=100"),
    EXTREMES(GATE_KNEE, ANY, "{}/gate/on=1 {}/gate/thr=-8"),
    EXTREMES(GATE_KEY, ANY, "{}/gate/on=1 {}/gate/thr=-20 /mon/level=-40"),
    PAIR(GATE_KEY, ANY, "{}/gate/on=1 {}/gate/thr=-20 /ch/C/trim=-24", "none../ch/C"),
    PAIR(GATE_KEY, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/range=80 /ch/C/trim=-24",
         "/ch/C../ch/D"),
    EXTREMES(GATE_SC_ON, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/sc/hpf=5000"),
    PAIR(GATE_SC_ON, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/range=80 {}/gate/sc/hpf=5000",
         "0..1"),
    EXTREMES(GATE_SC_HPF, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/sc/on=1"),
    EXTREMES(GATE_SC_LPF, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/sc/on=1"),
    EXTREMES(COMP_ON, ANY, "{}/comp/thr=-30 {}/comp/ratio=10"),
    PAIR(COMP_ON, ANY, "{}/comp/thr=-60 {}/comp/ratio=100 {}/comp/makeup=24", "0..1"),
    EXTREMES(COMP_THR, ANY, "{}/comp/on=1 {}/comp/ratio=4"),
    PAIR(COMP_THR, ANY, "{}/comp/on=1 {}/comp/ratio=100 {}/comp/att=0.3", "-60..0"),
    EXTREMES(COMP_RATIO, ANY, "{}/comp/on=1"),
    EXTREMES(COMP_RANGE, ANY, "{}/comp/on=1 {}/comp/thr=-30 {}/comp/ratio=10"),
    EXTREMES(COMP_KNEE, ANY, "{}/comp/on=1 {}/comp/thr=-6 {}/comp/ratio=10"),
    EXTREMES(COMP_MAKEUP, ANY, "{}/comp/on=1"),
    EXTREMES(COMP_MIX, ANY, "{}/comp/on=1 {}/comp/thr=-30 {}/comp/ratio=10"),
    EXTREMES(COMP_KEY, ANY, "{}/comp/on=1 {}/comp/ratio=10 /mon/level=-40"),
    PAIR(COMP_KEY, ANY, "{}/comp/on=1 {}/comp/ratio=10 /ch/C/trim=-24", "none../ch/C"),
    PAIR(COMP_KEY, ANY, "{}/comp/on=1 {}/comp/ratio=10 /ch/C/trim=-24", "/ch/C../ch/D"),
    EXTREMES(COMP_SC_ON, ANY, "{}/comp/on=1 {}/comp/ratio=10 {}/comp/sc/hpf=5000"),
    EXTREMES(COMP_SC_HPF, ANY, "{}/comp/on=1 {}/comp/ratio=10 {}/comp/sc/on=1"),
    EXTREMES(COMP_SC_LPF, ANY, "{}/comp/on=1 {}/comp/ratio=10 {}/comp/sc/on=1"),
    EXTREMES(DEESS_ON, ANY, "{}/deess/freq=1000"),
    PAIR(DEESS_ON, ANY, "{}/deess/freq=1000 {}/deess/mode=1", "0..1"),
    EXTREMES(DEESS_MODE, ANY, "{}/deess/on=1 {}/deess/freq=1000"),
    EXTREMES(DEESS_FREQ, ANY, "{}/deess/on=1 {}/deess/thr=-40"),
    PAIR(DEESS_FREQ, ANY, "{}/deess/on=1 {}/deess/thr=-40 {}/deess/mode=1", "1000..16000"),
    EXTREMES(DEESS_THR, ANY, "{}/deess/on=1 {}/deess/freq=1000"),
    EXTREMES(DEESS_RATIO, ANY, "{}/deess/on=1 {}/deess/freq=1000"),
    EXTREMES(DEESS_RANGE, ANY, "{}/deess/on=1 {}/deess/freq=1000 {}/deess/thr=-50"),
    PAIR(DEESS_RANGE, ANY, "{}/deess/on=1 {}/deess/freq=1000 {}/deess/thr=-50 {}/deess/mode=1",
         "0..24"),
    EXTREMES(MB_ON, ANY, "{}/mb/2/on=1 {}/mb/mid=3000"),
    EXTREMES(MB_LOW, ANY, MB_2),
    EXTREMES(MB_MID, ANY, MB_2),
    EXTREMES(MB_HIGH, ANY, "{}/mb/on=1 {}/mb/4/gain=12"),
    EXTREMES(MB_BAND_ON, ANY, "{}/mb/on=1"),
    EXTREMES(MB_BAND_MODE, ANY, MB_BAND),
    EXTREMES(MB_BAND_THR, ANY, MB_BAND),
    PAIR(MB_BAND_THR, ANY, MB_BAND " {}/mb/#/mode=1", "-80..0"),
    EXTREMES(MB_BAND_RATIO, ANY, MB_BAND),
    EXTREMES(MB_BAND_RANGE, ANY, MB_BAND " {}/mb/#/ratio=10"),
    EXTREMES(MB_BAND_KNEE, ANY, MB_BAND " {}/mb/#/thr=-9 {}/mb/#/ratio=20"),
    EXTREMES(MB_BAND_GAIN, ANY, MB_BAND),
    EXTREMES(LIM_ON, ANY, "{}/lim/thr=-12"),
    PAIR(LIM_ON, ANY, "{}/lim/thr=-24", "0..1"),
    EXTREMES(LIM_THR, ANY, "{}/lim/on=1"),
    EXTREMES(LIM_MODE, ANY, "{}/lim/on=1 {}/lim/thr=-12"),
    EXTREMES(INSERT_ON, K_CH, "@/ch/D /ch/D/to/S=1 /ch/A/mute=1 /ch/B/mute=1"),
    EXTREMES(INSERT_ON, K_GRP, MONO_GRP),
    EXTREMES(SOLO, ANY, "{}/fader=-20 /solo/mode=1"),
    EXTREMES(SOLO, K_VCA, "/ch/A/fader=-20 /solo/mode=1"),
    EXTREMES(SOLOSAFE, ANY,
             "/solo/mode=2 /ch/C/solo=1 /ch/A/solosafe=1 /ch/B/solosafe=1 /grp/G/solosafe=1 "
             "/stem/S/solosafe=1 /stem/T/solosafe=1 /main/PM/mute=0"),
    EXTREMES(VCA, ANY, "/vca/V/fader=-20"),
    EXTREMES(MGRP, ANY, "/mgrp/M/on=1"),
    EXTREMES(SEND_LEVEL, ANY, "{}/send/Y/on=1"),
    EXTREMES(SEND_ON, ANY, "{}/send/Y/level=0"),
    EXTREMES(SEND_PRE, ANY, "{}/send/Y/on=1 {}/send/Y/level=0 {}/fader=-20"),
    EXTREMES(SEND_PAN, ANY, "{}/send/Y/on=1 {}/send/Y/level=0"),
    SAME(PAN_AED, ANY, "", "-180 and 180 degrees are one direction"),
    PAIR(PAN_AED, ANY, "", "-90..90"),
    PAIR(PAN_AED, ANY, "", "-30..90"),
    PAIR(PAN_AED, K_CH, "", "-180..0"),
    PAIR(PAN_AED, K_GRP, MONO_GRP, "-180..0"),
    PAIR(PAN_AED, K_AUX, MONO_AUX, "-180..0"),
    EXTREMES_OF(PAN_AED, 1, ANY, "{}/pan/aed=30"),
    EXTREMES_OF(PAN_AED, 1, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_AED, 1, K_AUX, MONO_AUX),
    PAIR_OF(PAN_AED, 1, ANY, "{}/pan/aed=30", "0..90"),
    EXTREMES_OF(PAN_AED, 2, ANY, "{}/pan/aed=30"),
    EXTREMES_OF(PAN_AED, WHOLE, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_AED, WHOLE, K_AUX, MONO_AUX),
    EXTREMES_OF(PAN_XYZ, 1, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_XYZ, 1, K_AUX, MONO_AUX),
    EXTREMES_OF(PAN_XYZ, 2, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_XYZ, 2, K_AUX, MONO_AUX),
    EXTREMES(PAN_WIDTH, K_CH, STEREO_CH),
    EXTREMES(PAN_SPREAD, K_GRP, MONO_GRP),
    EXTREMES(PAN_SPREAD, K_AUX, MONO_AUX),
    EXTREMES(PAN_DIV, K_GRP, MONO_GRP),
    EXTREMES(PAN_DIV, K_AUX, MONO_AUX),
    PAIR(DELAY, ANY, "", "0..99.7"),
    EXTREMES(FROM_ON, ANY, "/ch/B/mute=0"),
    EXTREMES(FROM_LEVEL, ANY, "/ch/B/mute=0"),
    EXTREMES(MON_MONO, ANY, "/ch/A/pan/aed=30"),
    SAME(MON_SOURCE, ANY, "", "the last strip is the monitor, which does not hear itself"),
    PAIR(MON_SOURCE, ANY, "/ch/B/mute=0", "none../main/PM"),
    PAIR(MON_SOURCE, ANY, "/stem/S/fader=-20 /ch/B/mute=0", "/main/PM../stem/S"),
    /* Every stage of a path at once. */
    PAIR(SOLO_MODE, ANY, "/ch/B/mute=0 /ch/A/solo=1", "0..2"),
    PAIR(MGRP_ON, ANY, "/ch/B/mute=0 " MEMBERS("mgrp/M"), "0..1"),
    PAIR(MUTE, K_VCA, "/ch/B/mute=0 " MEMBERS("vca/V"), "0..1"),
    PAIR(FADER, K_VCA, "/ch/B/mute=0 " MEMBERS("vca/V"), "-144..0"),
    EXTREMES(SPK_MUTE, ANY, TV),
    EXTREMES(SPK_SOLO, ANY, TV),
    EXTREMES(SPK_POLARITY, ANY, TV),
    EXTREMES(SPK_TRIM, ANY, TV),
    EXTREMES(SPK_DELAY, ANY, TV),
    PAIR(SPK_DELAY, ANY, TV, "0..99.7"),
    /* Silent rows: they need not be heard, but must not click where they are at work. */
    EXTREMES(GATE_ATT, ANY, AT_GATE),
    EXTREMES(GATE_HOLD, ANY, AT_GATE),
    EXTREMES(GATE_REL, ANY, AT_GATE),
    EXTREMES(COMP_ATT, ANY, AT_COMP),
    EXTREMES(COMP_HOLD, ANY, AT_COMP),
    EXTREMES(COMP_REL, ANY, AT_COMP),
    EXTREMES(COMP_AUTO, ANY, AT_COMP),
    EXTREMES(DEESS_ATT, ANY, AT_DEESS),
    EXTREMES(DEESS_REL, ANY, AT_DEESS),
    EXTREMES(MB_BAND_ATT, ANY, MB_BAND),
    EXTREMES(MB_BAND_REL, ANY, MB_BAND),
    EXTREMES(LIM_REL, ANY, "{}/lim/on=1 {}/lim/thr=-12"),
};
const unsigned click_line_count = sizeof click_lines / sizeof *click_lines;

const char *click_desk(enum row_id row) {
    if (row == ROW_MON_SET || rows[row].dim == DIM_SPK || rows[row].dim == DIM_SET)
        return DESK(SETS);
    return row == ROW_DELAY ? LONGEST_DELAY DESK("") : DESK("");
}

double click_hz(enum row_id row, bool extremes) {
    return row == ROW_SPK_DELAY && extremes ? 1002 : 1000;
}
