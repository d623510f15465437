/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns on get and set.
 *
 * A pattern without `//` is matched level by level: once against each object of the kinds that its
 * first element can be, and once against each path below an object of that kind, so that
 * `/ch/[wildcard]/fader` on 1024 channels costs about 1200 short matches and not 150,000 long ones.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/control/room.h"

#define ANSWERS_MAX 4096u
#define RELATIVES_MAX 2048u

struct hits {
    struct control *c;
    struct origin *origin;
    const struct osc_msg *msg;
    bool set, scheduled;
    enum suffix suffix;
    uint32_t found;
    struct osc_bundle bundle;     /* answers */
    uint8_t below[RELATIVES_MAX]; /* spelled as the pattern wants: 1 by index, 2 by id */
};

static void flush(struct hits *h) {
    if (h->bundle.count && !h->origin->mute)
        control_send(h->c, h->origin->client ? &h->origin->client->reply : h->origin->from,
                     h->bundle.bytes, h->bundle.size);
    osc_bundle_begin(&h->bundle, OSC_TIMETAG_IMMEDIATE);
}

static int answer(struct hits *h, const struct place *place, bool by_id) {
    char address[OSC_MAX_ADDRESS + 8];
    const int n = address_print(h->c->desk, place, by_id ? SPELL_ID : SPELL_INDEX, address,
                                sizeof address - 8);
    if (n < 0)
        return 0;
    if (h->suffix == SUFFIX_NORM)
        memcpy(address + n, "/norm", 6);
    request_render(h->c, place, address, h->suffix == SUFFIX_NORM, true, &h->c->out);
    if (!osc_bundle_add(&h->bundle, &h->c->out)) {
        flush(h);
        osc_bundle_add(&h->bundle, &h->c->out);
    }
    return 0;
}

/* One address that matches. 0, or -1 to stop after an /error. */
static int hit(struct hits *h, const struct place *place, bool by_id) {
    if (h->suffix != SUFFIX_NONE && rows[place->row].type == TYPE_TEXT)
        return 0;
    if (h->found++ >= ANSWERS_MAX && !h->set) {
        control_error(h->c, h->origin, OSC_TOO_LARGE, h->msg->addr,
                      "more than %u addresses match: use /dump", ANSWERS_MAX);
        return -1;
    }
    if (!h->set)
        return answer(h, place, by_id);
    if (rows[place->row].flags & ROW_READ_ONLY)
        return 0; /* a pattern means those that can be set */
    struct target t = {.kind = TARGET_PARAM,
                       .report = report_of(&h->c->reports, place),
                       .param = {.place = *place, .suffix = h->suffix}};
    t.param.text = layout_text(&h->c->desk->layout, place->kind, place->index, place->row);
    return request_plan(h->c, h->origin, h->msg, &t, h->scheduled);
}

/* ---- level by level ---- */

static const char *after_object(enum kind kind, const char *address) {
    const char *p = strchr(address + 1, '/');
    if (p && !kind_is_single(kind))
        p = strchr(p + 1, '/');
    return p;
}

/* Which paths below an object of this kind match `rest`. */
static bool match_below(struct hits *h, enum kind kind, const struct osc_pattern *rest) {
    const struct reports *r = &h->c->reports;
    bool any = false;
    for (uint32_t i = 0; i < r->stride[kind] && i < RELATIVES_MAX; i++) {
        struct report report;
        char address[OSC_MAX_ADDRESS + 1];
        h->below[i] = 0;
        (void)report_at(r, r->base[kind] + i, &report); /* the place is filled in in any case */
        for (unsigned id = 0; id < 2 && !h->below[i]; id++) {
            if (report_print(r, &report, id, address, sizeof address) < 0)
                continue;
            const char *below = after_object(kind, address);
            if (below && osc_pattern_match(rest, below))
                h->below[i] = (uint8_t)(id + 1);
        }
        any |= h->below[i] != 0;
    }
    return any;
}

static int hit_object(struct hits *h, const struct desk_object *o, bool by_id) {
    const struct reports *r = &h->c->reports;
    const uint32_t first = r->base[o->kind] + o->index * r->stride[o->kind];
    for (uint32_t i = 0; i < r->stride[o->kind] && i < RELATIVES_MAX; i++) {
        struct report report;
        if (!h->below[i] || !report_at(r, first + i, &report))
            continue;
        if (hit(h, &report.place, by_id || h->below[i] == 2) < 0)
            return -1;
    }
    return 0;
}

/* Cut "/ch/[1-3]/fader" into "/ch", "/[1-3]", "/fader". A slash never stands within a construct. */
static int match_levels(struct hits *h, const char *text) {
    struct osc_pattern head, object, rest;
    char piece[OSC_MAX_ADDRESS + 1];
    const char *second = strchr(text + 1, '/');
    if (!second)
        return 0;
    memcpy(piece, text, (size_t)(second - text));
    piece[second - text] = '\0';
    if (osc_pattern_set(&head, piece) != OSC_OK)
        return 0;
    const char *third = strchr(second + 1, '/');
    if (third) {
        memcpy(piece, second, (size_t)(third - second));
        piece[third - second] = '\0';
    }
    const bool deep = third && osc_pattern_set(&object, piece) == OSC_OK;
    const struct desk *d = h->c->desk;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        const enum kind kind = (enum kind)k;
        char path[40] = "/";
        strcat(path, kind_path(kind));
        if (!d->layout.count[k] || !osc_pattern_match(&head, path))
            continue;
        const bool single = kind_is_single(kind);
        if ((!single && !deep) || osc_pattern_set(&rest, single ? second : third) != OSC_OK ||
            !match_below(h, kind, &rest))
            continue;
        for (uint32_t i = 0; i < d->layout.count[k]; i++) {
            const struct desk_object *o = &d->object[d->first[k] + i];
            char spelled[ID_BYTES + 2] = "/";
            snprintf(spelled + 1, sizeof spelled - 1, "%u", i + 1);
            bool by_id = false;
            if (!single && !osc_pattern_match(&object, spelled)) {
                snprintf(spelled + 1, sizeof spelled - 1, "%s", o->id);
                by_id = *o->id && osc_pattern_match(&object, spelled);
                if (!by_id)
                    continue;
            }
            if (hit_object(h, o, by_id) < 0)
                return -1;
        }
    }
    return 0;
}

/* `//` crosses levels: every address is tried. */
static int match_all(struct hits *h, const struct osc_pattern *pattern) {
    const struct reports *r = &h->c->reports;
    uint32_t first, end;
    report_bounds(r, pattern->text, pattern->prefix, &first, &end);
    for (uint32_t i = first; i < end && i < r->params; i++) {
        struct report report;
        char address[OSC_MAX_ADDRESS + 1];
        if (!report_at(r, i, &report))
            continue;
        for (unsigned id = 0; id < 2; id++)
            if (report_print(r, &report, id, address, sizeof address) > 0 &&
                osc_pattern_match(pattern, address)) {
                if (hit(h, &report.place, id) < 0)
                    return -1;
                break;
            }
    }
    return 0;
}

/* Take a suffix off the pattern's text. */
static enum suffix cut_suffix(char *text) {
    static const struct {
        const char *word;
        enum suffix suffix;
    } known[] = {{"/norm", SUFFIX_NORM},
                 {"/glide", SUFFIX_GLIDE},
                 {"/delta", SUFFIX_DELTA},
                 {"/toggle", SUFFIX_TOGGLE}};
    const size_t n = strlen(text);
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        const size_t k = strlen(known[i].word);
        if (n > k && strcmp(text + n - k, known[i].word) == 0) {
            text[n - k] = '\0';
            return known[i].suffix;
        }
    }
    return SUFFIX_NONE;
}

static int run(struct hits *h) {
    struct osc_pattern pattern;
    const enum osc_error e = osc_pattern_set(&pattern, h->msg->addr);
    if (e != OSC_OK) {
        control_error(h->c, h->origin, e, h->msg->addr,
                      "a pattern has at most %d of ? * [] {} //, and each is closed",
                      OSC_MAX_WILDCARDS);
        return -1;
    }
    char text[OSC_MAX_ADDRESS + 1];
    memcpy(text, pattern.text, sizeof text);
    h->suffix = cut_suffix(text);
    if (osc_pattern_set(&pattern, text) != OSC_OK)
        return -1;
    const int result = strstr(text, "//") ? match_all(h, &pattern) : match_levels(h, text);
    if (result == 0 && h->found == 0) {
        control_error(h->c, h->origin, OSC_UNKNOWN_ADDRESS, h->msg->addr,
                      "the pattern matches no parameter");
        return -1;
    }
    return result;
}

void request_get_pattern(struct control *c, struct origin *origin, const struct osc_msg *msg) {
    struct hits h = {.c = c, .origin = origin, .msg = msg};
    osc_bundle_begin(&h.bundle, OSC_TIMETAG_IMMEDIATE);
    run(&h);
    flush(&h);
}

int request_plan_pattern(struct control *c, struct origin *origin, const struct osc_msg *msg,
                         bool scheduled) {
    struct hits h = {.c = c, .origin = origin, .msg = msg, .set = true, .scheduled = scheduled};
    return run(&h);
}
