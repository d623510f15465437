/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenes and the state of a desk as text: one `address value` per line in the order of the layout,
 * indices spelled by id, so that a person can read it, edit it and compare two of them.
 *
 *     dubdesk scene 1
 *     title "Film 5.1"
 *     name "Kitchen, from the door"
 *     saved "2025-03-01T12:00:00Z"
 *     /ch/DX_A/name "Dialogue A"
 *     /ch/DX_A/fader -3
 *     /ch/DX_A/pan/aed 12 0 1
 *
 * A line that begins with # is a comment. A line that cannot be used (an object that this desk does
 * not have, a value out of range) is reported and skipped; the rest is read.
 *
 * A scene holds every row marked ROW_SCENE. The state holds those and ROW_STATE, and only what
 * differs from the desk's own defaults (desk.value, desk.text).
 *
 * Threads: any, one at a time per arguments. Files are written atomically: a temporary file beside
 * the target, fsync, rename; a reader finds the old one or the new one. */
#ifndef CONFIG_SCENE_H
#define CONFIG_SCENE_H

#include <stdio.h>

#include "config/desk.h"

#define SCENE_NAME_BYTES TEXT_BYTES
/** Longest line that is written or read, with its end. */
#define SCENE_LINE_BYTES 640

enum scene_kind { SCENE_SCENE, SCENE_STATE };

/** The head of a file. */
struct scene_head {
    enum scene_kind kind;
    char title[64];              /* of the desk that wrote it; another one may read it */
    char name[SCENE_NAME_BYTES]; /* of a scene, for people */
    char saved[32];              /* UTC, "2025-03-01T12:00:00Z" */
};

/** Whether a row's values stand in a file of this kind. */
bool scene_holds(enum scene_kind kind, enum row_id row);

/** Fill in title and the present time. `name` may be NULL. */
void scene_head_init(struct scene_head *head, enum scene_kind kind, const struct desk *desk,
                     const char *name);

/** Write values[layout.slots] and texts[layout.texts] (not changed) to a stream. 0, or -1 with
 * errno. */
int scene_write(FILE *stream, const struct scene_head *head, const struct desk *desk,
                const float *value, char (*text)[TEXT_BYTES]);

/** The same to a file, atomically. 0, or -1 with `why` ("FILE: cannot write it: ..."). Blocks on
 * the disk. */
int scene_save(const char *path, const struct scene_head *head, const struct desk *desk,
               const float *value, char (*text)[TEXT_BYTES], char *why, size_t size);

/** What reading a file gave. */
struct scene_result {
    struct scene_head head;
    uint32_t slots, texts;      /* how many values and texts differ from what the arrays held */
    uint32_t *slot, *text_slot; /* which ones: room for layout.slots and layout.texts, or NULL */
    unsigned lines;             /* lines that were used */
    unsigned skipped;           /* lines that were not */
};

/** Read a scene into value[layout.slots] and text[layout.texts], which hold the present values when
 *  called; what the file does not name stays. result->slot and text_slot are set by the caller and
 *  filled in. Each line that cannot be used is told as "NAME:LINE: cause" (`tell` may be NULL).
 *  Returns 0, or -1 with `why` if this is no scene at all; then nothing is changed. `source` is
 * NUL- terminated. */
int scene_parse(const char *source, const char *name, const struct desk *desk, float *value,
                char (*text)[TEXT_BYTES], struct scene_result *result,
                void (*tell)(void *ctx, const char *message), void *ctx, char *why, size_t size);

/** The same from a file. -1 if it cannot be read, with errno ENOENT if there is none. */
int scene_load(const char *path, const struct desk *desk, float *value, char (*text)[TEXT_BYTES],
               struct scene_result *result, void (*tell)(void *ctx, const char *message), void *ctx,
               char *why, size_t size);

/** Only the head of a file, for lists. 0, or -1 with `why`. */
int scene_load_head(const char *path, struct scene_head *head, char *why, size_t size);

/** Put a text in double quotes, with \" \\ and \n escaped. Length, or < 0 if it does not fit. */
int scene_quote(const char *text, char *buf, size_t size);
/** Read a text in double quotes that takes up the whole of `quoted`. False if it is none or does
 *  not fit. */
bool scene_unquote(const char *quoted, char *out, size_t size);

#endif
