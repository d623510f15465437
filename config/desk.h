/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk file: what a desk is. Read once from libconfig text into this structure; sizes come from
 * the file. The format is documented in config/DESKFILE.md.
 *
 * Threads: built and freed by the caller's main thread; immutable in between, any thread may read.
 */
#ifndef CONFIG_DESK_H
#define CONFIG_DESK_H

#include <stddef.h>

#include "config/format.h"
#include "config/layout.h"

#define ID_BYTES 32
#define DESK_MAX_CHANNELS 1024
#define DESK_MAX_BUSES 64 /* groups + auxes + stems + mains */
#define DESK_MAX_PORTS 2000
#define DESK_MAX_SETS 8 /* of loudspeakers */

/** What a stem carries. */
enum role {
    ROLE_NONE,
    ROLE_DX,
    ROLE_PFX,
    ROLE_MX,
    ROLE_FX,
    ROLE_FOL,
    ROLE_BG,
    ROLE_FILL,
    ROLE_OPT,
    ROLE_NAR,
    ROLE_COUNT
};
const char *role_name(enum role role); /* "dx", ...; "" for none */

/** An addressable object. Values of its rows are in desk.value and desk.text. */
struct desk_object {
    enum kind kind;
    uint32_t index;           /* within its kind, from 0 */
    char id[ID_BYTES];        /* never changes; works in addresses; "" for monitor and solo */
    enum format format;       /* strips */
    enum role role;           /* stems */
    bool print_master;        /* mains: the one that is marked */
    bool record;              /* stems and mains: taped (default true), groups: default false */
    uint32_t aux_stem;        /* auxes: the stem it belongs to, or UINT32_MAX */
    char connect[TEXT_BYTES]; /* stems, mains, monitor: JACK port pattern for its outputs, or "" */
    bool insert;              /* channels, groups: the strip has a send and a return of its own */
    char insert_send[TEXT_BYTES];   /* JACK ports that its send feeds, or "" */
    char insert_return[TEXT_BYTES]; /* and those that feed its return */
    unsigned line;                  /* in the desk file */
};

/** A set of loudspeakers: `monitor = { sets = ( ... ); }`. A file without `sets` has one, "main",
 * of the monitor's format. */
struct desk_set {
    char id[ID_BYTES];
    char name[64]; /* for people: in the descriptions of its ports */
    enum format format;
    char connect[TEXT_BYTES]; /* JACK port pattern for its outputs, or "" */
    uint32_t first;           /* of its loudspeakers in desk.speaker, one per leg */
    unsigned line;
};
/** A loudspeaker. */
struct desk_speaker {
    uint32_t set, leg;
    char connect[TEXT_BYTES]; /* of its own, or "": the set's */
};

enum client_role { CLIENT_VIEW, CLIENT_MIX, CLIENT_ADMIN };

/** `osc.listen`: where control listens. */
struct desk_listener {
    char host[64]; /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;
    bool udp, tcp;
};
/** `osc.clients`: rights and tokens by address. A file without the key makes loopback admin; with
 * it, an address that is not listed may view. */
struct desk_client {
    char host[64];  /* address or address/prefix */
    char token[64]; /* or "" */
    enum client_role role;
};
/** `osc.surfaces`: clients that never say hello. */
struct desk_surface {
    char host[64];
    uint16_t port;
    char sub[128]; /* pattern subscribed to */
    char name[64];
};

struct desk {
    char title[64];
    uint32_t rate_hz;
    uint32_t period_frames; /* wanted of --dummy, default 256 */
    float max_delay_ms;
    bool limiters; /* stems and mains have true-peak limiters, and their latency */
    /* tape */
    char reel_dir[256];   /* already resolved against the desk file's folder; "" if there is none */
    char record_dir[256]; /* the same; "takes" by default */
    unsigned fps;         /* enum of config/timecode.h */
    int64_t start_frames; /* timecode of timeline frame 0, in samples since midnight */
    int sample_bits;      /* 24, or 32 for float */
    /* objects: strips first, in the order of enum kind */
    uint32_t objects;
    struct desk_object *object;
    uint32_t
        first[KIND_COUNT]; /* number of the first object of a kind; first + index = object number */
    uint32_t sets, speakers;
    struct desk_set set[DESK_MAX_SETS];
    struct desk_speaker speaker[DESK_MAX_SETS * MAX_LEGS];
    struct layout layout;
    float *value;             /* [layout.slots] defaults with the file's values in them */
    char (*text)[TEXT_BYTES]; /* [layout.texts] */
    uint32_t listeners, clients, surfaces;
    struct desk_listener *listener;
    struct desk_client *client;
    struct desk_surface *surface;
    /* ids to objects: open addressing, object number + 1, 0 is empty; belongs to desk.c */
    uint32_t *id_table;
    uint32_t id_mask;
};

/** One error: "FILE:LINE: what is wrong; expected what". */
struct desk_error {
    char text[512];
    unsigned line;
};

/** Read a desk from `text` (NUL-terminated, `name` is used in messages and to resolve relative
 *  folders). Returns 0 and fills *desk (free with desk_free), or -1 and fills *error. Never aborts,
 *  whatever the text. Allocates. */
int desk_parse(const char *text, const char *name, struct desk **desk, struct desk_error *error);
/** The same from a file. *bytes (optional) receives the text, malloc'd, for handing on. */
int desk_load(const char *path, struct desk **desk, char **bytes, struct desk_error *error);
void desk_free(struct desk *desk);

/** The object of a kind by index or id as spelled in an address ("3", "03", "DX"); NULL if none. */
const struct desk_object *desk_find(const struct desk *desk, enum kind kind, const char *spelled);
/** Object number of a strip reference such as "/stem/DX", or -1. */
int desk_strip_number(const struct desk *desk, const char *address);
/** Index of `spelled` in a dimension (0-based), or -1. Destinations: groups first, then stems.
 *  Loudspeakers go by leg and set, "near.L"; of the first set the leg alone will do. */
int desk_dim_index(const struct desk *desk, enum dim dim, const char *spelled);
/** Name of index n of a dimension that counts no objects: a set's id, or a loudspeaker's name, of
 *  the first set without the set's id. False for other dimensions and where there is no n. */
bool desk_dim_name(const struct desk *desk, enum dim dim, uint32_t n, char *buf, size_t size);
/** Kind and index of destination `dest` (0-based in groups, then stems). */
void desk_dest(const struct desk *desk, uint32_t dest, enum kind *kind, uint32_t *index);

/** Whether a place is one that this desk has. The layout keeps a slot for every index of a
 * dimension, but sound only flows forward: a group feeds stems, not groups; an aux sends to
 * higher-numbered auxes only. Addresses, files and scenes refuse the others; their slots stay 0. */
bool desk_has_place(const struct desk *desk, const struct place *place);

/** Why this desk has no such place ("...; expected ..."), or NULL if it has. The place must be one
 * of its layout. */
const char *desk_lacks(const struct desk *desk, const struct place *place);

/** Where the value is that a place tells: for a view the place of what it is a view of, else the
 *  place itself. `set` is what MON_SET is. */
struct place desk_stored(const struct place *place, float set);

/** Tell what is legal but probably not meant: a channel without input or destination, a stem that
 *  no main sums, ... `tell` gets each as "FILE:LINE: text" (NULL to count). Returns how many.
 *  `name` is the file's. */
unsigned desk_check(const struct desk *desk, const char *name,
                    void (*tell)(void *ctx, const char *text), void *ctx);

/** What an audio port is for. */
enum port_use {
    PORT_STRIP, /* input of a channel; output of a stem, main or the monitor */
    PORT_SEND,  /* output of an insert */
    PORT_RETURN /* input of an insert */
};

/** What names of such ports end in: "", " send", " return". */
const char *port_use_word(enum port_use use);

/** An audio port that the desk needs. */
struct desk_port {
    char name[64];   /* "ch DX_A 1", "stem DX L", "main PM C", "mon L", "insert ch DX_A 1 send" */
    char pretty[96]; /* "Dialogue A", for metadata */
    enum kind kind;
    uint32_t object; /* object number */
    uint32_t leg;
    uint32_t speaker; /* monitor: number in desk.speaker */
    bool input;
    enum port_use use;
};
/** List the ports in the engine's order. Inputs: all channel legs, then the legs of inserts'
 * returns, channels before groups. Outputs: stem and main legs, the loudspeakers ("mon L" of the
 * first set, "mon near L" of others), then inserts' sends as their returns. Returns how many; at
 * most `max` are written to `ports` (which may be NULL to
 * count). The engine's in[] and out[] arrays have the same order. */
uint32_t desk_ports(const struct desk *desk, struct desk_port *ports, uint32_t max);

#endif
