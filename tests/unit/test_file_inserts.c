/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound */
/* Returns of inserts out of files: where they are played, and which ones are missed, by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "daemon/sound/file_inserts.h"

#define RATE 48000

static char dir[200];

static const char text[] =
    "tape = { start = \"01:00:00:00\"; };\n"
    "channels = ( { id = \"A\"; insert = { on = true; }; }, { id = \"B\"; insert = true; } );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; insert = true; } );\n"
    "stems = ( { id = \"S\"; format = \"mono\"; } );\n";

static void write_file(const char *name, int legs, int64_t from, int64_t frames) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    SF_INFO info = {
        .samplerate = RATE, .channels = legs, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    const int64_t reference = 3600ll * RATE + from;
    SF_BROADCAST_INFO bext = {.version = 1, .time_reference_low = (uint32_t)reference};
    sf_command(file, SFC_SET_BROADCAST_INFO, &bext, sizeof bext);
    for (int64_t i = 0; i < frames; i++) {
        const float x[2] = {(float)(from + i), (float)-(from + i)};
        sf_writef_float(file, x, 1);
    }
    sf_close(file);
}

static int make_dir(void **state) {
    (void)state;
    const char *tmp = getenv("TEST_TMP");
    snprintf(dir, sizeof dir, "%.150s/inserts.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}
static int remove_dir(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static void test_inserts(void **state) {
    (void)state;
    struct desk *desk;
    struct desk_error why;
    char error[256];
    const float *in[4];
    assert_int_equal(desk_parse(text, "t.cfg", &desk, &why), 0);
    write_file("insert_ch_A.wav", 1, 1000, 5000);
    write_file("insert_grp_G.wav", 1, 1000, 5000); /* of another desk */
    struct file_inserts *inserts = file_inserts_open(desk, dir, 512);
    assert_non_null(inserts);
    assert_int_equal(file_inserts_legs(inserts), 4);
    file_inserts_read(inserts, 900, 512, in);
    assert_null(in[1]);
    for (int i = 0; i < 512; i++)
        assert_float_equal(in[0][i], i < 100 ? 0 : (float)(900 + i), 0);
    float *value = desk->value;
    const uint32_t b = layout_slot(&desk->layout, KIND_CH, 1, ROW_INSERT_ON, 0, 0),
                   g = layout_slot(&desk->layout, KIND_GRP, 0, ROW_INSERT_ON, 0, 0);
    assert_int_equal(file_inserts_check(inserts, value, 1000, 512, error), 0);
    assert_int_equal(file_inserts_check(inserts, value, 5488, 512, error), 0);
    assert_int_equal(file_inserts_check(inserts, value, 999, 512, error), -1);
    assert_non_null(strstr(error, "insert of ch A, on at 01:00:00:00"));
    assert_non_null(strstr(error, "holds 01:00:00:00 to 01:00:00:03 only"));
    assert_int_equal(file_inserts_check(inserts, value, 5489, 512, error), -1);
    value[b] = 0.01f; /* is being switched on */
    assert_int_equal(file_inserts_check(inserts, value, 2000, 512, error), -1);
    assert_non_null(
        strstr(error, "insert of ch B, on at 01:00:00:01: insert_ch_B.wav: no such file"));
    value[b] = 0;
    value[g] = 1;
    assert_int_equal(file_inserts_check(inserts, value, 2000, 512, error), -1);
    assert_non_null(strstr(error, "insert_grp_G.wav has 1 legs, not 2"));
    file_inserts_free(inserts);
    file_inserts_free(NULL);
    desk_free(desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inserts),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
