/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dubdeskd, the sound process: command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sound/jack_show.h"

#ifndef DUBDESK_VERSION
#define DUBDESK_VERSION "unknown"
#endif

static const char usage[] =
    "usage: dubdeskd -c FILE [OPTION]...\n"
    "Run the desk described by FILE as the JACK client 'dubdesk', in the foreground.\n"
    "\n"
    "  -c, --config FILE   desk file\n"
    "      --check FILE    read a desk file, say what it is or what is wrong, and leave\n"
    "      --server NAME   JACK server (default: $JACK_DEFAULT_SERVER, else 'default')\n"
    "      --dummy         start a private JACK server without hardware and print its name\n"
    "      --period N      period of that server in frames (default: the desk file's, else 256)\n"
    "      --osc-port N    listen there instead of the desk file's first OSC port\n"
    "      --state DIR     where the desk's state is kept\n"
    "                      (default: ~/.local/state/dubdesk/NAME-OF-DESK-FILE)\n"
    "      --record DIR    record there instead of the desk file's folder\n"
    "  -v, --verbose       say more, JACK's own messages too\n"
    "  -h, --help          this text\n"
    "      --version       version\n"
    "\n"
    "SIGTERM and SIGINT fade out, save the state and leave; a second one leaves at once.\n"
    "Exit status: 0 left as told, 1 cannot run (the desk file is wrong, no memory), 2 usage.\n";

static int count(const struct desk *desk, enum kind kind) {
    return (int)desk->layout.count[kind];
}

static int check(const char *path) {
    struct desk *desk = NULL;
    struct desk_error error;
    if (desk_load(path, &desk, NULL, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    const uint32_t ports = desk_ports(desk, NULL, 0);
    struct desk_port *port = calloc(ports ? ports : 1, sizeof *port);
    uint32_t inputs = 0, inserts = 0;
    if (port)
        desk_ports(desk, port, ports);
    for (uint32_t i = 0; port && i < ports; i++) {
        inputs += port[i].input;
        inserts += port[i].use == PORT_SEND;
    }
    free(port);
    printf("%s: %s, %u Hz\n", path, desk->title[0] ? desk->title : "a desk", desk->rate_hz);
    printf("  %d channels, %d groups, %d auxes, %d stems, %d mains, %d VCAs, %d mute groups\n",
           count(desk, KIND_CH), count(desk, KIND_GRP), count(desk, KIND_AUX),
           count(desk, KIND_STEM), count(desk, KIND_MAIN), count(desk, KIND_VCA),
           count(desk, KIND_MGRP));
    for (uint32_t i = 0; i < desk->sets; i++)
        printf("  loudspeaker set %s: %s, %g dB SPL at level 0\n", desk->set[i].id,
               format_name(desk->set[i].format),
               (double)desk->value[layout_slot(&desk->layout, KIND_MON, 0, ROW_SET_REF, i, 0)]);
    printf("  %u JACK ports: %u inputs, %u outputs; %u values\n", ports, inputs, ports - inputs,
           desk->layout.slots);
    if (inserts)
        printf("  %u of the outputs and %u of the inputs belong to inserts\n", inserts, inserts);
    desk_free(desk);
    return 0;
}

/* A whole number between least and most, or a usage error. */
static long number(const char *option, const char *text, long least, long most) {
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < least || value > most) {
        fprintf(stderr, "dubdeskd: %s: '%s' is not a number from %ld to %ld\n", option, text, least,
                most);
        exit(2);
    }
    return value;
}

enum {
    OPT_CHECK = 256,
    OPT_SERVER,
    OPT_DUMMY,
    OPT_PERIOD,
    OPT_OSC,
    OPT_STATE,
    OPT_RECORD,
    OPT_VERSION
};

static const struct option long_options[] = {{"config", required_argument, NULL, 'c'},
                                             {"check", required_argument, NULL, OPT_CHECK},
                                             {"server", required_argument, NULL, OPT_SERVER},
                                             {"dummy", no_argument, NULL, OPT_DUMMY},
                                             {"period", required_argument, NULL, OPT_PERIOD},
                                             {"osc-port", required_argument, NULL, OPT_OSC},
                                             {"state", required_argument, NULL, OPT_STATE},
                                             {"record", required_argument, NULL, OPT_RECORD},
                                             {"verbose", no_argument, NULL, 'v'},
                                             {"help", no_argument, NULL, 'h'},
                                             {"version", no_argument, NULL, OPT_VERSION},
                                             {0}};

int main(int argc, char **argv) {
    supervise_exec_child(argc, argv);
    struct show_options o = {0};
    for (int c; (c = getopt_long(argc, argv, "c:vh", long_options, NULL)) != -1;) {
        switch (c) {
        case 'c': o.desk_file = optarg; break;
        case OPT_CHECK: return check(optarg);
        case OPT_SERVER: o.server = optarg; break;
        case OPT_DUMMY: o.dummy = true; break;
        case OPT_PERIOD: o.period_frames = (uint32_t)number("--period", optarg, 16, 8192); break;
        case OPT_OSC:
            number("--osc-port", optarg, 1, 65535);
            o.osc_port = optarg;
            break;
        case OPT_STATE: o.state_dir = optarg; break;
        case OPT_RECORD: o.record_dir = optarg; break;
        case 'v': o.verbose = true; break;
        case 'h': fputs(usage, stdout); return 0;
        case OPT_VERSION: puts("dubdeskd " DUBDESK_VERSION); return 0;
        default: fputs("try: dubdeskd --help\n", stderr); return 2;
        }
    }
    if (!o.desk_file || optind < argc) {
        fputs(usage, stderr);
        return 2;
    }
    if (o.dummy && o.server) {
        fputs("dubdeskd: --dummy starts its own server; leave out --server\n", stderr);
        return 2;
    }
    if (o.period_frames && !o.dummy)
        fputs("dubdeskd: warning: --period is for --dummy; a server that runs keeps its own\n",
              stderr);
    return show_run(&o);
}
