/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values on their way out: answers to gets, and feedback. */
#include <string.h>

#include "config/value.h"
#include "daemon/control/room.h"
#include "daemon/control/verb.h"

static void render_value(struct control *c, const struct place *place, unsigned comp, float value,
                         struct osc_out *out) {
    char text[VALUE_BYTES];
    switch (rows[place->row].type) {
    case TYPE_INT:
    case TYPE_SWITCH: osc_out_int(out, (int32_t)value); break;
    case TYPE_ENUM:
    case TYPE_STRIP:
    case TYPE_SET:
        if (value_print(c->desk, place->row, comp, value, text, sizeof text) < 0)
            text[0] = '\0';
        osc_out_text(out, text);
        break;
    default: osc_out_float(out, value); break;
    }
}

void request_render(struct control *c, const struct place *place, const char *address, bool norm,
                    bool present, struct osc_out *out) {
    const struct row *row = &rows[place->row];
    osc_out_begin(out, address);
    if (row->type == TYPE_TEXT) {
        char text[TEXT_BYTES];
        const uint32_t slot = layout_text(&c->desk->layout, place->kind, place->index, place->row);
        memcpy(text, c->link->text[slot], sizeof text);
        text[TEXT_BYTES - 1] = '\0';
        osc_out_text(out, text);
        return;
    }
    float v[3];
    const unsigned n = model_read(&c->model, place, present, v);
    for (unsigned i = 0; i < n; i++) {
        if (norm) {
            float min, def, max;
            value_range(c->desk, place->row, i, &min, &def, &max);
            osc_out_float(out, taper_norm(row->taper, min, max, v[i]));
        } else {
            render_value(c, place, i, v[i], out);
        }
    }
}

/* Some clients cannot leave the arguments out of /toggle, so it answers at its own address. */
void request_get(struct control *c, struct origin *origin, const struct osc_msg *msg,
                 const struct target *target) {
    const bool norm = target->param.suffix == SUFFIX_NORM;
    switch (target->kind) {
    case TARGET_PARAM:
        if (norm && rows[target->param.place.row].type == TYPE_TEXT) {
            control_error(c, origin, OSC_BAD_TYPE, msg->addr, "a text has no norm");
            return;
        }
        request_render(c, &target->param.place, msg->addr, norm, true, &c->out);
        break;
    case TARGET_METER:
        osc_out_begin(&c->out, msg->addr);
        meter_render(c, (target->report - c->reports.params) / 2,
                     (target->report - c->reports.params) % 2, &c->out);
        break;
    case TARGET_VERB: return; /* verb.c answers */
    }
    control_send_out(c, origin);
}

/* ---- what clients.h asks for ---- */

static bool source_find(void *ctx, const char *address, uint32_t *slot) {
    struct control *c = ctx;
    const struct target *t;
    char why[RESOLVE_WHY_BYTES];
    if (resolve(c->resolver, address, &t, why) != OSC_OK || t->report == REPORT_NONE)
        return false;
    if (t->kind == TARGET_PARAM && t->param.suffix != SUFFIX_NONE &&
        (t->param.suffix != SUFFIX_NORM || rows[t->param.place.row].type == TYPE_TEXT))
        return false;
    if (t->kind == TARGET_VERB && !verb_reports(t->verb))
        return false;
    *slot = t->report;
    return true;
}

static bool ends_with(const char *text, const char *tail) {
    const size_t n = strlen(text), k = strlen(tail);
    return n >= k && strcmp(text + n - k, tail) == 0;
}

/* Meters only match patterns that name them, so that a mirror of the desk is not a flood; /norm
 * only patterns that end in it. */
static bool spelled(struct control *c, const struct report *r, const struct osc_pattern *pattern,
                    bool by_id, char *address, size_t size) {
    const int n = report_print(&c->reports, r, by_id, address, size - 6);
    if (n < 0)
        return false;
    if (r->kind == REPORT_PARAM && rows[r->place.row].type != TYPE_TEXT &&
        ends_with(pattern->text, "/norm"))
        memcpy(address + n, "/norm", 6);
    return osc_pattern_match(pattern, address);
}

static bool source_match(void *ctx, uint32_t slot, const struct osc_pattern *pattern) {
    struct control *c = ctx;
    struct report r;
    char address[OSC_MAX_ADDRESS + 8];
    if (!report_at(&c->reports, slot, &r) ||
        (r.kind == REPORT_METER && !strstr(pattern->text, "meter")) ||
        (r.kind == REPORT_VERB && !verb_reports(r.verb)))
        return false;
    return spelled(c, &r, pattern, false, address, sizeof address) ||
           (r.kind != REPORT_VERB && spelled(c, &r, pattern, true, address, sizeof address));
}

static void source_bounds(void *ctx, const struct osc_pattern *pattern, uint32_t *first,
                          uint32_t *end) {
    struct control *c = ctx;
    report_bounds(&c->reports, pattern->text, pattern->prefix, first, end);
}

static bool source_render(void *ctx, uint32_t slot, const struct client *client,
                          const struct client_sub *sub, struct osc_out *out) {
    struct control *c = ctx;
    struct report r;
    char address[OSC_MAX_ADDRESS + 8];
    (void)client;
    if (!report_at(&c->reports, slot, &r))
        return false;
    if (sub->pattern.wildcards == 0)
        memcpy(address, sub->pattern.text, strlen(sub->pattern.text) + 1);
    else if (!spelled(c, &r, &sub->pattern, false, address, sizeof address) &&
             !spelled(c, &r, &sub->pattern, true, address, sizeof address))
        return false;
    switch (r.kind) {
    case REPORT_PARAM:
        request_render(c, &r.place, address,
                       ends_with(address, "/norm") && rows[r.place.row].type != TYPE_TEXT, true,
                       out);
        return true;
    case REPORT_METER:
        osc_out_begin(out, address);
        meter_render(c, r.object, r.in, out);
        return true;
    case REPORT_VERB: return verb_render(c, r.verb, out);
    }
    return false;
}

static enum server_result source_send(void *ctx, const struct osc_endpoint *to, const void *bytes,
                                      size_t size) {
    return control_send(ctx, to, bytes, size);
}

static void source_leaving(void *ctx, struct client *client) {
    struct control *c = ctx;
    meter_leave(c, &client->from);
    if (c->server && client->from.transport == OSC_UDP)
        server_trust(c->server, &client->reply, false);
}

void request_source(struct control *c, struct clients_source *source) {
    *source = (struct clients_source){.ctx = c,
                                      .nslots = c->reports.count,
                                      .find = source_find,
                                      .match = source_match,
                                      .bounds = source_bounds,
                                      .render = source_render,
                                      .send = source_send,
                                      .leaving = source_leaving};
}
