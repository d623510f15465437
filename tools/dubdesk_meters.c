/* SPDX-License-Identifier: GPL-3.0-or-later */
/* meters: a meter bridge in the terminal, or one JSON object per round for programs. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/format.h"
#include "config/params.h"
#include "tools/dubdesk.h"
#include "tools/dubdesk_client.h"

#define MAX_STRIPS 1100
#define MAX_METERS 4096
#define BLOB_HEAD 12u
#define RENEW_MS 3000
#define SILENT_MS 3000
#define FLOOR_DB (-60.0)
#define HOLD_MS 1500

struct strip {
    char address[48]; /* "/stem/DX" */
    char name[32];
    enum format format;
    unsigned first; /* meter */
};

#define REDUCTIONS 4
static const char *const reduction_name[REDUCTIONS] = {"gate", "comp", "deess", "lim"};

struct meter {
    float peak_db, rms_db, hold_db;
    float gr_db[REDUCTIONS]; /* what is taken away, 0 or less */
    long long held_ms;
};

struct bridge {
    unsigned strips, meters;
    struct strip strip[MAX_STRIPS];
    struct meter meter[MAX_METERS];
    bool fresh, full;
};

static int group_number(const char *name) {
    for (enum kind k = KIND_CH; k < KINDS_STRIP; k++)
        if (strcmp(kind_path(k), name) == 0)
            return (int)k;
    return strcmp(name, "all") == 0 ? KINDS_STRIP : -1;
}

static struct strip *strip_of(struct bridge *b, const char *address, const char *end) {
    const size_t len = (size_t)(end - address);
    for (unsigned i = 0; i < b->strips; i++)
        if (strlen(b->strip[i].address) == len && strncmp(b->strip[i].address, address, len) == 0)
            return &b->strip[i];
    return NULL;
}

/* Answers to the two patterns: formats make the strips, in the desk's order; names name them. */
static void learn(struct client *c, const struct osc_msg *msg, void *ctx) {
    struct bridge *b = ctx;
    (void)c;
    const char *last = strrchr(msg->addr, '/');
    if (!msg->nargs || msg->args[0].type != 's' || strncmp(msg->addr, "/error", 6) == 0)
        return;
    struct strip *s = strip_of(b, msg->addr, last);
    if (strcmp(last, "/name") == 0 && s && msg->args[0].v.s[0])
        snprintf(s->name, sizeof s->name, "%s", msg->args[0].v.s);
    if (strcmp(last, "/format") != 0 || s || b->strips == MAX_STRIPS)
        return;
    s = &b->strip[b->strips];
    s->format = format_by_name(msg->args[0].v.s);
    if (s->format == FORMAT_COUNT || b->meters + format_legs(s->format) > MAX_METERS)
        return;
    b->strips++;
    snprintf(s->address, sizeof s->address, "%.*s", (int)(last - msg->addr), msg->addr);
    snprintf(s->name, sizeof s->name, "%.*s", (int)(last - msg->addr - 1), msg->addr + 1);
    s->first = b->meters;
    b->meters += format_legs(s->format);
}

static int ask_strips(struct client *c, struct bridge *b, int group) {
    for (int k = 0; k < KINDS_STRIP; k++) {
        if (group != KINDS_STRIP && group != k)
            continue;
        const char *const what[] = {"format", "name"};
        for (unsigned i = 0; i < 2; i++) {
            char pattern[48];
            const bool single = kind_is_single((enum kind)k);
            if (single && i == 1)
                continue;
            snprintf(pattern, sizeof pattern, single ? "/%s/%s" : "/%s/*/%s",
                     kind_path((enum kind)k), what[i]);
            if (client_sendf(c, pattern, "") != 0)
                return EXIT_NO_ANSWER;
            const int result = client_sync(c, learn, b);
            if (result == EXIT_NO_ANSWER)
                return result;
        }
    }
    return EXIT_OK;
}

static int get16(const unsigned char *p) {
    return (int16_t)((unsigned)p[0] << 8 | p[1]);
}

static void take_blob(struct bridge *b, const struct osc_msg *msg) {
    if (strcmp(msg->addr, "/meters") != 0 || !msg->nargs || msg->args[0].type != 'b' ||
        msg->args[0].size < BLOB_HEAD)
        return;
    const unsigned char *p = msg->args[0].v.b;
    const int first = get16(p + 6), count = get16(p + 8), fields = get16(p + 10);
    if (first < 0 || count < 0 || fields < 4 ||
        msg->args[0].size < BLOB_HEAD + (size_t)count * (size_t)fields * 2)
        return;
    const long long now = client_now_ms();
    for (int i = 0; i < count && first + i < (int)b->meters; i++) {
        const unsigned char *v = p + BLOB_HEAD + (size_t)i * (size_t)fields * 2;
        struct meter *m = &b->meter[first + i];
        m->peak_db = (float)get16(v + 4) / 256;
        m->rms_db = (float)get16(v + 6) / 256;
        for (int r = 0; r < REDUCTIONS && 4 + r < fields; r++)
            m->gr_db[r] = (float)get16(v + 8 + 2 * r) / 256;
        if (m->peak_db >= m->hold_db || now - m->held_ms > HOLD_MS) {
            m->hold_db = m->peak_db;
            m->held_ms = now;
        }
    }
    b->fresh = true;
    b->full = first + count >= (int)b->meters;
}

/* ---- drawing ---- */

/* A bar of width cells: solid to the RMS, lighter to the peak, a mark where the peak was held. */
static void draw_bar(const struct meter *m, int width) {
    const double scale = width / -FLOOR_DB;
    const int rms = (int)((m->rms_db - FLOOR_DB) * scale),
              peak = (int)((m->peak_db - FLOOR_DB) * scale);
    const int hold = (int)((m->hold_db - FLOOR_DB) * scale);
    const char *colour = "";
    for (int i = 0; i < width; i++) {
        const double db = FLOOR_DB + (i + 1) / scale;
        const char *now = db > -3 ? "\033[31m" : db > -12 ? "\033[33m" : "\033[32m";
        if (strcmp(now, colour) != 0)
            fputs(colour = now, stdout);
        fputs(i < rms                 ? "\u2588"
              : i < peak              ? "\u2592"
              : i == hold && hold > 0 ? "\u2502"
                                      : " ",
              stdout);
    }
    fputs("\033[0m", stdout);
}

static void draw_scale(int left, int width) {
    char line[512];
    memset(line, ' ', sizeof line);
    for (int db = (int)FLOOR_DB; db <= 0; db += width < 60 ? 20 : 10) {
        char text[8];
        const int n = snprintf(text, sizeof text, "%d", db);
        int at = left + (int)((db - FLOOR_DB) * width / -FLOOR_DB) - (db < 0 ? 0 : n);
        memcpy(line + at, text, (size_t)n);
    }
    printf("\033[2m%.*s dBFS\033[0m\033[K\n", left + width, line);
}

/* A name in so many columns: padded or cut by characters, since printf counts bytes. */
static void draw_name(const char *name, int columns) {
    for (; *name && columns > 0; columns--) {
        putchar(*name++);
        while (((unsigned char)*name & 0xc0) == 0x80) /* the rest of a UTF-8 character */
            putchar(*name++);
    }
    printf("%*s", columns, "");
}

/* The largest gain reduction of a strip, with the name of who does it. */
static void draw_reduction(const struct meter *m) {
    int most = 0;
    for (int r = 1; r < REDUCTIONS; r++)
        most = m->gr_db[r] < m->gr_db[most] ? r : most;
    if (m->gr_db[most] <= -0.1f)
        printf("  \033[36m%-5s %5.1f\033[0m", reduction_name[most], (double)m->gr_db[most]);
}

static void draw(const struct bridge *b) {
    struct winsize size = {0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    const int columns = size.ws_col ? size.ws_col : 80, lines = size.ws_row ? size.ws_row : 24;
    const int left = 26, room = columns - left - 28; /* behind the bar: peak and gain reduction */
    const int width = room > 300 ? 300 : room < 10 ? 10 : room;
    printf("\033[H");
    draw_scale(left, width);
    int line = 2;
    for (unsigned i = 0; i < b->strips && line < lines; i++) {
        const struct strip *s = &b->strip[i];
        for (unsigned l = 0; l < format_legs(s->format) && line < lines; l++, line++) {
            const struct meter *m = &b->meter[s->first + l];
            draw_name(l ? "" : s->name, 20);
            printf(" %-4s ", leg_table[format_table[s->format].leg[l]].name);
            draw_bar(m, width);
            if (m->peak_db <= -127)
                printf("      -inf");
            else
                printf(" %s%9.1f\033[0m", m->hold_db > -0.1f ? "\033[31;1m" : "",
                       (double)m->hold_db);
            if (l == 0)
                draw_reduction(m);
            printf("\033[K\n");
        }
    }
    printf("\033[J");
    if (line >= lines)
        printf("\033[2m(more than fits: name a group)\033[0m");
    fflush(stdout);
}

static void print_json(const struct bridge *b) {
    cJSON *all = cJSON_CreateObject();
    for (unsigned i = 0; i < b->strips; i++) {
        const struct strip *s = &b->strip[i];
        cJSON *legs = cJSON_AddArrayToObject(all, s->address);
        for (unsigned l = 0; l < format_legs(s->format); l++) {
            const struct meter *m = &b->meter[s->first + l];
            cJSON *leg = cJSON_CreateObject();
            cJSON_AddStringToObject(leg, "leg", leg_table[format_table[s->format].leg[l]].name);
            cJSON_AddNumberToObject(leg, "peak_db", round((double)m->peak_db * 100) / 100);
            cJSON_AddNumberToObject(leg, "rms_db", round((double)m->rms_db * 100) / 100);
            cJSON *gr = cJSON_AddObjectToObject(leg, "gr_db");
            for (int r = 0; r < REDUCTIONS; r++)
                cJSON_AddNumberToObject(gr, reduction_name[r],
                                        round((double)m->gr_db[r] * 100) / 100);
            cJSON_AddItemToArray(legs, leg);
        }
    }
    char *text = cJSON_PrintUnformatted(all);
    printf("%s\n", text ? text : "{}");
    fflush(stdout);
    free(text);
    cJSON_Delete(all);
}

/* The desk has gone, or restarts: old bars must not pass for new ones. A screen waits for it to
 * come back; whoever reads JSON is told by the exit code. */
static bool still_there(bool screen, long long silent_ms) {
    struct winsize size = {0};
    if (silent_ms < SILENT_MS)
        return true;
    if (!screen) {
        fprintf(stderr, "dubdesk: the desk has not answered for %lld s\n", silent_ms / 1000);
        return false;
    }
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    printf("\033[%d;1H\033[31;1mno word from the desk for %lld s\033[0m\033[K",
           size.ws_row ? size.ws_row : 24, silent_ms / 1000);
    fflush(stdout);
    return true;
}

static int run(struct client *c, struct bridge *b, const char *group) {
    const bool screen = !c->json && isatty(STDOUT_FILENO);
    const long long began = client_now_ms();
    long long renewed = began, heard = began;
    int result = EXIT_OK;
    if (screen)
        printf("\033[?1049h\033[?25l\033[2J");
    while (!client_stopped && (!c->seconds || client_now_ms() < began + c->seconds * 1000LL)) {
        if (client_now_ms() - renewed >= RENEW_MS) {
            client_sendf(c, "/sub/meters", "si", group, c->ms);
            renewed = client_now_ms();
        }
        if (!client_receive(c, 200)) {
            if (still_there(screen, client_now_ms() - heard - 2LL * c->ms))
                continue;
            result = EXIT_NO_ANSWER;
            break;
        }
        heard = client_now_ms();
        for (uint32_t i = 0; i < c->packet->nmsgs; i++)
            take_blob(b, &c->packet->msgs[i]);
        if (!b->fresh || !b->full)
            continue;
        b->fresh = b->full = false;
        if (screen)
            draw(b);
        else
            print_json(b);
    }
    if (screen)
        printf("\033[?25h\033[?1049l");
    fflush(stdout);
    client_sendf(c, "/sub/meters", "si", group, 0);
    return result;
}

int dubdesk_meters(int argc, char **argv) {
    static struct bridge bridge;
    struct client c;
    int result = client_open(&c, &argc, argv);
    const char *group = argc > 1 ? argv[1] : "stem";
    const int number = group_number(group);
    if (!result && (argc > 2 || number < 0))
        result = dubdesk_usage("meters", "one group: ch, grp, aux, stem, main, mon or all");
    if (!result) {
        client_catch_signals();
        c.ms = c.ms ? c.ms : 50;
        result = client_sendf(&c, "/hello", "sss", "dubdesk meters", "display", "")
                     ? EXIT_NO_ANSWER
                     : ask_strips(&c, &bridge, number);
    }
    if (!result && client_sendf(&c, "/sub/meters", "si", group, c.ms) != 0)
        result = EXIT_NO_ANSWER;
    if (!result)
        result = run(&c, &bridge, group);
    client_close(&c);
    return result;
}
