/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small desk for the tests of the config room: one of everything, two where order matters. */
#ifndef TESTS_UNIT_CONFIG_RIG_H
#define TESTS_UNIT_CONFIG_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/desk.h"

static const char rig_text[] =
    "title = \"Rig\"; max_delay_ms = 250.0; limiters = true;\n"
    "channels = ( { id = \"A\"; in = \"reel:A\"; insert = true; to = [\"DX\"]; },\n"
    "             { id = \"B\"; format = \"stereo\"; to = [\"G\"]; },\n"
    "             { id = \"C\"; format = \"5.1\"; } );\n"
    "groups = ( { id = \"G\"; format = \"5.1\"; to = [\"FX\"]; } );\n"
    "auxes = ( { id = \"R1\"; format = \"stereo\"; stem = \"FX\"; },\n"
    "          { id = \"R2\"; format = \"stereo\"; stem = \"FX\"; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; },\n"
    "          { id = \"FX\"; format = \"5.1\"; role = \"fx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; },\n"
    "          { id = \"ME\"; format = \"5.1\"; without = [\"DX\"]; } );\n"
    "monitor = { sets = ( { id = \"main\"; },\n"
    "  { id = \"near\"; name = \"Near-field\"; format = \"stereo\"; ref = 79; } ); };\n"
    "vcas = ( { id = \"V\"; members = [\"A\", \"B\"]; } );\n"
    "mute_groups = ( { id = \"M\"; members = [\"G\"]; } );\n";

static inline struct desk *rig_desk(void) {
    struct desk *desk;
    struct desk_error error;
    if (desk_parse(rig_text, "rig.cfg", &desk, &error) != 0)
        fail_msg("%s", error.text);
    return desk;
}

#endif
