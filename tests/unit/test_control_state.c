/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: control link osc config */
/* What outlives a control: scenes and state on disk, values in the mapping, requests to sound. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "both.h"
#include "config_rig.h"

static int setup(void **state) {
    *state = both_new(rig_text, true);
    return 0;
}

static int teardown(void **state) {
    both_free(*state);
    return 0;
}

static bool state_file(struct both *b, const char *line) {
    char path[256], text[256];
    bool found = false;
    snprintf(path, sizeof path, "%s/state.scene", b->state_dir);
    FILE *f = fopen(path, "r");
    while (f && fgets(text, sizeof text, f))
        found |= strcmp(text, line) == 0;
    if (f)
        fclose(f);
    return found;
}

static void scenes(void **state) {
    struct both *b = *state;
    both_say(b, "/ch/A/fader", "f", -11.0);
    both_say(b, "/ch/A/mute", "i", 1);
    both_say(b, "/mon/level", "f", -7.0); /* the room's, not the scene's */
    both_say(b, "/ch/B/name", "s", "Storm");
    both_run(b, 60);
    both_heard(b);
    both_say(b, "/scene/2/store", "i", 1);
    assert_string_equal(both_heard(b), "/scene/2/store 1\n");
    both_say(b, "/scene/2/name", "s", "Harbour");
    assert_string_equal(both_ask(b, "/scene/2/name"), "/scene/2/name Harbour");
    both_say(b, "/ch/A/fader", "f", 0.0);
    both_say(b, "/ch/A/mute", "i", 0);
    both_say(b, "/ch/C/fader", "f", -1.0);
    both_say(b, "/mon/level", "f", -9.0);
    both_say(b, "/ch/B/name", "s", "Calm");
    both_run(b, 60);
    const uint32_t groups = b->groups, singles = b->singles;
    assert_int_equal(both_say(b, "/scene/Harbour/recall", "i", 1), 0);
    both_run(b, 60);
    assert_int_equal(b->groups, groups + 1);   /* one frame */
    assert_int_equal(b->singles, singles + 3); /* and only what differs */
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -11");
    assert_string_equal(both_ask(b, "/ch/A/mute"), "/ch/A/mute 1");
    assert_string_equal(both_ask(b, "/ch/C/fader"), "/ch/C/fader 0");
    assert_string_equal(both_ask(b, "/mon/level"), "/mon/level -9");
    assert_string_equal(both_ask(b, "/ch/B/name"), "/ch/B/name Storm");
    assert_string_equal(both_ask(b, "/scene/current"), "/scene/current 2 Harbour");
    assert_string_equal(both_ask(b, "/scene/2/recall"), "/scene/2/recall 1");
    assert_string_equal(both_ask(b, "/scene/3/recall"), "/scene/3/recall 0");
    both_heard(b);
    both_say(b, "/scene/list", "");
    assert_string_equal(both_heard(b), "/scene/list 1\n/scene/list 2 Harbour\n");
    both_say(b, "/scene/3/recall", "i", 1);
    assert_non_null(strstr(both_heard(b), "/error no-such-object /scene/3/recall"));
    both_say(b, "/scene/2000/store", "i", 1);
    assert_non_null(strstr(both_heard(b), "/error no-such-object /scene/2000/store"));
}

static void scenes_glide(void **state) {
    struct both *b = *state;
    float there = 0;
    both_say(b, "/ch/A/fader", "f", -20.0);
    both_run(b, 60);
    both_say(b, "/scene/1/store", "i", 1);
    both_say(b, "/ch/A/fader", "f", 0.0);
    both_say(b, "/ch/A/mute", "i", 1);
    both_run(b, 60);
    both_say(b, "/scene/1/recall/glide", "f", 1.0);
    both_run(b, 94);
    sscanf(both_ask(b, "/ch/A/fader"), "/ch/A/fader %f", &there);
    assert_true(there < -8 && there > -12);
    assert_string_equal(both_ask(b, "/ch/A/mute"), "/ch/A/mute 0"); /* switches at once */
    both_run(b, 110);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -20");
    both_heard(b);
    both_say(b, "/scene/1/recall/glide", "f", -1.0);
    assert_non_null(strstr(both_heard(b), "/error out-of-range /scene/1/recall/glide"));
}

static void scene_at_its_time(void **state) {
    struct both *b = *state;
    static struct both_bundle bundle;
    both_say(b, "/ch/A/fader", "f", -20.0);
    both_run(b, 60);
    both_say(b, "/scene/1/store", "i", 1);
    both_say(b, "/ch/A/fader", "f", 0.0);
    both_locate(b, 0, true);
    both_run(b, 1);
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/at", "h", (int64_t)24000);
    both_bundle_add(&bundle, "/scene/1/recall", "i", 1);
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    both_run(b, 80);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader 0");
    both_run(b, 20);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -20");
}

static void state_comes_back(void **state) {
    struct both *b = *state;
    both_say(b, "/ch/A/fader", "f", -11.0);
    both_say(b, "/ch/B/name", "s", "Storm");
    both_run(b, 60);
    assert_string_equal(both_ask(b, "/desk/save"), "/desk/save 0");
    both_heard(b);
    both_say(b, "/desk/save", "i", 1);
    assert_string_equal(both_heard(b), "/desk/save 1\n");
    assert_true(state_file(b, "/ch/A/fader -11\n"));
    both_say(b, "/ch/A/fader", "f", -12.0);
    both_say(b, "/desk/load", "i", 1);
    both_run(b, 60);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -11");
    /* a fresh mapping: the state comes from disk */
    struct link old = b->sound;
    char error[512];
    both_stop(b);
    link_close(&old);
    assert_int_equal(link_create(&b->sound, b->desk, rig_text, "rig.cfg", 64, 2, error), 0);
    both_start(b);
    both_run(b, 60);
    assert_float_equal(both_plane(b, "/ch/A/fader"), -11, 0);
    assert_string_equal(both_ask(b, "/ch/B/name"), "/ch/B/name Storm");
    assert_string_equal(both_ask(b, "/desk/save"), "/desk/save 1");
}

/* Without a JACK server sound has no clock and takes nothing; the state must outlive that. */
static void state_waits_for_sound(void **state) {
    struct both *b = *state;
    char error[512];
    both_say(b, "/ch/A/fader", "f", -11.0);
    both_run(b, 60);
    both_stop(b);
    link_close(&b->sound);
    assert_int_equal(link_create(&b->sound, b->desk, rig_text, "rig.cfg", 64, 2, error), 0);
    both_start(b);
    for (int i = 0; i < 120; i++) {
        control_poll(b->control, 0);
        usleep(10000); /* time enough to save */
    }
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -11");
    assert_true(state_file(b, "/ch/A/fader -11\n"));
    both_stop(b);
    assert_true(state_file(b, "/ch/A/fader -11\n"));
    both_start(b);
    both_run(b, 60);
    assert_float_equal(both_plane(b, "/ch/A/fader"), -11, 0);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -11");
}

static void saved_when_sound_leaves(void **state) {
    struct both *b = *state;
    both_say(b, "/ch/A/fader", "f", -13.0);
    both_run(b, 2);
    const struct link_notice notice = {.op = NOTICE_LEAVING};
    ring_put(&b->sound.notice, &notice, 1);
    ring_commit(&b->sound.notice);
    assert_int_equal(control_poll(b->control, 0), CONTROL_LEAVING);
    assert_int_equal(atomic_load(&b->sound.head->leaving_ack), 1);
    assert_true(state_file(b, "/ch/A/fader -13\n"));
}

/* A reload makes a new mapping: clients and values come along. */
static void a_reload_keeps_clients(void **state) {
    struct both *b = *state;
    char error[512];
    both_say_from(b, 7001, "/hello", "sss", "fader box", "surface", "");
    both_say_from(b, 7001, "/sub", "si", "/ch/A/fader", 0);
    both_say(b, "/ch/A/fader", "f", -5.0);
    both_run(b, 60);
    const struct link_notice notice = {.op = NOTICE_LEAVING};
    ring_put(&b->sound.notice, &notice, 1);
    ring_commit(&b->sound.notice);
    assert_int_equal(control_poll(b->control, 0), CONTROL_LEAVING);
    both_stop(b);
    link_close(&b->sound);
    assert_int_equal(link_create(&b->sound, b->desk, rig_text, "rig.cfg", 64, 2, error), 0);
    both_start(b);
    both_heard(b);
    for (int i = 0; i < 60; i++) {
        both_run(b, 1);
        usleep(2000);
    }
    const char *heard = both_heard(b);
    assert_non_null(strstr(heard, "/seq 0\n"));
    assert_non_null(strstr(heard, "/ch/A/fader -5\n"));
}

static void saved_a_second_after_the_last_kill(void **state) {
    struct both *b = *state;
    both_say(b, "/ch/A/fader", "f", -14.0);
    both_run(b, 2);
    both_restart(b, true); /* nothing was saved: the successor knows, and saves */
    for (int i = 0; i < 130; i++) {
        both_run(b, 1);
        usleep(10000);
    }
    assert_true(state_file(b, "/ch/A/fader -14\n"));
}

static void a_restart_keeps_values(void **state) {
    struct both *b = *state;
    float there = 0;
    both_say(b, "/ch/A/fader", "f", -14.0);
    both_say(b, "/ch/B/fader/glide", "ff", -40.0, 2.0);
    both_say(b, "/ch/C/name", "s", "Sea");
    both_run(b, 94);
    both_say(b, "/ch/C/fader", "f", -3.0); /* in the ring when control dies */
    both_restart(b, true);
    both_run(b, 3);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -14");
    assert_string_equal(both_ask(b, "/ch/C/fader"), "/ch/C/fader -3");
    assert_string_equal(both_ask(b, "/ch/C/name"), "/ch/C/name Sea");
    sscanf(both_ask(b, "/ch/B/fader"), "/ch/B/fader %f", &there);
    assert_true(there < -8 && there > -13); /* the glide goes on, and is told as it goes */
    both_run(b, 300);
    assert_string_equal(both_ask(b, "/ch/B/fader"), "/ch/B/fader -40");
}

static struct link_request taken(struct both *b) {
    struct link_request request = {0};
    assert_true(ring_avail(&b->sound.request) >= 1);
    ring_peek(&b->sound.request, 0, &request, 1);
    ring_drop(&b->sound.request, 1);
    return request;
}

static void requests_to_sound(void **state) {
    struct both *b = *state;
    while (ring_avail(&b->sound.request))
        taken(b);
    both_say(b, "/transport/locate", "s", "00:00:10:00");
    struct link_request request = taken(b);
    assert_int_equal(request.op, REQUEST_LOCATE);
    assert_int_equal(request.arg[0], 480000 - b->desk->start_frames);
    both_say(b, "/rec", "i", 1);
    assert_int_equal(taken(b).op, REQUEST_RECORD);
    assert_string_equal(both_ask(b, "/rec"), "/rec 1");
    both_say(b, "/desk/quit", "i", 0); /* a release does nothing */
    assert_int_equal(ring_avail(&b->sound.request), 0);
    both_say(b, "/desk/reload", "i", 2);
    request = taken(b);
    assert_int_equal(request.op, REQUEST_RELOAD);
    assert_int_equal(request.arg[0], 1);
    /* sound refuses a new input: the one who asked hears it, and the old text is back */
    both_say(b, "/ch/A/in", "s", "system:capture_1");
    request = taken(b);
    assert_int_equal(request.op, REQUEST_INPUT);
    assert_string_equal(request.text, "system:capture_1");
    struct link_notice notice = {.op = NOTICE_REPLY, .seq = request.seq, .arg = {1, 0}};
    snprintf(notice.text, sizeof notice.text, "no such port");
    ring_put(&b->sound.notice, &notice, 1);
    ring_commit(&b->sound.notice);
    both_heard(b);
    control_poll(b->control, 0);
    assert_string_equal(both_heard(b), "/error not-now /ch/A/in no such port\n");
    assert_string_equal(both_ask(b, "/ch/A/in"), "/ch/A/in reel:A");
}

static void no_in_place_solo_while_recording(void **state) {
    struct both *b = *state;
    atomic_store(&b->sound.head->status.tape_state, TAPE_RECORDING);
    both_heard(b);
    both_say(b, "/solo/mode", "s", "sip");
    assert_non_null(strstr(both_heard(b), "/error not-now /solo/mode"));
    assert_string_equal(both_ask(b, "/transport/state"), "/transport/state recording");
    both_say(b, "/solo/mode", "s", "pfl");
    assert_string_equal(both_ask(b, "/solo/mode"), "/solo/mode pfl");
    atomic_store(&b->sound.head->status.tape_state, TAPE_STOPPED);
    both_say(b, "/solo/mode", "s", "sip");
    assert_string_equal(both_ask(b, "/solo/mode"), "/solo/mode sip");
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(scenes),
                                       T(scenes_glide),
                                       T(scene_at_its_time),
                                       T(state_comes_back),
                                       T(state_waits_for_sound),
                                       T(saved_when_sound_leaves),
                                       T(a_reload_keeps_clients),
                                       T(saved_a_second_after_the_last_kill),
                                       T(a_restart_keeps_values),
                                       T(requests_to_sound),
                                       T(no_in_place_solo_while_recording)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
