/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same strip on this engine and on what else a user would run: high-pass 80 Hz, low-pass
 * 14 kHz, four bells, gate at -40 dB, compressor 4:1 from -20 dB. Before the race everybody shows
 * that the work is done: quiet sound is gated, loud sound compressed, low sound filtered. */
#include "tools/bench_peer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/bench.h"
#include "tools/bench_strip.h"

#define STRIPS 64
#define PERIOD 64
#define ROUNDS 21
#define ROUND_NS 6e6
#define LONG_PERIOD 1024
#define SETTLE_FRAMES 196608 /* 4 s: plugins go on touching new memory for that long */
#define MOST_RACERS (BENCH_ISAS + 5)
#define BAR 12

static const char x42_ardour[] = "http://gareus.org/oss/lv2/fil4#mono HighPass=1 HPfreq=80 "
                                 "LowPass=1 LPfreq=14000 LSsec=0 HSsec=0 "
                                 "freq1=120 q1=1 gain1=4 freq2=400 q2=1 gain2=-5 freq3=1500 q3=1 "
                                 "gain3=3 freq4=5000 q4=1 gain4=-3;"
                                 "urn:ardour:a-exp thr=-40 rat=4 kn=6 att=2 rel=150;"
                                 "urn:ardour:a-comp thr=-20 rat=4 kn=6 att=10 rel=150";
/* Gains and thresholds of these are linear; filters 0 to 5 of 16. */
static const char lsp[] =
    "http://lsp-plug.in/plugins/lv2/para_equalizer_x16_mono ft_0=2 s_0=0 f_0=80 q_0=0.7 ft_1=4 "
    "s_1=0 "
    "f_1=14000 q_1=0.7 ft_2=1 f_2=120 g_2=1.585 q_2=1 ft_3=1 f_3=400 g_3=0.562 q_3=1 ft_4=1 "
    "f_4=1500 "
    "g_4=1.413 q_4=1 ft_5=1 f_5=5000 g_5=0.708 q_5=1;"
    "http://lsp-plug.in/plugins/lv2/gate_mono scm=0 scr=1 gt=0.01 gr=0.01 at=2 rt=150;"
    "http://lsp-plug.in/plugins/lv2/compressor_mono scm=0 scr=1 al=0.1 cr=4 kn=0.501 at=10 rt=150";
static const char ffmpeg_chain[] =
    "highpass=f=80,lowpass=f=14000,equalizer=f=120:t=q:w=1:g=4,equalizer=f=400:t=q:w=1:g=-5,"
    "equalizer=f=1500:t=q:w=1:g=3,equalizer=f=5000:t=q:w=1:g=-3,"
    "agate=threshold=0.01:ratio=4:range=0.01:attack=2:release=150:detection=peak,"
    "acompressor=threshold=0.1:ratio=4:attack=10:release=150:knee=2:detection=peak";
static const char sox_chain[] =
    "highpass 80 lowpass 14000 equalizer 120 1q 4 equalizer 400 1q -5 equalizer 1500 1q 3 "
    "equalizer 5000 1q -3 compand 0.002,0.15 -100,-140,-50,-80,-40,-40,0,0 "
    "compand 0.01,0.15 6:-20,-20,0,-15";

/* ---- does it work? ---- */

#define PART_FRAMES (2 * BENCH_RATE_HZ) /* sox's envelope falls for a second */
enum { MIDDLE, LOUD, QUIET, LOW, PARTS };

/* What each part of the check came out by, in dB. */
struct effect {
    double gain_db[PARTS];
};

static void write_check(float *x) {
    static const double db[PARTS] = {-30, -6, -60, -30}, hz[PARTS] = {1000, 1000, 1000, 20};
    for (unsigned i = 0; i < PARTS * PART_FRAMES; i++) {
        const unsigned p = i / PART_FRAMES;
        x[i] = (float)(pow(10, db[p] / 20) * sin(2 * M_PI * hz[p] * i / BENCH_RATE_HZ));
    }
}

/* Level near the end of a part, when everything has settled. */
static double level_db(const float *x, unsigned part) {
    double sum = 1e-20;
    for (unsigned i = PART_FRAMES * 8 / 10; i < PART_FRAMES * 95 / 100; i++)
        sum += (double)x[part * PART_FRAMES + i] * x[part * PART_FRAMES + i];
    return 10 * log10(sum);
}

static struct effect measure(const float *in, const float *out) {
    struct effect e;
    for (unsigned p = 0; p < PARTS; p++)
        e.gain_db[p] = level_db(out, p) - level_db(in, p);
    return e;
}

/* Not silent, the gate shuts, the compressor reduces, the high-pass takes away. */
static bool works(const struct effect *e) {
    return e->gain_db[MIDDLE] > -20 && e->gain_db[QUIET] < e->gain_db[MIDDLE] - 10 &&
           e->gain_db[LOUD] < e->gain_db[MIDDLE] - 4 && e->gain_db[LOW] < e->gain_db[MIDDLE] - 10;
}

static void print_effect(const struct effect *e) {
    printf("%5.0f %5.0f %5.0f", e->gain_db[LOW] - e->gain_db[MIDDLE],
           e->gain_db[QUIET] - e->gain_db[MIDDLE], e->gain_db[LOUD] - e->gain_db[MIDDLE]);
}

static void check_peer(struct bench_peer *peer, const float *in, struct effect *e) {
    float *out = bench_memory(PARTS * PART_FRAMES * sizeof *out);
    if (peer->process(peer, in, out, PARTS * PART_FRAMES)) {
        *e = measure(in, out);
        if (!works(e))
            snprintf(peer->skipped, sizeof peer->skipped,
                     "does not do the work: 1 kHz %.1f dB, gated %.1f, compressed %.1f, 20 Hz %.1f",
                     e->gain_db[MIDDLE], e->gain_db[QUIET], e->gain_db[LOUD], e->gain_db[LOW]);
    }
    free(out);
}

static struct effect check_ours(const float *in) {
    float *out = bench_memory(PARTS * PART_FRAMES * sizeof *out);
    strip_process(in, out, PARTS * PART_FRAMES);
    const struct effect e = measure(in, out);
    if (!works(&e)) {
        fprintf(stderr,
                "bench: our own strip does not do the work: 1 kHz %.1f dB, gated %.1f, "
                "compressed %.1f, 20 Hz %.1f\n",
                e.gain_db[MIDDLE], e.gain_db[QUIET], e.gain_db[LOUD], e.gain_db[LOW]);
        exit(1);
    }
    free(out);
    return e;
}

/* ---- the race ---- */

struct entry {
    struct strip_desk *desk; /* ours, or */
    char label[40], variant[40];
    struct bench_peer *peer;
    struct bench_racer racer;
    struct effect effect;
    double ns; /* per sample and strip */
};

/* One race. Ours are the first entries: the instruction sets, best last, then the best at rest. */
struct race {
    unsigned period, isas, ours, count;
    struct entry entry[MOST_RACERS];
};

static void keep(const struct race *race, const struct bench_peer *peer, double peer_ns) {
    for (unsigned i = 0; i < race->ours; i++)
        bench_keep(&(struct bench_figure){.name = "strip",
                                          .variant = race->entry[i].variant,
                                          .strips = STRIPS,
                                          .period_frames = race->period,
                                          .value = race->entry[i].ns,
                                          .unit = "ns/sample/strip",
                                          .peer = peer->name,
                                          .peer_value = peer_ns,
                                          .skipped = *peer->skipped ? peer->skipped : NULL});
}

static void print_head(const struct race *race) {
    char title[160];
    snprintf(
        title, sizeof title,
        "One strip, here and elsewhere (%d strips, %u frames a period, ns per sample and strip)",
        STRIPS, race->period);
    bench_heading(title,
                  race->period != PERIOD
                      ? "The same where a plugin's costs per call weigh least."
                      : "High-pass, low-pass, four bells, gate, compressor. Ours also pans "
                        "to six legs, sends to eight auxes\nand meters twice, with all gains "
                        "moving; the others do not. What each was seen to take away, in "
                        "dB,\nstands under 20 Hz (high-pass), -60 (gate) and -6 dBFS "
                        "(compressor).");
    printf("%-11s %-26s %5s %5s %5s %8s", "", "", "20 Hz", "-60", "-6", "ns");
    for (unsigned i = race->isas; i-- > 0;)
        printf(" %7s", race->entry[i].variant);
    puts("");
}

static void print_entry(const struct race *race, const struct entry *e, double most) {
    printf("%s%-11s%s %-26s ", e->desk ? bench_bold() : "", e->desk ? "dubdesk" : e->peer->name,
           bench_plain(), e->desk ? e->label : e->peer->parts);
    print_effect(&e->effect);
    printf(" %s%8.2f%s", bench_bold(), e->ns, bench_plain());
    for (unsigned i = race->isas; i-- > 0;)
        if (e->desk)
            printf(" %7s", "");
        else
            printf("  %5.1fx", e->ns / race->entry[i].ns);
    fputs("  ", stdout);
    bench_bar(e->ns, most, BAR, e->desk != NULL);
}

static void add_ours(struct race *race, const struct kernels *k, bool ramps,
                     const struct effect *effect) {
    struct entry *e = &race->entry[race->count++];
    struct strip_options o = STRIP_PLAIN;
    o.k = k;
    o.period_frames = race->period;
    o.ramps = ramps;
    *e = (struct entry){.desk = strip_open(&o), .effect = *effect};
    e->racer = (struct bench_racer){.run = strip_run, .ctx = e->desk};
    snprintf(e->label, sizeof e->label, "%s%s", k->name, ramps ? "" : ", gains at rest");
    snprintf(e->variant, sizeof e->variant, "%s%s", k->name, ramps ? "" : " rest");
}

static void add_peer(struct race *race, struct bench_peer *peer, const float *check) {
    struct entry *e = &race->entry[race->count];
    if (!*peer->skipped)
        check_peer(peer, check, &e->effect);
    if (*peer->skipped)
        return;
    for (unsigned p = 0; p < SETTLE_FRAMES / race->period && peer->run; p++)
        peer->run(peer->ctx);
    e->peer = peer;
    e->racer = (struct bench_racer){.run = peer->run, .timed = peer->timed, .ctx = peer->ctx};
    race->count++;
}

static void run_race(struct race *race) {
    struct bench_racer racer[MOST_RACERS];
    for (unsigned i = 0; i < race->count; i++)
        racer[i] = race->entry[i].racer;
    bench_race(racer, race->count, ROUNDS, ROUND_NS);
    for (unsigned i = 0; i < race->count; i++) {
        struct entry *e = &race->entry[i];
        e->ns = e->desk ? strip_cost(e->desk, racer[i].ns) : racer[i].ns / e->peer->samples;
    }
}

static void print_race(const struct race *race) {
    double most = 0;
    for (unsigned i = 0; i < race->count; i++)
        most = fmax(most, race->entry[i].ns);
    print_head(race);
    for (unsigned i = race->ours; i-- > 0;)
        print_entry(race, &race->entry[i], most);
    for (unsigned i = race->ours; i < race->count; i++) {
        print_entry(race, &race->entry[i], most);
        keep(race, race->entry[i].peer, race->entry[i].ns);
    }
}

static void race_at(unsigned period, bool programs, const float *check, const struct effect *mine) {
    struct bench_peer peer[] = {{.name = "x42+ardour", .parts = "fil4, a-exp, a-comp"},
                                {.name = "lsp", .parts = "para-eq, gate, compressor"},
                                {.name = "ffmpeg", .parts = "filter chain, files"},
                                {.name = "sox", .parts = "effects chain, files"}};
    const unsigned peers = programs ? 4 : 2;
    struct race race = {.period = period};
    for (const struct kernels *k; race.isas < BENCH_ISAS && (k = kernels_at(race.isas));
         race.isas++)
        add_ours(&race, k, true, mine);
    add_ours(&race, kernels_best(), false, mine);
    race.ours = race.count;
    peer_lv2(&peer[0], x42_ardour, STRIPS, period);
    peer_lv2(&peer[1], lsp, STRIPS, period);
    if (programs) {
        peer_ffmpeg(&peer[2], ffmpeg_chain);
        peer_sox(&peer[3], sox_chain);
    }
    for (unsigned i = 0; i < peers; i++)
        add_peer(&race, &peer[i], check);
    run_race(&race);
    print_race(&race);
    for (unsigned i = 0; i < peers; i++) {
        if (*peer[i].skipped) {
            printf("%-11s skipped: %s\n", peer[i].name, peer[i].skipped);
            keep(&race, &peer[i], NAN);
        }
        if (peer[i].ctx)
            peer[i].close(&peer[i]);
    }
    for (unsigned i = 0; i < race.ours; i++)
        strip_close(race.entry[i].desk);
}

void bench_peers(void) {
    float *check = bench_memory(PARTS * PART_FRAMES * sizeof *check);
    write_check(check);
    const struct effect mine = check_ours(check);
    race_at(PERIOD, true, check, &mine);
    race_at(LONG_PERIOD, false, check, &mine);
    free(check);
}
