/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of an object in the desk file. The keys are the paths of the row table: each element of a
 * path is one group, an index is a key (`send = { REV = {...} }`) or a place in a list (`bands`).
 * There is no second list of keys here. */
#include "config/desk_read.h"

#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "config/views.h"

#define PATH_BYTES 64

/* Where the reader stands: in the settings of `o`, at `path` ("send/{}"), index `dim` of that. */
struct spot {
    const struct desk_object *o;
    char path[PATH_BYTES];
    uint32_t dim;
};

static struct spot deeper(const struct spot *at, const char *name) {
    struct spot next = *at;
    const size_t len = strlen(next.path);
    snprintf(next.path + len, sizeof next.path - len, "%s%.40s", len ? "/" : "", name);
    return next;
}

/* The row of exactly this path, or ROW_INVALID. */
static enum row_id row_at(const struct spot *at) {
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if ((rows[i].kinds & 1u << at->o->kind) && strcmp(rows[i].path, at->path) == 0)
            return (enum row_id)i;
    return ROW_INVALID;
}

/* The first row at or below this path, or ROW_INVALID. */
static enum row_id row_below(const struct spot *at) {
    const size_t len = strlen(at->path);
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if ((rows[i].kinds & 1u << at->o->kind) && strncmp(rows[i].path, at->path, len) == 0 &&
            (!len || rows[i].path[len] == '/' || !rows[i].path[len]))
            return (enum row_id)i;
    return ROW_INVALID;
}

static bool has_children(const struct spot *at) {
    const size_t len = strlen(at->path);
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if ((rows[i].kinds & 1u << at->o->kind) && strncmp(rows[i].path, at->path, len) == 0 &&
            rows[i].path[len] == '/')
            return true;
    return false;
}

/* "channel "DX_A"", or "'eq' of channel "DX_A"". */
static const char *place_name(const struct spot *at, char *buf, size_t size) {
    const char *slash = strrchr(at->path, '/');
    const char *last = slash && strcmp(slash, "/{}") ? slash + 1 : at->path;
    snprintf(buf, size, "%s%.*s%s%s%s%s%s", *last ? "'" : "", (int)strcspn(last, "/"), last,
             *last ? "' of " : "", reader_noun(at->o->kind), at->o->id[0] ? " \"" : "", at->o->id,
             at->o->id[0] ? "\"" : "");
    return buf;
}

/* All keys that may stand here, spaces between. */
static void known_keys(const struct reader *r, const struct spot *at, char *buf, size_t size) {
    const size_t len = strlen(at->path);
    size_t n = (size_t)snprintf(buf, size, "%s", len ? "" : reader_own_keys(at->o->kind));
    const char *seen[ROW_COUNT];
    unsigned count = 0;
    for (unsigned i = 0; i < ROW_COUNT && n < size; i++) {
        const char *path = rows[i].path;
        if (!(rows[i].kinds & 1u << at->o->kind) || (rows[i].flags & ROW_READ_ONLY) ||
            strncmp(path, at->path, len) != 0 || (len && path[len] != '/'))
            continue;
        const char *next = path + len + (len > 0);
        const size_t next_len = strcspn(next, "/");
        bool again = false;
        for (unsigned k = 0; k < count && !again; k++)
            again = strcspn(seen[k], "/") == next_len && strncmp(seen[k], next, next_len) == 0;
        if (again)
            continue;
        seen[count++] = next;
        if (strncmp(next, "{}", 2) != 0) {
            n += (size_t)snprintf(buf + n, size - n, "%s%.*s", n ? " " : "", (int)next_len, next);
            continue;
        }
        if (DIM_IS_BANDS(rows[i].dim))
            n += (size_t)snprintf(buf + n, size - n, "%sbands", n ? " " : "");
        char name[2 * ID_BYTES];
        for (uint32_t k = 0; n < size && desk_dim_name(r->desk, rows[i].dim, k, name, sizeof name);
             k++)
            n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "", name);
        for (uint32_t k = 0; k < r->desk->objects && n < size; k++) {
            const struct desk_object *o = &r->desk->object[k];
            if (o->id[0] && desk_dim_index(r->desk, rows[i].dim, o->id) >= 0 && !strstr(buf, o->id))
                n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "", o->id);
        }
    }
}

/* -- values ---------------------------------------------------------------------------------- */

static bool read_scalar(struct reader *r, enum row_id row, unsigned comp, const config_setting_t *s,
                        float *out) {
    char why[VALUE_WHY_BYTES], takes[VALUE_BYTES];
    enum value_result result;
    double x;
    bool on;
    const struct desk *d = r->desk;
    if (config_setting_is_number(s)) {
        if (!reader_number(r, s, &x))
            return false;
        result = value_check(d, row, comp, x, out, why, sizeof why);
    } else if (config_setting_type(s) == CONFIG_TYPE_STRING) {
        result = value_parse(d, row, comp, config_setting_get_string(s), out, why, sizeof why);
    } else if (rows[row].type == TYPE_SWITCH && config_setting_type(s) == CONFIG_TYPE_BOOL) {
        if (!reader_switch(r, s, &on))
            return false;
        *out = on ? 1.0f : 0.0f;
        return true;
    } else {
        const char *name = config_setting_name(s);
        return reader_fail(r, s, "'%.40s' is %s; expected %s", name ? name : "this", reader_what(s),
                           value_expected(d, row, comp, takes, sizeof takes));
    }
    /* A surface that overshoots is clamped; a file that does is wrong. */
    return result == VALUE_OK ? true : reader_fail(r, s, "%s", why);
}

/* Views have no slot: set the direction that they say, or the reference level of all sets. */
static void store_view(struct desk *d, const struct spot *at, enum row_id row, const float *v) {
    for (uint32_t set = 0; set < d->sets && row == ROW_MON_REF; set++)
        d->value[layout_slot(&d->layout, KIND_MON, 0, ROW_SET_REF, set, 0)] = v[0];
    const uint32_t slot = layout_slot(&d->layout, at->o->kind, at->o->index, ROW_PAN_AED, 0, 0);
    if (row == ROW_PAN)
        d->value[slot] = views_az_from_pan(v[0]);
    else if (row == ROW_PAN_XYZ)
        views_aed_from_xyz(v, &d->value[slot]);
}

static bool read_value(struct reader *r, const struct spot *at, enum row_id row,
                       const config_setting_t *s) {
    struct desk *d = r->desk;
    const struct row *w = &rows[row];
    char where[80], why[VALUE_WHY_BYTES];
    float v[3] = {0};
    if (w->flags & ROW_READ_ONLY)
        return reader_fail(r, s, "'%s' is told by the desk, not set; expected no such key in %s",
                           w->path, place_name(&(struct spot){.o = at->o}, where, sizeof where));
    const struct place place = {at->o->kind, at->o->index, row, at->dim, 0};
    const char *lacks = desk_lacks(d, &place);
    if (lacks)
        return reader_fail(r, s, "%s cannot have '%s': %s",
                           place_name(&(struct spot){.o = at->o}, where, sizeof where), w->path,
                           lacks);
    if (w->type == TYPE_TEXT) {
        const uint32_t text = layout_text(&d->layout, at->o->kind, at->o->index, row);
        if (config_setting_type(s) == CONFIG_TYPE_STRING &&
            value_check_text(row, config_setting_get_string(s), why, sizeof why) != VALUE_OK)
            return reader_fail(r, s, "%s", why);
        return reader_text(r, s, d->text[text], TEXT_BYTES);
    }
    if (w->comps == 1) {
        if (!read_scalar(r, row, 0, s, &v[0]))
            return false;
    } else {
        if (!config_setting_is_aggregate(s) || config_setting_is_group(s) ||
            config_setting_length(s) != (int)w->comps)
            return reader_fail(r, s, "'%s' takes %u numbers; expected [ a, b, c ]: %s", w->path,
                               w->comps, w->doc);
        for (unsigned c = 0; c < w->comps; c++)
            if (!read_scalar(r, row, c, config_setting_get_elem(s, c), &v[c]))
                return false;
    }
    if (w->flags & ROW_VIEW) {
        store_view(d, at, row, v);
        return true;
    }
    for (unsigned c = 0; c < w->comps; c++)
        d->value[layout_slot(&d->layout, at->o->kind, at->o->index, row, at->dim, c)] = v[c];
    return true;
}

/* -- the walk -------------------------------------------------------------------------------- */

static bool read_group(struct reader *r, const struct spot *at, const config_setting_t *s);

/* What is written is on: a filter, band or send with any setting but no `on` of its own. */
static void imply_on(struct reader *r, const struct spot *at) {
    const struct spot on = deeper(at, "on");
    const enum row_id row = *at->path ? row_at(&on) : ROW_INVALID;
    if (row != ROW_INVALID)
        r->desk->value[layout_slot(&r->desk->layout, at->o->kind, at->o->index, row, at->dim, 0)] =
            1.0f;
}

/* Step into index `spelled` of the dimension below `at`. */
static bool enter_dim(struct reader *r, const struct spot *at, const char *spelled,
                      const config_setting_t *s, struct spot *next) {
    char where[80], known[400] = "";
    *next = deeper(at, "{}");
    const enum row_id row = row_below(next);
    const int dim = desk_dim_index(r->desk, rows[row].dim, spelled);
    const struct place place = {at->o->kind, at->o->index, row, (uint32_t)dim, 0};
    if (dim < 0) {
        known_keys(r, at, known, sizeof known);
        return reader_fail(r, s, "there is no \"%.40s\" for %s; expected one of: %.250s", spelled,
                           place_name(at, where, sizeof where), known[0] ? known : "(none here)");
    }
    if (!desk_has_place(r->desk, &place))
        return reader_fail(r, s, "%s cannot feed \"%.40s\"; expected %s",
                           place_name(&(struct spot){.o = at->o}, where, sizeof where), spelled,
                           rows[row].dim == DIM_DEST ? "a stem (groups and auxes feed stems only)"
                                                     : "an aux that is declared after it");
    next->dim = (uint32_t)dim;
    return true;
}

/* A value or a group behind an index: `DX = true`, `REV = { level = -12.0; }`. */
static bool read_dim(struct reader *r, const struct spot *at, const config_setting_t *s) {
    const enum row_id row = row_at(at);
    if (row != ROW_INVALID)
        return read_value(r, at, row, s);
    return reader_group(r, s) && read_group(r, at, s);
}

/* `to = ["DX", "FX"]`, `send = ( { id = "REV"; level = -12.0; } )`, `bands = ( {...}, {...} )`. */
static bool read_dim_list(struct reader *r, const struct spot *at, const config_setting_t *s,
                          enum dim dim) {
    for (int i = 0; i < config_setting_length(s); i++) {
        const config_setting_t *e = config_setting_get_elem(s, (unsigned)i);
        char spelled[ID_BYTES];
        struct spot next;
        if (config_setting_type(e) == CONFIG_TYPE_STRING && !DIM_IS_BANDS(dim)) {
            if (!enter_dim(r, at, config_setting_get_string(e), e, &next))
                return false;
            const enum row_id row = row_at(&next);
            if (row == ROW_INVALID)
                imply_on(r, &next);
            else
                r->desk->value[layout_slot(&r->desk->layout, at->o->kind, at->o->index, row,
                                           next.dim, 0)] = 1.0f;
            continue;
        }
        if (!reader_group(r, e))
            return false;
        if (DIM_IS_BANDS(dim)) {
            const int most = (int)r->desk->layout.dims[dim];
            if (i >= most)
                return reader_fail(r, e, "band %d; expected at most %d bands", i + 1, most);
            snprintf(spelled, sizeof spelled, "%d", i + 1);
        } else {
            const config_setting_t *id = config_setting_get_member(e, "id");
            if (!id)
                return reader_fail(r, e, "no id; expected id = \"...\" of what is meant");
            if (!reader_id(r, id, spelled))
                return false;
        }
        if (!enter_dim(r, at, spelled, e, &next) || !read_dim(r, &next, e))
            return false;
    }
    return true;
}

static bool read_member(struct reader *r, const struct spot *parent, const config_setting_t *s) {
    const char *name = config_setting_name(s);
    const struct spot at = deeper(parent, name), indexed = deeper(&at, "{}");
    const struct spot sibling = deeper(parent, "{}");
    const enum row_id row = row_at(&at);
    char where[80], known[600];
    if (row != ROW_INVALID && !(config_setting_is_group(s) && has_children(&at)))
        return read_value(r, &at, row, s);
    if (row != ROW_INVALID || has_children(&at)) {
        const enum row_id below = row_below(&indexed);
        if (below != ROW_INVALID && !DIM_IS_BANDS(rows[below].dim) && !config_setting_is_group(s))
            return reader_list(r, s) && read_dim_list(r, &at, s, rows[below].dim);
        return reader_group(r, s) && read_group(r, &at, s);
    }
    const enum row_id by_index = *parent->path ? row_below(&sibling) : ROW_INVALID;
    if (by_index != ROW_INVALID && DIM_IS_BANDS(rows[by_index].dim)) {
        if (strcmp(name, "bands") == 0)
            return reader_list(r, s) && read_dim_list(r, parent, s, rows[by_index].dim);
    } else if (by_index != ROW_INVALID) {
        struct spot next;
        return enter_dim(r, parent, name, s, &next) && read_dim(r, &next, s);
    }
    /* `pan = { value = 20.0; width = 0.5; }`: the group's own value */
    const enum row_id own = strcmp(name, "value") == 0 ? row_at(parent) : ROW_INVALID;
    if (own != ROW_INVALID)
        return read_value(r, parent, own, s);
    known_keys(r, parent, known, sizeof known);
    return reader_unknown(r, s, place_name(parent, where, sizeof where), known);
}

static bool read_group(struct reader *r, const struct spot *at, const config_setting_t *s) {
    const int members = config_setting_length(s);
    const char *const slash = strrchr(at->path, '/');
    const bool listed = slash && strcmp(slash, "/{}") == 0;
    if (members && !config_setting_get_member(s, "on"))
        imply_on(r, at);
    for (int i = 0; i < members; i++) {
        const config_setting_t *m = config_setting_get_elem(s, (unsigned)i);
        const char *name = config_setting_name(m);
        if (*at->path ? listed && strcmp(name, "id") == 0 : reader_is_own_key(at->o->kind, name))
            continue;
        if (!read_member(r, at, m))
            return false;
    }
    return true;
}

bool reader_rows(struct reader *r, const struct desk_object *o) {
    const config_setting_t *s = r->from[o - r->desk->object];
    const struct spot top = {.o = o};
    return s ? read_group(r, &top, s) : true;
}

bool reader_dim_switch(struct reader *r, const struct desk_object *o, enum row_id row,
                       const config_setting_t *s, float value) {
    struct spot at = {.o = o}, next;
    if (config_setting_type(s) != CONFIG_TYPE_STRING)
        return reader_fail(r, s, "this is %s; expected an id in double quotes", reader_what(s));
    /* the path up to its index */
    const char *brace = strstr(rows[row].path, "/{}");
    snprintf(at.path, sizeof at.path, "%.*s", (int)(brace - rows[row].path), rows[row].path);
    if (!enter_dim(r, &at, config_setting_get_string(s), s, &next))
        return false;
    r->desk->value[layout_slot(&r->desk->layout, o->kind, o->index, row, next.dim, 0)] = value;
    return true;
}

bool reader_dim_rows(struct reader *r, const struct desk_object *o, const char *path, uint32_t dim,
                     const config_setting_t *s, const char *own) {
    struct spot at = {.o = o, .dim = dim};
    char known[400];
    snprintf(at.path, sizeof at.path, "%s", path);
    const int len = snprintf(known, sizeof known, "%s ", own);
    known_keys(r, &at, known + len, sizeof known - (size_t)len);
    if (!reader_group(r, s) || !reader_keys(r, s, known))
        return false;
    for (int i = 0; i < config_setting_length(s); i++) {
        const config_setting_t *m = config_setting_get_elem(s, (unsigned)i);
        if (!reader_is_word(own, config_setting_name(m)) && !read_member(r, &at, m))
            return false;
    }
    return true;
}
