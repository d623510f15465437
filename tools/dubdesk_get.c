/* SPDX-License-Identifier: GPL-3.0-or-later */
/* get, set and ns: ask, and print what comes back. */
#include <stdio.h>
#include <string.h>

#include "tools/dubdesk.h"
#include "tools/dubdesk_client.h"

static void print_each(struct client *c, const struct osc_msg *msg, void *ctx) {
    (void)ctx;
    if (strcmp(msg->addr, "/seq") != 0)
        client_print(c, msg);
}

static int bad_address(const char *name, const char *text) {
    char wrong[160];
    snprintf(wrong, sizeof wrong, "\"%.100s\" is no address: it begins with /", text);
    return dubdesk_usage(name, wrong);
}

int dubdesk_get(int argc, char **argv) {
    struct client c;
    int result = client_open(&c, &argc, argv);
    if (!result && argc < 2)
        result = dubdesk_usage("get", "which address?");
    for (int i = 1; i < argc && !result; i++) {
        struct osc_out out = {0};
        if (argv[i][0] != '/') {
            result = bad_address("get", argv[i]);
            break;
        }
        osc_out_begin(&out, argv[i]);
        result = client_send(&c, &out) ? EXIT_NO_ANSWER : client_sync(&c, print_each, NULL);
        osc_out_free(&out);
    }
    client_close(&c);
    return result;
}

int dubdesk_set(int argc, char **argv) {
    struct client c;
    int result = client_open(&c, &argc, argv);
    if (!result && argc < 3)
        result = dubdesk_usage("set", "an address and at least one value, please");
    else if (!result && argv[1][0] != '/')
        result = bad_address("set", argv[1]);
    if (!result) {
        struct osc_out out = {0};
        osc_out_begin(&out, argv[1]);
        for (int i = 2; i < argc; i++)
            client_word(&out, argv[i]);
        /* what comes back is a value that had to be clamped, or the state of an action */
        result = client_send(&c, &out) ? EXIT_NO_ANSWER : client_sync(&c, print_each, NULL);
        osc_out_free(&out);
    }
    client_close(&c);
    return result;
}

static void print_ns(struct client *c, const struct osc_msg *msg, void *ctx) {
    (void)ctx;
    if (c->json || strcmp(msg->addr, "/ns") != 0) {
        print_each(c, msg, NULL);
        return;
    }
    for (uint32_t i = 0; i < msg->nargs; i++) {
        const struct osc_arg *a = &msg->args[i];
        if (a->type == 's')
            printf("%s%s", i ? "  " : "", a->v.s);
        else if (a->type == 'i')
            printf("%s%d", i ? "  " : "", a->v.i);
        else if (a->type == 'f')
            printf("%s%.6g", i ? "  " : "", (double)a->v.f);
    }
    printf("\n");
}

int dubdesk_ns(int argc, char **argv) {
    struct client c;
    int result = client_open(&c, &argc, argv);
    if (!result && argc > 2)
        result = dubdesk_usage("ns", "one path at a time");
    if (!result)
        result = client_sendf(&c, "/ns", "s", argc == 2 ? argv[1] : "/")
                     ? EXIT_NO_ANSWER
                     : client_sync(&c, print_ns, NULL);
    client_close(&c);
    return result;
}
