/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/clients.h"

/* "10.0.0.0/8", "127.0.0.1", "fe80::/10", "*" */
static bool host_matches(const char *host, const struct osc_endpoint *from) {
    char address[64];
    if (strcmp(host, "*") == 0)
        return true;
    snprintf(address, sizeof address, "%s", host);
    char *slash = strchr(address, '/');
    if (slash)
        *slash = '\0';
    struct osc_endpoint want = {0};
    if (!osc_endpoint_parse(&want, address))
        return strcmp(address, "localhost") == 0 && osc_endpoint_loopback(from);
    const bool v4 = !strchr(address, ':');
    unsigned bits = 128;
    if (slash) {
        const unsigned long n = strtoul(slash + 1, NULL, 10);
        bits = (unsigned)n + (v4 ? 96 : 0); /* IPv4 stands mapped in the last 32 */
        if (bits > 128)
            bits = 128;
    }
    for (unsigned i = 0; i < 16 && bits > 0; i++) {
        const unsigned part = bits < 8 ? bits : 8;
        const unsigned mask = 0xffu << (8 - part) & 0xffu;
        if ((want.address[i] ^ from->address[i]) & mask)
            return false;
        bits -= part;
    }
    return true;
}

enum client_role roles_of(const struct desk *desk, const struct osc_endpoint *from) {
    if (!desk->clients)
        return osc_endpoint_loopback(from) ? CLIENT_ADMIN : CLIENT_VIEW;
    enum client_role role = CLIENT_VIEW;
    for (uint32_t i = 0; i < desk->clients; i++) {
        const struct desk_client *k = &desk->client[i];
        if (!*k->token && k->role > role && host_matches(k->host, from))
            role = k->role;
    }
    return role;
}

bool roles_hello(const struct desk *desk, const struct osc_endpoint *from, const char *token,
                 enum client_role *role) {
    bool known = !*token; /* no token is no mistake */
    *role = roles_of(desk, from);
    for (uint32_t i = 0; i < desk->clients; i++) {
        const struct desk_client *k = &desk->client[i];
        /* Each is compared, so that the time says nothing about which one fitted. */
        const bool fits = *k->token && clients_token_equal(token, k->token);
        if (fits && host_matches(k->host, from)) {
            known = true;
            if (k->role > *role)
                *role = k->role;
        }
    }
    /* Where no tokens exist none can be wrong. */
    bool any = false;
    for (uint32_t i = 0; i < desk->clients; i++)
        any |= *desk->client[i].token != '\0';
    return known || !any;
}
