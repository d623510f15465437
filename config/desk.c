/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a desk that stands. How it is read: desk_parse.c. */
#include "config/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/desk_read.h"

static const char *const roles[ROLE_COUNT] = {"",    "dx", "pfx",  "mx",  "fx",
                                              "fol", "bg", "fill", "opt", "nar"};

const char *role_name(enum role role) {
    return role < ROLE_COUNT ? roles[role] : "";
}

void desk_free(struct desk *desk) {
    if (!desk)
        return;
    free(desk->object);
    free(desk->value);
    free(desk->text);
    free(desk->listener);
    free(desk->client);
    free(desk->surface);
    free(desk->id_table);
    free(desk);
}

/* An index from 1, "3" or "03", as one from 0; -1 if it is no number, -2 if it is none of 1..count.
 */
static int index_of(const char *spelled, uint32_t count) {
    if (!*spelled || strspn(spelled, "0123456789") != strlen(spelled))
        return -1;
    unsigned long n = 0;
    for (const char *p = spelled; *p && n <= count; p++)
        n = 10 * n + (unsigned long)(*p - '0');
    return n >= 1 && n <= count ? (int)n - 1 : -2;
}

/* FNV-1a over kind and id. */
static uint32_t id_hash(enum kind kind, const char *id) {
    uint32_t h = (0x811c9dc5u ^ (uint32_t)kind) * 0x01000193u;
    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 0x01000193u;
    return h;
}

bool desk_index_ids(struct desk *desk) {
    uint32_t size = 16;
    while (size < 2 * desk->objects)
        size *= 2;
    desk->id_table = calloc(size, sizeof *desk->id_table);
    if (!desk->id_table)
        return false;
    desk->id_mask = size - 1;
    for (uint32_t n = 0; n < desk->objects; n++) {
        uint32_t at = id_hash(desk->object[n].kind, desk->object[n].id) & desk->id_mask;
        while (desk->id_table[at])
            at = (at + 1) & desk->id_mask;
        desk->id_table[at] = n + 1;
    }
    return true;
}

const struct desk_object *desk_find(const struct desk *desk, enum kind kind, const char *spelled) {
    if ((unsigned)kind >= KIND_COUNT || !desk->layout.count[kind])
        return NULL;
    const struct desk_object *first = &desk->object[desk->first[kind]];
    if (kind_is_single(kind))
        return first;
    const int index = index_of(spelled, desk->layout.count[kind]);
    if (index >= 0)
        return first + index;
    if (index == -2 || !desk->id_table)
        return NULL;
    /* At most half of the table is used, so an empty entry ends the search. */
    for (uint32_t at = id_hash(kind, spelled) & desk->id_mask; desk->id_table[at];
         at = (at + 1) & desk->id_mask) {
        const struct desk_object *o = &desk->object[desk->id_table[at] - 1];
        if (o->kind == kind && strcmp(o->id, spelled) == 0)
            return o;
    }
    return NULL;
}

int desk_strip_number(const struct desk *desk, const char *address) {
    if (*address != '/')
        return -1;
    char kind[8];
    const size_t len = strcspn(address + 1, "/");
    if (len >= sizeof kind)
        return -1;
    memcpy(kind, address + 1, len);
    kind[len] = '\0';
    const char *spelled = address[1 + len] ? address + len + 2 : "";
    for (unsigned k = 0; k < KINDS_STRIP; k++) {
        if (strcmp(kind, kind_path((enum kind)k)) != 0)
            continue;
        if (kind_is_single((enum kind)k) && *spelled)
            return -1;
        if (k == KIND_MAIN && !*spelled)
            spelled = "1";
        const struct desk_object *o = desk_find(desk, (enum kind)k, spelled);
        return o ? (int)(o - desk->object) : -1;
    }
    return -1;
}

int desk_dim_index(const struct desk *desk, enum dim dim, const char *spelled) {
    static const enum kind kinds[DIM_COUNT] = {
        [DIM_AUX] = KIND_AUX, [DIM_STEM] = KIND_STEM, [DIM_VCA] = KIND_VCA, [DIM_MGRP] = KIND_MGRP};
    const struct desk_object *o;
    int index;
    switch (dim) {
    case DIM_AUX:
    case DIM_STEM:
    case DIM_VCA:
    case DIM_MGRP: o = desk_find(desk, kinds[dim], spelled); return o ? (int)o->index : -1;
    case DIM_SET:
    case DIM_SPK:
        index = index_of(spelled, desk->layout.dims[dim]);
        return index != -1 ? (index >= 0 ? index : -1) : desk_name_index(desk, dim, spelled);
    case DIM_BAND:
    case DIM_MBAND:
        index = index_of(spelled, desk->layout.dims[dim]);
        return index >= 0 ? index : -1;
    case DIM_DEST:
        index = index_of(spelled, desk->layout.dims[DIM_DEST]);
        if (index != -1)
            return index >= 0 ? index : -1;
        if ((o = desk_find(desk, KIND_GRP, spelled)))
            return (int)o->index;
        if ((o = desk_find(desk, KIND_STEM, spelled)))
            return (int)(desk->layout.count[KIND_GRP] + o->index);
        return -1;
    default: return -1;
    }
}

void desk_dest(const struct desk *desk, uint32_t dest, enum kind *kind, uint32_t *index) {
    const uint32_t groups = desk->layout.count[KIND_GRP];
    *kind = dest < groups ? KIND_GRP : KIND_STEM;
    *index = dest < groups ? dest : dest - groups;
}

const char *desk_lacks(const struct desk *desk, const struct place *place) {
    const struct row *row = &rows[place->row];
    const struct desk_object *o = &desk->object[desk->first[place->kind] + place->index];
    if (row->dim == DIM_DEST && place->kind != KIND_CH && place->dim < desk->layout.count[KIND_GRP])
        return "groups and auxes do not feed groups; expected a stem";
    if (row->dim == DIM_AUX && place->kind == KIND_AUX && place->dim <= place->index)
        return "an aux feeds later ones only; expected an aux that is declared after it";
    if ((row->flags & ROW_LIMITER) && !desk->limiters)
        return "this desk has no limiters; expected limiters = true in its file";
    if (place->row == ROW_INSERT_ON && !o->insert)
        return "this strip has no insert; expected insert = true in the desk file";
    if (place->row == ROW_LIM_MODE && !o->print_master)
        return "only the print master's limiter has a mode; expected print_master = true";
    return NULL;
}

bool desk_has_place(const struct desk *desk, const struct place *place) {
    const struct layout *l = &desk->layout;
    if ((unsigned)place->kind >= KIND_COUNT || (unsigned)place->row >= ROW_COUNT)
        return false;
    const struct row *row = &rows[place->row];
    if (!(row->kinds & 1u << place->kind) || place->index >= l->count[place->kind] ||
        place->comp >= row->comps || place->dim >= l->dims[row->dim])
        return false;
    return !desk_lacks(desk, place);
}

struct place desk_stored(const struct place *place, float set) {
    struct place at = *place;
    if (!(rows[at.row].flags & ROW_VIEW))
        return at;
    at.dim = at.row == ROW_MON_REF ? (uint32_t)set : 0;
    at.row = at.row == ROW_MON_REF ? ROW_SET_REF : ROW_PAN_AED;
    at.comp = 0;
    return at;
}

/* The ports of the monitor, one per loudspeaker, behind the first n. */
static uint32_t add_speakers(const struct desk *desk, struct desk_port *ports, uint32_t max,
                             uint32_t n) {
    for (uint32_t i = 0; i < desk->speakers; i++, n++) {
        if (!ports || n >= max)
            continue;
        const struct desk_speaker *k = &desk->speaker[i];
        const struct desk_set *set = &desk->set[k->set];
        const char *leg = leg_table[format_table[set->format].leg[k->leg]].name;
        struct desk_port *p = &ports[n];
        *p = (struct desk_port){
            .kind = KIND_MON, .object = desk->first[KIND_MON], .leg = k->leg, .speaker = i};
        snprintf(p->name, sizeof p->name, "mon %s%s%s", k->set ? set->id : "", k->set ? " " : "",
                 leg);
        const bool one = format_legs(set->format) == 1;
        snprintf(p->pretty, sizeof p->pretty, "%.80s%s%s", set->name, one ? "" : " ",
                 one ? "" : leg);
    }
    return n;
}

const char *port_use_word(enum port_use use) {
    static const char *const words[] = {"", " send", " return"};
    return words[use];
}

/* The ports of one kind of use of one strip, behind the first n. Returns how many there are then.
 */
static uint32_t add_ports(const struct desk *desk, uint32_t number, enum port_use use,
                          struct desk_port *ports, uint32_t max, uint32_t n) {
    const struct desk_object *o = &desk->object[number];
    const uint32_t name = layout_text(&desk->layout, o->kind, o->index, ROW_NAME);
    const unsigned legs = format_legs(o->format);
    for (unsigned leg = 0; leg < legs; leg++, n++) {
        if (!ports || n >= max)
            continue;
        struct desk_port *p = &ports[n];
        *p = (struct desk_port){.kind = o->kind, .object = number, .leg = leg, .use = use};
        p->input = use == PORT_RETURN || (use == PORT_STRIP && o->kind == KIND_CH);
        const char *leg_name = leg_table[format_table[o->format].leg[leg]].name;
        char count[12];
        snprintf(count, sizeof count, "%u", leg + 1);
        snprintf(p->name, sizeof p->name, "%s%s%s%s %s%s", use == PORT_STRIP ? "" : "insert ",
                 kind_path(o->kind), o->id[0] ? " " : "", o->id,
                 use == PORT_STRIP && p->input ? count : leg_name, port_use_word(use));
        snprintf(p->pretty, sizeof p->pretty, "%.72s%s%s%s", desk->text[name], legs > 1 ? " " : "",
                 legs > 1 ? leg_name : "", port_use_word(use));
    }
    return n;
}

uint32_t desk_ports(const struct desk *desk, struct desk_port *ports, uint32_t max) {
    const uint32_t channels = desk->layout.count[KIND_CH];
    uint32_t n = 0;
    for (uint32_t i = 0; i < channels; i++)
        n = add_ports(desk, i, PORT_STRIP, ports, max, n);
    for (uint32_t i = 0; i < desk->first[KIND_AUX]; i++)
        if (desk->object[i].insert)
            n = add_ports(desk, i, PORT_RETURN, ports, max, n);
    for (uint32_t i = desk->first[KIND_STEM]; i < desk->first[KIND_MON]; i++)
        n = add_ports(desk, i, PORT_STRIP, ports, max, n);
    n = add_speakers(desk, ports, max, n);
    for (uint32_t i = 0; i < desk->first[KIND_AUX]; i++)
        if (desk->object[i].insert)
            n = add_ports(desk, i, PORT_SEND, ports, max, n);
    return n;
}
