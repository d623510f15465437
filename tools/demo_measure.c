/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures sound files for the demonstration and the tests.
 *
 *   demo_measure levels FILE             loudness, sample peak, true peak
 *   demo_measure null A B                A - B
 *   demo_measure sum WHOLE PART...       WHOLE - sum of the parts
 *   demo_measure leak WHOLE X PART...    how much of X is in WHOLE - sum of the parts
 *   demo_measure speech GATE X REST...   loudness of X over the sum of REST while GATE speaks
 *   demo_measure curve FILE...           momentary loudness of their sum, ten a second
 *   demo_measure fold [--gain DB] IN OUT     stereo fold of a 5.1 file as FLAC, and its curve
 *   demo_measure lay OUT RATE LEGS SECONDS TC FPS TEXT [AT FILE]...    clips on a track (BWF)
 *
 * Options before the files: --json; --from TC --to TC (timecode, with --fps N, 25 by default);
 * --gaps FILE (lines of two numbers, samples since midnight: what null, sum and leak leave out).
 * Files are laid over each other by the time reference of their bext chunks (0 without one), so
 * that a take that began later than a render still meets it; what is compared is what all of them
 * cover. Rates and widths must agree. Without --json the first figure alone is printed, in dB: -200
 * stands for nothing at all.
 */
#include <ebur128.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 24
#define LEGS_MAX 12
#define CHUNK_FRAMES 4800 /* a tenth of a second at 48 kHz: the step of loudness curves */
#define GAPS_MAX 1000
#define FLOOR_DB (-200.0)
/* Speech is where the gate's momentary loudness is above this. */
#define SPEECH_GATE_LUFS (-45.0)

struct source {
    const char *path;
    SNDFILE *file;
    SF_INFO info;
    int64_t start_frames; /* since midnight */
};

struct options {
    bool json;
    double fps, gain_db;
    const char *from, *to, *gaps;
};

/** Stretches that are not compared, in samples since midnight. */
struct gaps {
    unsigned count;
    int64_t from[GAPS_MAX], to[GAPS_MAX];
};

static void fail(const char *what, const char *why) {
    fprintf(stderr, "demo_measure: %s: %s\n", what, why);
    exit(1);
}

static double db(double lin) {
    return lin > 1e-10 ? 20.0 * log10(lin) : FLOOR_DB;
}

/** Timecode HH:MM:SS:FF (or .FF of a frame) as samples since midnight; whole frame rates only. */
static int64_t tc_frames(const char *tc, double fps, int rate_hz) {
    unsigned h, m, s;
    double f;
    if (sscanf(tc, "%u:%u:%u:%lf", &h, &m, &s, &f) != 4)
        fail(tc, "expected a timecode such as 01:00:00:00");
    return llround(((double)(h * 3600 + m * 60 + s) + f / fps) * rate_hz);
}

static void source_open(struct source *s, const char *path) {
    memset(s, 0, sizeof *s);
    s->path = path;
    s->file = sf_open(path, SFM_READ, &s->info);
    if (!s->file)
        fail(path, sf_strerror(NULL));
    if (s->info.channels > LEGS_MAX)
        fail(path, "more than 12 legs");
    SF_BROADCAST_INFO bext;
    memset(&bext, 0, sizeof bext);
    if (sf_command(s->file, SFC_GET_BROADCAST_INFO, &bext, sizeof bext) == SF_TRUE)
        s->start_frames = (int64_t)bext.time_reference_high << 32 | bext.time_reference_low;
}

/** Open files that will be laid over each other; returns the common length in frames, all of them
 *  standing at its beginning. */
static int64_t open_all(struct source *s, unsigned n, char **paths, const struct options *opt) {
    int64_t from = 0, to = INT64_MAX;
    for (unsigned i = 0; i < n; i++) {
        source_open(&s[i], paths[i]);
        if (s[i].info.samplerate != s[0].info.samplerate)
            fail(paths[i], "another sample rate than the first file");
        if (s[i].info.channels != s[0].info.channels)
            fail(paths[i], "another number of legs than the first file");
        int64_t end = s[i].start_frames + s[i].info.frames;
        if (s[i].start_frames > from)
            from = s[i].start_frames;
        if (end < to)
            to = end;
    }
    int rate_hz = s[0].info.samplerate;
    int64_t wanted = opt->from ? tc_frames(opt->from, opt->fps, rate_hz) : from;
    if (wanted > from)
        from = wanted;
    wanted = opt->to ? tc_frames(opt->to, opt->fps, rate_hz) : to;
    if (wanted < to)
        to = wanted;
    if (to <= from)
        fail(paths[0], "the files share no time");
    for (unsigned i = 0; i < n; i++)
        if (sf_seek(s[i].file, from - s[i].start_frames, SEEK_SET) < 0)
            fail(paths[i], "cannot seek");
    return to - from;
}

static void read_chunk(struct source *s, float *buf, int64_t frames) {
    if (sf_readf_float(s->file, buf, frames) != frames)
        fail(s->path, "ends early");
}

static ebur128_state *meter_new(const struct source *s, int mode) {
    static const int legs6[] = {EBUR128_LEFT,   EBUR128_RIGHT,         EBUR128_CENTER,
                                EBUR128_UNUSED, EBUR128_LEFT_SURROUND, EBUR128_RIGHT_SURROUND};
    /* 7.1.4: sides at 90 degrees weigh 1.41, rears and heights 1 (BS.1770-5). */
    static const int legs12[] = {EBUR128_LEFT,  EBUR128_RIGHT, EBUR128_CENTER, EBUR128_UNUSED,
                                 EBUR128_Mp090, EBUR128_Mm090, EBUR128_Mp135,  EBUR128_Mm135,
                                 EBUR128_Up045, EBUR128_Um045, EBUR128_Up135,  EBUR128_Um135};
    unsigned legs = (unsigned)s->info.channels;
    ebur128_state *meter = ebur128_init(legs, (unsigned long)s->info.samplerate, mode);
    if (!meter)
        fail(s->path, "no memory");
    const int *map = legs == 6 ? legs6 : legs == 12 ? legs12 : NULL;
    for (unsigned i = 0; map && i < legs; i++)
        ebur128_set_channel(meter, i, map[i]);
    return meter;
}

/* -- commands ------------------------------------------------------------------------------- */

static void cmd_levels(char **paths, const struct options *opt) {
    struct source s;
    int64_t left = open_all(&s, 1, paths, opt);
    double seconds = (double)left / s.info.samplerate;
    ebur128_state *meter =
        meter_new(&s, EBUR128_MODE_I | EBUR128_MODE_SAMPLE_PEAK | EBUR128_MODE_TRUE_PEAK);
    static float buf[CHUNK_FRAMES * LEGS_MAX];
    while (left > 0) {
        int64_t n = left < CHUNK_FRAMES ? left : CHUNK_FRAMES;
        read_chunk(&s, buf, n);
        ebur128_add_frames_float(meter, buf, (size_t)n);
        left -= n;
    }
    double lufs = -HUGE_VAL, peak = 0, true_peak = 0;
    ebur128_loudness_global(meter, &lufs);
    for (unsigned i = 0; i < (unsigned)s.info.channels; i++) {
        double p = 0;
        if (ebur128_sample_peak(meter, i, &p) == EBUR128_SUCCESS && p > peak)
            peak = p;
        if (ebur128_true_peak(meter, i, &p) == EBUR128_SUCCESS && p > true_peak)
            true_peak = p;
    }
    if (!(lufs > FLOOR_DB))
        lufs = FLOOR_DB;
    if (opt->json)
        printf("{\"seconds\": %.3f, \"legs\": %d, \"rate_hz\": %d, \"lufs\": %.2f, "
               "\"peak_dbfs\": %.2f, \"true_peak_dbtp\": %.2f}\n",
               seconds, s.info.channels, s.info.samplerate, lufs, db(peak), db(true_peak));
    else
        printf("%.2f\n", lufs);
    ebur128_destroy(&meter);
    sf_close(s.file);
}

/** WHOLE - sum of the others, and its likeness to `x` where there is one. */
struct residual {
    double peak, sum_sq, whole_sq, x_sq, x_dot, x_dot_whole;
    int64_t frames, first_frame; /* compared; first difference above -120 dBFS, or -1 */
    int64_t left_out;
    double gap_peak; /* largest difference in what was left out */
    unsigned legs;
};

static void gaps_read(struct gaps *gaps, const char *path) {
    gaps->count = 0;
    FILE *file = path ? fopen(path, "r") : NULL;
    if (path && !file)
        fail(path, "cannot be read");
    long long from, to;
    while (file && gaps->count < GAPS_MAX && fscanf(file, "%lld %lld", &from, &to) == 2) {
        gaps->from[gaps->count] = from;
        gaps->to[gaps->count++] = to;
    }
    if (file)
        fclose(file);
}

static bool gaps_hold(const struct gaps *gaps, int64_t frame) {
    for (unsigned i = 0; i < gaps->count; i++)
        if (frame >= gaps->from[i] && frame < gaps->to[i])
            return true;
    return false;
}

static struct residual residual_of(struct source *s, unsigned n, int x, int64_t frames,
                                   const struct gaps *gaps, int64_t start) {
    static float whole[CHUNK_FRAMES * LEGS_MAX], part[CHUNK_FRAMES * LEGS_MAX];
    static float likeness[CHUNK_FRAMES * LEGS_MAX];
    static double rest[CHUNK_FRAMES * LEGS_MAX];
    struct residual r = {.frames = frames, .first_frame = -1, .legs = (unsigned)s[0].info.channels};
    for (int64_t done = 0; done < frames;) {
        int64_t chunk = frames - done < CHUNK_FRAMES ? frames - done : CHUNK_FRAMES;
        size_t count = (size_t)chunk * r.legs;
        read_chunk(&s[0], whole, chunk);
        for (size_t i = 0; i < count; i++)
            rest[i] = whole[i];
        for (unsigned f = 1; f < n; f++) {
            read_chunk(&s[f], (int)f == x ? likeness : part, chunk);
            for (size_t i = 0; (int)f != x && i < count; i++)
                rest[i] -= part[i];
        }
        for (size_t i = 0; i < count; i++) {
            double e = fabs(rest[i]), like = x > 0 ? likeness[i] : 0;
            if (gaps->count && gaps_hold(gaps, start + done + (int64_t)(i / r.legs))) {
                r.left_out += i % r.legs == 0;
                r.gap_peak = e > r.gap_peak ? e : r.gap_peak;
                continue;
            }
            if (e > r.peak)
                r.peak = e;
            if (e > 1e-6 && r.first_frame < 0)
                r.first_frame = done + (int64_t)(i / r.legs);
            r.sum_sq += rest[i] * rest[i];
            r.whole_sq += (double)whole[i] * whole[i];
            r.x_sq += like * like;
            r.x_dot += like * rest[i];
            r.x_dot_whole += like * whole[i];
        }
        done += chunk;
    }
    return r;
}

static void cmd_residual(char **paths, unsigned n, int x, const struct options *opt) {
    struct source s[FILES_MAX];
    int64_t frames = open_all(s, n, paths, opt);
    static struct gaps gaps;
    gaps_read(&gaps, opt->gaps);
    int64_t start = s[0].start_frames + sf_seek(s[0].file, 0, SEEK_CUR);
    struct residual r = residual_of(s, n, x, frames, &gaps, start);
    double count = r.frames > r.left_out ? (double)(r.frames - r.left_out) * r.legs : 1;
    double rms_db = db(sqrt(r.sum_sq / count)), whole_db = db(sqrt(r.whole_sq / count));
    double found_db = r.x_sq > 0 ? db(fabs(r.x_dot) / r.x_sq) : FLOOR_DB;
    double raw_db = r.x_sq > 0 ? db(fabs(r.x_dot_whole) / r.x_sq) : FLOOR_DB;
    if (opt->json) {
        printf("{\"peak_dbfs\": %.2f, \"rms_dbfs\": %.2f, \"whole_rms_dbfs\": %.2f, "
               "\"identical\": %s, \"frames\": %lld, \"first_difference_frame\": %lld",
               db(r.peak), rms_db, whole_db, r.peak > 0 ? "false" : "true", (long long)r.frames,
               (long long)r.first_frame);
        if (gaps.count)
            printf(", \"left_out_frames\": %lld, \"left_out_peak_dbfs\": %.2f",
                   (long long)r.left_out, db(r.gap_peak));
        if (x > 0)
            printf(", \"found_db\": %.2f, \"projection_db\": %.2f, \"x_rms_dbfs\": %.2f", found_db,
                   raw_db, db(sqrt(r.x_sq / count)));
        puts("}");
    } else
        printf("%.2f\n", x > 0 ? found_db : db(r.peak));
    for (unsigned i = 0; i < n; i++)
        sf_close(s[i].file);
}

/** Mean loudness (over energy) of X and of the sum of the rest, in the blocks where GATE speaks. */
static void cmd_speech(char **paths, unsigned n, const struct options *opt) {
    struct source s[FILES_MAX];
    int64_t frames = open_all(s, n, paths, opt);
    static float buf[CHUNK_FRAMES * LEGS_MAX], rest[CHUNK_FRAMES * LEGS_MAX];
    ebur128_state *meter[3];
    double energy[3] = {0, 0, 0};
    int64_t blocks = 0, speaking = 0;
    for (unsigned i = 0; i < 3; i++)
        meter[i] = meter_new(&s[0], EBUR128_MODE_M);
    size_t count = (size_t)CHUNK_FRAMES * (size_t)s[0].info.channels;
    for (int64_t done = 0; done + CHUNK_FRAMES <= frames; done += CHUNK_FRAMES) {
        memset(rest, 0, sizeof rest);
        for (unsigned f = 0; f < n; f++) {
            read_chunk(&s[f], buf, CHUNK_FRAMES);
            if (f < 2)
                ebur128_add_frames_float(meter[f], buf, CHUNK_FRAMES);
            for (size_t i = 0; f >= 2 && i < count; i++)
                rest[i] += buf[i];
        }
        ebur128_add_frames_float(meter[2], rest, CHUNK_FRAMES);
        double m[3];
        for (unsigned i = 0; i < 3; i++)
            ebur128_loudness_momentary(meter[i], &m[i]);
        blocks++;
        if (done < 3 * CHUNK_FRAMES || !(m[0] > SPEECH_GATE_LUFS))
            continue;
        speaking++;
        for (unsigned i = 0; i < 3; i++)
            energy[i] += isfinite(m[i]) ? pow(10.0, m[i] / 10.0) : 0;
    }
    double lufs[3];
    for (unsigned i = 0; i < 3; i++) {
        double mean = speaking ? energy[i] / (double)speaking : 0;
        lufs[i] = mean > 1e-20 ? 10.0 * log10(mean) : FLOOR_DB;
        ebur128_destroy(&meter[i]);
    }
    double percent = blocks ? 100.0 * (double)speaking / (double)blocks : 0;
    if (opt->json)
        printf("{\"speech_lufs\": %.2f, \"rest_lufs\": %.2f, \"over_lu\": %.2f, "
               "\"speech_percent\": %.1f}\n",
               lufs[1], lufs[2], lufs[1] - lufs[2], percent);
    else
        printf("%.2f\n", lufs[1] - lufs[2]);
    for (unsigned i = 0; i < n; i++)
        sf_close(s[i].file);
}

/** Momentary loudness of the sum of the files, ten times a second, as a JSON list. */
static void cmd_curve(char **paths, unsigned n, const struct options *opt) {
    struct source s[FILES_MAX];
    int64_t frames = open_all(s, n, paths, opt);
    ebur128_state *meter = meter_new(&s[0], EBUR128_MODE_M);
    static float buf[CHUNK_FRAMES * LEGS_MAX], sum[CHUNK_FRAMES * LEGS_MAX];
    int64_t step = s[0].info.samplerate / 10;
    size_t count = (size_t)step * (size_t)s[0].info.channels;
    if (step > CHUNK_FRAMES)
        fail(s[0].path, "sample rates above 48 kHz are not drawn");
    fputs("[", stdout);
    for (int64_t done = 0; done + step <= frames; done += step) {
        memset(sum, 0, sizeof sum);
        for (unsigned f = 0; f < n; f++) {
            read_chunk(&s[f], buf, step);
            for (size_t i = 0; i < count; i++)
                sum[i] += buf[i];
        }
        double m;
        ebur128_add_frames_float(meter, sum, (size_t)step);
        ebur128_loudness_momentary(meter, &m);
        printf("%s%.1f", done ? "," : "", m > -99 ? m : -99.0);
    }
    puts("]");
    ebur128_destroy(&meter);
    for (unsigned i = 0; i < n; i++)
        sf_close(s[i].file);
}

/** The stereo fold Lo/Ro of a 5.1 file without LFE (L + .7071 C + .7071 Ls), as 16-bit FLAC; tells
 *  its peak and its momentary loudness ten times a second. */
static void cmd_fold(char **paths, const struct options *opt) {
    struct source s;
    int64_t frames = open_all(&s, 1, paths, opt);
    if (s.info.channels != 6)
        fail(s.path, "expected a 5.1 file");
    const float side = 0.70710678f, gain = (float)pow(10.0, opt->gain_db / 20.0);
    int64_t step = s.info.samplerate / 10;
    if (step > CHUNK_FRAMES)
        fail(s.path, "sample rates above 48 kHz are not folded");
    SF_INFO info = {.samplerate = s.info.samplerate,
                    .channels = 2,
                    .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    SNDFILE *out = sf_open(paths[1], SFM_WRITE, &info);
    if (!out)
        fail(paths[1], sf_strerror(NULL));
    sf_command(out, SFC_SET_CLIPPING, NULL, SF_TRUE);
    ebur128_state *meter = ebur128_init(2, (unsigned long)info.samplerate, EBUR128_MODE_M);
    if (!meter)
        fail(s.path, "no memory");
    static float buf[CHUNK_FRAMES * 6], two[CHUNK_FRAMES * 2];
    float peak = 0;
    fputs("{\"curve\": [", stdout);
    for (int64_t done = 0; done < frames; done += step) {
        int64_t n = frames - done < step ? frames - done : step;
        read_chunk(&s, buf, n);
        for (int64_t i = 0; i < n; i++)
            for (int leg = 0; leg < 2; leg++) {
                const float *x = buf + i * 6;
                float y = gain * (x[leg] + side * (x[2] + x[4 + leg]));
                two[i * 2 + leg] = y;
                peak = fabsf(y) > peak ? fabsf(y) : peak;
            }
        if (sf_writef_float(out, two, n) != n)
            fail(paths[1], sf_strerror(out));
        double m;
        ebur128_add_frames_float(meter, two, (size_t)n);
        ebur128_loudness_momentary(meter, &m);
        printf("%s%.1f", done ? "," : "", m > -99 ? m : -99.0);
    }
    printf("], \"peak_dbfs\": %.2f}\n", db(peak));
    ebur128_destroy(&meter);
    sf_close(s.file);
    if (sf_close(out))
        fail(paths[1], "cannot finish the file");
}

/** Lay clips on a silent track and write it as a 24-bit BWF that starts at a timecode.
 *  @param args  OUT RATE LEGS SECONDS TC FPS TEXT, then AT FILE as often as wanted (AT in seconds)
 */
static void cmd_lay(char **args, unsigned n) {
    const int rate_hz = atoi(args[1]), legs = atoi(args[2]);
    const double seconds = strtod(args[3], NULL), fps = strtod(args[5], NULL);
    if (rate_hz < 8000 || rate_hz > 192000 || legs < 1 || legs > 2 || !(seconds > 0) ||
        seconds > 3600 || !(fps > 0))
        fail(args[0], "expected a rate, one or two legs, seconds, and frames a second");
    const int64_t frames = llround(seconds * rate_hz);
    float *track = calloc((size_t)(frames * legs), sizeof *track);
    if (!track)
        fail(args[0], "no memory");
    for (unsigned i = 7; i + 1 < n; i += 2) {
        struct source s;
        source_open(&s, args[i + 1]);
        if (s.info.samplerate != rate_hz || s.info.channels != legs)
            fail(s.path, "another rate or width than the track");
        int64_t at = llround(strtod(args[i], NULL) * rate_hz), chunk;
        static float buf[CHUNK_FRAMES * LEGS_MAX];
        while ((chunk = sf_readf_float(s.file, buf, CHUNK_FRAMES)) > 0) {
            for (int64_t f = 0; f < chunk; f++, at++)
                for (int leg = 0; leg < legs && at >= 0 && at < frames; leg++)
                    track[at * legs + leg] += buf[f * legs + leg];
        }
        sf_close(s.file);
    }
    SF_INFO info = {
        .samplerate = rate_hz, .channels = legs, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_24};
    SNDFILE *out = sf_open(args[0], SFM_WRITE, &info);
    if (!out)
        fail(args[0], sf_strerror(NULL));
    sf_command(out, SFC_SET_CLIPPING, NULL, SF_TRUE);
    int64_t start = tc_frames(args[4], fps, rate_hz);
    SF_BROADCAST_INFO bext;
    memset(&bext, 0, sizeof bext);
    snprintf(bext.description, sizeof bext.description, "%s", args[6]);
    snprintf(bext.originator, sizeof bext.originator, "tools/reel");
    bext.time_reference_low = (uint32_t)start;
    bext.time_reference_high = (uint32_t)(start >> 32);
    bext.version = 1;
    sf_command(out, SFC_SET_BROADCAST_INFO, &bext, sizeof bext);
    if (sf_writef_float(out, track, frames) != frames || sf_close(out))
        fail(args[0], "cannot be written");
    free(track);
}

static int usage(void) {
    fputs("usage: demo_measure levels|null|sum|leak|speech|curve [--json] [--from TC] [--to TC]\n"
          "                    [--fps N] FILE...\n"
          "       demo_measure fold [--gain DB] IN OUT\n"
          "       demo_measure lay OUT RATE LEGS SECONDS TC FPS TEXT [AT FILE]...\n",
          stderr);
    return 2;
}

int main(int argc, char **argv) {
    struct options opt = {.fps = 25};
    int i = 2;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            opt.json = true;
        else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc)
            opt.from = argv[++i];
        else if (strcmp(argv[i], "--to") == 0 && i + 1 < argc)
            opt.to = argv[++i];
        else if (strcmp(argv[i], "--fps") == 0 && i + 1 < argc)
            opt.fps = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--gaps") == 0 && i + 1 < argc)
            opt.gaps = argv[++i];
        else if (strcmp(argv[i], "--gain") == 0 && i + 1 < argc)
            opt.gain_db = strtod(argv[++i], NULL);
        else
            return usage();
    }
    char **files = argv + i;
    int n = argc - i;
    if (argc < 2 || n < 1 || (n > FILES_MAX && strcmp(argv[1], "lay") != 0) || !(opt.fps > 0))
        return usage();
    const char *cmd = argv[1];
    if (strcmp(cmd, "levels") == 0 && n == 1)
        cmd_levels(files, &opt);
    else if (strcmp(cmd, "null") == 0 && n == 2)
        cmd_residual(files, 2, -1, &opt);
    else if (strcmp(cmd, "sum") == 0 && n >= 2)
        cmd_residual(files, (unsigned)n, -1, &opt);
    else if (strcmp(cmd, "leak") == 0 && n >= 2)
        cmd_residual(files, (unsigned)n, 1, &opt);
    else if (strcmp(cmd, "speech") == 0 && n >= 3)
        cmd_speech(files, (unsigned)n, &opt);
    else if (strcmp(cmd, "curve") == 0)
        cmd_curve(files, (unsigned)n, &opt);
    else if (strcmp(cmd, "fold") == 0 && n == 2)
        cmd_fold(files, &opt);
    else if (strcmp(cmd, "lay") == 0 && n >= 7 && n % 2 == 1)
        cmd_lay(files, (unsigned)n);
    else
        return usage();
    return 0;
}
