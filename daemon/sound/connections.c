/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/connections.h"

#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct list {
    struct connection *item;
    uint32_t count, room;
};

struct connections {
    const struct desk *desk;
    uint32_t ports;
    struct desk_port *port;
    char (*input)[TEXT_BYTES]; /* [channels] their sources, as they are now */
    char *file;
    struct list made, cut; /* by people */
    struct list stood;     /* at the last note */
    struct list wanted;    /* answer of the last call */
};

static bool list_has(const struct list *list, uint32_t port, const char *other) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->item[i].port == port && strcmp(list->item[i].other, other) == 0)
            return true;
    return false;
}

static void list_add(struct list *list, uint32_t port, const char *other) {
    if (strlen(other) >= CONNECTION_NAME || list_has(list, port, other))
        return;
    if (list->count == list->room) {
        const uint32_t room = list->room ? 2 * list->room : 64;
        struct connection *item = realloc(list->item, room * sizeof *item);
        if (!item)
            return; /* one connection fewer is remembered */
        list->item = item;
        list->room = room;
    }
    list->item[list->count].port = port;
    snprintf(list->item[list->count].other, CONNECTION_NAME, "%s", other);
    list->count++;
}

static bool list_drop(struct list *list, uint32_t port, const char *other) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->item[i].port == port && strcmp(list->item[i].other, other) == 0) {
            list->item[i] = list->item[--list->count];
            return true;
        }
    return false;
}

/* ---- the file: one line per connection, "made|cut TAB our port TAB other port" ---- */

static void read_file(struct connections *c) {
    FILE *file = fopen(c->file, "re");
    if (!file)
        return;
    char line[2 * CONNECTION_NAME + 16];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *ours = strchr(line, '\t');
        char *other = ours ? strchr(ours + 1, '\t') : NULL;
        if (!other)
            continue;
        *ours++ = '\0';
        *other++ = '\0';
        for (uint32_t i = 0; i < c->ports; i++)
            if (strcmp(c->port[i].name, ours) == 0)
                list_add(strcmp(line, "cut") == 0 ? &c->cut : &c->made, i, other);
    }
    fclose(file);
}

static void write_list(FILE *file, const struct connections *c, const char *word,
                       const struct list *list) {
    for (uint32_t i = 0; i < list->count; i++)
        fprintf(file, "%s\t%s\t%s\n", word, c->port[list->item[i].port].name, list->item[i].other);
}

int connections_save(const struct connections *c, char error[256]) {
    if (!c->file)
        return 0;
    char temporary[4200];
    if (snprintf(temporary, sizeof temporary, "%s.new", c->file) >= (int)sizeof temporary) {
        snprintf(error, 256, "the path of the connections file is too long");
        return -1;
    }
    FILE *file = fopen(temporary, "we");
    if (!file)
        goto fail;
    fprintf(file,
            "# Connections of this desk that people made, or cut although its file wants them.\n");
    write_list(file, c, "made", &c->made);
    write_list(file, c, "cut", &c->cut);
    const bool written = !ferror(file) && fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (fclose(file) || !written || rename(temporary, c->file))
        goto fail;
    return 0;
fail:
    snprintf(error, 256, "cannot write %.150s: %s", c->file, strerror(errno));
    return -1;
}

/* ---- set-up ---- */

struct connections *connections_setup(const struct desk *desk, const char *file, char error[256]) {
    struct connections *c = calloc(1, sizeof *c);
    if (!c)
        goto fail;
    c->desk = desk;
    c->ports = desk_ports(desk, NULL, 0);
    const uint32_t channels = desk->layout.count[KIND_CH];
    c->port = calloc(c->ports ? c->ports : 1, sizeof *c->port);
    c->input = calloc(channels ? channels : 1, sizeof *c->input);
    if (!c->port || !c->input)
        goto fail;
    desk_ports(desk, c->port, c->ports);
    for (uint32_t i = 0; i < channels; i++) {
        const uint32_t text = layout_text(&desk->layout, KIND_CH, i, ROW_IN);
        if (text != SLOT_NONE)
            connections_input(c, i, desk->text[text]);
    }
    if (file) {
        c->file = strdup(file);
        if (!c->file)
            goto fail;
        read_file(c);
    }
    return c;
fail:
    snprintf(error, 256, "out of memory");
    connections_free(c);
    return NULL;
}

void connections_free(struct connections *c) {
    if (!c)
        return;
    free(c->port);
    free(c->input);
    free(c->file);
    free(c->made.item);
    free(c->cut.item);
    free(c->stood.item);
    free(c->wanted.item);
    free(c);
}

void connections_input(struct connections *c, uint32_t channel, const char *source) {
    if (channel >= c->desk->layout.count[KIND_CH])
        return;
    const bool inside = strncmp(source, "reel:", 5) == 0 || strncmp(source, "tape:", 5) == 0;
    snprintf(c->input[channel], TEXT_BYTES, "%s", inside ? "" : source);
}

/* ---- patterns ---- */

/* Order of port names as people count: digits by value. */
static int natural(const void *left, const void *right) {
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    return strverscmp(a, b);
}

/* Names among `others` that one pattern means, added to found[]. */
static uint32_t match_one(const char *pattern, bool output, const struct connections_port *others,
                          uint32_t count, const char **found) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (others[i].output == output && strcmp(others[i].name, pattern) == 0)
            found[n++] = others[i].name;
    if (n)
        return n;
    char whole[TEXT_BYTES + 8];
    snprintf(whole, sizeof whole, "^(%s)$", pattern);
    regex_t regex;
    if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) == 0) {
        for (uint32_t i = 0; i < count; i++)
            if (others[i].output == output && regexec(&regex, others[i].name, 0, NULL, 0) == 0)
                found[n++] = others[i].name;
        regfree(&regex);
    }
    const bool as_regex = n > 0;
    for (uint32_t i = 0; i < count && !as_regex; i++)
        if (others[i].output == output && fnmatch(pattern, others[i].name, 0) == 0)
            found[n++] = others[i].name;
    qsort(found, n, sizeof *found, natural);
    return n;
}

/* The same for a list of patterns. found[] has room for `count` names per pattern step. */
static uint32_t match(const char *patterns, bool output, const struct connections_port *others,
                      uint32_t count, const char **found, uint32_t room) {
    char copy[TEXT_BYTES];
    snprintf(copy, sizeof copy, "%s", patterns);
    const char **step = calloc(count ? count : 1, sizeof *step);
    uint32_t n = 0;
    char *rest = NULL;
    for (char *one = step ? strtok_r(copy, ",", &rest) : NULL; one;
         one = strtok_r(NULL, ",", &rest)) {
        while (*one == ' ')
            one++;
        for (size_t end = strlen(one); end && one[end - 1] == ' ';)
            one[--end] = '\0';
        const uint32_t got = *one ? match_one(one, output, others, count, step) : 0;
        for (uint32_t i = 0; i < got && n < room; i++)
            found[n++] = step[i];
    }
    free(step);
    return n;
}

static const char *pattern_of(const struct connections *c, const struct desk_port *port) {
    const struct desk_object *object = &c->desk->object[port->object];
    if (port->kind == KIND_MON) {
        const struct desk_speaker *k = &c->desk->speaker[port->speaker];
        return k->connect[0] ? k->connect : c->desk->set[k->set].connect;
    }
    if (port->use != PORT_STRIP)
        return port->use == PORT_SEND ? object->insert_send : object->insert_return;
    return port->kind == KIND_CH ? c->input[object->index] : object->connect;
}

/* What the patterns ask for, in `list`. The ports of a pattern follow each other, but for
 * loudspeakers that have one of their own: the first port that it means is theirs. */
static void pattern_wants(const struct connections *c, const struct connections_port *others,
                          uint32_t count, struct list *list) {
    const char *found[MAX_LEGS];
    const char *matched = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->ports; i++) {
        const struct desk_port *port = &c->port[i];
        const char *pattern = pattern_of(c, port);
        if (!*pattern)
            continue;
        if (pattern != matched)
            n = match(pattern, port->input, others, count, found, MAX_LEGS);
        matched = pattern;
        const bool own =
            port->kind == KIND_MON && pattern == c->desk->speaker[port->speaker].connect;
        const uint32_t leg = own ? 0 : port->leg;
        if (leg < n)
            list_add(list, i, found[leg]);
    }
}

static bool exists(const struct connections *c, const struct connections_port *others,
                   uint32_t count, uint32_t port, const char *name) {
    for (uint32_t i = 0; i < count; i++)
        if (others[i].output == c->port[port].input && strcmp(others[i].name, name) == 0)
            return true;
    return false;
}

uint32_t connections_wanted(struct connections *c, const struct connections_port *others,
                            uint32_t count, const struct connection **wanted) {
    struct list all = {0};
    pattern_wants(c, others, count, &all);
    c->wanted.count = 0;
    for (uint32_t i = 0; i < all.count; i++)
        if (!list_has(&c->cut, all.item[i].port, all.item[i].other))
            list_add(&c->wanted, all.item[i].port, all.item[i].other);
    for (uint32_t i = 0; i < c->made.count; i++)
        if (exists(c, others, count, c->made.item[i].port, c->made.item[i].other))
            list_add(&c->wanted, c->made.item[i].port, c->made.item[i].other);
    free(all.item);
    *wanted = c->wanted.item;
    return c->wanted.count;
}

bool connections_note(struct connections *c, const struct connections_port *others, uint32_t count,
                      const struct connection *standing, uint32_t standing_count, bool ports_left) {
    bool news = false;
    struct list asked = {0}, now = {0};
    pattern_wants(c, others, count, &asked);
    for (uint32_t i = 0; i < standing_count; i++)
        list_add(&now, standing[i].port, standing[i].other);
    for (uint32_t i = 0; i < now.count; i++) {
        const uint32_t port = now.item[i].port;
        const char *other = now.item[i].other;
        news |= list_drop(&c->cut, port, other);
        if (!list_has(&asked, port, other) && !list_has(&c->made, port, other)) {
            list_add(&c->made, port, other);
            news = true;
        }
    }
    for (uint32_t i = 0; i < c->stood.count && !ports_left; i++) {
        const uint32_t port = c->stood.item[i].port;
        const char *other = c->stood.item[i].other;
        if (list_has(&now, port, other) || !exists(c, others, count, port, other))
            continue;
        news |= list_drop(&c->made, port, other);
        if (list_has(&asked, port, other) && !list_has(&c->cut, port, other)) {
            list_add(&c->cut, port, other);
            news = true;
        }
    }
    free(asked.item);
    free(c->stood.item);
    c->stood = now;
    return news;
}
