/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/format.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LEG(id_, name_, az_, el_, lfe_, g_) \
    [LEG_##id_] = {                         \
        .name = (name_), .az_deg = (az_), .el_deg = (el_), .lfe = (lfe_), .bs1770_lin = (g_)}

const struct leg_info leg_table[LEG_COUNT] = {
    LEG(1, "1", 0, 0, false, 1.0f),        LEG(L, "L", 30, 0, false, 1.0f),
    LEG(R, "R", -30, 0, false, 1.0f),      LEG(C, "C", 0, 0, false, 1.0f),
    LEG(LFE, "LFE", 0, 0, true, 0.0f),     LEG(S, "S", 180, 0, false, 1.0f),
    LEG(LS, "Ls", 110, 0, false, 1.41f),   LEG(RS, "Rs", -110, 0, false, 1.41f),
    LEG(LSS, "Lss", 90, 0, false, 1.41f),  LEG(RSS, "Rss", -90, 0, false, 1.41f),
    LEG(LRS, "Lrs", 135, 0, false, 1.0f),  LEG(RRS, "Rrs", -135, 0, false, 1.0f),
    LEG(LTM, "Ltm", 90, 45, false, 1.0f),  LEG(RTM, "Rtm", -90, 45, false, 1.0f),
    LEG(LTF, "Ltf", 45, 45, false, 1.0f),  LEG(RTF, "Rtf", -45, 45, false, 1.0f),
    LEG(LTR, "Ltr", 135, 45, false, 1.0f), LEG(RTR, "Rtr", -135, 45, false, 1.0f),
};

/* ear[] and top[] name positions in leg[], not legs; a test checks them against the angles. */
const struct format_info format_table[FORMAT_COUNT] = {
    [FORMAT_MONO] = {"mono", 1, {LEG_1}, {0}, 1, {0}, 0, {0}, 0x4},
    [FORMAT_STEREO] = {"stereo", 2, {LEG_L, LEG_R}, {0, 1}, 2, {0, 1}, 0, {0}, 0x3},
    [FORMAT_LCR] = {"lcr", 3, {LEG_L, LEG_R, LEG_C}, {0, 2, 1}, 3, {2, 0, 1}, 0, {0}, 0x7},
    [FORMAT_LCRS] =
        {"lcrs", 4, {LEG_L, LEG_R, LEG_C, LEG_S}, {0, 2, 1, 3}, 4, {2, 0, 3, 1}, 0, {0}, 0x107},
    [FORMAT_QUAD] =
        {"quad", 4, {LEG_L, LEG_R, LEG_LS, LEG_RS}, {0, 1, 2, 3}, 4, {0, 2, 3, 1}, 0, {0}, 0x33},
    [FORMAT_5_0] = {"5.0",
                    5,
                    {LEG_L, LEG_R, LEG_C, LEG_LS, LEG_RS},
                    {0, 2, 1, 3, 4},
                    5,
                    {2, 0, 3, 4, 1},
                    0,
                    {0},
                    0x37},
    [FORMAT_5_1] = {"5.1",
                    6,
                    {LEG_L, LEG_R, LEG_C, LEG_LFE, LEG_LS, LEG_RS},
                    {0, 2, 1, 4, 5, 3},
                    5,
                    {2, 0, 4, 5, 1},
                    0,
                    {0},
                    0x3F},
    [FORMAT_7_0] = {"7.0",
                    7,
                    {LEG_L, LEG_R, LEG_C, LEG_LSS, LEG_RSS, LEG_LRS, LEG_RRS},
                    {0, 2, 1, 3, 4, 5, 6},
                    7,
                    {2, 0, 3, 5, 6, 4, 1},
                    0,
                    {0},
                    0x637},
    [FORMAT_7_1] = {"7.1",
                    8,
                    {LEG_L, LEG_R, LEG_C, LEG_LFE, LEG_LSS, LEG_RSS, LEG_LRS, LEG_RRS},
                    {0, 2, 1, 4, 5, 6, 7, 3},
                    7,
                    {2, 0, 4, 6, 7, 5, 1},
                    0,
                    {0},
                    0x63F},
    [FORMAT_7_1_2] = {"7.1.2",
                      10,
                      {LEG_L, LEG_R, LEG_C, LEG_LFE, LEG_LSS, LEG_RSS, LEG_LRS, LEG_RRS, LEG_LTM,
                       LEG_RTM},
                      {0, 2, 1, 4, 5, 6, 7, 3, 8, 9},
                      7,
                      {2, 0, 4, 6, 7, 5, 1},
                      2,
                      {8, 9},
                      0x563F},
    [FORMAT_7_1_4] = {"7.1.4",
                      12,
                      {LEG_L, LEG_R, LEG_C, LEG_LFE, LEG_LSS, LEG_RSS, LEG_LRS, LEG_RRS, LEG_LTF,
                       LEG_RTF, LEG_LTR, LEG_RTR},
                      {0, 2, 1, 4, 5, 6, 7, 3, 8, 9, 10, 11},
                      7,
                      {2, 0, 4, 6, 7, 5, 1},
                      4,
                      {8, 10, 11, 9},
                      0x2D63F},
};

#define MINUS_3_DB 0.70710678f

const float format_fold_default_lin[FOLD_COUNT] = {
    [FOLD_UNITY] = 1.0f,         [FOLD_CENTRE] = MINUS_3_DB, [FOLD_SURROUND] = MINUS_3_DB,
    [FOLD_MONO] = MINUS_3_DB,    [FOLD_MONO_SUR] = 0.5f,     [FOLD_SIDE] = 1.0f,
    [FOLD_REAR] = 1.0f,          [FOLD_TOP] = MINUS_3_DB,    [FOLD_TOP_PAIR] = MINUS_3_DB,
    [FOLD_SPLIT_2] = MINUS_3_DB, [FOLD_SPLIT_4] = 0.5f,
};

/** One way to replace a leg: up to four legs, all of which the bus must have, each at the product
 *  of two coefficients. The first way of a leg that fits is taken. */
struct fold_way {
    uint8_t from;
    uint8_t count;
    uint8_t to[4];
    uint8_t coef, coef2;
};

/* Every leg ends in ways into L, R or 1, one of which every bus has. */
static const struct fold_way fold_ways[] = {
    /* from, count, into, coefficients */
    {LEG_1, 1, {LEG_C}, FOLD_UNITY, FOLD_UNITY},
    {LEG_1, 2, {LEG_L, LEG_R}, FOLD_CENTRE, FOLD_UNITY},
    {LEG_C, 2, {LEG_L, LEG_R}, FOLD_CENTRE, FOLD_UNITY},
    {LEG_C, 1, {LEG_1}, FOLD_UNITY, FOLD_UNITY},
    {LEG_L, 1, {LEG_1}, FOLD_MONO, FOLD_UNITY},
    {LEG_R, 1, {LEG_1}, FOLD_MONO, FOLD_UNITY},

    {LEG_S, 2, {LEG_LS, LEG_RS}, FOLD_SPLIT_2, FOLD_UNITY},
    {LEG_S, 4, {LEG_LSS, LEG_RSS, LEG_LRS, LEG_RRS}, FOLD_SPLIT_4, FOLD_UNITY},
    {LEG_S, 2, {LEG_L, LEG_R}, FOLD_SURROUND, FOLD_SPLIT_2},
    {LEG_S, 1, {LEG_1}, FOLD_MONO_SUR, FOLD_UNITY},

    {LEG_LS, 1, {LEG_LSS}, FOLD_UNITY, FOLD_UNITY},
    {LEG_LS, 1, {LEG_S}, FOLD_SURROUND, FOLD_UNITY},
    {LEG_LS, 1, {LEG_L}, FOLD_SURROUND, FOLD_UNITY},
    {LEG_LS, 1, {LEG_1}, FOLD_MONO_SUR, FOLD_UNITY},
    {LEG_RS, 1, {LEG_RSS}, FOLD_UNITY, FOLD_UNITY},
    {LEG_RS, 1, {LEG_S}, FOLD_SURROUND, FOLD_UNITY},
    {LEG_RS, 1, {LEG_R}, FOLD_SURROUND, FOLD_UNITY},
    {LEG_RS, 1, {LEG_1}, FOLD_MONO_SUR, FOLD_UNITY},

    {LEG_LSS, 1, {LEG_LS}, FOLD_SIDE, FOLD_UNITY},
    {LEG_LSS, 1, {LEG_S}, FOLD_SIDE, FOLD_SURROUND},
    {LEG_LSS, 1, {LEG_L}, FOLD_SIDE, FOLD_SURROUND},
    {LEG_LSS, 1, {LEG_1}, FOLD_SIDE, FOLD_MONO_SUR},
    {LEG_RSS, 1, {LEG_RS}, FOLD_SIDE, FOLD_UNITY},
    {LEG_RSS, 1, {LEG_S}, FOLD_SIDE, FOLD_SURROUND},
    {LEG_RSS, 1, {LEG_R}, FOLD_SIDE, FOLD_SURROUND},
    {LEG_RSS, 1, {LEG_1}, FOLD_SIDE, FOLD_MONO_SUR},
    {LEG_LRS, 1, {LEG_LS}, FOLD_REAR, FOLD_UNITY},
    {LEG_LRS, 1, {LEG_S}, FOLD_REAR, FOLD_SURROUND},
    {LEG_LRS, 1, {LEG_L}, FOLD_REAR, FOLD_SURROUND},
    {LEG_LRS, 1, {LEG_1}, FOLD_REAR, FOLD_MONO_SUR},
    {LEG_RRS, 1, {LEG_RS}, FOLD_REAR, FOLD_UNITY},
    {LEG_RRS, 1, {LEG_S}, FOLD_REAR, FOLD_SURROUND},
    {LEG_RRS, 1, {LEG_R}, FOLD_REAR, FOLD_SURROUND},
    {LEG_RRS, 1, {LEG_1}, FOLD_REAR, FOLD_MONO_SUR},

    {LEG_LTM, 2, {LEG_LTF, LEG_LTR}, FOLD_SPLIT_2, FOLD_UNITY},
    {LEG_LTM, 1, {LEG_LSS}, FOLD_TOP, FOLD_UNITY},
    {LEG_LTM, 1, {LEG_LS}, FOLD_TOP, FOLD_UNITY},
    {LEG_LTM, 1, {LEG_S}, FOLD_TOP, FOLD_SURROUND},
    {LEG_LTM, 1, {LEG_L}, FOLD_TOP, FOLD_SURROUND},
    {LEG_LTM, 1, {LEG_1}, FOLD_TOP, FOLD_MONO_SUR},
    {LEG_RTM, 2, {LEG_RTF, LEG_RTR}, FOLD_SPLIT_2, FOLD_UNITY},
    {LEG_RTM, 1, {LEG_RSS}, FOLD_TOP, FOLD_UNITY},
    {LEG_RTM, 1, {LEG_RS}, FOLD_TOP, FOLD_UNITY},
    {LEG_RTM, 1, {LEG_S}, FOLD_TOP, FOLD_SURROUND},
    {LEG_RTM, 1, {LEG_R}, FOLD_TOP, FOLD_SURROUND},
    {LEG_RTM, 1, {LEG_1}, FOLD_TOP, FOLD_MONO_SUR},

    {LEG_LTF, 1, {LEG_LTM}, FOLD_TOP_PAIR, FOLD_UNITY},
    {LEG_LTF, 1, {LEG_L}, FOLD_TOP, FOLD_UNITY},
    {LEG_LTF, 1, {LEG_1}, FOLD_TOP, FOLD_MONO},
    {LEG_RTF, 1, {LEG_RTM}, FOLD_TOP_PAIR, FOLD_UNITY},
    {LEG_RTF, 1, {LEG_R}, FOLD_TOP, FOLD_UNITY},
    {LEG_RTF, 1, {LEG_1}, FOLD_TOP, FOLD_MONO},
    {LEG_LTR, 1, {LEG_LTM}, FOLD_TOP_PAIR, FOLD_UNITY},
    {LEG_LTR, 1, {LEG_LRS}, FOLD_TOP, FOLD_UNITY},
    {LEG_LTR, 1, {LEG_LS}, FOLD_TOP, FOLD_UNITY},
    {LEG_LTR, 1, {LEG_S}, FOLD_TOP, FOLD_SURROUND},
    {LEG_LTR, 1, {LEG_L}, FOLD_TOP, FOLD_SURROUND},
    {LEG_LTR, 1, {LEG_1}, FOLD_TOP, FOLD_MONO_SUR},
    {LEG_RTR, 1, {LEG_RTM}, FOLD_TOP_PAIR, FOLD_UNITY},
    {LEG_RTR, 1, {LEG_RRS}, FOLD_TOP, FOLD_UNITY},
    {LEG_RTR, 1, {LEG_RS}, FOLD_TOP, FOLD_UNITY},
    {LEG_RTR, 1, {LEG_S}, FOLD_TOP, FOLD_SURROUND},
    {LEG_RTR, 1, {LEG_R}, FOLD_TOP, FOLD_SURROUND},
    {LEG_RTR, 1, {LEG_1}, FOLD_TOP, FOLD_MONO_SUR},
};
#define FOLD_WAYS (sizeof fold_ways / sizeof fold_ways[0])

enum format format_by_name(const char *name) {
    for (unsigned f = 0; f < FORMAT_COUNT; f++)
        if (strcasecmp(name, format_table[f].name) == 0)
            return (enum format)f;
    return FORMAT_COUNT;
}

const char *format_name(enum format format) {
    return (unsigned)format < FORMAT_COUNT ? format_table[format].name : "?";
}

enum leg leg_by_name(const char *name) {
    for (unsigned l = 0; l < LEG_COUNT; l++)
        if (strcasecmp(name, leg_table[l].name) == 0)
            return (enum leg)l;
    return LEG_COUNT;
}

int format_leg_index(enum format format, enum leg leg) {
    const struct format_info *info = &format_table[format];
    for (int i = 0; i < info->legs; i++)
        if (info->leg[i] == leg)
            return i;
    return -1;
}

int format_leg_by_name(enum format format, const char *name) {
    /* A number first: "1" is also the name of mono's leg, which is its number as well. */
    unsigned n = 0;
    const char *p = name;
    for (; *p >= '0' && *p <= '9' && n <= MAX_LEGS; p++)
        n = n * 10 + (unsigned)(*p - '0');
    if (p > name && *p == '\0')
        return n >= 1 && n <= format_table[format].legs ? (int)n - 1 : -1;
    const enum leg leg = leg_by_name(name);
    return leg == LEG_COUNT ? -1 : format_leg_index(format, leg);
}

int format_lfe_index(enum format format) {
    return format_leg_index(format, LEG_LFE);
}

/** Add the gains of one leg that the bus does not have to its row. */
static void fold_leg(enum format to, enum leg leg, const float coef[FOLD_COUNT],
                     float row[MAX_LEGS]) RT {
    for (size_t w = 0; w < FOLD_WAYS; w++) {
        const struct fold_way *way = &fold_ways[w];
        int index[4];
        if (way->from != leg)
            continue;
        unsigned found = 0;
        while (found < way->count &&
               (index[found] = format_leg_index(to, (enum leg)way->to[found])) >= 0)
            found++;
        if (found < way->count)
            continue;
        for (unsigned k = 0; k < found; k++)
            row[index[k]] = coef[way->coef] * coef[way->coef2];
        return;
    }
}

void format_fold(enum format from, enum format to, const float coef[FOLD_COUNT],
                 float m[MAX_LEGS][MAX_LEGS]) {
    if (!coef)
        coef = format_fold_default_lin;
    memset(m, 0, sizeof(float[MAX_LEGS][MAX_LEGS]));
    for (unsigned i = 0; i < format_table[from].legs; i++) {
        const enum leg leg = (enum leg)format_table[from].leg[i];
        const int same = format_leg_index(to, leg);
        if (same >= 0)
            m[i][same] = 1.0f;
        else if (!leg_table[leg].lfe)
            fold_leg(to, leg, coef, m[i]);
    }
}
