/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sub-commands of `dubdesk`. Each gets its own arguments, argv[0] being its name, and returns
 * the exit code. */
#ifndef TOOLS_DUBDESK_H
#define TOOLS_DUBDESK_H

enum exit_code {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,  /* the desk answered with an error, or the work failed */
    EXIT_USAGE = 2,    /* wrong arguments */
    EXIT_NO_ANSWER = 3 /* no desk there */
};

struct subcommand {
    const char *name, *args, *summary;
    int (*run)(int argc, char **argv);
};
/** All of them, in the order of the help text. */
extern const struct subcommand subcommands[];
extern const unsigned subcommand_count;

int dubdesk_get(int argc, char **argv);
int dubdesk_set(int argc, char **argv);
int dubdesk_ns(int argc, char **argv);
int dubdesk_watch(int argc, char **argv);
int dubdesk_meters(int argc, char **argv);
int dubdesk_script(int argc, char **argv);
int dubdesk_render(int argc, char **argv);

/** Print "usage: dubdesk NAME ARGS" and what is wrong (may be NULL); returns EXIT_USAGE. */
int dubdesk_usage(const char *name, const char *wrong);

#endif
