/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The objects of a desk file: which there are, and how they belong together. Their values are read
 * by desk_rows.c. */
#include "config/desk_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/effective.h"

/* One section of the file per kind. */
static const struct section {
    const char *key, *noun, *own_keys;
    uint32_t max; /* 0: counted with the buses */
} sections[KIND_COUNT] = {
    [KIND_CH] = {"channels", "channel", "id format insert", DESK_MAX_CHANNELS},
    [KIND_GRP] = {"groups", "group", "id format record insert", 0},
    [KIND_AUX] = {"auxes", "aux", "id format stem", 0},
    [KIND_STEM] = {"stems", "stem", "id format role connect record", 0},
    [KIND_MAIN] = {"mains", "main", "id format print_master without connect record", 0},
    [KIND_MON] = {"monitor", "monitor", "format connect sets", 1},
    [KIND_VCA] = {"vcas", "VCA", "id members", EFFECTIVE_VCAS},
    [KIND_MGRP] = {"mute_groups", "mute group", "id members", EFFECTIVE_MGRPS},
    [KIND_SOLO] = {"solo", "solo", "", 1},
};

const char *reader_noun(enum kind kind) {
    return sections[kind].noun;
}

const char *reader_own_keys(enum kind kind) {
    return sections[kind].own_keys;
}

bool reader_is_own_key(enum kind kind, const char *key) {
    return reader_is_word(sections[kind].own_keys, key);
}

/* "/main/fader" is short for "/main/1/fader", so no main may be called "fader". */
static bool is_taken_by_address(enum kind kind, const char *id) {
    static const char *const more[] = {"meter", "lim", "loud", "auto", "feed", "arm", "rec", "leg"};
    if (kind != KIND_MAIN)
        return false;
    for (unsigned i = 0; i < sizeof more / sizeof more[0]; i++)
        if (strcmp(more[i], id) == 0)
            return true;
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const size_t len = strcspn(rows[i].path, "/");
        if ((rows[i].kinds & K_MAIN) && strlen(id) == len && strncmp(rows[i].path, id, len) == 0)
            return true;
    }
    return false;
}

/* Groups, stems and mains share one set of ids: groups and stems are destinations, and all three
 * become file names. */
static bool share_ids(enum kind a, enum kind b) {
    const unsigned files = K_GRP | K_STEM | K_MAIN;
    return a == b || ((1u << a & files) && (1u << b & files));
}

static bool check_id(struct reader *r, const struct desk_object *o, const config_setting_t *at) {
    const struct desk *d = r->desk;
    if (is_taken_by_address(o->kind, o->id))
        return reader_fail(r, at,
                           "a main cannot have the id \"%s\", since /main/%s means "
                           "something else; expected another id",
                           o->id, o->id);
    for (const struct desk_object *p = d->object; p < o; p++)
        if (share_ids(o->kind, p->kind) && strcmp(p->id, o->id) == 0)
            return reader_fail(r, at,
                               "id \"%s\" is already that of the %s in line %u; expected "
                               "another (groups, stems and mains share one set of ids)",
                               o->id, sections[p->kind].noun, p->line);
    return true;
}

bool reader_format(struct reader *r, const config_setting_t *s, enum format *out) {
    char text[24];
    double x;
    if (config_setting_is_number(s)) {
        if (!reader_number(r, s, &x))
            return false;
        snprintf(text, sizeof text, "%.1f", x);
    } else if (!reader_text(r, s, text, sizeof text)) {
        return false;
    }
    *out = format_by_name(text);
    if (*out < FORMAT_COUNT)
        return true;
    char list[160] = "";
    for (unsigned f = 0; f < FORMAT_COUNT; f++) {
        strcat(list, f ? ", " : "");
        strcat(list, format_name((enum format)f));
    }
    return reader_fail(r, s, "unknown format \"%s\"; expected one of %s", text, list);
}

/* `insert = true`, or a group that says where it goes; whether it is on is read when values are. */
static bool read_insert(struct reader *r, struct desk_object *o, const config_setting_t *s) {
    const config_setting_t *m;
    bool on;
    const int type = config_setting_type(s);
    if (type == CONFIG_TYPE_BOOL || type == CONFIG_TYPE_INT)
        return reader_switch(r, s, &o->insert);
    if (type != CONFIG_TYPE_GROUP)
        return reader_fail(r, s, "'insert' is %s; expected true, or { connect_send = ...; }",
                           reader_what(s));
    o->insert = true;
    if (!reader_keys(r, s, "on connect_send connect_return"))
        return false;
    if ((m = config_setting_get_member(s, "connect_send")) &&
        !reader_text(r, m, o->insert_send, sizeof o->insert_send))
        return false;
    if ((m = config_setting_get_member(s, "connect_return")) &&
        !reader_text(r, m, o->insert_return, sizeof o->insert_return))
        return false;
    return !(m = config_setting_get_member(s, "on")) || reader_switch(r, m, &on);
}

/* The own keys of one object, but `members`, `without` and `stem` (reader_relations). */
static bool read_object(struct reader *r, struct desk_object *o, const config_setting_t *s) {
    const struct section *sec = &sections[o->kind];
    const bool strip = o->kind < KINDS_STRIP;
    unsigned role = ROLE_NONE;
    config_setting_t *m;
    if (!reader_group(r, s))
        return false;
    o->line = config_setting_source_line(s);
    if (!kind_is_single(o->kind)) {
        if (!(m = config_setting_get_member(s, "id")))
            return reader_fail(r, s, "%s %u has no id; expected id = \"...\"", sec->noun,
                               o->index + 1);
        if (!reader_id(r, m, o->id) || !check_id(r, o, m))
            return false;
    }
    if (strip && (m = config_setting_get_member(s, "format"))) {
        if (!reader_format(r, m, &o->format))
            return false;
    } else if (strip && o->kind != KIND_CH && o->kind != KIND_MON) {
        return reader_fail(r, s, "%s \"%s\" has no format; expected one such as format = \"5.1\"",
                           sec->noun, o->id);
    }
    if (reader_is_own_key(o->kind, "role") && (m = config_setting_get_member(s, "role"))) {
        if (!reader_word(r, m, "dx|pfx|mx|fx|fol|bg|fill|opt|nar", &role))
            return false;
        o->role = (enum role)(role + 1);
    }
    if (reader_is_own_key(o->kind, "record") && (m = config_setting_get_member(s, "record")) &&
        !reader_switch(r, m, &o->record))
        return false;
    if (reader_is_own_key(o->kind, "connect") && (m = config_setting_get_member(s, "connect")) &&
        !reader_text(r, m, o->connect, sizeof o->connect))
        return false;
    if (reader_is_own_key(o->kind, "insert") && (m = config_setting_get_member(s, "insert")) &&
        !read_insert(r, o, m))
        return false;
    if (o->kind == KIND_MAIN && (m = config_setting_get_member(s, "print_master"))) {
        if (!reader_switch(r, m, &o->print_master))
            return false;
        for (const struct desk_object *p = o - o->index; o->print_master && p < o; p++)
            if (p->print_master)
                return reader_fail(r, m,
                                   "main \"%s\" in line %u is the print master already; "
                                   "expected one main with print_master = true",
                                   p->id, p->line);
    }
    return true;
}

/* Sections and their lengths; checked against the limits. */
static bool count_objects(struct reader *r, const config_t *config,
                          const config_setting_t *section[KIND_COUNT]) {
    struct desk *d = r->desk;
    uint32_t buses = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        const struct section *sec = &sections[k];
        section[k] = config_lookup(config, sec->key);
        const bool single = kind_is_single((enum kind)k);
        if (section[k] && !(single ? reader_group(r, section[k]) : reader_list(r, section[k])))
            return false;
        const uint32_t n = single       ? 1
                           : section[k] ? (uint32_t)config_setting_length(section[k])
                                        : 0;
        if (sec->max && n > sec->max)
            return reader_fail(r, section[k], "%u %s; expected at most %u", n, sec->key, sec->max);
        buses += sec->max ? 0 : n;
        if (buses > DESK_MAX_BUSES)
            return reader_fail(r, section[k],
                               "%u buses up to here; expected at most %d groups, "
                               "auxes, stems and mains together",
                               buses, DESK_MAX_BUSES);
        d->first[k] = d->objects;
        d->layout.count[k] = n;
        d->objects += n;
    }
    const uint32_t *count = d->layout.count;
    if (!count[KIND_CH])
        return reader_fail(r, section[KIND_CH],
                           "this desk has no channels; expected channels = ( { id = \"...\"; } )");
    d->layout.dims[DIM_BAND] = EQ_BANDS;
    d->layout.dims[DIM_MBAND] = MB_BANDS;
    d->layout.dims[DIM_AUX] = count[KIND_AUX];
    d->layout.dims[DIM_DEST] = count[KIND_GRP] + count[KIND_STEM];
    d->layout.dims[DIM_STEM] = count[KIND_STEM];
    d->layout.dims[DIM_VCA] = count[KIND_VCA];
    d->layout.dims[DIM_MGRP] = count[KIND_MGRP];
    return true;
}

/* Room for all values, filled with defaults. */
static bool fill_values(struct reader *r) {
    struct desk *d = r->desk;
    layout_init(&d->layout);
    d->value = calloc(d->layout.slots + 1, sizeof *d->value);
    d->text = calloc(d->layout.texts + 1, sizeof *d->text);
    if (!d->value || !d->text)
        return reader_fail(r, NULL, "out of memory");
    struct place p;
    for (uint32_t slot = 0; slot < d->layout.slots; slot++) {
        float min, def, max;
        layout_place(&d->layout, slot, &p);
        row_range(&rows[p.row], p.comp, &min, &def, &max);
        d->value[slot] = desk_has_place(d, &p) ? def : 0.0f;
        if (p.row == ROW_LIM_MODE && desk_has_place(d, &p))
            d->value[slot] = 1.0f; /* the print master limits its stems */
    }
    for (uint32_t text = 0; text < d->layout.texts; text++) {
        layout_text_place(&d->layout, text, &p);
        const struct desk_object *o = &d->object[d->first[p.kind] + p.index];
        if (p.row == ROW_NAME)
            snprintf(d->text[text], TEXT_BYTES, "%s", o->id);
        else if (p.row == ROW_FORMAT)
            snprintf(d->text[text], TEXT_BYTES, "%s", format_name(o->format));
    }
    return true;
}

bool reader_objects(struct reader *r, const config_t *config) {
    struct desk *d = r->desk;
    const config_setting_t *section[KIND_COUNT] = {NULL};
    if (!count_objects(r, config, section))
        return false;
    d->object = calloc(d->objects, sizeof *d->object);
    if (!d->object)
        return reader_fail(r, NULL, "out of memory");
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        for (uint32_t i = 0; i < d->layout.count[k]; i++) {
            struct desk_object *o = &d->object[d->first[k] + i];
            o->kind = (enum kind)k;
            o->index = i;
            o->aux_stem = UINT32_MAX;
            o->record = k == KIND_STEM || k == KIND_MAIN;
            o->format = FORMAT_MONO;
            if (k == KIND_MON) /* by default what the first main needs */
                o->format = d->layout.count[KIND_MAIN] ? d->object[d->first[KIND_MAIN]].format
                                                       : FORMAT_STEREO;
            const config_setting_t *s = section[k];
            if (s && !kind_is_single((enum kind)k))
                s = config_setting_get_elem(s, i);
            r->from[d->first[k] + i] = s;
            if (s && !read_object(r, o, s))
                return false;
        }
    }
    if (!reader_sets(r, &d->object[d->first[KIND_MON]]) || !fill_values(r))
        return false;
    if (!desk_index_ids(d))
        return reader_fail(r, NULL, "out of memory");
    const uint32_t ports = desk_ports(d, NULL, 0);
    if (ports > DESK_MAX_PORTS)
        return reader_fail(
            r, section[KIND_CH],
            "this desk needs %u JACK ports (the legs of all "
            "channels, stems and mains, all loudspeakers, and both ways of inserts); "
            "expected at most %d",
            ports, DESK_MAX_PORTS);
    return true;
}

/* -- how objects belong together ------------------------------------------------------------- */

static float *switch_of(struct desk *d, const struct desk_object *o, enum row_id row,
                        uint32_t dim) {
    return &d->value[layout_slot(&d->layout, o->kind, o->index, row, dim, 0)];
}

/* Mains: `without`, or neither `without` nor `from`: all stems (but those). */
static bool relate_main(struct reader *r, const struct desk_object *o, const config_setting_t *s) {
    const config_setting_t *without = config_setting_get_member(s, "without");
    const config_setting_t *from = config_setting_get_member(s, "from");
    if (without && from)
        return reader_fail(r, without,
                           "main \"%s\" has both 'from' and 'without'; expected the "
                           "stems that it sums or those that it leaves out",
                           o->id);
    if (from)
        return true;
    for (uint32_t stem = 0; stem < r->desk->layout.dims[DIM_STEM]; stem++)
        *switch_of(r->desk, o, ROW_FROM_ON, stem) = 1.0f;
    if (without && !reader_list(r, without))
        return false;
    for (int i = 0; without && i < config_setting_length(without); i++)
        if (!reader_dim_switch(r, o, ROW_FROM_ON, config_setting_get_elem(without, (unsigned)i),
                               0.0f))
            return false;
    return true;
}

/* Auxes: the stem it belongs to, which it feeds unless `to` says otherwise. */
static bool relate_aux(struct reader *r, struct desk_object *o, const config_setting_t *s) {
    const config_setting_t *stem = config_setting_get_member(s, "stem");
    char id[ID_BYTES];
    if (!stem)
        return true;
    if (!reader_text(r, stem, id, sizeof id))
        return false;
    const struct desk_object *found = desk_find(r->desk, KIND_STEM, id);
    if (!found)
        return reader_fail(r, stem, "there is no stem \"%s\"; expected the id of a stem", id);
    o->aux_stem = found->index;
    if (!config_setting_get_member(s, "to"))
        *switch_of(r->desk, o, ROW_TO, r->desk->layout.count[KIND_GRP] + found->index) = 1.0f;
    return true;
}

/* A strip by "/ch/DX_A", or by its id alone where only one strip has it. */
static const struct desk_object *member_strip(struct reader *r, const config_setting_t *s) {
    const struct desk *d = r->desk;
    const struct desk_object *found = NULL;
    if (config_setting_type(s) != CONFIG_TYPE_STRING) {
        reader_fail(r, s, "a member is %s; expected the id of a strip in double quotes",
                    reader_what(s));
        return NULL;
    }
    const char *text = config_setting_get_string(s);
    const int number = desk_strip_number(d, text);
    if (number >= 0 && d->object[number].kind < KIND_MAIN)
        return &d->object[number];
    for (uint32_t i = 0; i < d->first[KIND_MAIN]; i++) {
        if (strcmp(d->object[i].id, text) != 0)
            continue;
        if (found) {
            reader_fail(r, s, "\"%.40s\" is a %s and a %s; expected /%s/%.40s or /%s/%.40s", text,
                        sections[found->kind].noun, sections[d->object[i].kind].noun,
                        kind_path(found->kind), text, kind_path(d->object[i].kind), text);
            return NULL;
        }
        found = &d->object[i];
    }
    if (!found)
        reader_fail(r, s,
                    "there is no strip \"%.40s\"; expected the id of a channel, group, aux or "
                    "stem",
                    text);
    return found;
}

static bool relate_members(struct reader *r, const struct desk_object *o,
                           const config_setting_t *s) {
    const config_setting_t *members = config_setting_get_member(s, "members");
    if (members && !reader_list(r, members))
        return false;
    for (int i = 0; members && i < config_setting_length(members); i++) {
        const struct desk_object *strip =
            member_strip(r, config_setting_get_elem(members, (unsigned)i));
        if (!strip)
            return false;
        *switch_of(r->desk, strip, o->kind == KIND_VCA ? ROW_VCA : ROW_MGRP, o->index) = 1.0f;
    }
    return true;
}

/* An insert is off unless `on` says otherwise: nothing may be plugged into it yet. */
static void relate_insert(struct desk *d, const struct desk_object *o, const config_setting_t *s) {
    const config_setting_t *insert = config_setting_get_member(s, "insert");
    const config_setting_t *on =
        insert && config_setting_is_group(insert) ? config_setting_get_member(insert, "on") : NULL;
    if (on && config_setting_get_bool(on))
        *switch_of(d, o, ROW_INSERT_ON, 0) = 1.0f;
}

/* The monitor listens to the print master unless told otherwise. */
static bool relate_monitor(struct reader *r, const struct desk_object *o,
                           const config_setting_t *s) {
    struct desk *d = r->desk;
    if (!reader_set_values(r, o))
        return false;
    if (s && config_setting_get_member(s, "source"))
        return true;
    uint32_t source = 0;
    if (d->layout.count[KIND_STEM])
        source = d->first[KIND_STEM] + 1;
    if (d->layout.count[KIND_MAIN])
        source = d->first[KIND_MAIN] + 1;
    for (uint32_t i = 0; i < d->layout.count[KIND_MAIN]; i++)
        if (d->object[d->first[KIND_MAIN] + i].print_master)
            source = d->first[KIND_MAIN] + i + 1;
    *switch_of(d, o, ROW_MON_SOURCE, 0) = (float)source;
    return true;
}

bool reader_relations(struct reader *r) {
    struct desk *d = r->desk;
    for (uint32_t n = 0; n < d->objects; n++) {
        struct desk_object *o = &d->object[n];
        const config_setting_t *s = r->from[n];
        bool ok = true;
        if (o->insert)
            relate_insert(d, o, s);
        if (o->kind == KIND_MAIN)
            ok = relate_main(r, o, s);
        else if (o->kind == KIND_AUX)
            ok = relate_aux(r, o, s);
        else if (o->kind == KIND_VCA || o->kind == KIND_MGRP)
            ok = relate_members(r, o, s);
        else if (o->kind == KIND_MON)
            ok = relate_monitor(r, o, s);
        if (!ok)
            return false;
    }
    return true;
}
