/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loudspeakers of the monitor: `monitor = { sets = ( { ... }, ... ); }`. Their values are read
 * by the row table, as everywhere. */
#include <stdio.h>
#include <string.h>

#include "config/desk_read.h"

#define SET_KEYS "id name format connect speakers"
#define SPEAKER_KEYS "leg connect"

/* All legs of a format, commas between. */
static const char *legs_of(enum format format, char *buf, size_t size) {
    size_t len = 0;
    for (unsigned i = 0; i < format_legs(format) && len < size; i++)
        len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "",
                                leg_table[format_table[format].leg[i]].name);
    return buf;
}

/* Loudspeaker n of `speakers`, `{ L = { ... }; }` or `( { leg = "L"; ... } )`: its number. */
static bool find_speaker(struct reader *r, const struct desk_set *set,
                         const config_setting_t *speakers, unsigned n, uint32_t *number) {
    const config_setting_t *s = config_setting_get_elem(speakers, n), *at = s;
    char name[ID_BYTES], legs[80];
    if (!reader_group(r, s))
        return false;
    if (config_setting_is_group(speakers)) {
        snprintf(name, sizeof name, "%.*s", (int)sizeof name - 1, config_setting_name(s));
    } else {
        at = config_setting_get_member(s, "leg");
        if (!at)
            return reader_fail(r, s,
                               "this loudspeaker has no leg; expected leg = \"L\" or the like");
        if (!reader_text(r, at, name, sizeof name))
            return false;
    }
    for (unsigned leg = 0; leg < format_legs(set->format); leg++)
        if (strcmp(leg_table[format_table[set->format].leg[leg]].name, name) == 0) {
            *number = set->first + leg;
            return true;
        }
    return reader_fail(r, at, "set \"%s\" has no loudspeaker \"%s\"; expected one of %s", set->id,
                       name, legs_of(set->format, legs, sizeof legs));
}

/* Which loudspeakers have connections of their own. */
static bool read_speakers(struct reader *r, const struct desk_set *set,
                          const config_setting_t *speakers) {
    unsigned seen = 0;
    if (!config_setting_is_group(speakers) && !reader_list(r, speakers))
        return false;
    for (unsigned i = 0; i < (unsigned)config_setting_length(speakers); i++) {
        uint32_t number = 0;
        if (!find_speaker(r, set, speakers, i, &number))
            return false;
        const config_setting_t *s = config_setting_get_elem(speakers, i),
                               *connect = config_setting_get_member(s, "connect");
        struct desk_speaker *k = &r->desk->speaker[number];
        if (seen & 1u << k->leg)
            return reader_fail(r, s, "this loudspeaker stands here twice; expected each once");
        seen |= 1u << k->leg;
        if (connect && !reader_text(r, connect, k->connect, sizeof k->connect))
            return false;
    }
    return true;
}

/* The set that a desk has whose file names none, and what one has that says no more. */
static void set_defaults(struct desk *d, const struct desk_object *monitor, struct desk_set *set) {
    *set = (struct desk_set){.id = "main", .name = "Monitor", .format = monitor->format};
    set->first = d->speakers;
    set->line = monitor->line;
}

static void add_speakers(struct desk *d, const struct desk_set *set) {
    for (uint32_t leg = 0; leg < format_legs(set->format); leg++)
        d->speaker[d->speakers++] =
            (struct desk_speaker){.set = (uint32_t)(set - d->set), .leg = leg};
}

static bool read_set(struct reader *r, const struct desk_object *monitor,
                     const config_setting_t *s) {
    struct desk *d = r->desk;
    struct desk_set *set = &d->set[d->sets];
    const config_setting_t *m;
    set_defaults(d, monitor, set);
    if (!reader_group(r, s))
        return false;
    set->line = config_setting_source_line(s);
    if (!(m = config_setting_get_member(s, "id")))
        return reader_fail(r, s, "set %u has no id; expected id = \"main\" or the like",
                           d->sets + 1);
    if (!reader_id(r, m, set->id))
        return false;
    for (const struct desk_set *p = d->set; p < set; p++)
        if (strcmp(p->id, set->id) == 0)
            return reader_fail(r, m,
                               "id \"%s\" is already that of the set in line %u; expected another",
                               set->id, p->line);
    memcpy(set->name, set->id, sizeof set->id);
    if ((m = config_setting_get_member(s, "name")) &&
        !reader_text(r, m, set->name, sizeof set->name))
        return false;
    if ((m = config_setting_get_member(s, "connect")) &&
        !reader_text(r, m, set->connect, sizeof set->connect))
        return false;
    if ((m = config_setting_get_member(s, "format")) && !reader_format(r, m, &set->format))
        return false;
    if (format_legs(set->format) > format_legs(monitor->format))
        return reader_fail(r, m,
                           "set \"%s\" is wider (%s) than the monitor (%s); expected the "
                           "monitor's format or one that it folds down to",
                           set->id, format_name(set->format), format_name(monitor->format));
    add_speakers(d, set);
    d->sets++;
    m = config_setting_get_member(s, "speakers");
    return !m || read_speakers(r, set, m);
}

bool reader_sets(struct reader *r, const struct desk_object *monitor) {
    struct desk *d = r->desk;
    const config_setting_t *from = r->from[monitor - d->object];
    const config_setting_t *sets = from ? config_setting_get_member(from, "sets") : NULL;
    if (sets) {
        if (!reader_list(r, sets))
            return false;
        const int n = config_setting_length(sets);
        if (n < 1 || n > DESK_MAX_SETS)
            return reader_fail(r, sets, "%d sets of loudspeakers; expected 1 to %d", n,
                               DESK_MAX_SETS);
        if (monitor->connect[0])
            return reader_fail(r, config_setting_get_member(from, "connect"),
                               "the monitor has 'connect' and 'sets'; expected 'connect' in the "
                               "sets, since each has outputs of its own");
        for (int i = 0; i < n; i++)
            if (!read_set(r, monitor, config_setting_get_elem(sets, (unsigned)i)))
                return false;
    } else {
        set_defaults(d, monitor, d->set);
        memcpy(d->set->connect, monitor->connect, sizeof d->set->connect);
        add_speakers(d, d->set);
        d->sets = 1;
    }
    d->layout.dims[DIM_SET] = d->sets;
    d->layout.dims[DIM_SPK] = d->speakers;
    return true;
}

bool reader_set_values(struct reader *r, const struct desk_object *monitor) {
    const struct desk *d = r->desk;
    const config_setting_t *from = r->from[monitor - d->object];
    const config_setting_t *sets = from ? config_setting_get_member(from, "sets") : NULL;
    for (uint32_t i = 0; i < d->sets && sets; i++) {
        const config_setting_t *s = config_setting_get_elem(sets, i);
        if (!reader_dim_rows(r, monitor, "set/{}", i, s, SET_KEYS))
            return false;
        const config_setting_t *speakers = config_setting_get_member(s, "speakers");
        for (unsigned n = 0; speakers && n < (unsigned)config_setting_length(speakers); n++) {
            uint32_t number = 0;
            if (!find_speaker(r, &d->set[i], speakers, n, &number) ||
                !reader_dim_rows(r, monitor, "spk/{}", number, config_setting_get_elem(speakers, n),
                                 SPEAKER_KEYS))
                return false;
        }
    }
    return true;
}
