/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Desk files: what a good one gives. Mistakes: test_desk_errors.c. */
#include "tests/unit/config_rig.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/timecode.h"

/* The least of a desk. */
#define BASE                                                           \
    "channels = ( { id = \"A\"; to = [\"DX\"]; } );\n"                 \
    "groups = ( { id = \"G\"; format = \"5.1\"; to = [\"DX\"]; } );\n" \
    "auxes = ( { id = \"R\"; format = \"5.1\"; stem = \"DX\"; } );\n"  \
    "stems = ( { id = \"DX\"; format = \"5.1\"; } );\n"
static float value(const struct desk *d, enum kind kind, uint32_t index, enum row_id row,
                   uint32_t dim, uint32_t comp) {
    const uint32_t slot = layout_slot(&d->layout, kind, index, row, dim, comp);
    assert_int_not_equal(slot, SLOT_NONE);
    return d->value[slot];
}
#define assert_value(x, expected) assert_true(fabsf((x) - (float)(expected)) < 1e-5f)

static struct desk *parse(const char *text, const char *name) {
    struct desk *d;
    struct desk_error error;
    if (desk_parse(text, name, &d, &error) != 0)
        fail_msg("%s", error.text);
    return d;
}

static void globals(void **state) {
    (void)state;
    struct desk *d = parse("title = \"T\"; rate = 96000; period = 128; max_delay_ms = 20;\n"
                           "tape = { fps = \"29.97df\"; start = \"01:00:00;00\"; reel = \"r\"; "
                           "record = \"/tmp/x\"; bits = 32; };\n" BASE,
                           "/home/me/show.cfg");
    assert_string_equal(d->title, "T");
    assert_int_equal(d->rate_hz, 96000);
    assert_int_equal(d->period_frames, 128);
    assert_value(d->max_delay_ms, 20);
    assert_int_equal(d->fps, FPS_2997_DF);
    assert_int_equal(d->start_frames, 345599655); /* 107892 x 3203.2 samples, rounded up */
    assert_string_equal(d->reel_dir, "/home/me/r");
    assert_string_equal(d->record_dir, "/tmp/x");
    assert_int_equal(d->sample_bits, 32);
    desk_free(d);
    d = parse(BASE, "show.cfg");
    assert_int_equal(d->rate_hz, 48000);
    assert_string_equal(d->reel_dir, "");
    assert_string_equal(d->record_dir, "takes");
    assert_int_equal(d->listeners, 1);
    assert_string_equal(d->listener[0].host, "127.0.0.1");
    assert_int_equal(d->listener[0].port, 9700);
    assert_true(d->listener[0].udp && d->listener[0].tcp);
    assert_int_equal(d->clients, 2);
    assert_int_equal(d->client[0].role, CLIENT_ADMIN);
    assert_int_equal(d->layout.count[KIND_MON], 1); /* there is always one */
    assert_int_equal(d->object[d->first[KIND_MON]].format, FORMAT_STEREO);
    desk_free(d);
}

static void values(void **state) {
    (void)state;
    struct desk *d = parse(
        "channels = ( { id = \"A\"; name = \"Anna\"; in = \"reel:A\"; to = [\"G\", \"DX\"]; fader "
        "= -3;\n"
        " hpf = { freq = 90; slope = 24; }; lpf = { freq = 9000.0; on = false; };\n"
        " eq = { bands = ( { type = \"notch\"; freq = 50; q = 10.0; }, {}, { gain = 3; } ); };\n"
        " pan = { value = -50; width = 0.5; }; send = { R2 = { level = \"-inf\"; pre = true; }; "
        "};\n"
        " vca = [\"V\"]; mgrp = { M = true; }; mute = true; polarity = 1; },\n"
        " { id = \"B\"; format = 7.1; pan = { aed = ( -110, 0, 0.5 ); };\n"
        "   send = ( { id = \"R1\"; level = -6; on = false; }, \"R2\" ); } );\n"
        "groups = ( { id = \"G\"; format = \"lcr\"; to = { DX = true; }; record = true; } );\n"
        "auxes = ( { id = \"R1\"; format = \"stereo\"; stem = \"DX\"; send = [\"R2\"]; },\n"
        "          { id = \"R2\"; format = \"stereo\"; stem = \"DX\"; to = [\"FX\"]; } );\n"
        "stems = ( { id = \"DX\"; role = \"dx\"; format = \"5.1\"; },\n"
        "          { id = \"FX\"; role = \"fx\"; format = \"5.1\"; record = false;\n"
        "            connect = \"system:playback_*\"; } );\n"
        "mains = ( { id = \"PM\"; format = \"5.1\"; }, { id = \"ME\"; format = \"5.1\";\n"
        "  print_master = true; from = { FX = { level = -3; }; }; },\n"
        "  { id = \"X\"; format = \"mono\"; without = [\"DX\"]; } );\n"
        "vcas = ( { id = \"V\"; fader = -2; members = [\"B\", \"/stem/DX\"]; } );\n"
        "mute_groups = ( { id = \"M\"; on = true; } );\n"
        "monitor = { ref = 82; dim = true; }; solo = { mode = \"pfl\"; };\n",
        "t");
    assert_value(value(d, KIND_CH, 0, ROW_FADER, 0, 0), -3);
    assert_value(value(d, KIND_CH, 0, ROW_HPF_ON, 0, 0), 1); /* what is written is on */
    assert_value(value(d, KIND_CH, 0, ROW_HPF_SLOPE, 0, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_LPF_ON, 0, 0), 0); /* unless it says otherwise */
    assert_value(value(d, KIND_CH, 0, ROW_LPF_FREQ, 0, 0), 9000);
    assert_value(value(d, KIND_CH, 0, ROW_EQ_BAND_TYPE, 0, 0), 3);
    assert_value(value(d, KIND_CH, 0, ROW_EQ_BAND_ON, 0, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_EQ_BAND_ON, 1, 0), 0);
    assert_value(value(d, KIND_CH, 0, ROW_EQ_BAND_ON, 2, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_EQ_BAND_GAIN, 2, 0), 3);
    assert_value(value(d, KIND_CH, 0, ROW_PAN_AED, 0, 0), 15);
    assert_value(value(d, KIND_CH, 0, ROW_PAN_WIDTH, 0, 0), 0.5);
    assert_value(value(d, KIND_CH, 0, ROW_TO, 0, 0), 1); /* the group */
    assert_value(value(d, KIND_CH, 0, ROW_TO, 1, 0), 1); /* the first stem */
    assert_value(value(d, KIND_CH, 0, ROW_TO, 2, 0), 0);
    assert_value(value(d, KIND_CH, 0, ROW_SEND_ON, 1, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_SEND_PRE, 1, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_SEND_LEVEL, 1, 0), SILENCE_DB);
    assert_value(value(d, KIND_CH, 0, ROW_VCA, 0, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_MGRP, 0, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_MUTE, 0, 0), 1);
    assert_value(value(d, KIND_CH, 0, ROW_POLARITY, 0, 0), 1);
    assert_value(value(d, KIND_CH, 1, ROW_PAN_AED, 0, 0), -110);
    assert_value(value(d, KIND_CH, 1, ROW_PAN_AED, 0, 2), 0.5);
    assert_value(value(d, KIND_CH, 1, ROW_SEND_ON, 0, 0), 0);
    assert_value(value(d, KIND_CH, 1, ROW_SEND_LEVEL, 0, 0), -6);
    assert_value(value(d, KIND_CH, 1, ROW_SEND_ON, 1, 0), 1);
    assert_value(value(d, KIND_CH, 1, ROW_VCA, 0, 0), 1);
    assert_value(value(d, KIND_STEM, 0, ROW_VCA, 0, 0), 1);
    assert_value(value(d, KIND_AUX, 0, ROW_TO, 1, 0), 1); /* its stem */
    assert_value(value(d, KIND_AUX, 0, ROW_SEND_ON, 1, 0), 1);
    assert_value(value(d, KIND_AUX, 1, ROW_TO, 1, 0), 0); /* `to` says otherwise */
    assert_value(value(d, KIND_AUX, 1, ROW_TO, 2, 0), 1);
    assert_value(value(d, KIND_MAIN, 0, ROW_FROM_ON, 0, 0), 1); /* neither from nor without: all */
    assert_value(value(d, KIND_MAIN, 0, ROW_FROM_ON, 1, 0), 1);
    assert_value(value(d, KIND_MAIN, 1, ROW_FROM_ON, 0, 0), 0);
    assert_value(value(d, KIND_MAIN, 1, ROW_FROM_ON, 1, 0), 1);
    assert_value(value(d, KIND_MAIN, 1, ROW_FROM_LEVEL, 1, 0), -3);
    assert_value(value(d, KIND_MAIN, 2, ROW_FROM_ON, 0, 0), 0);
    assert_value(value(d, KIND_MAIN, 2, ROW_FROM_ON, 1, 0), 1);
    assert_value(value(d, KIND_VCA, 0, ROW_FADER, 0, 0), -2);
    assert_value(value(d, KIND_MGRP, 0, ROW_MGRP_ON, 0, 0), 1);
    assert_value(value(d, KIND_MON, 0, ROW_SET_REF, 0, 0), 82);
    assert_value(value(d, KIND_SOLO, 0, ROW_SOLO_MODE, 0, 0), 1);
    /* the monitor hears the print master */
    assert_value(value(d, KIND_MON, 0, ROW_MON_SOURCE, 0, 0),
                 (float)(desk_strip_number(d, "/main/ME") + 1));
    const struct desk_object *fx = desk_find(d, KIND_STEM, "FX");
    assert_int_equal(fx->role, ROLE_FX);
    assert_string_equal(role_name(fx->role), "fx");
    assert_false(fx->record);
    assert_true(desk_find(d, KIND_GRP, "G")->record);
    assert_true(desk_find(d, KIND_MAIN, "PM")->record);
    assert_string_equal(fx->connect, "system:playback_*");
    assert_int_equal(desk_find(d, KIND_AUX, "R1")->aux_stem, 0);
    assert_int_equal(desk_find(d, KIND_CH, "B")->format, FORMAT_7_1);
    assert_int_equal(d->object[d->first[KIND_MON]].format, FORMAT_5_1);
    assert_string_equal(d->text[layout_text(&d->layout, KIND_CH, 0, ROW_NAME)], "Anna");
    assert_string_equal(d->text[layout_text(&d->layout, KIND_CH, 1, ROW_NAME)], "B");
    assert_string_equal(d->text[layout_text(&d->layout, KIND_CH, 0, ROW_IN)], "reel:A");
    assert_string_equal(d->text[layout_text(&d->layout, KIND_CH, 1, ROW_FORMAT)], "7.1");
    desk_free(d);
}

static void osc(void **state) {
    (void)state;
    struct desk *d =
        parse(BASE "osc = { listen = ( { host = \"0.0.0.0\"; port = 9001; tcp = false; },\n"
                   "  { host = \"::1\"; port = 9001; } );\n"
                   " clients = ( { host = \"10.0.0.0/8\"; role = \"mix\"; token = \"t\"; } );\n"
                   " surfaces = ( { host = \"10.0.0.2\"; port = 9000; sub = \"/ch/*\"; } ); };",
              "t");
    assert_int_equal(d->listeners, 2);
    assert_false(d->listener[0].tcp);
    assert_string_equal(d->listener[1].host, "::1");
    assert_int_equal(d->clients, 1);
    assert_int_equal(d->client[0].role, CLIENT_MIX);
    assert_string_equal(d->client[0].token, "t");
    assert_int_equal(d->surfaces, 1);
    assert_string_equal(d->surface[0].sub, "/ch/*");
    assert_string_equal(d->surface[0].name, "surface 1");
    desk_free(d);
}

static void finding(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    assert_ptr_equal(desk_find(d, KIND_CH, "3"), desk_find(d, KIND_CH, "C"));
    assert_ptr_equal(desk_find(d, KIND_CH, "003"), desk_find(d, KIND_CH, "C"));
    assert_null(desk_find(d, KIND_CH, "4"));
    assert_null(desk_find(d, KIND_CH, "0"));
    assert_null(desk_find(d, KIND_CH, "c"));
    assert_null(desk_find(d, KIND_CH, ""));
    assert_null(desk_find(d, KIND_CH, "4294967297"));
    assert_null(desk_find(d, KIND_COUNT, "1"));
    assert_int_equal(desk_strip_number(d, "/ch/A"), 0);
    assert_int_equal(desk_strip_number(d, "/grp/1"), 3);
    assert_int_equal(desk_strip_number(d, "/main"), d->first[KIND_MAIN]);
    assert_int_equal(desk_strip_number(d, "/mon"), d->first[KIND_MON]);
    static const char *const none[] = {
        "",      "/",           "ch/A",   "/ch",    "/ch/",
        "/ch/D", "/ch/A/fader", "/vca/V", "/mon/1", "/verylongkind/1"};
    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(desk_strip_number(d, none[i]), -1);
    assert_int_equal(desk_dim_index(d, DIM_DEST, "G"), 0);
    assert_int_equal(desk_dim_index(d, DIM_DEST, "DX"), 1);
    assert_int_equal(desk_dim_index(d, DIM_DEST, "3"), 2);
    assert_int_equal(desk_dim_index(d, DIM_DEST, "4"), -1);
    assert_int_equal(desk_dim_index(d, DIM_BAND, "6"), 5);
    assert_int_equal(desk_dim_index(d, DIM_BAND, "7"), -1);
    assert_int_equal(desk_dim_index(d, DIM_NONE, "1"), -1);
    enum kind kind;
    uint32_t index;
    desk_dest(d, 0, &kind, &index);
    assert_true(kind == KIND_GRP && index == 0);
    desk_dest(d, 2, &kind, &index);
    assert_true(kind == KIND_STEM && index == 1);
    desk_free(d);
}

static void ports(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    struct desk_port p[64];
    const uint32_t n = desk_ports(d, p, 64);
    assert_int_equal(n, 9 + 12 + 12 + 6 + 2 + 2);
    assert_string_equal(p[0].name, "ch A 1");
    assert_string_equal(p[0].pretty, "A");
    assert_string_equal(p[2].name, "ch B 2");
    assert_string_equal(p[2].pretty, "B R");
    assert_string_equal(p[9].name, "insert ch A 1 return");
    assert_string_equal(p[13].name, "stem DX LFE");
    assert_string_equal(p[24].name, "main PM C");
    assert_string_equal(p[34].name, "mon L");
    assert_string_equal(p[34].pretty, "main L");
    assert_string_equal(p[40].name, "mon near L");
    assert_string_equal(p[41].pretty, "Near-field R");
    assert_int_equal(p[41].speaker, 7);
    assert_true(p[9].input && !p[10].input);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++)
            assert_string_not_equal(p[i].name, p[k].name);
    struct desk_port few[2];
    assert_int_equal(desk_ports(d, few, 2), n);
    desk_free(d);
}

/* Returns behind the channels' inputs, sends behind the monitor's outputs, channels before groups.
 */
static void inserts(void **state) {
    (void)state;
    struct desk_error error;
    struct desk *d;
    static const char text[] =
        "channels = ( { id = \"A\"; }, { id = \"B\"; format = \"stereo\"; insert = true; },\n"
        "  { id = \"C\"; insert = false; } );\n"
        "groups = ( { id = \"G\"; format = \"mono\"; insert = { on = true; connect_send = "
        "\"x:in_*\"; connect_return = \"x:out_*\"; }; } );\n"
        "stems = ( { id = \"DX\"; format = \"mono\"; } );\n"
        "monitor = { format = \"mono\"; };\n";
    assert_int_equal(desk_parse(text, "t", &d, &error), 0);
    static const char *const names[] = {"ch A 1",
                                        "ch B 1",
                                        "ch B 2",
                                        "ch C 1",
                                        "insert ch B L return",
                                        "insert ch B R return",
                                        "insert grp G 1 return",
                                        "stem DX 1",
                                        "mon 1",
                                        "insert ch B L send",
                                        "insert ch B R send",
                                        "insert grp G 1 send"};
    struct desk_port p[16];
    assert_int_equal(desk_ports(d, p, 16), 12);
    for (uint32_t i = 0; i < 12; i++) {
        assert_string_equal(p[i].name, names[i]);
        assert_int_equal(p[i].input, i < 7);
        assert_int_equal(p[i].use, strstr(names[i], "send")     ? PORT_SEND
                                   : strstr(names[i], "return") ? PORT_RETURN
                                                                : PORT_STRIP);
    }
    assert_string_equal(p[10].pretty, "B R send");
    assert_string_equal(desk_find(d, KIND_GRP, "G")->insert_send, "x:in_*");
    assert_string_equal(desk_find(d, KIND_GRP, "G")->insert_return, "x:out_*");
    const struct place off = {KIND_CH, 1, ROW_INSERT_ON, 0, 0},
                       none = {KIND_CH, 2, ROW_INSERT_ON, 0, 0};
    assert_float_equal(d->value[layout_slot(&d->layout, KIND_GRP, 0, ROW_INSERT_ON, 0, 0)], 1, 0);
    assert_float_equal(d->value[layout_slot(&d->layout, KIND_CH, 1, ROW_INSERT_ON, 0, 0)], 0, 0);
    assert_true(desk_has_place(d, &off) && !desk_has_place(d, &none));
    desk_free(d);
}

static void collect(void *ctx, const char *text) {
    strcat(ctx, text);
    strcat(ctx, "\n");
}

/* Sets of loudspeakers: those of the file, and the one that there is without. */
static void loudspeakers(void **state) {
    (void)state;
    struct desk *d = parse(
        BASE
        "monitor = { format = \"5.1\"; ref = 82; set = \"near\"; connect = \"\";\n"
        " spk = ( { id = \"near.R\"; mute = true; }, { id = \"Rs\"; delay = 3; } );\n"
        " sets = ( { id = \"main\"; connect = \"system:playback_*\";\n"
        "   speakers = { Ls = { trim = -3; delay = 7.5; };\n"
        "     LFE = { trim = 10; polarity = true; connect = \"sub:in\"; }; }; },\n"
        "  { id = \"near\"; name = \"On the meter bridge\"; format = \"stereo\"; ref = 79; },\n"
        "  { id = \"tv\"; format = \"mono\"; speakers = ( { leg = \"1\"; trim = -6; } ); } ); };",
        "t");
    assert_int_equal(d->sets, 3);
    assert_int_equal(d->speakers, 6 + 2 + 1);
    assert_string_equal(d->set[1].id, "near");
    assert_string_equal(d->set[1].name, "On the meter bridge");
    assert_string_equal(d->set[2].name, "tv");
    assert_int_equal(d->set[0].format, FORMAT_5_1);
    assert_int_equal(d->set[2].format, FORMAT_MONO);
    assert_string_equal(d->set[0].connect, "system:playback_*");
    assert_string_equal(d->speaker[3].connect, "sub:in");
    assert_int_equal(d->speaker[7].set, 1);
    assert_int_equal(d->speaker[7].leg, 1);
    const float ref[3] = {82, 79, 82}; /* the monitor's, where a set has none of its own */
    for (uint32_t i = 0; i < 3; i++)
        assert_value(value(d, KIND_MON, 0, ROW_SET_REF, i, 0), ref[i]);
    assert_value(value(d, KIND_MON, 0, ROW_MON_SET, 0, 0), 1);
    assert_value(value(d, KIND_MON, 0, ROW_SPK_TRIM, 4, 0), -3);
    assert_value(value(d, KIND_MON, 0, ROW_SPK_DELAY, 4, 0), 7.5);
    assert_value(value(d, KIND_MON, 0, ROW_SPK_DELAY, 5, 0), 3);
    assert_value(value(d, KIND_MON, 0, ROW_SPK_TRIM, 3, 0), 10);
    assert_value(value(d, KIND_MON, 0, ROW_SPK_POLARITY, 3, 0), 1);
    assert_value(value(d, KIND_MON, 0, ROW_SPK_MUTE, 7, 0), 1);
    assert_value(value(d, KIND_MON, 0, ROW_SPK_TRIM, 8, 0), -6);
    static const struct {
        const char *name;
        int index;
    } names[] = {{"L", 0},      {"main.L", 0}, {"near.L", 6},  {"tv.1", 8},   {"9", 8},
                 {"10", -1},    {"0", -1},     {"near.C", -1}, {"far.L", -1}, {"l", -1},
                 {"near.", -1}, {".L", -1},    {"", -1}};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(desk_dim_index(d, DIM_SPK, names[i].name), names[i].index);
    assert_int_equal(desk_dim_index(d, DIM_SET, "tv"), 2);
    assert_int_equal(desk_dim_index(d, DIM_SET, "3"), 2);
    assert_int_equal(desk_dim_index(d, DIM_SET, "4"), -1);
    desk_free(d);

    d = parse(BASE "monitor = { ref = 73; connect = \"system:playback_*\"; };", "t");
    assert_int_equal(d->sets, 1);
    assert_string_equal(d->set[0].id, "main");
    assert_int_equal(d->set[0].format, d->object[d->first[KIND_MON]].format);
    assert_string_equal(d->set[0].connect, "system:playback_*");
    assert_value(value(d, KIND_MON, 0, ROW_SET_REF, 0, 0), 73);
    desk_free(d);
    /* no set in the monitor's format: legal, and odd */
    char told[2000] = "";
    d = parse(BASE
              "monitor = {\nformat = \"5.1\"; sets = ( { id = \"a\"; format = \"lcr\"; } ); };",
              "t");
    desk_check(d, "t", collect, told);
    assert_non_null(strstr(told, "t:5: no loudspeaker set has the format of the monitor (5.1)"));
    desk_free(d);
}

static void warnings(void **state) {
    (void)state;
    char told[2000] = "";
    struct desk *d =
        parse("channels = ( { id = \"A\"; }, \n{ id = \"B\"; in = \"reel:B\"; to = [\"DX\"]; } );\n"
              "groups = ( { id = \"G\"; format = 5.1; insert = { on = true; }; } );\n"
              "stems = ( { id = \"DX\"; format = 5.1; }, { id = \"FX\"; format = 5.1; } );\n"
              "mains = ( { id = \"PM\"; format = 5.1; from = [\"FX\"]; } );\n"
              "vcas = ( { id = \"V\"; } );\n",
              "w.cfg");
    assert_int_equal(desk_check(d, "w.cfg", collect, told), 10);
    assert_int_equal(desk_check(d, "w.cfg", NULL, NULL), 10);
    assert_non_null(strstr(told, "w.cfg:1: channel \"A\" has no input"));
    assert_non_null(strstr(told, "w.cfg:3: the insert of grp \"G\" is on, but nothing comes back"));
    assert_non_null(strstr(told, "w.cfg:1: channel \"A\" feeds no group or stem"));
    assert_non_null(strstr(told, "w.cfg:2: channel \"B\" plays from the reel, but"));
    assert_non_null(strstr(told, "w.cfg:4: no main sums stem \"DX\""));
    assert_non_null(strstr(told, "w.cfg:4: nothing feeds stem \"FX\""));
    assert_non_null(strstr(told, "w.cfg:5: no main is the print master"));
    assert_non_null(strstr(told, "w.cfg:6: VCA \"V\" has no members"));
    desk_free(d);
}

/* The shipped examples stand and nothing about them is odd. */
static void examples(void **state) {
    (void)state;
    unsigned found = 0;
    DIR *dir = opendir("config/examples");
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char path[300], told[4000] = "";
        const char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".cfg") != 0)
            continue;
        snprintf(path, sizeof path, "config/examples/%s", e->d_name);
        struct desk *d;
        struct desk_error error;
        char *bytes = NULL;
        if (desk_load(path, &d, &bytes, &error) != 0)
            fail_msg("%s", error.text);
        if (desk_check(d, path, collect, told) != 0)
            fail_msg("%s", told);
        assert_non_null(bytes);
        free(bytes);
        desk_free(d);
        found++;
    }
    closedir(dir);
    assert_int_equal(found, 3);
}

/* What an example of the document leaves out. */
static const struct {
    const char *key, *text;
} rest[] = {
    {"tape", "tape = { reel = \"reel\"; };\n"},
    {"channels", "channels = ( { id = \"DX_A\"; to = [\"DX\"]; } );\n"},
    {"groups", "groups = ( { id = \"DXG\"; format = \"5.1\"; to = [\"DX\"]; } );\n"},
    {"stems", "stems = ( { id = \"DX\"; format = \"5.1\"; }, { id = \"MX\"; format = \"5.1\"; },\n"
              "    { id = \"FX\"; format = \"5.1\"; } );\n"},
    {"mains", "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; } );\n"},
};

/* Whether a line of the text begins with the key. */
static bool has_key(const char *text, const char *key) {
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ' ')
            return true;
    return false;
}

/* The examples of the document stand, with what they leave out. */
static void document(void **state) {
    (void)state;
    static char text[100000], block[8000];
    FILE *f = fopen("config/DESKFILE.md", "re");
    assert_non_null(f);
    const size_t len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    assert_true(len < sizeof text - 1);
    unsigned found = 0;
    for (char *at = text, *end; (at = strstr(at, "\n```\n")); at = end + 4) {
        at += 5;
        end = strstr(at, "\n```");
        assert_non_null(end);
        snprintf(block, sizeof block, "%.*s\n", (int)(end - at), at);
        bool desk = has_key(block, "monitor") || has_key(block, "osc");
        for (unsigned i = 0; i < sizeof rest / sizeof *rest; i++)
            desk |= has_key(block, rest[i].key);
        if (!desk)
            continue;
        for (unsigned i = 0; i < sizeof rest / sizeof *rest; i++)
            if (!has_key(block, rest[i].key))
                strcat(block, rest[i].text);
        struct desk_error error;
        struct desk *d;
        if (desk_parse(block, "DESKFILE.md", &d, &error) != 0)
            fail_msg("%s\n%s", error.text, block);
        desk_free(d);
        found++;
    }
    assert_int_equal(found, 9);
}

/* PM and ME of the film desk: without FILL, and without DX. */
static void film(void **state) {
    (void)state;
    struct desk *d;
    struct desk_error error;
    if (desk_load("config/examples/film-5.1.cfg", &d, NULL, &error) != 0)
        fail_msg("%s", error.text);
    assert_string_equal(d->reel_dir, "config/examples/reel");
    const struct desk_object *pm = desk_find(d, KIND_MAIN, "PM"),
                             *me = desk_find(d, KIND_MAIN, "ME");
    assert_true(pm->print_master);
    for (uint32_t i = 0; i < d->layout.count[KIND_STEM]; i++) {
        const char *id = d->object[d->first[KIND_STEM] + i].id;
        assert_value(value(d, KIND_MAIN, pm->index, ROW_FROM_ON, i, 0), strcmp(id, "FILL") != 0);
        assert_value(value(d, KIND_MAIN, me->index, ROW_FROM_ON, i, 0), strcmp(id, "DX") != 0);
    }
    desk_free(d);
}

static void files(void **state) {
    (void)state;
    struct desk *d;
    struct desk_error error;
    assert_int_equal(desk_load("/nowhere.cfg", &d, NULL, &error), -1);
    assert_non_null(strstr(error.text, "/nowhere.cfg: cannot read it: No such file"));
    assert_int_equal(desk_load("/tmp", &d, NULL, &error), -1);
    assert_non_null(strstr(error.text, "cannot read it"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globals),      cmocka_unit_test(values),   cmocka_unit_test(osc),
        cmocka_unit_test(finding),      cmocka_unit_test(ports),    cmocka_unit_test(inserts),
        cmocka_unit_test(loudspeakers), cmocka_unit_test(warnings), cmocka_unit_test(examples),
        cmocka_unit_test(film),         cmocka_unit_test(files),    cmocka_unit_test(document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
