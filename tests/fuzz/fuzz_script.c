/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: tools osc config */
/* Any bytes as a script: never a crash, and what is accepted becomes packets. The first byte picks
 * the frame rate. */
#include <stdlib.h>

#include "tools/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    const struct script_clock clock = {(enum fps)(data[0] % FPS_COUNT), 48000, 172608000};
    struct script script;
    char error[512];
    uint8_t packet[2048];
    for (int timed = 0; timed < 2; timed++) {
        if (script_parse((const char *)data + 1, size - 1, "f", timed ? &clock : NULL, &script,
                         error))
            continue;
        for (uint32_t i = 0; i < script.lines; i++) {
            if (timed && i && script.line[i].timeline < script.line[i - 1].timeline)
                abort();
            script_packet(&script.line[i], timed, packet, sizeof packet);
        }
        script_free(&script);
    }
    return 0;
}
