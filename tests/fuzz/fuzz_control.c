/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: control link osc config */
/* Any packet into control: what it sends to the engine is valid, a refused packet sends nothing,
 * and every answer is a packet. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "daemon/control/control.h"
#include "daemon/link.h"
#include "osc/packet.h"
#include "osc/server.h"

#define MUST(condition)   \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char desk_text[] =
    "channels = ( { id = \"A\"; to = [\"DX\"]; }, { id = \"B\"; format = \"stereo\"; to = [\"G\"]; "
    "} );\n"
    "groups = ( { id = \"G\"; format = \"5.1\"; to = [\"DX\"]; } );\n"
    "auxes = ( { id = \"R\"; format = \"stereo\"; stem = \"DX\"; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; } );\n"
    "vcas = ( { id = \"V\"; members = [\"A\"]; } );\n"
    "mute_groups = ( { id = \"M\"; members = [\"B\"]; } );\n";

static struct desk *desk;
static struct link sound, link_of_control;
static struct control *control;
static uint64_t frame = 1 << 20;

static void reply(void *ctx, const struct osc_endpoint *to, const void *bytes, size_t size) {
    static struct osc_packet packet;
    (void)ctx;
    (void)to;
    MUST(osc_packet_walk(&packet, bytes, size, 0) == OSC_OK);
}

static void quiet(void *ctx, int level, const char *text) {
    (void)ctx;
    (void)level;
    (void)text;
}

static void write_clock(void) {
    const struct link_clock clock = {.frame = frame,
                                     .raw_ns = server_now_ns(),
                                     .timeline = (int64_t)frame,
                                     .period_frames = 256,
                                     .rate_hz = 48000,
                                     .epoch = 1,
                                     .rolling = 1};
    link_clock_write(&sound, &clock);
}

static void start(void) {
    struct desk_error bad;
    char error[512];
    MUST(desk_parse(desk_text, "fuzz.cfg", &desk, &bad) == 0);
    MUST(link_create(&sound, desk, desk_text, "fuzz.cfg", 64, 1, error) == 0);
    MUST(link_attach(&link_of_control, sound.fd, error) == 0);
    write_clock();
    const struct control_options options = {.osc_port = -1, .reply = reply, .log = quiet};
    MUST((control = control_setup(&link_of_control, &options, error)));
}

static void check(const struct command *k) {
    struct place place;
    float min, def, max;
    MUST(layout_place(&desk->layout, k->slot, &place));
    MUST(desk_has_place(desk, &place) && !(rows[place.row].flags & ROW_READ_ONLY));
    value_range(desk, place.row, place.comp, &min, &def, &max);
    MUST(k->op < COMMAND_OPS && k->curve < CURVE_COUNT);
    MUST(isfinite(k->value) && k->value >= min && k->value <= max);
    MUST(k->seconds >= 0 && k->seconds <= 86400);
}

/* Sound takes everything. Returns how many commands. */
static uint32_t drain(void) {
    static struct command commands[BUNDLE_SETS];
    struct group group;
    uint32_t n = 0;
    int got;
    while ((got = link_take(&sound, &group, commands)) == 1) {
        const unsigned which = group.flags & GROUP_BULK_1 ? 1 : 0;
        const struct command *from = group.flags & GROUP_BULK ? sound.bulk[which] : commands;
        for (uint32_t i = 0; i < group.count; i++) {
            check(&from[i]);
            sound.target[from[i].slot] = sound.current[from[i].slot] = from[i].value;
        }
        n += group.count;
        if (group.flags & GROUP_BULK)
            link_bulk_release(&sound, which);
        const struct event event = {EVENT_APPLIED, group.seq, frame, 0};
        if (group.flags & GROUP_TELL)
            link_tell(&sound, &event);
    }
    MUST(got == 0);
    ring_drop(&sound.request, ring_avail(&sound.request));
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!control)
        start();
    frame += 256;
    write_clock();
    drain();
    const int result = control_inject(control, data, size);
    const uint32_t n = drain();
    MUST(result == 0 || n == 0);
    if (frame / 256 % 64 == 0)
        control_poll(control, 0);
    return 0;
}
