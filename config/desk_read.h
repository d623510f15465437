/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the desk reader (desk_parse.c, desk_scan.c, desk_objects.c, desk_rows.c,
 * desk_osc.c): one libconfig
 * tree on its way into one struct desk. Nobody else includes this.
 *
 * Functions that return bool stop at the first error: false means that reader->error says what is
 * wrong and where. */
#ifndef CONFIG_DESK_READ_H
#define CONFIG_DESK_READ_H

#include <libconfig.h>

#include "config/desk.h"

#define OBJECTS_MAX (DESK_MAX_CHANNELS + DESK_MAX_BUSES + 1 + 64 + 64 + 1)

struct reader {
    const char *name; /* of the file */
    struct desk *desk;
    struct desk_error *error;
    bool failed;
    /* what each object was read from, by object number; NULL for those the file does not have */
    const config_setting_t *from[OBJECTS_MAX];
};

/** Report an error at a setting (or at no line, for NULL). Returns false. */
bool reader_fail(struct reader *reader, const config_setting_t *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The same at a line; 0 for none. */
bool reader_fail_line(struct reader *reader, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Report "unknown key", with the nearest of `known` (words with spaces between). False. */
bool reader_unknown(struct reader *reader, const config_setting_t *at, const char *where,
                    const char *known);

/** What kind of thing a setting is: "a number", "a list", ... */
const char *reader_what(const config_setting_t *setting);

/** Scalars. Each checks the type and reports what was expected. */
bool reader_text(struct reader *reader, const config_setting_t *s, char *out, size_t size);
bool reader_switch(struct reader *reader, const config_setting_t *s, bool *out);
bool reader_number(struct reader *reader, const config_setting_t *s, double *out);
bool reader_whole(struct reader *reader, const config_setting_t *s, long min, long max, long *out);
/** A group; a list or array (of one element or none too); else an error. */
bool reader_group(struct reader *reader, const config_setting_t *s);
bool reader_list(struct reader *reader, const config_setting_t *s);
/** A word of a list "a|b|c": its number. */
bool reader_word(struct reader *reader, const config_setting_t *s, const char *words,
                 unsigned *out);

/** The name of a format: "5.1", or 5.1. */
bool reader_format(struct reader *reader, const config_setting_t *s, enum format *out);

/** An id as DESKFILE.md defines it. */
bool reader_id(struct reader *reader, const config_setting_t *s, char out[ID_BYTES]);

/** Whether a name is one of `words` (spaces between). */
bool reader_is_word(const char *words, const char *name);
/** Every member of a group has one of the names of `known` (words with spaces between). */
bool reader_keys(struct reader *reader, const config_setting_t *group, const char *known);

/* -- desk_scan.c ----------------------------------------------------------------------------- */

/** Brackets, quotes and comments of the whole text, before libconfig sees it. */
bool reader_scan(struct reader *reader, const char *source);

/* -- desk_sets.c ----------------------------------------------------------------------------- */

/** Index of the set or loudspeaker of a name in its dimension, or -1. */
int desk_name_index(const struct desk *desk, enum dim dim, const char *name);

/* -- desk.c ---------------------------------------------------------------------------------- */

/** Build the table that desk_find looks ids up in; before, it finds none. False: out of memory. */
bool desk_index_ids(struct desk *desk);

/* -- desk_objects.c: the objects themselves, before any value is read ------------------------ */

/** Count and check all objects; fills desk->object, first, layout and reader->from. */
bool reader_objects(struct reader *reader, const config_t *config);
/** Whether a key of an object is not a row's but one of the object's own ("id", "format", ...). */
bool reader_is_own_key(enum kind kind, const char *key);
/** What a kind is called: "channel", "mute group". */
const char *reader_noun(enum kind kind);
/** All own keys of a kind, spaces between. */
const char *reader_own_keys(enum kind kind);
/** Connections between objects that are no rows of the object they stand in: what mains sum, aux
 *  stems, members of VCAs and mute groups. After reader_rows. */
bool reader_relations(struct reader *reader);

/* -- desk_rows.c ----------------------------------------------------------------------------- */

/** Read all values of an object, by the row table. */
bool reader_rows(struct reader *reader, const struct desk_object *object);
/** Set one switch of a dimension by the spelling of a string setting: `to = ["DX"]`. */
bool reader_dim_switch(struct reader *reader, const struct desk_object *object, enum row_id row,
                       const config_setting_t *spelled, float value);

/** Read the values of index `dim` of the rows at `path` ("spk/{}"); `own` are the keys of the group
 *  that are no rows (spaces between). */
bool reader_dim_rows(struct reader *reader, const struct desk_object *object, const char *path,
                     uint32_t dim, const config_setting_t *group, const char *own);

/* -- desk_monitor.c: loudspeakers ------------------------------------------------------------- */

/** The sets and their loudspeakers, once the monitor has its format; fills desk->set, speaker and
 *  their dimensions. */
bool reader_sets(struct reader *reader, const struct desk_object *monitor);
/** Their values, after those of the monitor. */
bool reader_set_values(struct reader *reader, const struct desk_object *monitor);

/* -- desk_osc.c ------------------------------------------------------------------------------ */

/** `osc = {...}`; s may be NULL for the defaults. */
bool reader_osc(struct reader *reader, const config_setting_t *s);

#endif
