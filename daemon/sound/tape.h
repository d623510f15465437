/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tape: plays the reel into channels in step with the timeline, and records every stem and main
 * that the desk file marks. All file work is on the tape's own thread; between it and the audio
 * thread stand rings of samples, allocated and touched at set-up.
 *
 * Positions are timeline frames: frame 0 is the desk's start timecode. A source `reel:NAME` is a
 * file NAME (with or without extension) in the reel folder; where it has a bext time reference it
 * starts there, else at timeline frame 0.
 *
 * Threads: functions marked RT belong to the audio thread and neither wait nor allocate; all others
 * to the main thread. Used by both hosts. */
#ifndef DAEMON_SOUND_TAPE_H
#define DAEMON_SOUND_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/desk.h"
#include "config/rt.h"

struct tape; /* opaque */

/** By how much what is recorded lags the timeline. */
struct tape_latency {
    uint32_t stem_frames, main_frames;
    uint32_t ch_return_frames, grp_return_frames; /* returns of inserts, as they come in */
};

struct tape_options {
    const char *record_dir;       /* takes go here; NULL: the desk's */
    const char *reel_dir;         /* NULL: the desk's */
    uint32_t max_period_frames;   /* largest nframes of any RT call */
    struct tape_latency latency;  /* taken out of takes */
    uint32_t latency_most_frames; /* that tape_latency will ever say; the above do not count */
};

/** Build the tape of a desk, which must outlive it. Opens the files of all `reel:` inputs; one that
 *  is missing is not a failure: it plays silence and tape_service says so. Starts the disk thread.
 *  NULL with text in `error` (256 bytes) on failure. */
struct tape *tape_setup(const struct desk *desk, const struct tape_options *options,
                        char error[256]);
/** Ends a take, joins the disk thread, frees. NULL is fine. */
void tape_free(struct tape *tape);

/** Point the inputs that are fed by the reel to the tape's own buffers. `in` is in the order of
 *  desk_ports (channel legs); entries of other channels are left alone. The buffers hold nframes
 *  samples (silence while not rolling, or where the disk was late, which is counted as an underrun)
 *  and are valid until the next call. A timeline that does not continue is a locate. RT. */
void tape_play(struct tape *tape, int64_t timeline, bool rolling, uint32_t nframes,
               const float *in[]) RT;

/** Take what is recorded of a period: of `out` (in the order of desk_ports' outputs) the stems and
 *  mains, of `in` (in the order of its inputs) the returns of inserts. To be called while stopped,
 *  too: the last frames of a take come after its end, by the latency. What is cut off there by the
 *  next roll or a jump is logged as a gap. A ring that is full is counted as an overrun and becomes
 *  silence of the same length. RT. */
void tape_record(struct tape *tape, int64_t timeline, bool rolling, const float *const in[],
                 float *const out[], uint32_t nframes) RT;

/** Latencies are others from now on. A take that is under way ends, and another begins. RT. */
void tape_latency(struct tape *tape, const struct tape_latency *latency) RT;

/** The timeline went on for nframes without a callback: they are written as silence and logged, so
 *  that what follows stands where it belongs. RT. */
void tape_gap(struct tape *tape, uint32_t nframes) RT;

/** Whether tape_play and tape_record of this period would neither miss samples nor drop any: read
 *  ahead is there and the record rings have room. A position that was never asked for starts the
 *  disk moving, so that asking again becomes true. For slow-sync and freewheel. RT. */
bool tape_ready(struct tape *tape, int64_t timeline, uint32_t nframes) RT;

/** Arm or disarm. Armed, a take begins with the next rolling period and ends when rolling stops,
 * the timeline jumps, or with disarming; the next roll begins another. It has exactly the frames
 * that were rolled through. 0, or -1 with text. */
int tape_arm(struct tape *tape, bool on, char error[256]);
/** A locate is about to come: read ahead from there. Only a hint. */
void tape_locate(struct tape *tape, int64_t timeline);
/** Another source for a channel: `reel:NAME`, or anything else to take the reel out of it. 0, or -1
 *  with text; then the old source stays. */
int tape_input(struct tape *tape, uint32_t channel, const char *source, char error[256]);

struct tape_status {
    unsigned state; /* enum tape_state of daemon/link.h */
    bool armed;
    bool settled; /* every sample of the last take is in its file */
    uint64_t overruns, underruns;
    uint64_t frames; /* of the present or last take, on disk */
    char text[256]; /* since the last call: a take begun or ended, an error; "" else. One at a time:
                       call again while it is not empty */
};
/** What the tape is doing; passes on its news. */
void tape_service(struct tape *tape, struct tape_status *status);

#endif
