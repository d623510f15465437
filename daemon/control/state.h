/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk's state and its scenes on disk: STATE/state.scene and STATE/scenes/NNN.scene.
 * Thread: control main; writing blocks on the disk for a moment. */
#ifndef DAEMON_CONTROL_STATE_H
#define DAEMON_CONTROL_STATE_H

#include "config/scene.h"

struct control;
struct origin;
struct osc_endpoint;

#define SCENES_MAX 999

/** Write the state if anything is unsaved, and wait for it. 0, or -1 after a log line. */
int state_save(struct control *c);
/** Begin to write the state, and answer 1 at `address` when it is there. 0 or -1: no memory. */
int state_save_for(struct control *c, const struct osc_endpoint *to, const char *address);
/** The writer has ended: the state of model.changes `changes` is on disk, or is not. */
void state_written(struct control *c, bool well, uint64_t changes);
/** Read the state and send what differs.  @return 0; 1: there is none; -1 (logged) */
int state_load(struct control *c, struct origin *origin);
/** Leases and subscriptions on their way from one mapping to the next, when the desk is reloaded.
 */
void state_clients_save(struct control *c);
void state_clients_load(struct control *c);
/** Whether all is saved. */
bool state_saved(const struct control *c);
/** Save a second after the first unsaved change. Every turn. */
void state_tick(struct control *c);

/** Number of the scene of an address: "3", "03", or a name. 0 if there is none. */
unsigned scene_number(struct control *c, const char *spelled);
bool scene_exists(const struct control *c, unsigned number);
/** Store, or rename. 0, or -1 after an /error. */
int scene_store(struct control *c, struct origin *origin, const char *address, unsigned number);
int scene_rename(struct control *c, struct origin *origin, const char *address, unsigned number,
                 const char *name);
/** Put a scene into c->plan: what differs from the present targets, gliding if seconds > 0.
 *  0, or -1 after an /error. */
int scene_plan(struct control *c, struct origin *origin, const char *address, unsigned number,
               double seconds);
/** Name of a scene. False if there is none. */
bool scene_name(const struct control *c, unsigned number, char name[SCENE_NAME_BYTES]);

#endif
