/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/osc_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char osc_desk_text[] =
    "title = \"rules\";\nrate = 48000;\n"
    "tape = { fps = 25; start = \"01:00:00:00\"; };\n"
    "channels = (\n"
    "  { id = \"A\"; name = \"Dialogue A\"; to = [ \"DX\" ]; },\n"
    "  { id = \"B\"; format = \"stereo\"; to = [ \"MX\" ]; },\n"
    "  { id = \"C\"; to = [ \"DX\" ]; }, { id = \"D\"; to = [ \"DX\" ]; },\n"
    "  { id = \"E\"; to = [ \"DX\" ]; } );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [ \"DX\" ]; } );\n"
    "auxes = ( { id = \"REV\"; format = \"stereo\"; stem = \"DX\"; },\n"
    "          { id = \"REV2\"; format = \"stereo\"; stem = \"DX\"; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; },\n"
    "          { id = \"MX\"; format = \"stereo\"; role = \"mx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; },\n"
    "          { id = \"ME\"; format = \"5.1\"; without = [ \"DX\" ]; } );\n"
    "vcas = ( { id = \"V\"; members = [ \"A\", \"B\" ]; } );\n"
    "mute_groups = ( { id = \"M\"; members = [ \"C\" ]; } );\n";

void settle(struct talk *t) {
    static int number;
    char line[32], answer[32];
    snprintf(line, sizeof line, "/sync ,i %d", ++number);
    snprintf(answer, sizeof answer, "/synced ,ih %d *", number);
    ask(t, line, answer);
}

void refuses(struct talk *t, const char *line, const char *code) {
    char answer[300], address[256];
    snprintf(address, sizeof address, "%.*s", (int)strcspn(line, " "), line);
    snprintf(answer, sizeof answer, "/error ,sss %s %s *", code, address);
    ask(t, line, answer);
}

float value_of(struct talk *t, const char *get) {
    char answer[200];
    snprintf(answer, sizeof answer, "%.*s *", (int)strcspn(get, " "), get);
    talk_forget(t);
    say(t, get);
    return strtof(strrchr(hear(t, answer), ' '), NULL);
}
