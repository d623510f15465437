/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loudspeaker sets of a desk that stands, by name. How they are read: desk_monitor.c. */
#include <stdio.h>
#include <string.h>

#include "config/desk_read.h"

static const char *leg_of(const struct desk *desk, const struct desk_speaker *k) {
    return leg_table[format_table[desk->set[k->set].format].leg[k->leg]].name;
}

bool desk_dim_name(const struct desk *desk, enum dim dim, uint32_t n, char *buf, size_t size) {
    if ((dim != DIM_SET && dim != DIM_SPK) || n >= desk->layout.dims[dim])
        return false;
    const struct desk_speaker *k = &desk->speaker[n];
    if (dim == DIM_SET)
        snprintf(buf, size, "%s", desk->set[n].id);
    else
        snprintf(buf, size, "%s%s%s", k->set ? desk->set[k->set].id : "", k->set ? "." : "",
                 leg_of(desk, k));
    return true;
}

int desk_name_index(const struct desk *desk, enum dim dim, const char *name) {
    const char *dot = strrchr(name, '.');
    for (uint32_t n = 0; n < desk->sets && dim == DIM_SET; n++)
        if (strcmp(desk->set[n].id, name) == 0)
            return (int)n;
    for (uint32_t n = 0; n < desk->speakers && dim == DIM_SPK; n++) {
        const struct desk_speaker *k = &desk->speaker[n];
        const char *id = desk->set[k->set].id;
        const bool set =
            dot ? strlen(id) == (size_t)(dot - name) && strncmp(id, name, (size_t)(dot - name)) == 0
                : k->set == 0;
        if (set && strcmp(leg_of(desk, k), dot ? dot + 1 : name) == 0)
            return (int)n;
    }
    return -1;
}
