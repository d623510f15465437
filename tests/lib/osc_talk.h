/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An OSC client for live tests that speaks and hears lines of text such as "/ch/1/fader ,f -6",
 * over UDP or TCP, and knows nothing of the program's own OSC code. What fails, fails the cmocka
 * test. */
#ifndef TESTS_LIB_OSC_TALK_H
#define TESTS_LIB_OSC_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALK_LINES 8192
#define TALK_LINE 400

enum talk_way { TALK_UDP, TALK_TCP, TALK_SLIP };

struct talk {
    int fd;
    enum talk_way way;
    uint16_t port, to_port; /* own port; the desk's */
    unsigned char in[1 << 17];
    size_t in_bytes;
    char (*line)[TALK_LINE]; /* heard and not looked at yet: [head, tail) modulo TALK_LINES */
    unsigned head, tail;
    unsigned bundles, last_seq, gaps; /* of feedback */
    bool refused;                     /* the other side closed the connection */
};

/** One message as bytes: address, then types with a comma, then a word for each argument. Words are
 *  cut at spaces; '_' stands for a space within a text, "''" for an empty one, and numbers may be
 * nan, inf, -inf. Types T F N I take none. A line of an address alone has no type tag string; "/a
 * ," has an empty one.
 *  @return bytes */
size_t talk_message(unsigned char *to, size_t room, const char *line);
/** A bundle of lines, with a time tag (1: immediately). */
size_t talk_bundle(unsigned char *to, size_t room, uint64_t timetag, unsigned count,
                   const char *const *lines);

void talk_open(struct talk *talk, enum talk_way way, unsigned desk_port);
void talk_close(struct talk *talk);
void talk_bytes(struct talk *talk, const void *bytes, size_t size);
/** Send a line. */
void say(struct talk *talk, const char *line);
/** Send lines, ended by NULL, as one bundle. */
void say_bundle(struct talk *talk, uint64_t timetag, ...);
/** Wait (a second) for a line; others before it are dropped. A '*' at its end means any rest.
 *  @return the line as heard */
const char *hear(struct talk *talk, const char *line);
/** Whether it comes within so many ms. */
bool hears(struct talk *talk, const char *line, unsigned ms);
/** Nothing but /seq comes for so many ms. */
void hear_nothing(struct talk *talk, unsigned ms);
/** Forget what came so far. */
void talk_forget(struct talk *talk);
/** Say a line and hear the answer. */
void ask(struct talk *talk, const char *line, const char *answer);
/** Now, plus so many ms, as an NTP time tag. */
uint64_t talk_timetag(int ms);

#endif
