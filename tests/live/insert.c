/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: soundjack */
/* timeout: 200 */
/* Another program in the inserts of a running desk: a pass through it, recorded in freewheel, is
 * what the renderer makes of the returns that were recorded beside it, at several periods; and what
 * JACK is told of the time that it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jack/jack.h>
#include <sndfile.h>

#include "tests/lib/live_desk.h"

#define RATE 48000
#define PASS (4 * RATE)
#define PLUGS 4 /* A 1, B L and R, G 1 */

static char dir[300];

/* A (mono) and B (stereo) feed the group G, which has an insert too, and C goes straight. */
static const char desk_text[] =
    "title = \"Inserts\"; rate = 48000;\n"
    "tape = { fps = 25; start = \"01:00:00:00\"; reel = \"%s/reel\"; record = \"%s\"; bits = 32; "
    "};\n"
    "channels = ( { id = \"A\"; in = \"reel:a\"; to = [\"G\"]; insert = { on = true; connect_send "
    "= "
    "\"plug:in_1\"; connect_return = \"plug:out_1\"; }; },\n"
    "  { id = \"B\"; format = \"stereo\"; in = \"reel:b\"; to = [\"FX\"]; insert = { connect_send "
    "= "
    "\"plug:in_[23]\"; connect_return = \"plug:out_[23]\"; }; },\n"
    "  { id = \"C\"; in = \"reel:a\"; to = [\"DX\"]; hpf = { freq = 200.0; };\n"
    "    comp = { thr = -40.0; key = \"/ch/A\"; }; } );\n"
    "groups = ( { id = \"G\"; format = \"mono\"; to = [\"DX\"]; insert = { on = true; connect_send "
    "= "
    "\"plug:in_4\"; connect_return = \"plug:out_4\"; }; } );\n"
    "stems = ( { id = \"DX\"; format = \"mono\"; }, { id = \"FX\"; format = \"stereo\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"stereo\"; print_master = true; } );\n"
    "vcas = ( { id = \"V\"; members = [ \"A\", \"G\", \"FX\" ]; } );\n";

static const char script[] = "9600 /ch/A/fader -4\n"
                             "20001 /ch/B/insert/on 1\n"
                             "31007 /ch/A/insert/on 0\n"
                             "42000 /grp/G/fader/glide -9 0.3\n"
                             "52345 /ch/A/insert/on 1\n"
                             "60007 /grp/G/insert/on 0\n"
                             "75000 /stem/FX/fader -3\n"
                             "90001 /grp/G/insert/on 1\n"
                             "94000 /vca/V/fader/glide -8 0.2\n"
                             "99999 /ch/C/mute 1\n"
                             "120000 /ch/C/mute 0\n";

/* ---- the other program ---- */

struct plug {
    jack_client_t *client;
    jack_port_t *in[PLUGS], *out[PLUGS];
};

static int process(jack_nframes_t n, void *arg) {
    struct plug *plug = arg;
    for (unsigned p = 0; p < PLUGS; p++) {
        const float *in = jack_port_get_buffer(plug->in[p], n);
        float *out = jack_port_get_buffer(plug->out[p], n);
        for (jack_nframes_t i = 0; i < n; i++)
            out[i] = 0.5f * in[i];
    }
    return 0;
}

static void plug_open(struct plug *plug, const struct live_desk *desk) {
    plug->client = jack_client_open("plug", JackNoStartServer | JackServerName, NULL, desk->server);
    assert_non_null(plug->client);
    for (unsigned p = 0; p < PLUGS; p++) {
        char name[16];
        snprintf(name, sizeof name, "in_%u", p + 1);
        plug->in[p] =
            jack_port_register(plug->client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
        snprintf(name, sizeof name, "out_%u", p + 1);
        plug->out[p] =
            jack_port_register(plug->client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
        assert_true(plug->in[p] && plug->out[p]);
    }
    assert_int_equal(jack_set_process_callback(plug->client, process, plug), 0);
    assert_int_equal(jack_activate(plug->client), 0);
}

/* The desk connects by the patterns of its file. */
static void wait_connected(const struct plug *plug) {
    for (int i = 0; i < 500; i++) {
        unsigned n = 0;
        for (unsigned p = 0; p < PLUGS; p++)
            n += (unsigned)(jack_port_connected(plug->in[p]) + jack_port_connected(plug->out[p]));
        if (n == 2 * PLUGS)
            return;
        live_sleep_ms(10);
    }
    fail_msg("the desk does not connect its inserts");
}

/* ---- files ---- */

static void make_track(const char *name, int legs) {
    char path[400];
    snprintf(path, sizeof path, "%s/reel/%s.wav", dir, name);
    SF_INFO info = {
        .samplerate = RATE, .channels = legs, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    unsigned seed = (unsigned)legs;
    for (int i = 0; i < PASS + RATE; i++) {
        float x[2];
        for (int l = 0; l < legs; l++) {
            seed = seed * 1664525u + 1013904223u;
            x[l] = 0.25f * (float)(int)seed / 2147483648.0f;
        }
        sf_writef_float(file, x, 1);
    }
    sf_close(file);
}

static float *load(const char *folder, const char *name, sf_count_t *samples) {
    char path[700];
    SF_INFO info = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file)
        fail_msg("%s: %s", path, sf_strerror(NULL));
    *samples = info.frames * info.channels;
    float *x = malloc(sizeof *x * (size_t)(*samples + 1));
    assert_int_equal(sf_readf_float(file, x, info.frames), info.frames);
    sf_close(file);
    return x;
}

static void compare(const char *take, const char *render, const char *name) {
    sf_count_t n, m;
    float *x = load(take, name, &n), *y = load(render, name, &m), peak = 0;
    assert_int_equal(n, m);
    for (sf_count_t i = 0; i < n; i++) {
        peak = x[i] > peak ? x[i] : peak;
        if (x[i] != y[i])
            fail_msg("%s sample %lld: live %.9g, from files %.9g", name, (long long)i, (double)x[i],
                     (double)y[i]);
    }
    assert_true(peak > 0.05f);
    free(x);
    free(y);
}

static void dubdesk(const struct live_desk *desk, const char *args, char *text, unsigned size) {
    char line[3000];
    const char *build = getenv("BUILD");
    snprintf(line, sizeof line, "DUBDESK_OSC=127.0.0.1:%u %s/dubdesk %s 2>&1", desk->osc_port,
             build ? build : "build", args);
    live_shell(desk, line, text, size);
}

static int64_t number(const char *text) {
    const char *digits = text + strcspn(text, " ");
    return strtoll(digits, NULL, 10);
}

/* ---- a pass ---- */

static void start(struct live_desk *desk, struct plug *plug, unsigned period) {
    static char text[4096], takes[400];
    snprintf(takes, sizeof takes, "%s/takes%u", dir, period);
    snprintf(text, sizeof text, desk_text, dir, takes);
    const struct live_options options = {.desk_text = text, .period_frames = period};
    live_start(desk, &options);
    plug_open(plug, desk);
    wait_connected(plug);
}

static void check_latency(const struct plug *plug, unsigned period) {
    const unsigned lag = (period + 63) / 64 * 64;
    const struct {
        const char *port;
        jack_latency_callback_mode_t mode;
        unsigned frames;
    } want[] = {
        {"dubdesk:stem DX 1", JackCaptureLatency, 2 * lag},
        {"dubdesk:main PM L", JackCaptureLatency, 2 * lag},
        {"dubdesk:insert ch A 1 send", JackCaptureLatency, 0},
        {"dubdesk:insert grp G 1 send", JackCaptureLatency, lag},
        {"dubdesk:ch A 1", JackPlaybackLatency, 2 * lag},
        {"dubdesk:insert grp G 1 return", JackPlaybackLatency, lag},
    };
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
        jack_latency_range_t range = {0, 0};
        jack_port_t *port = jack_port_by_name(plug->client, want[i].port);
        if (!port)
            fail_msg("no port %s", want[i].port);
        for (int k = 0; k < 200; k++, live_sleep_ms(10)) {
            jack_port_get_latency_range(port, want[i].mode, &range);
            if (range.min == want[i].frames && range.max == want[i].frames)
                break;
        }
        if (range.min != want[i].frames || range.max != want[i].frames)
            fail_msg("%s: %u..%u frames, expected %u", want[i].port, range.min, range.max,
                     want[i].frames);
    }
}

static void record(const struct live_desk *desk, bool freewheel) {
    char text[8192], line[700];
    snprintf(line, sizeof line, "script %s/moves.txt", dir);
    dubdesk(desk, line, text, sizeof text);
    dubdesk(desk, "set /rec 1", text, sizeof text);
    live_sleep_ms(300);
    if (freewheel)
        live_shell(desk, "jack_freewheel y", text, sizeof text);
    dubdesk(desk, "set /transport/play 1", text, sizeof text);
    for (int i = 0; i < 600; i++) {
        dubdesk(desk, "get /transport/locate", text, sizeof text);
        if (number(text) > PASS)
            break;
        live_sleep_ms(20);
    }
    dubdesk(desk, "set /transport/stop 1", text, sizeof text);
    live_sleep_ms(200);
    if (freewheel)
        live_shell(desk, "jack_freewheel n", text, sizeof text);
    live_sleep_ms(300);
}

static void test_pass(unsigned period, bool freewheel) {
    struct live_desk desk;
    struct plug plug;
    char take[600], render[600], line[2600], text[8192];
    start(&desk, &plug, period);
    check_latency(&plug, period);
    record(&desk, freewheel);
    /* another period is another loop */
    assert_int_equal(jack_set_buffer_size(plug.client, 512), 0);
    check_latency(&plug, 512);
    jack_client_close(plug.client);
    char config[700];
    snprintf(config, sizeof config, "%s/desk%u.cfg", dir, period);
    FILE *file = fopen(config, "w");
    assert_non_null(file);
    snprintf(take, sizeof take, "%s/takes%u", dir, period);
    fprintf(file, desk_text, dir, take);
    fclose(file);
    snprintf(take, sizeof take, "%s/takes%u/Inserts_001", dir, period);
    snprintf(render, sizeof render, "%s/render%u", dir, period);
    snprintf(line, sizeof line, "%s/take.txt", take);
    file = fopen(line, "r");
    if (!file)
        fail_msg("there is no take");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    if (!freewheel && (strstr(text, "gap") || strstr(text, "lost"))) {
        printf("# skip: real time: this machine dropped callbacks; nothing to compare\n");
        live_stop(&desk);
        skip();
    }
    long long from, to;
    if (sscanf(text, "begin %lld %*d %*s loop %*d %*d %*s end %lld", &from, &to) != 2)
        fail_msg("take.txt is: %s", text);
    assert_int_equal(from, 0);
    assert_true(to > PASS);
    snprintf(line, sizeof line,
             "render -c %s --script %s/moves.txt --from 0 --to %lld --inserts %s -o %s", config,
             dir, to, take, render);
    dubdesk(&desk, line, text, sizeof text);
    if (!strstr(text, "3 files"))
        fail_msg("render: %s", text);
    static const char *const names[] = {"stem_DX.wav", "stem_FX.wav", "main_PM.wav"};
    for (unsigned i = 0; i < 3; i++)
        compare(take, render, names[i]);
    /* without the returns: by name */
    snprintf(line, sizeof line, "%s/insert_grp_G.wav", take);
    assert_int_equal(unlink(line), 0);
    snprintf(line, sizeof line, "render -c %s --from 0 --to 48000 --inserts %s -o %s.no", config,
             take, render);
    dubdesk(&desk, line, text, sizeof text);
    if (!strstr(text, "insert of grp G") || !strstr(text, "insert_grp_G.wav: no such file"))
        fail_msg("a missing return gave: %s", text);
    assert_int_equal(live_stop(&desk), 0);
}

static void test_16(void **state) {
    (void)state;
    test_pass(16, true);
}
static void test_64(void **state) {
    (void)state;
    test_pass(64, true);
}
static void test_100(void **state) {
    (void)state;
    test_pass(100, true);
}
static void test_1024(void **state) {
    (void)state;
    test_pass(1024, true);
}
static void test_real_time(void **state) {
    (void)state;
    test_pass(256, false);
}

static int make_dir(void **state) {
    (void)state;
    const char *tmp = getenv("TEST_TMP");
    char path[400];
    snprintf(dir, sizeof dir, "%.200s/insert.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/reel", dir);
    mkdir(path, 0777);
    make_track("a", 1);
    make_track("b", 2);
    snprintf(path, sizeof path, "%s/moves.txt", dir);
    FILE *file = fopen(path, "w");
    fputs(script, file);
    return fclose(file);
}
static int remove_dir(void **state) {
    (void)state;
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_16),   cmocka_unit_test(test_64),        cmocka_unit_test(test_100),
        cmocka_unit_test(test_1024), cmocka_unit_test(test_real_time),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
