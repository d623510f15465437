/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build/bench.svg: cost of a strip against strips and against period, one curve per instruction
 * set, with what others cost for the same strip as level lines. Both axes are logarithmic; both
 * panels share the scale of ns. */
#include "tools/bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 1120
#define HEIGHT 560
#define TOP 110
#define BOTTOM 492
#define PANEL 400
#define MOST_CURVES 8
#define MOST_POINTS 32

struct panel {
    const char *title, *figure, *unit;
    double left;
    unsigned from, to; /* of x */
    bool by_period;
};

struct curve {
    char name[32];
    unsigned points;
    double x[MOST_POINTS], y[MOST_POINTS];
};

static const char *const colours[] = {"#0b6e4f", "#1f8fc4", "#8a5fbf", "#b0752b"};

static double place_x(const struct panel *p, double x) {
    return p->left + PANEL * log2(x / p->from) / log2((double)p->to / p->from);
}

static double place_y(double y, double least, double most) {
    return BOTTOM - (BOTTOM - TOP) * log(y / least) / log(most / least);
}

/* Figures of one name, as curves by variant; the last instruction set first. */
static unsigned curves_of(const struct panel *p, struct curve *curve) {
    size_t count;
    const struct bench_figure *f = bench_figures(&count);
    unsigned n = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(f[i].name, p->figure))
            continue;
        unsigned c = 0;
        while (c < n && strcmp(curve[c].name, f[i].variant))
            c++;
        if (c == MOST_CURVES)
            continue;
        if (c == n) {
            curve[n] = (struct curve){.points = 0};
            snprintf(curve[n++].name, sizeof curve->name, "%s", f[i].variant);
        }
        if (curve[c].points == MOST_POINTS)
            continue;
        curve[c].x[curve[c].points] = p->by_period ? f[i].period_frames : f[i].strips;
        curve[c].y[curve[c].points++] = f[i].value;
    }
    return n;
}

/* What others cost: one line each, whatever of ours it was compared with. */
static unsigned peers_of(struct curve *peer) {
    size_t count;
    const struct bench_figure *f = bench_figures(&count);
    unsigned n = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned c = 0;
        if (!f[i].peer || f[i].skipped || n == MOST_CURVES)
            continue;
        while (c < n && strcmp(peer[c].name, f[i].peer))
            c++;
        if (c < n)
            continue;
        peer[n] = (struct curve){.points = 1, .y = {f[i].peer_value}};
        snprintf(peer[n++].name, sizeof peer->name, "%s", f[i].peer);
    }
    return n;
}

static void draw_text(FILE *f, double x, double y, const char *style, const char *text) {
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, style, text);
}

static void draw_grid(FILE *f, const struct panel *p, double least, double most) {
    static const double levels[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};
    char text[32];
    fprintf(
        f,
        "<rect x=\"%.1f\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fff\" stroke=\"#c9ced6\"/>\n",
        p->left, TOP, PANEL, BOTTOM - TOP);
    for (unsigned i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (levels[i] < least || levels[i] > most)
            continue;
        const double y = place_y(levels[i], least, most);
        fprintf(f, "<path d=\"M%.1f %.1fh%d\" stroke=\"%s\"/>\n", p->left, y, PANEL,
                i % 3 ? "#eceff3" : "#d5dae1");
        snprintf(text, sizeof text, "%g", levels[i]);
        draw_text(f, p->left - 8, y + 4, "class=\"tick\" text-anchor=\"end\"", text);
    }
    for (unsigned x = p->from, i = 0; x <= p->to; x *= 2, i++) {
        const double at = place_x(p, x);
        fprintf(f, "<path d=\"M%.1f %dV%d\" stroke=\"#eceff3\"/>\n", at, TOP, BOTTOM);
        if (p->by_period || i % 2 == 0) {
            snprintf(text, sizeof text, "%u", x);
            draw_text(f, at, BOTTOM + 18, "class=\"tick\" text-anchor=\"middle\"", text);
        }
    }
    draw_text(f, p->left + PANEL / 2.0, BOTTOM + 40, "class=\"axis\" text-anchor=\"middle\"",
              p->unit);
    draw_text(f, p->left, TOP - 12, "class=\"title\"", p->title);
}

/* Names to the right of what they name, kept apart: place `y` moves up where it would touch the one
 * before (they come from the bottom up). */
static void draw_name(FILE *f, const struct panel *p, double y, double *last, const char *colour,
                      const char *name) {
    char style[96];
    y = y > *last - 14 ? *last - 14 : y;
    *last = y;
    snprintf(style, sizeof style, "class=\"name\" fill=\"%s\"", colour);
    draw_text(f, p->left + PANEL + 8, y + 4, style, name);
}

static void draw_panel(FILE *f, const struct panel *p, double least, double most) {
    struct curve curve[MOST_CURVES], peer[MOST_CURVES];
    const unsigned curves = curves_of(p, curve), peers = peers_of(peer);
    double last = BOTTOM + 20;
    draw_grid(f, p, least, most);
    for (unsigned c = curves; c-- > 0;) {
        const char *colour = colours[(curves - 1 - c) % (sizeof colours / sizeof *colours)];
        const struct curve *line = &curve[c];
        fprintf(
            f,
            "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2.2\" stroke-linejoin=\"round\" d=\"",
            colour);
        for (unsigned i = 0; i < line->points; i++)
            fprintf(f, "%c%.1f %.1f", i ? 'L' : 'M', place_x(p, line->x[i]),
                    place_y(line->y[i], least, most));
        fputs("\"/>\n", f);
        for (unsigned i = 0; i < line->points; i++)
            fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
                    place_x(p, line->x[i]), place_y(line->y[i], least, most), colour);
        draw_name(f, p, place_y(line->y[line->points - 1], least, most), &last, colour, line->name);
    }
    for (bool drawn[MOST_CURVES] = {false};;) { /* from the cheapest up */
        unsigned next = peers;
        for (unsigned c = 0; c < peers; c++)
            if (!drawn[c] && (next == peers || peer[c].y[0] < peer[next].y[0]))
                next = c;
        if (next == peers)
            break;
        drawn[next] = true;
        const double y = place_y(peer[next].y[0], least, most);
        fprintf(f,
                "<path d=\"M%.1f %.1fh%d\" stroke=\"#c0392b\" stroke-width=\"1.4\" "
                "stroke-dasharray=\"6 4\"/>\n",
                p->left, y, PANEL);
        draw_name(f, p, y, &last, "#c0392b", peer[next].name);
    }
}

/* The scale both panels share. */
static bool find_range(double *least, double *most) {
    size_t count;
    const struct bench_figure *f = bench_figures(&count);
    *least = 1e9;
    *most = 0;
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(f[i].name, "by-strips") || !strcmp(f[i].name, "by-period")) {
            *least = fmin(*least, f[i].value);
            *most = fmax(*most, f[i].value);
        }
        if (f[i].peer && !f[i].skipped)
            *most = fmax(*most, f[i].peer_value);
    }
    *least /= 1.5;
    *most *= 1.3;
    return *most > *least && *least > 0;
}

int bench_write_svg(const char *path) {
    const struct panel panels[] = {
        {"against strips, at 64 frames", "by-strips", "strips", 64, 1, 4096, false},
        {"against the period, with 64 strips", "by-period", "frames in a period", 608, 16, 1024,
         true}};
    double least, most;
    if (!find_range(&least, &most))
        return 0;
    FILE *f = fopen(path, "w");
    if (!f)
        return -1;
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" "
            "font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\">\n"
            "<style>.tick{font-size:12px;fill:#5b6470}.axis{font-size:13px;fill:#39414b}"
            ".title{font-size:15px;fill:#39414b}.name{font-size:13px;font-weight:bold}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#f7f8fa\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    draw_text(f, 64, 40, "font-size=\"21\" font-weight=\"bold\" fill=\"#1d232b\"",
              "What a strip costs: nanoseconds per sample and strip");
    draw_text(f, 64, 62, "font-size=\"13\" fill=\"#5b6470\"",
              "High-pass, low-pass, four bells, gate, compressor; Dubdesk also pan to 6, 8 sends, "
              "meters, "
              "all gains moving. Dashed: others, 64 strips at 64 frames.");
    for (unsigned i = 0; i < sizeof panels / sizeof *panels; i++)
        draw_panel(f, &panels[i], least, most);
    fputs("</svg>\n", f);
    return fclose(f) ? -1 : 1;
}
