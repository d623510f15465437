/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/big_desk.h"

#include <stdio.h>
#include <stdlib.h>

static void channel(FILE *f, unsigned i) {
    static const char *const type[] = {"lowshelf", "bell", "notch", "bell", "bell", "highshelf"};
    fprintf(f,
            "  { id = \"C%u\"; in = \"source:out_%u\"; to = [\"G%u\", \"S%u\"]; fader = %.1f;\n"
            "    hpf = { freq = %u.0; slope = %u; }; lpf = { freq = %u.0; slope = 12; };\n"
            "    pan = { aed = [%d.0, %u.0, 1.0]; spread = 0.1; lfe = -20.0; };\n"
            "    send = { A%u = { level = -12.0; }; A%u = { level = -18.0; pre = true; }; };\n"
            "    eq = { bands = (",
            i + 1, 1 + i % BIG_SOURCES, 1 + i % BIG_GROUPS, 1 + i % BIG_STEMS,
            -30.0 - (double)(i % 7), 40 + i % 60, i % 2 ? 12u : 24u, 9000 + 7 * i,
            (int)(i * 37 % 360) - 180, i * 11 % 45, 1 + i % BIG_AUXES, 1 + (i + 5) % BIG_AUXES);
    for (unsigned b = 0; b < 6; b++)
        fprintf(f, "%s{ type = \"%s\"; freq = %u.0; gain = %.1f; q = %.1f; }", b ? ", " : "",
                type[b], (100u << b) + i, (double)((i + 3 * b) % 13) - 6.0,
                0.5 + (double)(i % 5) / 4.0);
    fprintf(f, "); }; }%s\n", i + 1 < BIG_CHANNELS ? "," : "");
}

/* Buses have filters, too. An aux sends to the next one. */
static void buses(FILE *f, const char *list, char letter, unsigned count, const char *more) {
    fprintf(f, "%s = (\n", list);
    for (unsigned i = 1; i <= count; i++) {
        fprintf(f, "  { id = \"%c%u\"; format = \"7.1.4\"; ", letter, i);
        if (letter == 'G')
            fprintf(f, "to = [\"S%u\"]; ", 1 + i % BIG_STEMS);
        if (letter == 'A') {
            fprintf(f, "stem = \"S%u\"; ", 1 + i % BIG_STEMS);
            if (i < count)
                fprintf(f, "send = { A%u = { level = -20.0; }; }; ", i + 1);
        }
        fprintf(f, "%s }%s\n", more, i < count ? "," : "");
    }
    fprintf(f, ");\n");
}

char *big_desk_text(void) {
    static const char filters[] = "hpf = { freq = 30.0; }; lpf = { freq = 16000.0; };";
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return NULL;
    fprintf(f, "title = \"big\";\nrate = 48000;\nperiod = 256;\nchannels = (\n");
    for (unsigned i = 0; i < BIG_CHANNELS; i++)
        channel(f, i);
    fprintf(f, ");\n");
    buses(f, "groups", 'G', BIG_GROUPS, filters);
    buses(f, "auxes", 'A', BIG_AUXES, filters);
    buses(f, "stems", 'S', BIG_STEMS, "role = \"fx\"; hpf = { freq = 30.0; };");
    buses(f, "mains", 'M', BIG_MAINS, "fader = -20.0;");
    fprintf(f, "monitor = { format = \"7.1.4\"; source = \"/main/M1\"; };\n");
    if (fclose(f)) {
        free(text);
        return NULL;
    }
    return text;
}
