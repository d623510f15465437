/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/address.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/spell.h"

#define ELEMENTS_MAX 8
#define ELEMENT_BYTES 64

static const char *const suffixes[SUFFIX_COUNT] = {"", "norm", "glide", "delta", "toggle", "touch"};

/* An address cut at its slashes, and how far it has been understood. */
struct cursor {
    const char *text;
    char element[ELEMENTS_MAX][ELEMENT_BYTES];
    unsigned count, at;
    char *why;
    size_t why_size;
};

__attribute__((format(printf, 3, 4))) static enum address_result
refuse(struct cursor *c, enum address_result result, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(c->why, c->why_size, format, args);
    va_end(args);
    return result;
}

static enum address_result cut(struct cursor *c) {
    const char *p = c->text;
    if (*p != '/')
        return refuse(c, ADDRESS_UNKNOWN, "'%.60s' is no address; expected one that begins with /",
                      c->text);
    while (*p == '/') {
        const size_t len = strcspn(++p, "/");
        if (!len || len >= ELEMENT_BYTES || c->count == ELEMENTS_MAX)
            return refuse(c, ADDRESS_UNKNOWN, "'%.60s' %s; expected an address such as /ch/1/fader",
                          c->text, len ? "is too long" : "has an empty element");
        memcpy(c->element[c->count], p, len);
        c->element[c->count++][len] = '\0';
        p += len;
    }
    return ADDRESS_OK;
}

/* Whether some row of the kind begins with this element. */
static bool begins_row(enum kind kind, const char *element) {
    const size_t len = strlen(element);
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if ((rows[i].kinds & 1u << kind) && strncmp(rows[i].path, element, len) == 0 &&
            (rows[i].path[len] == '/' || !rows[i].path[len]))
            return true;
    return false;
}

/* "1..12 or an id", "1..6" where there are no ids, "another; this desk has none". */
static const char *count_text(uint32_t count, bool bare, char *buf, size_t size) {
    if (count)
        snprintf(buf, size, "1..%u%s", count, bare ? "" : " or an id");
    else
        snprintf(buf, size, "another; this desk has none");
    return buf;
}

static enum address_result find_object(const struct desk *desk, struct cursor *c, enum kind *kind,
                                       const struct desk_object **object) {
    unsigned k = 0;
    char range[48];
    while (k < KIND_COUNT && strcmp(c->element[0], kind_path((enum kind)k)) != 0)
        k++;
    if (k == KIND_COUNT)
        return refuse(c, ADDRESS_UNKNOWN,
                      "unknown address '/%.40s'; expected /ch, /grp, /aux, /stem, /main, /mon, "
                      "/vca, /mgrp or /solo",
                      c->element[0]);
    *kind = (enum kind)k;
    c->at = 1;
    if (kind_is_single(*kind)) {
        *object = desk_find(desk, *kind, "");
    } else if (c->count < 2 && *kind != KIND_MAIN) {
        return refuse(c, ADDRESS_UNKNOWN, "'/%s' lacks an index; expected /%s/N/..., N %s",
                      c->element[0], c->element[0],
                      count_text(desk->layout.count[k], false, range, sizeof range));
    } else {
        *object = c->count > 1 ? desk_find(desk, *kind, c->element[1]) : NULL;
        c->at += *object != NULL;
        /* "/main" alone is the first one */
        if (!*object && *kind == KIND_MAIN && (c->count < 2 || begins_row(*kind, c->element[1])))
            *object = desk_find(desk, *kind, "1");
    }
    if (!*object)
        return refuse(c, ADDRESS_NO_OBJECT, "there is no /%s/%.40s on this desk; expected %s",
                      c->element[0], c->count > 1 ? c->element[1] : "1",
                      count_text(desk->layout.count[k], false, range, sizeof range));
    return ADDRESS_OK;
}

/* Whether a path spells the elements at..end; *index is the element that stands for `{}`. */
static bool path_matches(const char *path, const struct cursor *c, unsigned end, unsigned *index) {
    unsigned at = c->at;
    *index = 0;
    for (;; path++) {
        const size_t len = strcspn(path, "/");
        if (at == end)
            return false;
        if (strncmp(path, "{}", 2) == 0)
            *index = at;
        else if (strlen(c->element[at]) != len || strncmp(path, c->element[at], len) != 0)
            return false;
        at++;
        path += len;
        if (!*path)
            return at == end;
    }
}

static enum row_id find_row(enum kind kind, const struct cursor *c, unsigned end, unsigned *index) {
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if ((rows[i].kinds & 1u << kind) && path_matches(rows[i].path, c, end, index))
            return (enum row_id)i;
    return ROW_INVALID;
}

/* A row's path with N where the index goes; with no index at all if `bare`. */
static const char *readable(const char *path, bool bare, char *buf, size_t size) {
    const char *brace = strstr(path, "{}");
    if (brace)
        snprintf(buf, size, "%.*s%s%s", (int)(brace - path) - bare, path, bare ? "" : "N",
                 brace + 2);
    else
        snprintf(buf, size, "%s", path);
    return buf;
}

/* Nothing matches: say what comes nearest. */
static enum address_result no_row(struct cursor *c, enum kind kind) {
    char words[2400] = "", rest[80] = "", near[48] = "", path[48];
    size_t len = 0, rest_len = 0;
    for (unsigned i = c->at; i < c->count && rest_len < sizeof rest; i++)
        rest_len += (size_t)snprintf(rest + rest_len, sizeof rest - rest_len, "%s%s",
                                     i > c->at ? "/" : "", c->element[i]);
    for (unsigned i = 0; i < ROW_COUNT && len < sizeof words; i++) {
        if (!(rows[i].kinds & 1u << kind))
            continue;
        if (strcmp(readable(rows[i].path, true, path, sizeof path), rest) == 0)
            readable(rows[i].path, false, near, sizeof near); /* only the index is missing */
        len += (size_t)snprintf(words + len, sizeof words - len, "%s%s", len ? " " : "",
                                readable(rows[i].path, false, path, sizeof path));
    }
    if (!rest[0])
        return refuse(c, ADDRESS_UNKNOWN,
                      "'%.60s' is no parameter; expected one below it, such as %.60s/%s", c->text,
                      c->text, (rows[ROW_FADER].kinds & 1u << kind) ? "fader" : "on");
    if (near[0] || spell_nearest(rest, words, near, sizeof near))
        return refuse(c, ADDRESS_UNKNOWN, "/%s has no parameter '%.40s'; did you mean '%s'?",
                      kind_path(kind), rest, near);
    return refuse(c, ADDRESS_UNKNOWN,
                  "/%s has no parameter '%.40s'; expected one of those that /ns lists",
                  kind_path(kind), rest);
}

static enum address_result find_dim(const struct desk *desk, struct cursor *c, unsigned element,
                                    struct place *place) {
    static const char *const nouns[DIM_COUNT] = {
        [DIM_BAND] = "band",          [DIM_MBAND] = "band",          [DIM_AUX] = "aux",
        [DIM_DEST] = "group or stem", [DIM_STEM] = "stem",           [DIM_VCA] = "VCA",
        [DIM_MGRP] = "mute group",    [DIM_SET] = "loudspeaker set", [DIM_SPK] = "loudspeaker"};
    const enum dim dim = rows[place->row].dim;
    const char *lacks = dim == DIM_NONE ? desk_lacks(desk, place) : NULL;
    if (lacks)
        return refuse(c, ADDRESS_NO_OBJECT, "there is no '%.60s': %s", c->text, lacks);
    if (dim == DIM_NONE)
        return ADDRESS_OK;
    const char *spelled = c->element[element];
    const int index = desk_dim_index(desk, dim, spelled);
    char range[48];
    if (index < 0)
        return refuse(c, ADDRESS_NO_OBJECT, "there is no %s '%.40s' in '%.60s'; expected %s",
                      nouns[dim], spelled, c->text,
                      count_text(desk->layout.dims[dim], DIM_IS_BANDS(dim), range, sizeof range));
    place->dim = (uint32_t)index;
    if (!desk_has_place(desk, place))
        return refuse(c, ADDRESS_NO_OBJECT, "/%s cannot feed '%.40s'; expected %s", c->element[0],
                      spelled,
                      dim == DIM_DEST ? "a stem (groups and auxes feed stems only)"
                                      : "an aux of a higher number");
    return ADDRESS_OK;
}

enum address_result address_resolve(const struct desk *desk, const char *text,
                                    struct address *address, char *why, size_t why_size) {
    struct cursor c;
    c.text = text;
    c.count = c.at = 0;
    c.why = why;
    c.why_size = why_size;
    const struct desk_object *object = NULL;
    enum kind kind = KIND_CH;
    enum address_result result = cut(&c);
    if (result == ADDRESS_OK)
        result = find_object(desk, &c, &kind, &object);
    if (result != ADDRESS_OK || !object)
        return result;
    unsigned suffix = SUFFIX_COUNT - 1, end = c.count, index = 0;
    while (suffix && strcmp(c.element[c.count - 1], suffixes[suffix]) != 0)
        suffix--;
    end -= suffix != SUFFIX_NONE;
    const enum row_id row = find_row(kind, &c, end, &index);
    if (row == ROW_INVALID)
        return no_row(&c, kind);
    struct place place = {kind, object->index, row, 0, 0};
    result = find_dim(desk, &c, index, &place);
    if (result != ADDRESS_OK)
        return result;
    *address = (struct address){
        .place = place,
        .object = (uint32_t)(object - desk->object),
        .slot = layout_slot(&desk->layout, kind, place.index, row, place.dim, 0),
        .text = layout_text(&desk->layout, kind, place.index, row),
        .suffix = (enum suffix)suffix,
    };
    return ADDRESS_OK;
}

/* Index or id of an object. */
static void spell(const struct desk_object *o, uint32_t number, enum spelling spelling, char *buf,
                  size_t size) {
    if (spelling == SPELL_ID && o && o->id[0])
        snprintf(buf, size, "%s", o->id);
    else
        snprintf(buf, size, "%u", number + 1);
}

static const struct desk_object *dim_object(const struct desk *desk, enum dim dim, uint32_t n) {
    enum kind kind;
    switch (dim) {
    case DIM_AUX: kind = KIND_AUX; break;
    case DIM_STEM: kind = KIND_STEM; break;
    case DIM_VCA: kind = KIND_VCA; break;
    case DIM_MGRP: kind = KIND_MGRP; break;
    case DIM_DEST: desk_dest(desk, n, &kind, &n); break;
    default: return NULL;
    }
    return n < desk->layout.count[kind] ? &desk->object[desk->first[kind] + n] : NULL;
}

int address_print(const struct desk *desk, const struct place *place, enum spelling spelling,
                  char *buf, size_t size) {
    const struct row *row = &rows[place->row];
    char object[ID_BYTES] = "", dim[2 * ID_BYTES] = "";
    if (!kind_is_single(place->kind))
        spell(&desk->object[desk->first[place->kind] + place->index], place->index, spelling,
              object, sizeof object);
    const char *brace = strstr(row->path, "{}");
    const size_t before = brace ? (size_t)(brace - row->path) : strlen(row->path);
    if (brace &&
        !(spelling == SPELL_ID && desk_dim_name(desk, row->dim, place->dim, dim, sizeof dim)))
        spell(dim_object(desk, row->dim, place->dim), place->dim, spelling, dim, sizeof dim);
    const int len =
        snprintf(buf, size, "/%s%s%s/%.*s%s%s", kind_path(place->kind), object[0] ? "/" : "",
                 object, (int)before, row->path, dim, brace ? brace + 2 : "");
    return len < 0 || (size_t)len >= size ? -1 : len;
}
