/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/control/room.h"

#define SAVE_AFTER_NS INT64_C(1000000000)

static void state_path(const struct control *c, char *path, size_t size) {
    snprintf(path, size, "%s/state.scene", c->state_dir);
}

bool state_saved(const struct control *c) {
    return c->saved_changes == c->model.changes && !c->keep.head->unsaved;
}

static int begin_save(struct control *c, const struct osc_endpoint *to, const char *address) {
    char path[600];
    struct scene_head head;
    state_path(c, path, sizeof path);
    scene_head_init(&head, SCENE_STATE, c->desk, NULL);
    return saver_begin(c, path, &head, to, address);
}

void state_written(struct control *c, bool well, uint64_t changes) {
    if (well) {
        c->saved_changes = changes;
        c->dirty_ns = 0;
        if (changes == c->model.changes)
            c->keep.head->unsaved = 0;
    } else {
        c->dirty_ns = c->now_ns + 9 * SAVE_AFTER_NS; /* a full disk is not asked each second */
    }
}

int state_save(struct control *c) {
    saver_wait(c);
    if (!*c->state_dir || state_saved(c))
        return 0;
    if (begin_save(c, NULL, NULL) < 0)
        return -1;
    saver_wait(c);
    return state_saved(c) ? 0 : -1;
}

int state_save_for(struct control *c, const struct osc_endpoint *to, const char *address) {
    return begin_save(c, to, address);
}

void state_tick(struct control *c) {
    saver_tick(c);
    if (state_saved(c) || !*c->state_dir)
        return;
    if (!c->dirty_ns)
        c->dirty_ns = c->now_ns;
    c->keep.head->unsaved = 1; /* a successor of ours knows by it */
    if (c->now_ns - c->dirty_ns >= SAVE_AFTER_NS && !c->saver.running)
        begin_save(c, NULL, NULL);
}

/* ---- clients across a reload, which makes a new mapping ---- */

static FILE *clients_file(const struct control *c, const char *mode) {
    char path[600];
    snprintf(path, sizeof path, "%s/clients", c->state_dir);
    return *c->state_dir ? fopen(path, mode) : NULL;
}

void state_clients_save(struct control *c) {
    clients_save(c->clients, c->keep.clients);
    FILE *f = clients_file(c, "wb");
    if (!f)
        return;
    if (fwrite(c->keep.clients, clients_save_bytes(), 1, f) != 1)
        control_log(c, 1, "clients could not be kept over the reload");
    fclose(f);
}

void state_clients_load(struct control *c) {
    FILE *f = clients_file(c, "rb");
    if (!f)
        return;
    if (fread(c->keep.clients, clients_save_bytes(), 1, f) != 1)
        memset(c->keep.clients, 0, clients_save_bytes());
    fclose(f);
}

/* ---- reading a file into the plan ---- */

struct reading {
    float *value;
    char (*text)[TEXT_BYTES];
    struct scene_result result;
};

static void tell(void *ctx, const char *message) {
    control_log(ctx, 1, "%s", message);
}

static void reading_free(struct reading *r) {
    free(r->value);
    free(r->text);
    free(r->result.slot);
    free(r->result.text_slot);
}

/* Values as they are with the file's in them; which ones differ stands in result. */
static int reading_load(struct control *c, struct reading *r, const char *path, bool defaults,
                        char *why, size_t size) {
    const struct layout *l = &c->desk->layout;
    memset(r, 0, sizeof *r);
    r->value = malloc((l->slots + 1) * sizeof *r->value);
    r->text = malloc((l->texts + 1) * sizeof *r->text);
    r->result.slot = malloc((l->slots + 1) * sizeof(uint32_t));
    r->result.text_slot = malloc((l->texts + 1) * sizeof(uint32_t));
    if (!r->value || !r->text || !r->result.slot || !r->result.text_slot) {
        snprintf(why, size, "out of memory");
        errno = ENOMEM;
        return -1;
    }
    /* A state names only what differs from the desk's own values, so it is read over those; a scene
     * names all of its rows, and leaves the others as they are. */
    memcpy(r->value, defaults ? c->desk->value : c->model.value, l->slots * sizeof *r->value);
    memcpy(r->text, defaults ? c->desk->text : c->link->text, l->texts * sizeof *r->text);
    return scene_load(path, c->desk, r->value, r->text, &r->result, tell, c, why, size);
}

static bool plan_slot(struct control *c, uint32_t slot, float value, double seconds) {
    const struct row *row = &rows[c->model.row[slot]];
    struct plan *p = &c->plan;
    const bool glide = seconds > 0 && row->type == TYPE_FLOAT;
    struct plan_mark *m = &p->mark[p->marks];
    if (p->marks == p->mark_capacity)
        return false;
    *m = (struct plan_mark){.first = p->commands, .commands = 1, .changed = true};
    m->report = REPORT_NONE;
    const struct command k = {glide ? COMMAND_GLIDE : COMMAND_SET, CURVE_LINEAR, slot, value,
                              glide ? (float)seconds : 0};
    if (!layout_place(&c->desk->layout, slot, &m->place) || !plan_add(p, &k))
        return false;
    m->place.comp = 0;
    p->marks++;
    return true;
}

static bool plan_text_slot(struct control *c, uint32_t slot, const char *text) {
    struct plan *p = &c->plan;
    struct plan_text *t = &p->text[p->texts];
    if (p->texts == PLAN_TEXTS || !layout_text_place(&c->desk->layout, slot, &t->place))
        return false;
    t->text = slot;
    t->address = NULL;
    memset(t->value, 0, sizeof t->value);
    snprintf(t->value, sizeof t->value, "%s", text);
    p->texts++;
    return true;
}

/* Everything of this kind of file that is not yet as `r` wants it. */
static bool plan_reading(struct control *c, const struct reading *r, enum scene_kind kind,
                         double seconds) {
    const struct layout *l = &c->desk->layout;
    bool all = true;
    plan_begin(&c->plan);
    for (uint32_t s = 0; s < l->slots; s++) {
        const enum row_id row = (enum row_id)c->model.row[s];
        if (!(rows[row].flags & ROW_READ_ONLY) && scene_holds(kind, row) &&
            (r->value[s] != c->model.value[s] || model_glides(&c->model, s)))
            all &= plan_slot(c, s, r->value[s], seconds);
    }
    for (uint32_t t = 0; t < l->texts; t++) {
        struct place place;
        if (layout_text_place(l, t, &place) && !(rows[place.row].flags & ROW_READ_ONLY) &&
            scene_holds(kind, place.row) && strncmp(r->text[t], c->link->text[t], TEXT_BYTES) != 0)
            all &= plan_text_slot(c, t, r->text[t]);
    }
    return all;
}

int state_load(struct control *c, struct origin *origin) {
    char path[600], why[600];
    struct reading r;
    if (!*c->state_dir)
        return 1;
    state_path(c, path, sizeof path);
    if (reading_load(c, &r, path, true, why, sizeof why) < 0) {
        const bool none = errno == ENOENT;
        if (!none)
            control_log(c, 2, "%s", why);
        reading_free(&r);
        return none ? 1 : -1;
    }
    if (!plan_reading(c, &r, SCENE_STATE, 0))
        control_log(c, 1, "%s: some of it did not fit", path);
    reading_free(&r);
    if (plan_commit(c, origin, PLAN_NOW, 0, "/desk/load") < 0)
        return -1;
    c->saved_changes = c->model.changes;
    return 0;
}

/* ---- scenes ---- */

static void scene_path(const struct control *c, unsigned number, char *path, size_t size) {
    snprintf(path, size, "%s/scenes/%03u.scene", c->state_dir, number);
}

bool scene_exists(const struct control *c, unsigned number) {
    char path[600];
    struct stat st;
    if (!*c->state_dir || number < 1 || number > SCENES_MAX)
        return false;
    scene_path(c, number, path, sizeof path);
    return (c->saver.running && strcmp(c->saver.path, path) == 0) || stat(path, &st) == 0;
}

bool scene_name(const struct control *c, unsigned number, char name[SCENE_NAME_BYTES]) {
    char path[600], why[600];
    struct scene_head head;
    name[0] = '\0';
    if (!scene_exists(c, number))
        return false;
    scene_path(c, number, path, sizeof path);
    if (scene_load_head(path, &head, why, sizeof why) < 0)
        return false;
    memcpy(name, head.name, sizeof head.name);
    return true;
}

unsigned scene_number(struct control *c, const char *spelled) {
    if (*spelled && strspn(spelled, "0123456789") == strlen(spelled)) {
        const unsigned long n = strtoul(spelled, NULL, 10);
        return n <= SCENES_MAX ? (unsigned)n : 0;
    }
    char name[SCENE_NAME_BYTES];
    for (unsigned n = 1; n <= SCENES_MAX; n++)
        if (scene_name(c, n, name) && strcmp(name, spelled) == 0)
            return n;
    return 0;
}

/* A scene that can be there: a folder, and a number. */
static bool scene_place(struct control *c, struct origin *origin, const char *address,
                        unsigned number, bool must_exist) {
    char folder[600];
    saver_wait(c); /* it may be this one that is being written */
    if (!*c->state_dir) {
        control_error(c, origin, OSC_NOT_NOW, address, "this desk keeps no scenes (--state)");
        return false;
    }
    if (number < 1 || (must_exist && !scene_exists(c, number))) {
        control_error(c, origin, OSC_NO_SUCH_OBJECT, address,
                      must_exist ? "there is no such scene" : "scenes are numbered 1..%d",
                      SCENES_MAX);
        return false;
    }
    snprintf(folder, sizeof folder, "%s/scenes", c->state_dir);
    if (!must_exist && mkdir(folder, 0777) < 0 && errno != EEXIST) {
        control_error(c, origin, OSC_NOT_NOW, address, "%s: %s", folder, strerror(errno));
        return false;
    }
    return true;
}

int scene_store(struct control *c, struct origin *origin, const char *address, unsigned number) {
    char path[600], name[SCENE_NAME_BYTES];
    struct scene_head head;
    if (!scene_place(c, origin, address, number, false))
        return -1;
    if (!scene_name(c, number, name) || !*name)
        snprintf(name, sizeof name, "Scene %u", number);
    scene_path(c, number, path, sizeof path);
    scene_head_init(&head, SCENE_SCENE, c->desk, name);
    if (saver_begin(c, path, &head, origin->from, address) == 0)
        return 0;
    control_error(c, origin, OSC_NOT_NOW, address, "out of memory");
    return -1;
}

int scene_rename(struct control *c, struct origin *origin, const char *address, unsigned number,
                 const char *name) {
    char path[600], why[600];
    struct reading r;
    if (!scene_place(c, origin, address, number, true))
        return -1;
    scene_path(c, number, path, sizeof path);
    int result = reading_load(c, &r, path, false, why, sizeof why);
    if (result == 0) {
        snprintf(r.result.head.name, sizeof r.result.head.name, "%s", name);
        result = scene_save(path, &r.result.head, c->desk, r.value, r.text, why, sizeof why);
    }
    reading_free(&r);
    if (result < 0)
        control_error(c, origin, OSC_NOT_NOW, address, "%s", why);
    return result;
}

int scene_plan(struct control *c, struct origin *origin, const char *address, unsigned number,
               double seconds) {
    char path[600], why[600];
    struct reading r;
    if (!scene_place(c, origin, address, number, true))
        return -1;
    scene_path(c, number, path, sizeof path);
    int result = reading_load(c, &r, path, false, why, sizeof why);
    if (result < 0) {
        control_error(c, origin, OSC_NOT_NOW, address, "%s", why);
    } else if (!plan_reading(c, &r, SCENE_SCENE, seconds)) {
        control_error(c, origin, OSC_TOO_LARGE, address, "the scene has too many texts");
        result = -1;
    }
    reading_free(&r);
    return result;
}
