/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Scenes and the desk state: there and back, what is skipped, and files that appear whole. */
#include "tests/unit/config_rig.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config/address.h"
#include "config/scene.h"
#include "config/value.h"

struct rig {
    struct desk *desk;
    float *value;
    char (*text)[TEXT_BYTES];
    struct scene_result result;
    char folder[64], path[128], told[4096];
};

static void tell(void *ctx, const char *message) {
    struct rig *rig = ctx;
    const size_t len = strlen(rig->told);
    snprintf(rig->told + len, sizeof rig->told - len, "%s\n", message);
}

static void restore(struct rig *rig) {
    const struct layout *l = &rig->desk->layout;
    memcpy(rig->value, rig->desk->value, l->slots * sizeof *rig->value);
    memcpy(rig->text, rig->desk->text, l->texts * sizeof *rig->text);
    rig->told[0] = '\0';
}

static int setup(void **state) {
    struct rig *rig = calloc(1, sizeof *rig);
    rig->desk = rig_desk();
    const struct layout *l = &rig->desk->layout;
    rig->value = calloc(l->slots, sizeof *rig->value);
    rig->text = calloc(l->texts, sizeof *rig->text);
    rig->result.slot = calloc(l->slots, sizeof(uint32_t));
    rig->result.text_slot = calloc(l->texts, sizeof(uint32_t));
    strcpy(rig->folder, "/tmp/dubdesk-scene-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof rig->path, "%s/1.scene", rig->folder);
    restore(rig);
    *state = rig;
    return 0;
}

static int teardown(void **state) {
    struct rig *rig = *state;
    unlink(rig->path);
    assert_int_equal(rmdir(rig->folder), 0); /* no temporary file was left either */
    desk_free(rig->desk);
    free(rig->value);
    free(rig->text);
    free(rig->result.slot);
    free(rig->result.text_slot);
    free(rig);
    return 0;
}

/* Move everything that a file of this kind holds away from its default. */
static void scramble(struct rig *rig, enum scene_kind kind) {
    const struct desk *d = rig->desk;
    for (uint32_t slot = 0; slot < d->layout.slots; slot++) {
        struct place p;
        float min, def, max;
        layout_place(&d->layout, slot, &p);
        if (!scene_holds(kind, p.row) || !desk_has_place(d, &p))
            continue;
        value_range(d, p.row, p.comp, &min, &def, &max);
        const float now = d->value[slot];
        rig->value[slot] = now < max ? max : min;
        if (rows[p.row].type == TYPE_FLOAT) /* something with many digits */
            rig->value[slot] = min + (max - min) * (0.1f + 0.8f * (float)(slot % 97) / 97);
    }
    for (uint32_t t = 0; t < d->layout.texts; t++) {
        struct place p;
        layout_text_place(&d->layout, t, &p);
        if (scene_holds(kind, p.row))
            snprintf(rig->text[t], TEXT_BYTES, "Zuspiel \"%u\" \\ für Rolle 3", t);
    }
}

static void there_and_back(void **state) {
    struct rig *rig = *state;
    const struct layout *l = &rig->desk->layout;
    float *value = calloc(l->slots, sizeof *value);
    char(*text)[TEXT_BYTES] = calloc(l->texts, sizeof *text);
    char why[300];
    for (int kind = SCENE_SCENE; kind <= SCENE_STATE; kind++) {
        struct scene_head head, found;
        restore(rig);
        scramble(rig, (enum scene_kind)kind);
        memcpy(value, rig->value, l->slots * sizeof *value);
        memcpy(text, rig->text, l->texts * sizeof *text);
        scene_head_init(&head, (enum scene_kind)kind, rig->desk, "Kitchen \"2\"");
        assert_int_equal(
            scene_save(rig->path, &head, rig->desk, rig->value, rig->text, why, sizeof why), 0);
        restore(rig);
        assert_int_equal(scene_load(rig->path, rig->desk, rig->value, rig->text, &rig->result, tell,
                                    rig, why, sizeof why),
                         0);
        assert_string_equal(rig->told, "");
        assert_memory_equal(rig->value, value, l->slots * sizeof *value);
        assert_memory_equal(rig->text, text, l->texts * sizeof *text);
        assert_int_equal(rig->result.head.kind, kind);
        assert_string_equal(rig->result.head.title, "Rig");
        assert_int_equal(scene_load_head(rig->path, &found, why, sizeof why), 0);
        assert_string_equal(found.saved, head.saved);
        assert_string_equal(found.name, kind == SCENE_SCENE ? "Kitchen \"2\"" : "");
        /* the list names what moved, once each, and nothing else */
        uint32_t moved = 0;
        for (uint32_t slot = 0; slot < l->slots; slot++)
            moved += rig->value[slot] < rig->desk->value[slot] ||
                     rig->value[slot] > rig->desk->value[slot];
        assert_int_equal(rig->result.slots, moved);
        for (uint32_t i = 0; i < moved; i++)
            assert_true(rig->value[rig->result.slot[i]] < rig->desk->value[rig->result.slot[i]] ||
                        rig->value[rig->result.slot[i]] > rig->desk->value[rig->result.slot[i]]);
        /* and a second reading changes nothing */
        assert_int_equal(scene_load(rig->path, rig->desk, rig->value, rig->text, &rig->result, tell,
                                    rig, why, sizeof why),
                         0);
        assert_int_equal(rig->result.slots + rig->result.texts, 0);
    }
    free(value);
    free(text);
}

/* A scene holds all its rows, the state only what is not as the desk file has it. */
static void what_is_written(void **state) {
    struct rig *rig = *state;
    char buf[400], *whole = NULL;
    size_t size = 0;
    struct scene_head head;
    scene_head_init(&head, SCENE_STATE, rig->desk, NULL);
    head.saved[0] = '\0';
    const uint32_t fader = layout_slot(&rig->desk->layout, KIND_CH, 0, ROW_FADER, 0, 0);
    const uint32_t aed = layout_slot(&rig->desk->layout, KIND_CH, 1, ROW_PAN_AED, 0, 0);
    rig->value[fader] = SILENCE_DB;
    rig->value[aed] = 12.5f;
    FILE *stream = fmemopen(buf, sizeof buf, "w");
    assert_int_equal(scene_write(stream, &head, rig->desk, rig->value, rig->text), 0);
    fclose(stream);
    assert_string_equal(buf, "dubdesk state 1\ntitle \"Rig\"\n/ch/A/fader -inf\n"
                             "/ch/B/pan/aed 12.5 0 1\n");
    head.kind = SCENE_SCENE;
    stream = open_memstream(&whole, &size);
    assert_int_equal(scene_write(stream, &head, rig->desk, rig->value, rig->text), 0);
    fclose(stream);
    assert_non_null(strstr(whole, "\n/ch/C/eq/6/type bell\n"));
    assert_non_null(strstr(whole, "\n/ch/A/name \"A\"\n"));
    assert_null(strstr(whole, "/mon/")); /* a scene does not turn the monitor up */
    assert_null(strstr(whole, "/muted"));
    assert_null(strstr(whole, "/grp/G/to/G"));
    free(whole);
}

static void bad_lines_are_skipped(void **state) {
    struct rig *rig = *state;
    static const char source[] = "dubdesk scene 1\n"        /* 1 */
                                 "name \"x\"\n"             /* 2 */
                                 "future \"thing\"\n"       /* 3 */
                                 "/ch/A/fader -6\n"         /* 4 */
                                 "/ch/ZZ/fader -6\n"        /* 5 */
                                 "/ch/A/fader\n"            /* 6 */
                                 "/ch/A/fader 99\n"         /* 7 */
                                 "/ch/A/fader nan\n"        /* 8 */
                                 "/ch/A/fader -6 -6\n"      /* 9 */
                                 "/ch/A/fader/norm 0.5\n"   /* 10 */
                                 "/ch/A/eq/1/type bel\n"    /* 11 */
                                 "/ch/A/pan 20\n"           /* 12 */
                                 "/ch/A/muted 1\n"          /* 13 */
                                 "/mon/level 0\n"           /* 14 */
                                 "/ch/A/name Anna\n"        /* 15 */
                                 "/ch/A/name \"An\\qna\"\n" /* 16 */
                                 "/ch/A/name \"An\tna\"\n"  /* 17 */
                                 "# a comment\n\n"          /* 18, 19 */
                                 "nonsense\n"               /* 20 */
                                 "/ch/A/pan/aed 1 2\n"      /* 21 */
                                 "/ch/A/name \"Anna\"\n"    /* 22 */
                                 "/ch/B/mute 1";            /* 23, no end of line */
    char why[300];
    assert_int_equal(scene_parse(source, "s", rig->desk, rig->value, rig->text, &rig->result, tell,
                                 rig, why, sizeof why),
                     0);
    assert_int_equal(rig->result.lines, 3);
    assert_int_equal(rig->result.skipped, 15);
    assert_int_equal(rig->result.slots, 2);
    assert_int_equal(rig->result.texts, 1);
    static const int bad[] = {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21};
    const char *at = rig->told;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "s:%d: ", bad[i]);
        if (strncmp(at, expected, strlen(expected)) != 0)
            fail_msg("expected %s, found %.100s", expected, at);
        at = strchr(at, '\n') + 1;
    }
}

static void no_scenes(void **state) {
    struct rig *rig = *state;
    static const char *const bad[] = {"", "\n", "dubdesk scene 2\n/ch/A/fader -6\n",
                                      "/ch/A/fader -6", "RIFF"};
    char why[300];
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(scene_parse(bad[i], "s", rig->desk, rig->value, rig->text, &rig->result,
                                     tell, rig, why, sizeof why),
                         -1);
        assert_non_null(strstr(why, "no scene"));
    }
    assert_memory_equal(rig->value, rig->desk->value, rig->desk->layout.slots * sizeof *rig->value);
    errno = 0;
    assert_int_equal(scene_load(rig->path, rig->desk, rig->value, rig->text, &rig->result, tell,
                                rig, why, sizeof why),
                     -1);
    assert_int_equal(errno, ENOENT);
}

/* A disk that fills up leaves the old file as it was, and no rubbish. */
static void a_full_disk(void **state) {
    struct rig *rig = *state;
    struct scene_head head;
    char why[300];
    scene_head_init(&head, SCENE_SCENE, rig->desk, "one");
    assert_int_equal(
        scene_save(rig->path, &head, rig->desk, rig->value, rig->text, why, sizeof why), 0);
    struct rlimit old, small = {1000, RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    scene_head_init(&head, SCENE_SCENE, rig->desk, "two");
    const int status =
        scene_save(rig->path, &head, rig->desk, rig->value, rig->text, why, sizeof why);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, -1);
    assert_non_null(strstr(why, "cannot write"));
    assert_int_equal(scene_load_head(rig->path, &head, why, sizeof why), 0);
    assert_string_equal(head.name, "one");
    assert_int_equal(
        scene_save("/nowhere/at/all", &head, rig->desk, rig->value, rig->text, why, sizeof why),
        -1);
}

static void quotes(void **state) {
    (void)state;
    char quoted[32], text[32];
    assert_int_equal(scene_quote("a\"b\\c\nd", quoted, sizeof quoted), 12);
    assert_string_equal(quoted, "\"a\\\"b\\\\c\\nd\"");
    assert_true(scene_unquote(quoted, text, sizeof text));
    assert_string_equal(text, "a\"b\\c\nd");
    assert_int_equal(scene_quote("abc", quoted, 5), -1);
    assert_int_equal(scene_quote("abc", quoted, 6), 5);
    assert_true(scene_unquote("\"abc\"", text, 4));
    assert_false(scene_unquote("\"abc\"", text, 3));
    assert_false(scene_unquote("\"abc", text, sizeof text));
    assert_false(scene_unquote("\"abc\" ", text, sizeof text));
    assert_false(scene_unquote("\"abc\\", text, sizeof text));
    assert_false(scene_unquote("abc", text, sizeof text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_lines_are_skipped, setup, teardown),
        cmocka_unit_test_setup_teardown(no_scenes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk, setup, teardown),
        cmocka_unit_test(quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
