/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/dubdesk_client.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/dubdesk.h"

#define ANSWER_MS 2000 /* a desk that says nothing for so long is not there */

volatile bool client_stopped;

static void on_signal(int number) {
    (void)number;
    client_stopped = true;
}

void client_catch_signals(void) {
    const struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

long long client_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* ---- opening ---- */

static int connect_to(struct client *c, const char *host, const char *port) {
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    const int why = getaddrinfo(host, port, &hints, &found);
    if (why) {
        fprintf(stderr, "dubdesk: %s:%s: %s\n", host, port, gai_strerror(why));
        return EXIT_USAGE;
    }
    c->fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int room = 1 << 20;
    if (c->fd >= 0)
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    const int failed = c->fd < 0 || connect(c->fd, found->ai_addr, found->ai_addrlen) != 0;
    freeaddrinfo(found);
    snprintf(c->where, sizeof c->where, "%s:%s", host, port);
    if (failed) {
        fprintf(stderr, "dubdesk: %s: %s\n", c->where, strerror(errno));
        return EXIT_NO_ANSWER;
    }
    return 0;
}

static int whole(const char *text) {
    char *end;
    const long n = strtol(text, &end, 10);
    return *text && !*end && n >= 0 && n <= 86400000 ? (int)n : -1;
}

/* Take a leading option out of argv. 1 taken, 0 not an option of ours, -1 wrong. */
static int take_option(struct client *c, const char *name, const char *value, const char **host,
                       const char **port) {
    if (strcmp(name, "--json") == 0 || strcmp(name, "--wait") == 0) {
        *(name[2] == 'j' ? &c->json : &c->wait) = true;
        return 1;
    }
    const char *const known[] = {"--host", "--port", "--ms", "--seconds"};
    unsigned k = 0;
    while (k < 4 && strcmp(name, known[k]) != 0)
        k++;
    if (k == 4)
        return 0;
    if (!value)
        return -1;
    if (k < 2)
        *(k ? port : host) = value;
    else if ((*(k == 2 ? &c->ms : &c->seconds) = whole(value)) < 0)
        return -1;
    return 2;
}

int client_open(struct client *c, int *argc, char **argv) {
    memset(c, 0, sizeof *c);
    c->fd = -1;
    const char *host = "127.0.0.1", *port = "9700";
    char where[96];
    if (getenv("DUBDESK_OSC")) {
        snprintf(where, sizeof where, "%s", getenv("DUBDESK_OSC"));
        char *colon = strrchr(where, ':');
        if (colon) {
            *colon = '\0';
            port = colon + 1;
        }
        host = where;
    }
    int kept = 1;
    for (int i = 1; i < *argc;) {
        const int n = take_option(c, argv[i], i + 1 < *argc ? argv[i + 1] : NULL, &host, &port);
        if (n < 0 || (n == 0 && strncmp(argv[i], "--", 2) == 0)) {
            char wrong[128];
            snprintf(wrong, sizeof wrong, n < 0 ? "%s needs a value" : "there is no option %s",
                     argv[i]);
            return dubdesk_usage(argv[0], wrong);
        }
        if (n == 0)
            argv[kept++] = argv[i];
        i += n ? n : 1;
    }
    *argc = kept;
    c->packet = malloc(sizeof *c->packet);
    if (!c->packet) {
        fprintf(stderr, "dubdesk: out of memory\n");
        return EXIT_REFUSED;
    }
    return connect_to(c, host, port);
}

void client_close(struct client *c) {
    if (c->fd >= 0)
        close(c->fd);
    free(c->packet);
}

/* ---- sending ---- */

static int send_bytes(struct client *c, const void *bytes, size_t size) {
    if (size && send(c->fd, bytes, size, 0) == (ssize_t)size)
        return 0;
    fprintf(stderr, "dubdesk: %s: %s\n", c->where,
            size ? strerror(errno) : "the message is too long");
    return -1;
}

int client_send(struct client *c, struct osc_out *out) {
    unsigned char bytes[8192];
    return send_bytes(c, bytes, osc_out_write(out, bytes, sizeof bytes));
}

int client_sendf(struct client *c, const char *address, const char *types, ...) {
    struct osc_out out = {0};
    osc_out_begin(&out, address);
    va_list ap;
    va_start(ap, types);
    for (const char *t = types; *t; t++)
        if (*t == 'i')
            osc_out_int(&out, va_arg(ap, int));
        else if (*t == 's')
            osc_out_text(&out, va_arg(ap, const char *));
        else
            out.failed = true;
    va_end(ap);
    const int result = client_send(c, &out);
    osc_out_free(&out);
    return result;
}

void client_word(struct osc_out *out, const char *word) {
    char *end;
    const long long n = strtoll(word, &end, 10);
    if (*word && !*end && n >= INT32_MIN && n <= INT32_MAX) {
        osc_out_int(out, (int32_t)n);
        return;
    }
    const float x = strtof(word, &end);
    if (*word && !*end && strspn(word, "+-.0123456789eE") == strlen(word))
        osc_out_float(out, x);
    else
        osc_out_text(out, word);
}

/* ---- receiving ---- */

bool client_receive(struct client *c, int timeout_ms) {
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (poll(&p, 1, timeout_ms < 0 ? 0 : timeout_ms) <= 0)
        return false;
    const ssize_t size = recv(c->fd, c->bytes, sizeof c->bytes - 1, 0);
    return size > 0 && osc_packet_walk(c->packet, c->bytes, (size_t)size, 0) == OSC_OK;
}

bool client_error(const struct osc_msg *msg) {
    if (strcmp(msg->addr, "/error") != 0 || strcmp(msg->types, "sss") != 0)
        return false;
    fprintf(stderr, "dubdesk: %s: %s (%s)\n", msg->args[1].v.s, msg->args[2].v.s, msg->args[0].v.s);
    return true;
}

int client_sync(struct client *c, void (*each)(struct client *, const struct osc_msg *, void *),
                void *ctx) {
    const int32_t number = ++c->sync;
    if (client_sendf(c, "/sync", "i", number) != 0)
        return EXIT_NO_ANSWER;
    int result = EXIT_OK;
    bool heard = false;
    long long until = client_now_ms() + ANSWER_MS;
    while (client_now_ms() < until && !client_stopped) {
        if (!client_receive(c, (int)(until - client_now_ms())))
            continue;
        until = client_now_ms() + ANSWER_MS;
        for (uint32_t i = 0; i < c->packet->nmsgs; i++) {
            const struct osc_msg *m = &c->packet->msgs[i];
            if (strcmp(m->addr, "/synced") == 0 && m->nargs > 0 && m->args[0].v.i == number)
                return result;
            heard = true;
            if (client_error(m))
                result = EXIT_REFUSED;
            else if (each)
                each(c, m, ctx);
        }
    }
    if (heard) { /* control is there, and what it said is true */
        fprintf(stderr, "dubdesk: %s answers, but its sound stands still: no JACK server?\n",
                c->where);
        return result;
    }
    fprintf(
        stderr,
        "dubdesk: no answer from %s: is dubdeskd running there? (DUBDESK_OSC, --host, --port)\n",
        c->where);
    return EXIT_NO_ANSWER;
}

/* ---- printing ---- */

static void print_text_arg(const struct osc_arg *a) {
    switch (a->type) {
    case 'i': printf(" %d", a->v.i); break;
    case 'h': printf(" %lld", (long long)a->v.h); break;
    case 'f':
        if (a->v.f <= -144)
            printf(" -inf");
        else
            printf(" %.6g", (double)a->v.f);
        break;
    case 'd': printf(" %.12g", a->v.d); break;
    case 's': printf(strpbrk(a->v.s, " \t\"") || !*a->v.s ? " \"%s\"" : " %s", a->v.s); break;
    case 'b': printf(" [%u bytes]", a->size); break;
    default: printf(" %c", a->type); break;
    }
}

static cJSON *json_arg(const struct osc_arg *a) {
    switch (a->type) {
    case 'i': return cJSON_CreateNumber(a->v.i);
    case 'h': return cJSON_CreateNumber((double)a->v.h);
    case 'f': { /* as many digits as a float has, not a double's noise */
        char text[32];
        snprintf(text, sizeof text, "%.7g", (double)a->v.f);
        return cJSON_CreateNumber(strtod(text, NULL));
    }
    case 'd': return cJSON_CreateNumber(a->v.d);
    case 's': return cJSON_CreateString(a->v.s);
    case 'T':
    case 'F': return cJSON_CreateBool(a->type == 'T');
    default: return cJSON_CreateNull();
    }
}

void client_print(const struct client *c, const struct osc_msg *msg) {
    if (!c->json) {
        printf("%s", msg->addr);
        for (uint32_t i = 0; i < msg->nargs; i++)
            print_text_arg(&msg->args[i]);
        printf("\n");
    } else {
        cJSON *object = cJSON_CreateObject(), *values = cJSON_CreateArray();
        cJSON_AddStringToObject(object, "address", msg->addr);
        for (uint32_t i = 0; i < msg->nargs; i++)
            cJSON_AddItemToArray(values, json_arg(&msg->args[i]));
        cJSON_AddItemToObject(object, "values", values);
        char *text = cJSON_PrintUnformatted(object);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(object);
    }
    fflush(stdout);
}
