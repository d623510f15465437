/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/dubdesk.h"

#include <stdio.h>
#include <string.h>

#define WHERE "[--host H] [--port P] [--json] "

const struct subcommand subcommands[] = {
    {"get", WHERE "ADDRESS...", "print values; patterns (* ? [] {}) are welcome", dubdesk_get},
    {"set", WHERE "ADDRESS VALUE...", "set a value, or call an action", dubdesk_set},
    {"watch", WHERE "[--ms N] [--seconds S] PATTERN...", "print changes as they happen",
     dubdesk_watch},
    {"meters", WHERE "[--ms N] [--seconds S] [ch|grp|aux|stem|main|mon|all]", "a live meter bridge",
     dubdesk_meters},
    {"ns", WHERE "[PATH]", "describe an address, or list what is below it", dubdesk_ns},
    {"script", WHERE "[--wait] FILE", "play timecoded moves into a running desk", dubdesk_script},
    {"render",
     "-c DESK [--script FILE] [--from TC] [--to TC] [--period N] [--reel DIR] [--inserts TAKE] "
     "[--json] -o DIR",
     "mix a reel offline, as the live desk would", dubdesk_render},
};
const unsigned subcommand_count = sizeof subcommands / sizeof *subcommands;

static const struct subcommand *find(const char *name) {
    for (unsigned i = 0; i < subcommand_count; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

int dubdesk_usage(const char *name, const char *wrong) {
    const struct subcommand *s = find(name);
    if (wrong)
        fprintf(stderr, "dubdesk %s: %s\n", name, wrong);
    fprintf(stderr, "usage: dubdesk %s %s\n", name, s ? s->args : "");
    return EXIT_USAGE;
}

static void help(FILE *to) {
    fprintf(to, "Talks to a running Dubdesk over OSC, and mixes offline.\n\n");
    for (unsigned i = 0; i < subcommand_count; i++)
        fprintf(to, "  dubdesk %-7s %s\n", subcommands[i].name, subcommands[i].summary);
    fprintf(to, "\nThe desk is looked for at 127.0.0.1:9700, or where DUBDESK_OSC=HOST:PORT says.\n"
                "Exit codes: 0 done, 1 refused or failed, 2 wrong arguments, 3 no answer.\n"
                "`man dubdesk` has the rest.\n");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help(stdout);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("dubdesk %s\n", DUBDESK_VERSION);
        return EXIT_OK;
    }
    const struct subcommand *s = find(argv[1]);
    if (!s) {
        fprintf(stderr, "dubdesk: there is no sub-command \"%s\"\n\n", argv[1]);
        help(stderr);
        return EXIT_USAGE;
    }
    if (argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
        printf("usage: dubdesk %s %s\n%s\n", s->name, s->args, s->summary);
        return EXIT_OK;
    }
    return s->run(argc - 1, argv + 1);
}
