/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/take_name.h"

#include <stdio.h>
#include <string.h>

const char *take_clean(const char *text, char buf[TAKE_NAME_BYTES]) {
    size_t n = 0;
    for (const char *p = text; *p && n < TAKE_NAME_BYTES - 32; p++) {
        const char c = *p;
        const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || (c == '.' && n > 0);
        if (fine)
            buf[n++] = c;
        else if (n == 0 || buf[n - 1] != '_')
            buf[n++] = '_';
    }
    while (n && buf[n - 1] == '_')
        n--;
    buf[n] = '\0';
    if (!n)
        strcpy(buf, "untitled");
    return buf;
}

const char *take_file_name(const struct take_output *output, char buf[TAKE_NAME_BYTES]) {
    char id[TAKE_NAME_BYTES];
    snprintf(buf, TAKE_NAME_BYTES, "%s%s_%.96s.wav", output->insert ? "insert_" : "",
             kind_path(output->object->kind), take_clean(output->object->id, id));
    return buf;
}

uint32_t take_outputs(const struct desk *desk, bool all, struct take_output *outputs,
                      uint32_t max) {
    uint32_t count = 0, port = 0;
    for (uint32_t i = 0; i < desk->objects; i++) {
        const struct desk_object *object = &desk->object[i];
        if (object->kind != KIND_STEM && object->kind != KIND_MAIN)
            continue;
        if (all || object->record) {
            if (outputs && count < max)
                outputs[count] = (struct take_output){object, port, false};
            count++;
        }
        port += format_legs(object->format);
    }
    return count;
}

uint32_t take_inserts(const struct desk *desk, struct take_output *outputs, uint32_t max) {
    uint32_t count = 0, port = 0;
    for (uint32_t i = 0; i < desk->layout.count[KIND_CH]; i++)
        port += format_legs(desk->object[i].format);
    for (uint32_t i = 0; i < desk->first[KIND_AUX]; i++) { /* channels come first, then groups */
        const struct desk_object *object = &desk->object[i];
        if (!object->insert)
            continue;
        if (outputs && count < max)
            outputs[count] = (struct take_output){object, port, true};
        count++;
        port += format_legs(object->format);
    }
    return count;
}
