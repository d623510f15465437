/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two-way set-associative, the newer one first. Addresses that do not fit are resolved each time.
 */
#define SETS 8192u
#define SPELLING_BYTES 64

struct remembered {
    uint32_t hash;
    char spelling[SPELLING_BYTES]; /* "" while unused */
    struct target target;
};

struct resolver {
    const struct reports *reports;
    struct target scratch;
    struct remembered slot[SETS][2];
};

struct resolver *resolver_new(const struct reports *reports) {
    struct resolver *r = calloc(1, sizeof *r);
    if (r)
        r->reports = reports;
    return r;
}

void resolver_free(struct resolver *r) {
    free(r);
}

/* FNV-1a; also tells the length. */
static uint32_t hash_of(const char *s, size_t *length) {
    uint32_t h = 2166136261u;
    const char *p = s;
    for (; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    *length = (size_t)(p - s);
    return h ^ h >> 15;
}

/* "/scene/3/recall" against "/scene/{n}/recall". */
static bool verb_matches(const char *path, const char *address, char scene[32]) {
    const char *hole = strstr(path, "{n}");
    if (!hole)
        return strcmp(path, address) == 0;
    const size_t head = (size_t)(hole - path);
    if (strncmp(path, address, head) != 0)
        return false;
    const size_t n = strcspn(address + head, "/");
    if (n == 0 || n > 31 || strcmp(address + head + n, hole + 3) != 0)
        return false;
    memcpy(scene, address + head, n);
    scene[n] = '\0';
    return true;
}

static bool find_verb(const struct reports *reports, const char *address, struct target *t) {
    for (unsigned v = 0; v < VERB_COUNT; v++) {
        t->scene[0] = '\0';
        if (!verb_matches(verbs[v].path, address, t->scene))
            continue;
        t->kind = TARGET_VERB;
        t->verb = (enum verb_id)v;
        t->report = *t->scene ? REPORT_NONE : report_of_verb(reports, t->verb);
        return true;
    }
    return false;
}

/* "{S}/meter" and "{S}/meter/in" */
static bool find_meter(const struct reports *reports, const char *address, struct target *t) {
    const char *tail = strstr(address, "/meter");
    if (!tail || (strcmp(tail, "/meter") != 0 && strcmp(tail, "/meter/in") != 0))
        return false;
    char strip[SPELLING_BYTES];
    const size_t n = (size_t)(tail - address);
    if (n >= sizeof strip)
        return false;
    memcpy(strip, address, n);
    strip[n] = '\0';
    const int object = desk_strip_number(reports->desk, strip);
    if (object < 0 || (uint32_t)object >= reports->desk->first[KIND_VCA])
        return false;
    t->kind = TARGET_METER;
    t->report = report_of_meter(reports, (uint32_t)object, tail[6] != '\0');
    return true;
}

static enum osc_error look_up(const struct reports *reports, const char *address, struct target *t,
                              char *why) {
    memset(t, 0, sizeof *t);
    if (find_verb(reports, address, t) || find_meter(reports, address, t))
        return OSC_OK;
    switch (address_resolve(reports->desk, address, &t->param, why, RESOLVE_WHY_BYTES)) {
    case ADDRESS_OK: break;
    case ADDRESS_NO_OBJECT: return OSC_NO_SUCH_OBJECT;
    default: return OSC_UNKNOWN_ADDRESS;
    }
    if (t->param.suffix == SUFFIX_TOUCH) {
        snprintf(why, RESOLVE_WHY_BYTES, "touch is not there yet");
        return OSC_UNKNOWN_ADDRESS;
    }
    t->kind = TARGET_PARAM;
    t->report = report_of(reports, &t->param.place);
    return OSC_OK;
}

enum osc_error resolve(struct resolver *r, const char *address, const struct target **target,
                       char *why) {
    size_t length;
    const uint32_t hash = hash_of(address, &length);
    if (length >= SPELLING_BYTES) {
        *target = &r->scratch;
        return look_up(r->reports, address, &r->scratch, why);
    }
    struct remembered *set = r->slot[hash % SETS];
    for (unsigned i = 0; i < 2; i++)
        if (set[i].hash == hash && strcmp(set[i].spelling, address) == 0) {
            *target = &set[i].target;
            return OSC_OK;
        }
    const enum osc_error error = look_up(r->reports, address, &r->scratch, why);
    *target = &r->scratch;
    if (error == OSC_OK) { /* mistakes are not worth remembering */
        set[1] = set[0];
        set[0].hash = hash;
        memcpy(set[0].spelling, address, length + 1);
        set[0].target = r->scratch;
        *target = &set[0].target;
    }
    return error;
}
