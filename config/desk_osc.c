/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `osc = { listen, clients, surfaces }`: how the desk is reached. */
#include "config/desk_read.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OSC_PORT 9700
#define OSC_MAX_LIST 64

/* An IPv4 or IPv6 address in numbers, with /prefix if `prefix`. */
static bool read_host(struct reader *r, const config_setting_t *s, bool prefix, char out[64]) {
    char address[64];
    if (!reader_text(r, s, out, 64))
        return false;
    snprintf(address, sizeof address, "%s", out);
    char *slash = strchr(address, '/');
    unsigned char bytes[16];
    bool ok = true;
    long bits = 0;
    if (slash) {
        *slash = '\0';
        char *end;
        bits = strtol(slash + 1, &end, 10);
        ok = prefix && slash[1] >= '0' && slash[1] <= '9' && !*end;
    }
    if (inet_pton(AF_INET, address, bytes) == 1)
        ok = ok && bits <= 32;
    else if (inet_pton(AF_INET6, address, bytes) == 1)
        ok = ok && bits <= 128;
    else
        ok = false;
    if (ok)
        return true;
    return reader_fail(r, s,
                       "\"%s\" is no address; expected one in numbers such as \"127.0.0.1\", "
                       "\"::1\"%s",
                       out, prefix ? " or \"192.168.1.0/24\"" : " or \"0.0.0.0\" for all");
}

/* Member of a group that must be there. */
static const config_setting_t *need(struct reader *r, const config_setting_t *group,
                                    const char *key, const char *example) {
    const config_setting_t *s = config_setting_get_member(group, key);
    if (!s)
        reader_fail(r, group, "no %s; expected %s", key, example);
    return s;
}

static bool read_port(struct reader *r, const config_setting_t *s, uint16_t *out) {
    long port;
    if (!reader_whole(r, s, 1, 65535, &port))
        return false;
    *out = (uint16_t)port;
    return true;
}

static bool read_listener(struct reader *r, const config_setting_t *s, uint32_t n) {
    struct desk_listener *l = &r->desk->listener[n];
    const config_setting_t *m;
    *l = (struct desk_listener){.host = "127.0.0.1", .port = OSC_PORT, .udp = true, .tcp = true};
    if (!reader_group(r, s) || !reader_keys(r, s, "host port udp tcp"))
        return false;
    if ((m = config_setting_get_member(s, "host")) && !read_host(r, m, false, l->host))
        return false;
    if ((m = config_setting_get_member(s, "port")) && !read_port(r, m, &l->port))
        return false;
    if ((m = config_setting_get_member(s, "udp")) && !reader_switch(r, m, &l->udp))
        return false;
    if ((m = config_setting_get_member(s, "tcp")) && !reader_switch(r, m, &l->tcp))
        return false;
    if (!l->udp && !l->tcp)
        return reader_fail(r, s, "this listener has neither udp nor tcp; expected one of them");
    for (const struct desk_listener *p = r->desk->listener; p < l; p++)
        if (p->port == l->port && strcmp(p->host, l->host) == 0 &&
            ((p->udp && l->udp) || (p->tcp && l->tcp)))
            return reader_fail(r, s, "%s port %u is listened on twice; expected another port",
                               l->host, l->port);
    return true;
}

static bool read_client(struct reader *r, const config_setting_t *s, uint32_t n) {
    struct desk_client *c = &r->desk->client[n];
    *c = (struct desk_client){0};
    const config_setting_t *m;
    unsigned role;
    if (!reader_group(r, s) || !reader_keys(r, s, "host role token"))
        return false;
    if (!(m = need(r, s, "host", "host = \"192.168.1.0/24\" or the like")) ||
        !read_host(r, m, true, c->host))
        return false;
    if (!(m = need(r, s, "role", "role = \"view\", \"mix\" or \"admin\"")) ||
        !reader_word(r, m, "view|mix|admin", &role))
        return false;
    c->role = (enum client_role)role;
    m = config_setting_get_member(s, "token");
    return !m || reader_text(r, m, c->token, sizeof c->token);
}

static bool read_surface(struct reader *r, const config_setting_t *s, uint32_t n) {
    struct desk_surface *f = &r->desk->surface[n];
    const config_setting_t *m;
    if (!reader_group(r, s) || !reader_keys(r, s, "host port sub name"))
        return false;
    snprintf(f->sub, sizeof f->sub, "//*"); /* everything */
    snprintf(f->name, sizeof f->name, "surface %u", n + 1);
    if (!(m = need(r, s, "host", "host = \"192.168.1.20\" or the like")) ||
        !read_host(r, m, false, f->host))
        return false;
    if (!(m = need(r, s, "port", "the port that it listens on, port = 9000")) ||
        !read_port(r, m, &f->port))
        return false;
    if ((m = config_setting_get_member(s, "sub"))) {
        if (!reader_text(r, m, f->sub, sizeof f->sub))
            return false;
        if (f->sub[0] != '/')
            return reader_fail(r, m,
                               "\"%s\" is no address pattern; expected one such as "
                               "\"/ch/*/fader\"",
                               f->sub);
    }
    m = config_setting_get_member(s, "name");
    return !m || reader_text(r, m, f->name, sizeof f->name);
}

/* The list of a key, and its length; *s is NULL and the length 0 if the key is not there. */
static bool find_list(struct reader *r, const config_setting_t *osc, const char *key,
                      const config_setting_t **s, uint32_t *n) {
    *s = config_setting_get_member(osc, key);
    *n = 0;
    if (!*s)
        return true;
    if (!reader_list(r, *s))
        return false;
    *n = (uint32_t)config_setting_length(*s);
    return *n <= OSC_MAX_LIST ||
           reader_fail(r, *s, "%u %s; expected at most %d", *n, key, OSC_MAX_LIST);
}

/* Loopback only, and who sits at this machine may do everything. */
static bool set_defaults(struct reader *r) {
    struct desk *d = r->desk;
    d->listener = calloc(OSC_MAX_LIST, sizeof *d->listener);
    d->client = calloc(OSC_MAX_LIST, sizeof *d->client);
    d->surface = calloc(OSC_MAX_LIST, sizeof *d->surface);
    if (!d->listener || !d->client || !d->surface)
        return reader_fail(r, NULL, "out of memory");
    d->listeners = 1;
    d->listener[0] =
        (struct desk_listener){.host = "127.0.0.1", .port = OSC_PORT, .udp = true, .tcp = true};
    d->clients = 2;
    d->client[0] = (struct desk_client){.host = "127.0.0.0/8", .role = CLIENT_ADMIN};
    d->client[1] = (struct desk_client){.host = "::1", .role = CLIENT_ADMIN};
    return true;
}

bool reader_osc(struct reader *r, const config_setting_t *osc) {
    struct desk *d = r->desk;
    const config_setting_t *s;
    uint32_t n;
    if (!set_defaults(r))
        return false;
    if (!osc)
        return true;
    if (!reader_group(r, osc) || !reader_keys(r, osc, "listen clients surfaces"))
        return false;
    if (!find_list(r, osc, "listen", &s, &n))
        return false;
    for (d->listeners = s ? 0 : d->listeners; d->listeners < n; d->listeners++)
        if (!read_listener(r, config_setting_get_elem(s, d->listeners), d->listeners))
            return false;
    if (!find_list(r, osc, "clients", &s, &n))
        return false;
    for (d->clients = s ? 0 : d->clients; d->clients < n; d->clients++)
        if (!read_client(r, config_setting_get_elem(s, d->clients), d->clients))
            return false;
    if (!find_list(r, osc, "surfaces", &s, &n))
        return false;
    for (; d->surfaces < n; d->surfaces++)
        if (!read_surface(r, config_setting_get_elem(s, d->surfaces), d->surfaces))
            return false;
    return true;
}
