/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `/ns`: what an address is, and what lies below a node.
 *
 * A parameter or verb answers with ,ssssssfffss: path, "param" or "verb", types, unit, access (r,
 * w, rw), role, minimum, default, maximum, words, text. A node answers with one or more ,ssii s...:
 * path, "node", number of the first child, of all children, then up to 32 children. */
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "daemon/control/room.h"

#define CHILDREN_MAX 1200u
#define PAGE 32u
#define CHILD_BYTES (2 * ID_BYTES) /* a loudspeaker is an id, a dot and a leg */

struct children {
    uint32_t count;
    char name[CHILDREN_MAX][CHILD_BYTES];
};

/* The path element of `path` that follows `node`; names once each. */
static void child_of(struct children *list, const char *path, const char *node) {
    const size_t n = strlen(node);
    char name[CHILD_BYTES];
    if (strncmp(path, node, n) != 0 || path[n] != '/')
        return;
    const size_t length = strcspn(path + n + 1, "/");
    if (length == 0 || length >= sizeof name || list->count == CHILDREN_MAX)
        return;
    memcpy(name, path + n + 1, length);
    name[length] = '\0';
    for (uint32_t i = list->count; i-- > 0;) /* the last one first: they come in order */
        if (strcmp(list->name[i], name) == 0)
            return;
    memcpy(list->name[list->count++], name, sizeof name);
}

/* Below an object: what its kind's rows are called there. */
static void children_of_object(struct control *c, const struct desk_object *o, const char *node,
                               struct children *list) {
    const struct reports *r = &c->reports;
    const uint32_t first = r->base[o->kind] + o->index * r->stride[o->kind];
    char address[OSC_MAX_ADDRESS + 1];
    for (uint32_t i = 0; i < r->stride[o->kind]; i++) {
        struct report report;
        for (unsigned id = 0; id < 2; id++)
            if (report_at(r, first + i, &report) &&
                report_print(r, &report, id, address, sizeof address) > 0)
                child_of(list, address, node);
    }
    if (o->kind >= KINDS_STRIP)
        return;
    for (unsigned in = 0; in < 2; in++) {
        const struct report meter = {
            .kind = REPORT_METER, .object = (uint32_t)(o - c->desk->object), .in = in};
        for (unsigned id = 0; id < 2; id++)
            if (report_print(r, &meter, id, address, sizeof address) > 0)
                child_of(list, address, node);
    }
}

/* The object that a node lies at or below, NULL for none: "/ch/3", "/ch/DX_A/eq", "/mon". */
static const struct desk_object *object_of(const struct desk *d, const char *node) {
    char piece[2][ID_BYTES] = {"", ""};
    const char *p = node;
    for (unsigned i = 0; i < 2 && *p == '/'; i++) {
        const size_t n = strcspn(p + 1, "/");
        if (n == 0 || n >= ID_BYTES)
            return NULL;
        memcpy(piece[i], p + 1, n);
        piece[i][n] = '\0';
        p += n + 1;
    }
    for (unsigned k = 0; k < KIND_COUNT; k++)
        if (strcmp(piece[0], kind_path((enum kind)k)) == 0)
            return kind_is_single((enum kind)k) || *piece[1] ? desk_find(d, (enum kind)k, piece[1])
                                                             : NULL;
    return NULL;
}

static void list_children(struct control *c, const char *node, struct children *list) {
    const struct desk *d = c->desk;
    list->count = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        char path[64];
        snprintf(path, sizeof path, "/%s", kind_path((enum kind)k));
        if (d->layout.count[k] && !*node)
            child_of(list, path, node);
        if (kind_is_single((enum kind)k) || strcmp(path, node) != 0)
            continue;
        for (uint32_t i = 0; i < d->layout.count[k]; i++) {
            snprintf(path, sizeof path, "/%s/%u", kind_path((enum kind)k), i + 1);
            child_of(list, path, node);
        }
    }
    const struct desk_object *o = object_of(d, node);
    if (o)
        children_of_object(c, o, node, list);
    for (unsigned v = 0; v < VERB_COUNT; v++)
        child_of(list, verbs[v].path, node);
}

static void describe_node(struct control *c, struct verb_call *call, const char *node) {
    static struct children list; /* too large for a stack; one thread */
    list_children(c, node, &list);
    if (list.count == 0) {
        control_error(c, call->origin, OSC_UNKNOWN_ADDRESS, call->msg->addr,
                      "there is nothing at \"%.150s\"", node);
        return;
    }
    for (uint32_t i = 0; i < list.count; i += PAGE) {
        osc_out_begin(&c->out, "/ns");
        osc_out_text(&c->out, *node ? node : "/");
        osc_out_text(&c->out, "node");
        osc_out_int(&c->out, (int32_t)i);
        osc_out_int(&c->out, (int32_t)list.count);
        for (uint32_t n = i; n < list.count && n < i + PAGE; n++)
            osc_out_text(&c->out, list.name[n]);
        control_send_out(c, call->origin);
    }
}

static const char *types_of(const struct row *row) {
    switch (row->type) {
    case TYPE_INT:
    case TYPE_SWITCH: return "i";
    case TYPE_FLOAT: return row->comps == 3 ? "fff" : "f";
    default: return "s";
    }
}

static const char *role_word(int role) {
    static const char *const words[] = {"view", "mix", "admin"};
    return words[role % 3];
}

/* The words of an enumeration; those of the loudspeaker sets are the desk's. */
static const char *words_of(const struct desk *d, const struct row *row, char *buf, size_t size) {
    size_t n = 0;
    for (uint32_t i = 0; row->type == TYPE_SET && i < d->sets && n < size; i++)
        n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? "|" : "", d->set[i].id);
    return row->type == TYPE_SET ? buf : row->words;
}

static void describe_param(struct control *c, struct verb_call *call, const char *path,
                           const struct place *place) {
    const struct row *row = &rows[place->row];
    char words[DESK_MAX_SETS * ID_BYTES];
    float min, def, max;
    value_range(c->desk, place->row, 0, &min, &def, &max);
    control_answer(c, call->origin, "/ns", "ssssssfffss", path, "param", types_of(row), row->unit,
                   row->flags & ROW_READ_ONLY ? "r" : "rw",
                   role_word(row->flags & ROW_ADMIN ? CLIENT_ADMIN : CLIENT_MIX), (double)min,
                   (double)def, (double)max, words_of(c->desk, row, words, sizeof words), row->doc);
}

static void describe_verb(struct control *c, struct verb_call *call, const char *path,
                          enum verb_id verb) {
    const struct verb *v = &verbs[verb];
    control_answer(c, call->origin, "/ns", "ssssssfffss", path, "verb", v->args, "",
                   *v->args ? "rw" : "r", role_word(v->role), 0.0, 0.0, 0.0, v->reply, v->doc);
}

void verb_ns(struct control *c, struct verb_call *call) {
    char room[32], why[RESOLVE_WHY_BYTES], node[OSC_MAX_ADDRESS + 1];
    const char *path = "";
    const struct target *target;
    if (call->msg->nargs > 1 ||
        (call->msg->nargs == 1 && osc_arg_as_text(&call->msg->args[0], room, &path) != OSC_OK)) {
        control_error(c, call->origin, OSC_BAD_TYPE, call->msg->addr, "takes one address");
        return;
    }
    if (strlen(path) >= sizeof node) {
        control_error(c, call->origin, OSC_TOO_LARGE, call->msg->addr, "that address is too long");
        return;
    }
    snprintf(node, sizeof node, "%s", path);
    for (size_t n = strlen(node); n > 0 && node[n - 1] == '/'; n--)
        node[n - 1] = '\0';
    if (*node && resolve(c->resolver, node, &target, why) == OSC_OK) {
        if (target->kind == TARGET_VERB)
            describe_verb(c, call, node, target->verb);
        else if (target->kind == TARGET_PARAM)
            describe_param(c, call, node, &target->param.place);
        else
            control_answer(c, call->origin, "/ns", "ssssssfffss", node, "param", "f...", "dB", "r",
                           "view", -144.0, -144.0, 40.0, "", "Peak of each leg.");
        if (target->kind != TARGET_PARAM || target->param.suffix != SUFFIX_NONE)
            return;
        static struct children below; /* /pan has /pan/width below it */
        list_children(c, node, &below);
        if (below.count == 0)
            return;
    }
    describe_node(c, call, node);
}
