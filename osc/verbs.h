/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Addresses that are not parameters: one line each.
 *
 *  Dispatch, role checks, `/ns` and the table in PROTOCOL.md come from this list.
 *
 *  X(id, path, args, reply, role, doc)
 *  - path: `{n}` stands for a number, or for a name where the text says so
 *  - args: OSC types of the request; '|' between alternatives; "" takes none
 *  - reply: what comes back, "" for nothing (feedback and streams are described in PROTOCOL.md)
 *  - role: what the client must be: CLIENT_VIEW, CLIENT_MIX, CLIENT_ADMIN. Asking for the state
 *    (no argument) takes CLIENT_VIEW only.
 *
 *  Actions take `i`: non-zero acts, zero is the button's release and does nothing; without an
 *  argument they report their state. */
#ifndef OSC_VERBS_H
#define OSC_VERBS_H

#define VERB_LIST(X)                                                                               \
    X(HELLO, "/hello", "sss", "ssiis", CLIENT_VIEW,                                                \
      "name, kind (surface, script, display), token; answers server, version, protocol, lease in " \
      "seconds, role")                                                                             \
    X(HELLO_PORT, "/hello/port", "i", "i", CLIENT_VIEW,                                            \
      "answers and feedback go to that port of the same host (UDP)")                               \
    X(HELLO_ECHO, "/hello/echo", "i", "i", CLIENT_VIEW, "1: hear one's own sets too")              \
    X(SUB, "/sub", "si", "", CLIENT_VIEW,                                                          \
      "subscribe to a pattern, at most one report every so many ms (0: 20); full state first")     \
    X(SUB_METERS, "/sub/meters", "si", "", CLIENT_VIEW,                                            \
      "meters of a group (ch, grp, aux, stem, main, mon, all) every so many ms as blobs at "       \
      "/meters; 0 ms ends it")                                                                     \
    X(UNSUB, "/unsub", "s", "", CLIENT_VIEW, "end the subscription of that pattern")               \
    X(DUMP, "/dump", "s", "", CLIENT_VIEW, "report everything that matches once")                  \
    X(NS, "/ns", "s", "ss...", CLIENT_VIEW,                                                        \
      "describe an address, or list the children of a node (empty or / for the root)")             \
    X(SYNC, "/sync", "i", "/synced ih", CLIENT_VIEW,                                               \
      "answered with the number and the engine frame once everything sent before sounds")          \
    X(SYNCED, "/synced", "", "", CLIENT_VIEW, "the answer to /sync")                               \
    X(AT, "/at", "s|h", "", CLIENT_MIX,                                                            \
      "first element of a bundle: timecode or timeline frame at which the rest lands")             \
    X(TIME, "/time", "", "th", CLIENT_VIEW, "now and the engine frame that goes with it")          \
    X(INFO, "/info", "", "sssiiis", CLIENT_VIEW,                                                   \
      "server, version, desk title, protocol, rate in Hz, period in frames, desk file")            \
    X(STATUS_RT, "/status/rt", "i", "(s value)...", CLIENT_VIEW,                                   \
      "pairs of name and value about the audio thread; 1 resets the worst values (admin)")         \
    X(STATUS_TAPE, "/status/tape", "", "(s value)...", CLIENT_VIEW,                                \
      "pairs of name and value about the tape")                                                    \
    X(STATUS_CLIENTS, "/status/clients", "", "i sssss", CLIENT_VIEW,                               \
      "how many, then one message each: endpoint, name, kind, role, subscriptions")                \
    X(TRANSPORT_PLAY, "/transport/play", "i", "i", CLIENT_MIX, "roll; reports 1 while rolling")    \
    X(TRANSPORT_STOP, "/transport/stop", "i", "i", CLIENT_MIX, "stop; reports 1 while stopped")    \
    X(TRANSPORT_LOCATE, "/transport/locate", "s|h", "h", CLIENT_MIX,                               \
      "go to a timecode or a timeline frame; reports the present frame")                           \
    X(TRANSPORT_TC, "/transport/tc", "", "s", CLIENT_VIEW, "present timecode")                     \
    X(TRANSPORT_FPS, "/transport/fps", "", "s", CLIENT_VIEW, "picture frame rate of the desk")     \
    X(TRANSPORT_STATE, "/transport/state", "", "s", CLIENT_VIEW,                                   \
      "stopped, playing, recording or error")                                                      \
    X(REC, "/rec", "i", "i", CLIENT_MIX,                                                           \
      "1: record every stem and main from the next roll on; 0: stop recording")                    \
    X(SCENE_STORE, "/scene/{n}/store", "i", "i", CLIENT_MIX,                                       \
      "store the whole desk; reports 1 if the scene is there")                                     \
    X(SCENE_RECALL, "/scene/{n}/recall", "i", "i", CLIENT_MIX,                                     \
      "recall on one frame; reports 1 if it is the present one")                                   \
    X(SCENE_GLIDE, "/scene/{n}/recall/glide", "f", "i", CLIENT_MIX,                                \
      "recall over so many seconds; switches at once")                                             \
    X(SCENE_NAME, "/scene/{n}/name", "s", "s", CLIENT_MIX, "name of a stored scene")               \
    X(SCENE_LIST, "/scene/list", "", "i is", CLIENT_VIEW,                                          \
      "how many, then one message each: number, name")                                             \
    X(SCENE_CURRENT, "/scene/current", "", "is", CLIENT_VIEW,                                      \
      "number (0 for none) and name of the scene recalled last")                                   \
    X(SOLO_CLEAR, "/solo/clear", "i", "i", CLIENT_MIX,                                             \
      "all solo keys off; reports 1 if none is on")                                                \
    X(SOLO_ANY, "/solo/any", "", "i", CLIENT_VIEW, "1 while anything is soloed")                   \
    X(DESK_SAVE, "/desk/save", "i", "i", CLIENT_ADMIN,                                             \
      "save the desk's state now; reports 1 if all is saved")                                      \
    X(DESK_LOAD, "/desk/load", "i", "i", CLIENT_ADMIN, "go back to the saved state")               \
    X(DESK_RELOAD, "/desk/reload", "i", "i", CLIENT_ADMIN,                                         \
      "read the desk file again; 2 also while recording")                                          \
    X(DESK_QUIT, "/desk/quit", "i", "i", CLIENT_ADMIN,                                             \
      "fade out, save state and leave; 2 also while recording")

enum verb_id {
#define VERB_ENUM(id, path, args, reply, role, doc) VERB_##id,
    VERB_LIST(VERB_ENUM) VERB_COUNT
#undef VERB_ENUM
};

/** One line of the list. */
struct verb {
    const char *id, *path, *args, *reply;
    int role; /* enum client_role */
    const char *doc;
};

/** The list, indexed by enum verb_id. Immutable; any thread. */
extern const struct verb verbs[VERB_COUNT];

#endif
