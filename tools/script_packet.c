/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "osc/message.h"
#include "tools/script.h"

size_t script_packet(const struct script_line *line, bool frames, void *to, size_t capacity) {
    struct osc_bundle bundle;
    struct osc_out out = {0};
    osc_bundle_begin(&bundle, OSC_TIMETAG_IMMEDIATE);
    osc_out_begin(&out, "/at");
    if (frames)
        osc_out_long(&out, line->timeline);
    else
        osc_out_text(&out, line->at);
    bool fits = osc_bundle_add(&bundle, &out);
    osc_out_begin(&out, line->address);
    for (uint32_t i = 0; i < line->args; i++) {
        const struct script_arg *arg = &line->arg[i];
        switch (arg->type) {
        case SCRIPT_INT:
            if (arg->number >= INT32_MIN && arg->number <= INT32_MAX)
                osc_out_int(&out, (int32_t)arg->number);
            else
                osc_out_long(&out, arg->number);
            break;
        case SCRIPT_FLOAT: osc_out_float(&out, (float)arg->value); break;
        default: osc_out_text(&out, arg->text); break;
        }
    }
    fits = osc_bundle_add(&bundle, &out) && fits;
    osc_out_free(&out);
    if (!fits || bundle.size > capacity)
        return 0;
    memcpy(to, bundle.bytes, bundle.size);
    return bundle.size;
}
