/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "config/scene.h"
#include "config/value.h"

#define SCENE_FILE_BYTES_MAX (256L << 20)

/* A scene on its way into the arrays. */
struct loader {
    const struct desk *desk;
    const char *name;
    unsigned line;
    float *value;
    char (*text)[TEXT_BYTES];
    unsigned char *seen; /* a bit per array entry: listed in the result already */
    struct scene_result *result;
    void (*tell)(void *ctx, const char *message);
    void *ctx;
};

__attribute__((format(printf, 2, 3))) static void skip(struct loader *l, const char *format, ...) {
    char message[640];
    l->result->skipped++;
    if (!l->tell)
        return;
    const int n = snprintf(message, sizeof message, "%.200s:%u: ", l->name, l->line);
    va_list args;
    va_start(args, format);
    vsnprintf(message + n, sizeof message - (size_t)n, format, args);
    va_end(args);
    l->tell(l->ctx, message);
}

/* The next word of a line, cut off in place; NULL at its end. */
static char *next_word(char **p) {
    char *word = *p + strspn(*p, " \t");
    if (!*word)
        return NULL;
    *p = word + strcspn(word, " \t");
    if (**p)
        *(*p)++ = '\0';
    return word;
}

static void note_slot(struct loader *l, uint32_t slot) {
    struct scene_result *r = l->result;
    if (l->seen[slot])
        return; /* a line may say again what one above said */
    l->seen[slot] = 1;
    if (r->slot)
        r->slot[r->slots] = slot;
    r->slots++;
}

static void read_text(struct loader *l, const struct address *a, char *p) {
    char text[TEXT_BYTES] = "", why[VALUE_WHY_BYTES];
    unsigned char *seen = l->seen + l->desk->layout.slots;
    p += strspn(p, " \t");
    if (!scene_unquote(p, text, sizeof text)) {
        skip(l, "'%s' takes a text in double quotes, shorter than %d bytes",
             rows[a->place.row].path, TEXT_BYTES);
        return;
    }
    if (value_check_text(a->place.row, text, why, sizeof why) != VALUE_OK) {
        skip(l, "%s", why);
        return;
    }
    l->result->lines++;
    if (strcmp(l->text[a->text], text) == 0)
        return;
    memcpy(l->text[a->text], text, sizeof text);
    if (seen[a->text])
        return;
    seen[a->text] = 1;
    if (l->result->text_slot)
        l->result->text_slot[l->result->texts] = a->text;
    l->result->texts++;
}

static void read_values(struct loader *l, const struct address *a, char *p) {
    float v[3];
    char why[VALUE_WHY_BYTES];
    const unsigned comps = rows[a->place.row].comps;
    for (unsigned c = 0; c < comps; c++) {
        const char *word = next_word(&p);
        if (!word) {
            skip(l, "'%s' takes %u value%s, not %u", rows[a->place.row].path, comps,
                 comps > 1 ? "s" : "", c);
            return;
        }
        if (value_parse(l->desk, a->place.row, c, word, &v[c], why, sizeof why) != VALUE_OK) {
            skip(l, "%s", why);
            return;
        }
    }
    if (next_word(&p)) {
        skip(l, "'%s' takes %u value%s, not more", rows[a->place.row].path, comps,
             comps > 1 ? "s" : "");
        return;
    }
    l->result->lines++;
    for (unsigned c = 0; c < comps; c++) {
        float *const now = &l->value[a->slot + c];
        if (*now < v[c] || *now > v[c] || *now != *now)
            note_slot(l, a->slot + c);
        *now = v[c];
    }
}

static void read_line(struct loader *l, char *p) {
    struct address a;
    char why[200];
    const char *word = next_word(&p);
    if (address_resolve(l->desk, word, &a, why, sizeof why) != ADDRESS_OK)
        skip(l, "%s", why);
    else if (a.suffix != SUFFIX_NONE || !scene_holds(l->result->head.kind, a.place.row))
        skip(l, "'%.60s' does not belong into a %s", word,
             l->result->head.kind == SCENE_STATE ? "desk state" : "scene");
    else if (a.text != SLOT_NONE)
        read_text(l, &a, p);
    else
        read_values(l, &a, p);
}

/* Copy the line at *p without its end, and step behind it. False if it is too long. */
static bool take_line(const char **p, char line[SCENE_LINE_BYTES]) {
    const size_t len = strcspn(*p, "\n");
    const bool fits = len < SCENE_LINE_BYTES;
    const size_t copied = fits ? len : SCENE_LINE_BYTES - 1;
    memcpy(line, *p, copied);
    line[copied] = '\0';
    if (copied && line[copied - 1] == '\r')
        line[copied - 1] = '\0';
    *p += len + ((*p)[len] == '\n');
    return fits;
}

static bool is_blank(const char *line) {
    line += strspn(line, " \t");
    return !*line || *line == '#';
}

/* "dubdesk scene 1", then `key "text"` lines; stops in front of the first address. */
static bool read_head(const char **p, unsigned *lines, struct scene_head *head) {
    char line[SCENE_LINE_BYTES];
    *head = (struct scene_head){0};
    (*lines)++;
    if (!take_line(p, line))
        return false;
    if (strcmp(line, "dubdesk state 1") == 0)
        head->kind = SCENE_STATE;
    else if (strcmp(line, "dubdesk scene 1") != 0)
        return false;
    while (**p) {
        const char *next = *p;
        if (*next == '/' || !take_line(&next, line))
            break;
        const char *text = line + strcspn(line, " ");
        text += *text == ' ';
        /* What a later version may add is passed over. */
        if (strncmp(line, "title ", 6) == 0)
            (void)scene_unquote(text, head->title, sizeof head->title);
        else if (strncmp(line, "name ", 5) == 0)
            (void)scene_unquote(text, head->name, sizeof head->name);
        else if (strncmp(line, "saved ", 6) == 0)
            (void)scene_unquote(text, head->saved, sizeof head->saved);
        *p = next;
        (*lines)++;
    }
    return true;
}

int scene_parse(const char *source, const char *name, const struct desk *desk, float *value,
                char (*text)[TEXT_BYTES], struct scene_result *result,
                void (*tell)(void *ctx, const char *message), void *ctx, char *why, size_t size) {
    struct loader l = {.desk = desk,
                       .name = name,
                       .value = value,
                       .text = text,
                       .result = result,
                       .tell = tell,
                       .ctx = ctx};
    char line[SCENE_LINE_BYTES];
    result->slots = result->texts = 0;
    result->lines = result->skipped = 0;
    if (!read_head(&source, &l.line, &result->head)) {
        snprintf(why, size,
                 "%.200s:1: this is no scene; expected \"dubdesk scene 1\" or \"dubdesk state 1\"",
                 name);
        errno = EINVAL;
        return -1;
    }
    l.seen = calloc(desk->layout.slots + desk->layout.texts + 1, 1);
    if (!l.seen) {
        snprintf(why, size, "%.200s: out of memory", name);
        errno = ENOMEM;
        return -1;
    }
    while (*source) {
        l.line++;
        if (!take_line(&source, line))
            skip(&l, "this line is too long; expected at most %d bytes", SCENE_LINE_BYTES - 1);
        else if (!is_blank(line))
            read_line(&l, line);
    }
    free(l.seen);
    return 0;
}

/* The first `max` bytes of a file as text, or all of it if max is 0. */
static char *read_file(const char *path, size_t max, char *why, size_t size) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t used = 0, room = 0;
    int error = file ? 0 : errno;
    while (!error) {
        if (room - used < 2) {
            room = room ? 2 * room : max ? max + 1 : 1 << 16;
            char *more = room > SCENE_FILE_BYTES_MAX ? NULL : realloc(text, room);
            if (!more) {
                error = room > SCENE_FILE_BYTES_MAX ? EFBIG : ENOMEM;
                break;
            }
            text = more;
        }
        const size_t got = fread(text + used, 1, room - used - 1, file);
        used += got;
        if (!got || (max && used >= max))
            break;
    }
    if (file && !error && ferror(file))
        error = EIO;
    if (file)
        fclose(file);
    if (error) {
        free(text);
        snprintf(why, size, "%.200s: cannot read it: %s", path, strerror(error));
        errno = error;
        return NULL;
    }
    text[used] = '\0';
    return text;
}

int scene_load(const char *path, const struct desk *desk, float *value, char (*text)[TEXT_BYTES],
               struct scene_result *result, void (*tell)(void *ctx, const char *message), void *ctx,
               char *why, size_t size) {
    char *source = read_file(path, 0, why, size);
    if (!source)
        return -1;
    const int status = scene_parse(source, path, desk, value, text, result, tell, ctx, why, size);
    free(source);
    return status;
}

int scene_load_head(const char *path, struct scene_head *head, char *why, size_t size) {
    char *source = read_file(path, 4096, why, size);
    const char *p = source;
    unsigned lines = 0;
    if (!source)
        return -1;
    const bool ok = read_head(&p, &lines, head);
    free(source);
    if (ok)
        return 0;
    snprintf(why, size, "%.200s:1: this is no scene", path);
    errno = EINVAL;
    return -1;
}
