/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the tape share: one structure per owner, and what crosses between them.
 *
 *   tape.c        the audio thread's side
 *   tape_setup.c  main's side
 *   tape_read.c   the reading thread: fills blocks ahead of the position
 *   tape_write.c  the writing thread: empties the ring into the files of a take
 *   take.c        a take: its folder, files and log
 *
 * Reading. The timeline is cut into blocks; a track keeps `slots` of them, block b in slot
 * b % slots, each tagged with its number. The reader untags a slot, waits for the audio thread to
 * be out of it (`hazard`), fills it and tags it; so a locate, forwards or back, is nothing but
 * another position to fill from, and what is still there plays at once, as soon as the reader has
 * `seen` the new position: until then it may fill for the old one over what is needed.
 *
 * Writing. The audio thread puts entries (a head, then samples leg by leg) into one ring of 4-byte
 * cells; an entry becomes visible whole. */
#ifndef DAEMON_SOUND_TAPE_PRIVATE_H
#define DAEMON_SOUND_TAPE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/link.h"
#include "daemon/sound/align.h"
#include "daemon/sound/reel.h"
#include "daemon/sound/take.h"
#include "daemon/sound/tape.h"

#define TAPE_BLOCK_FRAMES 2048
#define TAPE_SLOTS_MIN 16u
#define TAPE_SLOTS_MAX 64u /* 2.7 s at 48 kHz */
#define TAPE_READ_BYTES (128u << 20)
#define TAPE_RING_CELLS_MAX (1u << 25)
#define TAPE_RING_S 4u
#define TAPE_NO_BLOCK INT64_MIN
#define TAPE_NEWS 64u

enum tape_mode {
    TAPE_OFF,    /* not fed by the reel */
    TAPE_SILENT, /* its file is missing */
    TAPE_PLAYS
};

/** A channel that is, or once was, fed by the reel. Lives as long as the tape. */
struct tape_track {
    uint32_t channel, legs, first_port;
    _Atomic int mode;
    _Atomic bool fresh; /* another file was just put in: what it has not read yet is no underrun */
    _Atomic int64_t *tag; /* [slots] number of the block in it, or TAPE_NO_BLOCK */
    float *samples;       /* [slots][legs][TAPE_BLOCK_FRAMES] */
    float *out;           /* audio's: [legs][max_period_frames] */
    struct reel *reel;    /* under tape->reels */
    bool told;            /* the reader's: that the file cannot be read */
};

enum tape_entry_kind {
    ENTRY_BEGIN, /* a take, at `timeline`; frames: the loop of inserts */
    ENTRY_DATA,  /* frames x recorded legs follow, leg by leg */
    ENTRY_GAP,   /* frames without a callback, or cut off at the end by a jump */
    ENTRY_LOST,  /* frames for which the ring had no room */
    ENTRY_END
};
struct tape_entry {
    uint32_t kind, frames;
    int64_t timeline;
};
#define ENTRY_CELLS 4u
#define ENTRY_SPARE 64u /* cells that samples leave free for heads */
_Static_assert(sizeof(struct tape_entry) == 4 * ENTRY_CELLS, "entries are whole cells");

/** The audio thread's own. */
struct tape_audio {
    struct ring ring; /* producer's end */
    int64_t asked;    /* last position given to the reader */
    uint32_t jumps;   /* of those, how many did not continue */
    bool taking;      /* a take is under way, or its last frames are still to come */
    bool end_owed;    /* its end did not fit into the ring yet */
    struct tape_latency late;
    uint32_t latency; /* of the latest output, for which all others wait */
    uint32_t skip;    /* frames of it still to leave out at the head of the take */
    uint32_t drain;   /* and frames still to come behind its end */
    int64_t at;       /* timeline frame of the next sample to write */
    uint64_t lost;    /* frames not in the ring, to be told to the writer */
    int64_t lost_at;
    bool on_air;  /* the period before was rolling */
    int64_t next; /* timeline frame that continues it */
};

/** News for main, from any thread but audio. */
struct tape_news {
    pthread_mutex_t lock;
    uint32_t count, first;
    char text[TAPE_NEWS][256];
};

struct tape {
    const struct desk *desk;
    struct tape_options o;
    char reel_dir[1024], record_dir[1024];
    uint32_t channels, slots;
    uint32_t *first_port;                /* [channels] */
    _Atomic(struct tape_track *) *track; /* [channels] NULL: never fed by the reel */
    uint32_t outputs, recorded_legs;     /* files, and legs of all of them */
    uint32_t inserts;                    /* of the files, returns */
    struct take_output *output;          /* [outputs] */
    struct align align;                  /* audio's: recorded legs side by side */
    float *aligned;                      /* audio's: [max_period_frames] of one of them */
    float *zeros;                        /* [max_period_frames] */
    struct tape_audio audio;
    struct tape_news news;
    pthread_mutex_t reels; /* main and reader: which file a track has */
    pthread_t reader, writer;
    bool reader_runs, writer_runs;
    struct ring ring; /* the writer's end */
    struct ring_shared shared;
    /* crossed between threads */
    _Atomic int64_t want;     /* position to read from */
    _Atomic uint32_t jump;    /* counts positions that do not continue the one before */
    _Atomic uint32_t seen;    /* the jump that the reader fills for */
    _Atomic uint32_t changed; /* counts changes of tracks */
    _Atomic int hazard;       /* slot that audio reads from, or -1 */
    _Atomic bool armed, rolling, quit;
    _Atomic uint64_t begun, ended; /* takes: by audio, by the writer */
    _Atomic uint64_t underruns, overruns, frames;
    _Atomic bool broken; /* the present or last take has no file that works */
};

/** Block of a timeline frame; rounds down below 0 too. RT. */
static inline int64_t tape_block(int64_t timeline) RT {
    return timeline >= 0 ? timeline / TAPE_BLOCK_FRAMES
                         : -((TAPE_BLOCK_FRAMES - 1 - timeline) / TAPE_BLOCK_FRAMES);
}
static inline uint32_t tape_slot(const struct tape *tape, int64_t block) RT {
    const int64_t slot = block % (int64_t)tape->slots;
    return (uint32_t)(slot < 0 ? slot + (int64_t)tape->slots : slot);
}

void *tape_read_thread(void *tape);
void *tape_write_thread(void *tape);
/** Something a person should know. Not for the audio thread. */
__attribute__((format(printf, 2, 3))) void tape_tell(struct tape *tape, const char *format, ...);
/** Sleep. Not for the audio thread. */
void tape_nap(unsigned us);

#endif
