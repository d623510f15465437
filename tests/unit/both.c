/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "both.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/address.h"
#include "osc/message.h"
#include "osc/server.h"

/* ---- what comes back ---- */

static void note(struct both *rig, const char *text) {
    const size_t n = strlen(rig->heard);
    snprintf(rig->heard + n, sizeof rig->heard - n, "%s", text);
}

static void note_message(struct both *rig, const struct osc_msg *m) {
    char line[2048];
    int n = snprintf(line, sizeof line, "%s", m->addr);
    for (uint32_t i = 0; i < m->nargs && n < 1900; i++) {
        const struct osc_arg *a = &m->args[i];
        size_t at = (size_t)n;
        switch (a->type) {
        case 'i': n += snprintf(line + at, sizeof line - at, " %d", a->v.i); break;
        case 'h': n += snprintf(line + at, sizeof line - at, " %lld", (long long)a->v.h); break;
        case 'f': n += snprintf(line + at, sizeof line - at, " %g", (double)a->v.f); break;
        case 's': n += snprintf(line + at, sizeof line - at, " %.300s", a->v.s); break;
        case 'b': n += snprintf(line + at, sizeof line - at, " <%u bytes>", a->size); break;
        default: n += snprintf(line + at, sizeof line - at, " ?%c", a->type); break;
        }
    }
    note(rig, line);
    note(rig, "\n");
}

static void on_reply(void *ctx, const struct osc_endpoint *to, const void *bytes, size_t size) {
    struct both *rig = ctx;
    (void)to;
    rig->bundles++;
    if (rig->drop_each && rig->bundles % rig->drop_each == 0) {
        rig->lost++;
        return;
    }
    assert_int_equal(osc_packet_walk(rig->packet, bytes, size, 0), OSC_OK);
    for (uint32_t i = 0; i < rig->packet->nmsgs; i++)
        note_message(rig, &rig->packet->msgs[i]);
}

static void on_log(void *ctx, int level, const char *text) {
    struct both *rig = ctx;
    const size_t n = strlen(rig->errors);
    snprintf(rig->errors + n, sizeof rig->errors - n, "%d %s\n", level, text);
}

/* ---- the stand-in for sound ---- */

static void clock_write(struct both *rig) {
    const struct link_clock clock = {.frame = rig->frame,
                                     .raw_ns = server_now_ns(),
                                     .timeline = rig->timeline,
                                     .period_frames = BOTH_PERIOD,
                                     .rate_hz = rig->desk->rate_hz,
                                     .epoch = rig->epoch,
                                     .rolling = rig->rolling,
                                     .freewheel = rig->freewheel};
    link_clock_write(&rig->sound, &clock);
}

static void tell(struct both *rig, enum event_op op, uint32_t seq, int64_t value) {
    const struct event event = {op, seq, rig->frame, value};
    link_tell(&rig->sound, &event);
}

static void apply(struct both *rig, const struct command *k) {
    struct glide_at *g = &rig->glide[k->slot];
    rig->singles++;
    if (k->op == COMMAND_GLIDE) {
        const uint64_t length = (uint64_t)((double)k->seconds * rig->desk->rate_hz);
        *g = (struct glide_at){rig->frame, rig->frame + length, rig->sound.current[k->slot],
                               k->value};
    } else {
        g->end = 0;
        rig->sound.current[k->slot] = k->value;
    }
    rig->sound.target[k->slot] = k->value;
}

static bool due(const struct both *rig, const struct group *g) {
    switch (g->when) {
    case WHEN_FRAME: return g->frame < rig->frame + BOTH_PERIOD;
    case WHEN_TIMELINE:
        return rig->rolling && (int64_t)g->frame < rig->timeline + (int64_t)BOTH_PERIOD;
    default: return true;
    }
}

static void take(struct both *rig) {
    struct group group;
    static struct command commands[BUNDLE_SETS];
    while (link_take(&rig->sound, &group, commands) == 1) {
        const unsigned which = group.flags & GROUP_BULK_1 ? 1 : 0;
        const struct command *from = group.flags & GROUP_BULK ? rig->sound.bulk[which] : commands;
        const bool stale = group.when == WHEN_TIMELINE && group.epoch != rig->epoch;
        if (rig->refuse || stale) {
            tell(rig, stale ? EVENT_STALE : EVENT_BUSY, group.seq, 0);
        } else {
            assert_true(rig->queued < BOTH_QUEUE);
            struct both_group *q = &rig->queue[rig->queued++];
            q->group = group;
            q->order = rig->order++;
            q->commands = malloc((group.count + 1) * sizeof *from);
            memcpy(q->commands, from, group.count * sizeof *from);
        }
        if (group.flags & GROUP_BULK)
            link_bulk_release(&rig->sound, which);
    }
}

/* The earliest group that is due, by frame and then by arrival. */
static struct both_group *next_due(struct both *rig) {
    struct both_group *best = NULL;
    for (uint32_t i = 0; i < rig->queued; i++) {
        struct both_group *q = &rig->queue[i];
        if (!due(rig, &q->group))
            continue;
        const uint64_t at = q->group.when == WHEN_NEXT ? rig->frame : q->group.frame;
        const uint64_t than = !best                           ? 0
                              : best->group.when == WHEN_NEXT ? rig->frame
                                                              : best->group.frame;
        if (!best || at < than || (at == than && q->order < best->order))
            best = q;
    }
    return best;
}

static void one_period(struct both *rig) {
    clock_write(rig);
    take(rig);
    for (struct both_group *q; (q = next_due(rig));) {
        const struct both_group g = *q;
        *q = rig->queue[--rig->queued];
        for (uint32_t i = 0; i < g.group.count; i++)
            apply(rig, &g.commands[i]);
        free(g.commands);
        rig->groups += g.group.count > 0;
        if (g.group.count)
            rig->last_frame = rig->frame;
        if (g.group.flags & GROUP_TELL)
            tell(rig, EVENT_APPLIED, g.group.seq, 0);
    }
    for (uint32_t s = 0; s < rig->sound.slots; s++) {
        struct glide_at *g = &rig->glide[s];
        if (!g->end)
            continue;
        const float t =
            rig->frame >= g->end ? 1 : (float)(rig->frame - g->start) / (float)(g->end - g->start);
        rig->sound.current[s] = g->from + t * (g->to - g->from);
        if (t >= 1) {
            rig->sound.current[s] = g->to;
            g->end = 0;
        }
    }
    rig->frame += BOTH_PERIOD;
    rig->timeline += rig->rolling ? BOTH_PERIOD : 0;
    atomic_fetch_add(&rig->sound.head->status.callbacks, 1);
    clock_write(rig);
}

void both_sound(struct both *rig, unsigned periods) {
    while (periods--)
        one_period(rig);
}

void both_run(struct both *rig, unsigned periods) {
    while (periods--) {
        one_period(rig);
        control_poll(rig->control, 0);
    }
}

void both_locate(struct both *rig, int64_t timeline, bool rolling) {
    rig->timeline = timeline;
    rig->rolling = rolling;
    rig->epoch++;
    for (uint32_t i = rig->queued; i-- > 0;)
        if (rig->queue[i].group.when == WHEN_TIMELINE) {
            tell(rig, EVENT_STALE, rig->queue[i].group.seq, 0);
            free(rig->queue[i].commands);
            rig->queue[i] = rig->queue[--rig->queued];
        }
    tell(rig, EVENT_EPOCH, rig->epoch, rolling);
    clock_write(rig);
}

/* ---- making and ending ---- */

void both_stop(struct both *rig) {
    control_free(rig->control);
    link_close(rig->link);
    free(rig->link);
}

void both_start(struct both *rig) {
    char error[512];
    rig->link = calloc(1, sizeof *rig->link);
    assert_int_equal(link_attach(rig->link, rig->sound.fd, error), 0);
    rig->control = control_setup(rig->link, &rig->options, error);
    if (!rig->control)
        fail_msg("%s", error);
}

struct both *both_new(const char *desk_text, bool state) {
    struct both *rig = calloc(1, sizeof *rig);
    struct desk_error bad;
    char error[256];
    rig->packet = calloc(1, sizeof *rig->packet);
    if (desk_parse(desk_text, "rig.cfg", &rig->desk, &bad) < 0)
        fail_msg("%s", bad.text);
    if (link_create(&rig->sound, rig->desk, desk_text, "rig.cfg", 64, 1, error) < 0)
        fail_msg("%s", error);
    rig->glide = calloc(rig->sound.slots, sizeof *rig->glide);
    if (state) {
        snprintf(rig->state_dir, sizeof rig->state_dir, "/tmp/dubdesk-test-XXXXXX");
        assert_non_null(mkdtemp(rig->state_dir));
    }
    rig->options = (struct control_options){.state_dir = state ? rig->state_dir : NULL,
                                            .osc_port = -1,
                                            .reply = on_reply,
                                            .log = on_log,
                                            .ctx = rig};
    rig->epoch = 1;
    rig->frame = 1 << 20;
    clock_write(rig);
    both_start(rig);
    both_run(rig, 8);
    return rig;
}

void both_restart(struct both *rig, bool killed) {
    if (killed) { /* it frees nothing and saves nothing: it is only forgotten */
        assert_true(rig->kills < sizeof rig->killed / sizeof *rig->killed);
        rig->killed[rig->kills].link = rig->link;
        rig->killed[rig->kills++].control = rig->control;
    } else {
        both_stop(rig);
    }
    both_start(rig);
}

void both_free(struct both *rig) {
    char command[256];
    both_stop(rig);
    for (unsigned i = 0; i < rig->kills; i++) {
        control_free(rig->killed[i].control);
        link_close(rig->killed[i].link);
        free(rig->killed[i].link);
    }
    link_close(&rig->sound);
    for (uint32_t i = 0; i < rig->queued; i++)
        free(rig->queue[i].commands);
    desk_free(rig->desk);
    if (*rig->state_dir) {
        snprintf(command, sizeof command, "rm -rf '%s'", rig->state_dir);
        assert_int_equal(system(command), 0);
    }
    free(rig->glide);
    free(rig->packet);
    free(rig);
}

/* ---- talking ---- */

static size_t write_args(void *to, size_t size, const char *address, const char *types,
                         va_list args) {
    struct osc_out out = {0};
    osc_out_begin(&out, address);
    for (const char *t = types; *t; t++)
        switch (*t) {
        case 'i': osc_out_int(&out, va_arg(args, int)); break;
        case 'h': osc_out_long(&out, va_arg(args, int64_t)); break;
        case 'f': osc_out_float(&out, (float)va_arg(args, double)); break;
        case 'd': osc_out_double(&out, va_arg(args, double)); break;
        case 's': osc_out_text(&out, va_arg(args, const char *)); break;
        default: fail_msg("type %c", *t);
        }
    const size_t n = osc_out_write(&out, to, size);
    osc_out_free(&out);
    assert_true(n > 0);
    return n;
}

int both_say(struct both *rig, const char *address, const char *types, ...) {
    uint8_t bytes[2048];
    va_list args;
    va_start(args, types);
    const size_t n = write_args(bytes, sizeof bytes, address, types, args);
    va_end(args);
    return control_inject(rig->control, bytes, n);
}

int both_say_from(struct both *rig, unsigned port, const char *address, const char *types, ...) {
    uint8_t bytes[2048];
    va_list args;
    va_start(args, types);
    const size_t n = write_args(bytes, sizeof bytes, address, types, args);
    va_end(args);
    struct osc_endpoint from = {
        .transport = OSC_UDP, .listener = CONTROL_INJECTED, .port = (uint16_t)port};
    assert_true(osc_endpoint_parse(&from, "10.1.2.3"));
    return control_inject_from(rig->control, &from, bytes, n, server_now_ns());
}

void both_bundle_begin(struct both_bundle *b, uint64_t timetag) {
    memcpy(b->bytes, "#bundle", 8);
    for (unsigned i = 0; i < 8; i++)
        b->bytes[8 + i] = (uint8_t)(timetag >> (56 - 8 * i));
    b->size = 16;
}

void both_bundle_add(struct both_bundle *b, const char *address, const char *types, ...) {
    va_list args;
    va_start(args, types);
    const size_t n =
        write_args(b->bytes + b->size + 4, sizeof b->bytes - b->size - 4, address, types, args);
    va_end(args);
    for (unsigned i = 0; i < 4; i++)
        b->bytes[b->size + i] = (uint8_t)(n >> (24 - 8 * i));
    b->size += 4 + n;
}

int both_bundle_send(struct both *rig, const struct both_bundle *b) {
    return control_inject(rig->control, b->bytes, b->size);
}

const char *both_heard(struct both *rig) {
    static char copy[sizeof rig->heard];
    memcpy(copy, rig->heard, sizeof copy);
    rig->heard[0] = '\0';
    return copy;
}

const char *both_ask(struct both *rig, const char *address) {
    both_heard(rig);
    both_say(rig, address, "");
    static char line[4096];
    snprintf(line, sizeof line, "%s", both_heard(rig));
    line[strcspn(line, "\n")] = '\0';
    return line;
}

float both_plane(struct both *rig, const char *address) {
    struct address a;
    char why[200];
    if (address_resolve(rig->desk, address, &a, why, sizeof why) != ADDRESS_OK)
        fail_msg("%s", why);
    return rig->sound.target[a.slot];
}
