/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Any text as a desk file: a desk that answers questions, or one clear error. Never a crash, never
 * a leak. */
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "config/desk.h"
#include "config/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What stands must be whole: places print and resolve, values are finite and in range. */
static void check(const struct desk *desk) {
    const struct layout *l = &desk->layout;
    char text[160], why[200];
    for (uint32_t slot = 0; slot < l->slots; slot += 1 + l->slots / 500) {
        struct place p;
        struct address a;
        float min, def, max;
        if (!layout_place(l, slot, &p))
            abort();
        if (!desk_has_place(desk, &p))
            continue;
        if (address_print(desk, &p, SPELL_ID, text, sizeof text) < 0 ||
            address_resolve(desk, text, &a, why, sizeof why) != ADDRESS_OK ||
            a.slot + p.comp != slot)
            abort();
        value_range(desk, p.row, p.comp, &min, &def, &max);
        if (!(desk->value[slot] >= min && desk->value[slot] <= max))
            abort();
    }
    if (desk_ports(desk, NULL, 0) > DESK_MAX_PORTS)
        abort();
    struct desk_port *ports = calloc(DESK_MAX_PORTS, sizeof *ports);
    desk_ports(desk, ports, DESK_MAX_PORTS);
    free(ports);
    desk_check(desk, "fuzz.cfg", NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct desk *desk;
    struct desk_error error;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    if (desk_parse(text, "fuzz.cfg", &desk, &error) == 0)
        check(desk);
    else if (desk || strncmp(error.text, "fuzz.cfg:", 9) != 0)
        abort();
    desk_free(desk);
    free(text);
    return 0;
}
