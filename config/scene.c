/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing scenes, and what reading and writing share. Reading: scene_read.c. */
#include "config/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/address.h"
#include "config/value.h"

bool scene_holds(enum scene_kind kind, enum row_id row) {
    const unsigned flags = rows[row].flags;
    if (flags & (ROW_VIEW | ROW_READ_ONLY))
        return false;
    return flags & (kind == SCENE_SCENE ? ROW_SCENE : ROW_SCENE | ROW_STATE);
}

void scene_head_init(struct scene_head *head, enum scene_kind kind, const struct desk *desk,
                     const char *name) {
    const time_t now = time(NULL);
    struct tm utc;
    *head = (struct scene_head){.kind = kind};
    snprintf(head->title, sizeof head->title, "%s", desk->title);
    snprintf(head->name, sizeof head->name, "%s", name ? name : "");
    if (gmtime_r(&now, &utc))
        strftime(head->saved, sizeof head->saved, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

int scene_quote(const char *text, char *buf, size_t size) {
    size_t n = 0;
    if (size < 3)
        return -1;
    buf[n++] = '"';
    for (; *text; text++) {
        const bool escaped = *text == '"' || *text == '\\' || *text == '\n';
        if (n + escaped + 3 > size) /* with the closing quote and the NUL */
            return -1;
        if (escaped)
            buf[n++] = '\\';
        buf[n++] = *text == '\n' ? 'n' : *text;
    }
    buf[n++] = '"';
    buf[n] = '\0';
    return (int)n;
}

bool scene_unquote(const char *quoted, char *out, size_t size) {
    size_t n = 0;
    if (*quoted++ != '"')
        return false;
    for (; *quoted != '"'; quoted++) {
        char c = *quoted;
        if (c == '\\') {
            c = *++quoted;
            if (c == 'n')
                c = '\n';
            else if (c != '"' && c != '\\')
                return false;
        }
        if (!c || n + 1 >= size)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return quoted[1] == '\0';
}

/* One line: the address, then the components or the text. */
static void write_place(FILE *stream, const struct desk *desk, const struct place *place,
                        const float *value, char (*text)[TEXT_BYTES]) {
    char line[SCENE_LINE_BYTES];
    const struct row *row = &rows[place->row];
    int n = address_print(desk, place, SPELL_ID, line, sizeof line);
    if (n < 0)
        return; /* cannot be: ids are short */
    if (row->type == TYPE_TEXT) {
        const uint32_t t = layout_text(&desk->layout, place->kind, place->index, place->row);
        line[n++] = ' ';
        if (scene_quote(text[t], line + n, sizeof line - (size_t)n) < 0)
            return;
        fprintf(stream, "%s\n", line);
        return;
    }
    const uint32_t slot =
        layout_slot(&desk->layout, place->kind, place->index, place->row, place->dim, 0);
    for (unsigned c = 0; c < row->comps; c++) {
        line[n++] = ' ';
        n += value_print(desk, place->row, c, value[slot + c], line + n, sizeof line - (size_t)n);
    }
    fprintf(stream, "%s\n", line);
}

/* Whether a place has its default, so that the state need not say it. */
static bool is_default(const struct desk *desk, const struct place *p, const float *value,
                       char (*text)[TEXT_BYTES]) {
    if (rows[p->row].type == TYPE_TEXT) {
        const uint32_t t = layout_text(&desk->layout, p->kind, p->index, p->row);
        return strcmp(text[t], desk->text[t]) == 0;
    }
    const uint32_t slot = layout_slot(&desk->layout, p->kind, p->index, p->row, p->dim, 0);
    for (unsigned c = 0; c < rows[p->row].comps; c++)
        if (value[slot + c] < desk->value[slot + c] || value[slot + c] > desk->value[slot + c])
            return false;
    return true;
}

int scene_write(FILE *stream, const struct scene_head *head, const struct desk *desk,
                const float *value, char (*text)[TEXT_BYTES]) {
    char title[3 * sizeof head->title], name[3 * sizeof head->name];
    if (scene_quote(head->title, title, sizeof title) < 0 ||
        scene_quote(head->name, name, sizeof name) < 0) {
        errno = EINVAL;
        return -1;
    }
    fprintf(stream, "dubdesk %s 1\ntitle %s\n", head->kind == SCENE_STATE ? "state" : "scene",
            title);
    if (head->kind == SCENE_SCENE)
        fprintf(stream, "name %s\n", name);
    if (head->saved[0])
        fprintf(stream, "saved \"%s\"\n", head->saved);
    const struct layout *l = &desk->layout;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        for (uint32_t i = 0; i < l->count[k]; i++)
            for (unsigned r = 0; r < ROW_COUNT; r++)
                for (uint32_t d = 0; d < l->dims[rows[r].dim]; d++) {
                    const struct place p = {(enum kind)k, i, (enum row_id)r, d, 0};
                    if (scene_holds(head->kind, p.row) && desk_has_place(desk, &p) &&
                        (head->kind == SCENE_SCENE || !is_default(desk, &p, value, text)))
                        write_place(stream, desk, &p, value, text);
                }
    return ferror(stream) ? -1 : 0;
}

/* The rename counts only once the folder is on the disk too. */
static void sync_folder(const char *path) {
    char folder[4096];
    const char *slash = strrchr(path, '/');
    const size_t len = slash ? (size_t)(slash - path) : 0;
    if (len >= sizeof folder)
        return;
    memcpy(folder, path, len);
    folder[len] = '\0';
    const int fd = open(slash ? (len ? folder : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* not every file system can; the file itself is synced */
    close(fd);
}

int scene_save(const char *path, const struct scene_head *head, const struct desk *desk,
               const float *value, char (*text)[TEXT_BYTES], char *why, size_t size) {
    char temp[4096];
    if (snprintf(temp, sizeof temp, "%s.XXXXXX", path) >= (int)sizeof temp) {
        snprintf(why, size, "%.80s...: the path is too long", path);
        errno = ENAMETOOLONG;
        return -1;
    }
    const int fd = mkostemp(temp, O_CLOEXEC);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
    int error = stream ? 0 : errno;
    if (stream) {
        if (scene_write(stream, head, desk, value, text) != 0 || fflush(stream) != 0 ||
            fchmod(fd, 0644) != 0 || fsync(fd) != 0)
            error = errno ? errno : EIO;
        if (fclose(stream) != 0 && !error)
            error = errno;
    } else if (fd >= 0) {
        close(fd);
    }
    if (!error && rename(temp, path) != 0)
        error = errno;
    if (!error) {
        sync_folder(path);
        return 0;
    }
    if (fd >= 0)
        unlink(temp);
    snprintf(why, size, "%s: cannot write it: %s", path, strerror(error));
    errno = error;
    return -1;
}
