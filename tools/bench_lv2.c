/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest LV2 host that mono effects ask for: URID map, options, bounded blocks, and a worker
 * that works at once. Each strip is a chain of plugins, all strips take turns, and nothing else is
 * done: no ports, no automation, no meters, no mixing. */
#include "tools/bench_peer.h"

#include <stdio.h>
#include <string.h>

#ifndef BENCH_LILV

void peer_lv2(struct bench_peer *peer, const char *chain, unsigned strips, unsigned period_frames) {
    (void)chain;
    (void)strips;
    (void)period_frames;
    snprintf(peer->skipped, sizeof peer->skipped, "built without liblilv-dev");
}

#else

#include <math.h>
#include <stdlib.h>

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include "tools/bench.h"

#define MOST_URIDS 4096
#define MOST_PORTS 512
#define MOST_PARTS 4
#define MOST_FRAMES 8192
#define ATOM_BYTES 65536

/* One plugin of one strip. */
struct part {
    LilvInstance *instance;
    const LV2_Worker_Interface *worker;
    float control[MOST_PORTS];
};

struct strip {
    struct part part[MOST_PARTS];
    float *in; /* [period] what it hears */
};

struct host {
    unsigned strips, parts, period;
    struct strip *strip;
    float *a, *b, *side; /* a chain goes from a to b to a ... */
    char *atom_in, *atom_out;
    uint32_t atom_type;
};

static LilvWorld *world; /* of all peers: looking for plugins takes a second */
static char *urids[MOST_URIDS];
static uint32_t urid_count;

static LV2_URID urid_map(LV2_URID_Map_Handle handle, const char *uri) {
    (void)handle;
    for (uint32_t i = 0; i < urid_count; i++)
        if (!strcmp(urids[i], uri))
            return i + 1;
    if (urid_count == MOST_URIDS)
        return 0;
    urids[urid_count++] = strdup(uri);
    return urid_count;
}

static const char *urid_unmap(LV2_URID_Unmap_Handle handle, LV2_URID urid) {
    (void)handle;
    return urid && urid <= urid_count ? urids[urid - 1] : NULL;
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size,
                                 const void *data) {
    const struct part *part = handle;
    return part->worker->work_response
               ? part->worker->work_response(lilv_instance_get_handle(part->instance), size, data)
               : LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                  const void *data) {
    struct part *part = handle;
    if (!part->worker || !part->instance)
        return LV2_WORKER_ERR_UNKNOWN;
    return part->worker->work(lilv_instance_get_handle(part->instance), respond, part, size, data);
}

static LilvInstance *instantiate(const LilvPlugin *plugin, struct part *part) {
    static LV2_URID_Map map = {NULL, urid_map};
    static LV2_URID_Unmap unmap = {NULL, urid_unmap};
    static int32_t least = 1, most = MOST_FRAMES;
    static float rate = BENCH_RATE_HZ;
    LV2_Worker_Schedule work = {part, schedule};
    const LV2_URID type_int = urid_map(NULL, LV2_ATOM__Int);
    const LV2_URID type_float = urid_map(NULL, LV2_ATOM__Float);
    const LV2_Options_Option options[] = {
        {LV2_OPTIONS_INSTANCE, 0, urid_map(NULL, LV2_BUF_SIZE__minBlockLength), sizeof least,
         type_int, &least},
        {LV2_OPTIONS_INSTANCE, 0, urid_map(NULL, LV2_BUF_SIZE__maxBlockLength), sizeof most,
         type_int, &most},
        {LV2_OPTIONS_INSTANCE, 0, urid_map(NULL, LV2_PARAMETERS__sampleRate), sizeof rate,
         type_float, &rate},
        {0}};
    const LV2_Feature f_map = {LV2_URID__map, &map}, f_unmap = {LV2_URID__unmap, &unmap};
    const LV2_Feature f_options = {LV2_OPTIONS__options, (void *)(uintptr_t)options};
    const LV2_Feature f_bounded = {LV2_BUF_SIZE__boundedBlockLength, NULL};
    /* Plugins keep this pointer. */
    LV2_Worker_Schedule *kept = bench_memory(sizeof *kept);
    *kept = work;
    const LV2_Feature f_work = {LV2_WORKER__schedule, kept};
    const LV2_Feature *const features[] = {&f_map, &f_unmap, &f_options, &f_bounded, &f_work, NULL};
    LilvInstance *instance = lilv_plugin_instantiate(plugin, rate, features);
    if (instance)
        part->worker = lilv_instance_get_extension_data(instance, LV2_WORKER__interface);
    return instance;
}

/* The value that "symbol=value" among the settings gives a port, or what the plugin has. */
static float setting(const char *settings, const char *symbol, float otherwise) {
    const size_t length = strlen(symbol);
    for (const char *at = settings; (at = strstr(at, symbol)); at += length)
        if (at[length] == '=' && (at == settings || at[-1] == ' '))
            return strtof(at + length + 1, NULL);
    return isfinite(otherwise) ? otherwise : 0;
}

static void connect(struct host *h, const LilvPlugin *plugin, struct part *part, unsigned place,
                    const char *settings) {
    LilvNode *input = lilv_new_uri(world, LV2_CORE__InputPort);
    LilvNode *control = lilv_new_uri(world, LV2_CORE__ControlPort);
    LilvNode *audio = lilv_new_uri(world, LV2_CORE__AudioPort);
    const uint32_t ports = lilv_plugin_get_num_ports(plugin);
    float usual[MOST_PORTS];
    unsigned ins = 0, outs = 0;
    lilv_plugin_get_port_ranges_float(plugin, NULL, NULL, usual);
    for (uint32_t i = 0; i < ports; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, i);
        const bool in = lilv_port_is_a(plugin, port, input);
        void *data = in ? h->atom_in : h->atom_out;
        if (lilv_port_is_a(plugin, port, control)) {
            const char *symbol = lilv_node_as_string(lilv_port_get_symbol(plugin, port));
            part->control[i] = setting(settings, symbol, usual[i]);
            data = &part->control[i];
        } else if (lilv_port_is_a(plugin, port, audio)) {
            const bool first = in ? !ins++ : !outs++; /* others are side-chains */
            data = !first ? h->side : in == (place % 2 == 0) ? h->a : h->b;
        }
        lilv_instance_connect_port(part->instance, i, data);
    }
    lilv_node_free(input);
    lilv_node_free(control);
    lilv_node_free(audio);
}

/* Add one plugin to all strips. */
static bool add_part(struct bench_peer *peer, struct host *h, const char *text) {
    char uri[128];
    sscanf(text, " %127s", uri);
    LilvNode *node = lilv_new_uri(world, uri);
    const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), node);
    lilv_node_free(node);
    if (!plugin || lilv_plugin_get_num_ports(plugin) > MOST_PORTS) {
        snprintf(peer->skipped, sizeof peer->skipped, "%s is not installed", uri);
        return false;
    }
    for (unsigned s = 0; s < h->strips; s++) {
        struct part *part = &h->strip[s].part[h->parts];
        part->instance = instantiate(plugin, part);
        if (!part->instance) {
            snprintf(peer->skipped, sizeof peer->skipped, "%s does not start", uri);
            return false;
        }
        connect(h, plugin, part, h->parts, text);
        lilv_instance_activate(part->instance);
    }
    h->parts++;
    return true;
}

static void run_strip(struct host *h, struct strip *s, unsigned frames) {
    for (unsigned p = 0; p < h->parts; p++) {
        LV2_Atom_Sequence *in = (void *)h->atom_in, *out = (void *)h->atom_out;
        in->atom = (LV2_Atom){sizeof in->body, h->atom_type};
        out->atom = (LV2_Atom){ATOM_BYTES - sizeof *out, 0};
        lilv_instance_run(s->part[p].instance, frames);
    }
}

static void run(void *ctx) {
    struct host *h = ctx;
    for (unsigned s = 0; s < h->strips; s++) {
        memcpy(h->a, h->strip[s].in, h->period * sizeof *h->a);
        run_strip(h, &h->strip[s], h->period);
    }
}

static bool process(struct bench_peer *peer, const float *in, float *out, unsigned frames) {
    struct host *h = peer->ctx;
    for (unsigned at = 0; at + h->period <= frames; at += h->period) {
        memcpy(h->a, in + at, h->period * sizeof *in);
        run_strip(h, &h->strip[0], h->period);
        memcpy(out + at, h->parts % 2 ? h->b : h->a, h->period * sizeof *out);
    }
    return true;
}

static void close_host(struct bench_peer *peer) {
    struct host *h = peer->ctx;
    for (unsigned s = 0; s < h->strips; s++) {
        for (unsigned p = 0; p < MOST_PARTS; p++)
            if (h->strip[s].part[p].instance)
                lilv_instance_free(h->strip[s].part[p].instance);
        free(h->strip[s].in);
    }
    free(h->strip);
    free(h->a);
    free(h->b);
    free(h->side);
    free(h->atom_in);
    free(h->atom_out);
    free(h);
}

void peer_lv2(struct bench_peer *peer, const char *chain, unsigned strips, unsigned period_frames) {
    struct host *h = bench_memory(sizeof *h);
    char text[1024];
    if (!world) {
        world = lilv_world_new();
        lilv_world_load_all(world);
    }
    h->strips = strips;
    h->period = period_frames;
    h->strip = bench_memory(strips * sizeof *h->strip);
    h->a = bench_memory(MOST_FRAMES * sizeof *h->a);
    h->b = bench_memory(MOST_FRAMES * sizeof *h->b);
    h->side = bench_memory(MOST_FRAMES * sizeof *h->side);
    h->atom_in = bench_memory(ATOM_BYTES);
    h->atom_out = bench_memory(ATOM_BYTES);
    h->atom_type = urid_map(NULL, LV2_ATOM__Sequence);
    for (unsigned s = 0; s < strips; s++) {
        h->strip[s].in = bench_memory(period_frames * sizeof *h->strip[s].in);
        for (unsigned i = 0; i < period_frames; i++)
            h->strip[s].in[i] = 0.3F * bench_random();
    }
    peer->ctx = h;
    peer->run = run;
    peer->process = process;
    peer->close = close_host;
    peer->samples = (double)strips * period_frames;
    snprintf(text, sizeof text, "%s", chain);
    char *rest = text;
    for (char *part; (part = strsep(&rest, ";")) && add_part(peer, h, part);)
        ;
}

#endif
