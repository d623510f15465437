/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Any text as a scene: what is taken is in range, and writing what was read reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "config/scene.h"
#include "config/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char desk_text[] =
    "channels = ( { id = \"A\"; to = [\"DX\"]; }, { id = \"B\"; format = \"stereo\"; } );\n"
    "groups = ( { id = \"G\"; format = \"5.1\"; } );\n"
    "auxes = ( { id = \"R\"; format = \"stereo\"; stem = \"DX\"; }, { id = \"S\"; format = 5.1; } "
    ");\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; } ); mains = ( { id = \"PM\"; format = 5.1; } );\n"
    "vcas = ( { id = \"V\"; } ); mute_groups = ( { id = \"M\"; } );\n";

static struct desk *desk;
static float *value, *again;
static char (*text)[TEXT_BYTES], (*text_again)[TEXT_BYTES];
static uint32_t *slots, *texts;

static void set_up(void) {
    struct desk_error error;
    if (desk_parse(desk_text, "fuzz", &desk, &error) != 0)
        abort();
    value = calloc(desk->layout.slots, sizeof *value);
    again = calloc(desk->layout.slots, sizeof *again);
    slots = calloc(desk->layout.slots, sizeof *slots);
    text = calloc(desk->layout.texts, sizeof *text);
    text_again = calloc(desk->layout.texts, sizeof *text);
    texts = calloc(desk->layout.texts, sizeof *texts);
}

static void check_values(void) {
    for (uint32_t slot = 0; slot < desk->layout.slots; slot++) {
        struct place p;
        float min, def, max;
        layout_place(&desk->layout, slot, &p);
        if (!desk_has_place(desk, &p))
            continue; /* its slot stays 0 */
        value_range(desk, p.row, p.comp, &min, &def, &max);
        if (!(value[slot] >= min && value[slot] <= max))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct scene_result result = {0};
    char why[300], *copy = malloc(size + 1), *file;
    size_t file_size;
    if (!desk)
        set_up();
    const size_t value_bytes = desk->layout.slots * sizeof *value;
    const size_t text_bytes = desk->layout.texts * sizeof *text;
    memcpy(copy, data, size);
    copy[size] = '\0';
    memcpy(value, desk->value, value_bytes);
    memcpy(text, desk->text, text_bytes);
    result.slot = slots;
    result.text_slot = texts;
    const int status =
        scene_parse(copy, "f", desk, value, text, &result, NULL, NULL, why, sizeof why);
    free(copy);
    if (status != 0)
        return 0;
    check_values();
    FILE *stream = open_memstream(&file, &file_size);
    if (scene_write(stream, &result.head, desk, value, text) != 0)
        abort();
    fclose(stream);
    memcpy(again, desk->value, value_bytes);
    memcpy(text_again, desk->text, text_bytes);
    if (scene_parse(file, "f", desk, again, text_again, &result, NULL, NULL, why, sizeof why) !=
            0 ||
        result.skipped || memcmp(value, again, value_bytes) != 0 ||
        memcmp(text, text_again, text_bytes) != 0)
        abort();
    free(file);
    return 0;
}
