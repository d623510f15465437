/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may do what, from `osc.clients` of the desk file. Thread: any. */
#ifndef DAEMON_CONTROL_ROLES_H
#define DAEMON_CONTROL_ROLES_H

#include "config/desk.h"
#include "osc/endpoint.h"

/** Role of an endpoint that has not said hello: the best of the entries without a token that its
 *  address matches; without any `osc.clients`, admin on loopback and view elsewhere. */
enum client_role roles_of(const struct desk *desk, const struct osc_endpoint *from);

/** Role after `/hello` with a token ("" for none): the best of the entries that address and token
 *  match. False for a token that fits none. */
bool roles_hello(const struct desk *desk, const struct osc_endpoint *from, const char *token,
                 enum client_role *role);

#endif
