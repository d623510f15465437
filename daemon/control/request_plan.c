/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a message with arguments to commands in the plan. One function per suffix; each checks all
 * before it adds anything, and an error spoils the whole plan. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "config/views.h"
#include "daemon/control/room.h"

/** What is being asked, with everything that the steps need. */
struct ask {
    struct control *c;
    struct origin *origin;
    const struct osc_msg *msg;
    const struct target *target;
    const struct row *row;
    struct place place;
    struct command template; /* op, curve, seconds */
    bool clamped;
};

#define GLIDE_MAX_S 86400.0

static int refuse(struct ask *a, enum osc_error code, const char *why) {
    control_error(a->c, a->origin, code, a->msg->addr, "%s", why);
    return -1;
}

static enum osc_error error_of(enum value_result result) {
    /* The argument is a number by now: half a mute is a bad value, no bad type. */
    return result == VALUE_OUT_OF_RANGE ? OSC_OUT_OF_RANGE : OSC_BAD_VALUE;
}

static int expect_args(struct ask *a, unsigned least, unsigned most) {
    if (a->msg->nargs >= least && a->msg->nargs <= most)
        return 0;
    char why[160];
    if (least == most)
        snprintf(why, sizeof why, "takes %u argument%s, not %u", least, least == 1 ? "" : "s",
                 a->msg->nargs);
    else
        snprintf(why, sizeof why, "takes %u or %u arguments, not %u", least, most, a->msg->nargs);
    return refuse(a, OSC_BAD_COUNT, why);
}

static int number(struct ask *a, const struct osc_arg *arg, double *out) {
    const enum osc_error e = osc_arg_as_float(arg, out);
    if (e == OSC_OK)
        return 0;
    return refuse(a, e,
                  e == OSC_BAD_TYPE ? "takes a number, not an argument of that type"
                                    : "takes a finite number, not NaN, infinity or other text");
}

/* One argument as a value of component comp. */
static int value_of(struct ask *a, unsigned comp, float *out) {
    const struct osc_arg *arg = &a->msg->args[comp];
    char why[VALUE_WHY_BYTES];
    enum value_result r;
    if (arg->type == 's' || arg->type == 'S') {
        r = value_parse(a->c->desk, a->place.row, comp, arg->v.s, out, why, sizeof why);
        if (r == VALUE_BAD_TYPE)
            return refuse(a, OSC_BAD_VALUE, why);
    } else {
        double x;
        if (number(a, arg, &x) < 0)
            return -1;
        r = value_check(a->c->desk, a->place.row, comp, x, out, why, sizeof why);
        if (!value_taken(r) && isinf(x))
            return refuse(a, OSC_BAD_VALUE, why);
    }
    if (!value_taken(r))
        return refuse(a, error_of(r), why);
    a->clamped |= r == VALUE_CLAMPED;
    return 0;
}

/* ---- into the plan ---- */

/* In-place solo would be heard in the recording. */
static int refuse_in_place(struct ask *a, float value) {
    const struct control *c = a->c;
    const uint32_t mode = layout_slot(&c->desk->layout, KIND_SOLO, 0, ROW_SOLO_MODE, 0, 0);
    if (value == 0 || mode == SLOT_NONE ||
        atomic_load(&c->link->head->status.tape_state) != TAPE_RECORDING)
        return 0;
    if ((a->place.row == ROW_SOLO_MODE && value == 2) ||
        (a->place.row == ROW_SOLO && plan_target(&c->plan, &c->model, mode) == 2))
        return refuse(a, OSC_NOT_NOW, "in-place solo is refused while recording");
    return 0;
}

/* Where the value stands that is asked for; which set is chosen is what the plan makes of it. */
static uint32_t stored(const struct ask *a, unsigned *comps) {
    const struct control *c = a->c;
    const struct layout *l = &c->desk->layout;
    const uint32_t set = layout_slot(l, KIND_MON, 0, ROW_MON_SET, 0, 0);
    const struct place at = desk_stored(&a->place, plan_target(&c->plan, &c->model, set));
    *comps = rows[at.row].comps;
    return layout_slot(l, at.kind, at.index, at.row, at.dim, 0);
}

static int add(struct ask *a, const float v[3]) {
    struct control *c = a->c;
    struct plan *p = &c->plan;
    float to[3];
    unsigned n = a->row->comps, all;
    const enum row_id row = a->place.row;
    const uint32_t slot = stored(a, &all);
    memcpy(to, v, sizeof to);
    if (row == ROW_PAN) {
        to[0] = views_az_from_pan(v[0]);
    } else if (row == ROW_PAN_XYZ) {
        views_aed_from_xyz(v, to);
    } else if ((row == ROW_SOLO || row == ROW_SOLO_MODE) && refuse_in_place(a, v[0]) < 0) {
        return -1;
    }
    if (p->marks == p->mark_capacity)
        return refuse(a, OSC_TOO_LARGE, "too many sets in one transaction");
    struct plan_mark *m = &p->mark[p->marks];
    *m = (struct plan_mark){.place = a->place,
                            .report = a->target->report,
                            .first = p->commands,
                            .commands = n,
                            .address = osc_pattern_is(a->msg->addr) ? NULL : a->msg->addr,
                            .clamped = a->clamped,
                            .norm = a->target->param.suffix == SUFFIX_NORM,
                            .changed = a->template.op == COMMAND_GLIDE};
    for (unsigned i = 0; i < n; i++) {
        struct command k = a->template;
        k.slot = slot + i;
        k.value = to[i];
        m->changed |= to[i] != plan_target(p, &c->model, k.slot) || model_glides(&c->model, k.slot);
        if (!plan_add(p, &k))
            return refuse(a, OSC_TOO_LARGE, "too many sets in one transaction");
    }
    p->marks++;
    return 0;
}

/* Values as they will be once the plan so far is done. */
static void planned(const struct ask *a, float out[3]) {
    const struct control *c = a->c;
    unsigned comps;
    const uint32_t slot = stored(a, &comps);
    float v[3] = {0, 0, 0};
    for (unsigned i = 0; i < comps; i++)
        v[i] = plan_target(&c->plan, &c->model, slot + i);
    if (a->place.row == ROW_PAN)
        out[0] = views_pan_from_az(v[0]);
    else if (a->place.row == ROW_PAN_XYZ)
        views_xyz_from_aed(v, out);
    else
        memcpy(out, v, sizeof v);
}

/* ---- one per suffix ---- */

static int plan_text_set(struct ask *a, bool scheduled) {
    struct plan *p = &a->c->plan;
    char room[32], why[VALUE_WHY_BYTES];
    const char *text;
    if (expect_args(a, 1, 1) < 0)
        return -1;
    if (scheduled)
        return refuse(a, OSC_NOT_IN_BUNDLE, "a text cannot be scheduled");
    const enum osc_error e = osc_arg_as_text(&a->msg->args[0], room, &text);
    if (e != OSC_OK)
        return refuse(a, e, "takes a text in UTF-8 without control characters");
    const enum value_result r = value_check_text(a->place.row, text, why, sizeof why);
    if (!value_taken(r))
        return refuse(a, r == VALUE_OUT_OF_RANGE ? OSC_OUT_OF_RANGE : OSC_BAD_VALUE, why);
    if (p->texts == PLAN_TEXTS)
        return refuse(a, OSC_TOO_LARGE, "too many texts in one transaction");
    struct plan_text *t = &p->text[p->texts++];
    memset(t, 0, sizeof *t);
    t->text = a->target->param.text;
    t->place = a->place;
    t->address = osc_pattern_is(a->msg->addr) ? NULL : a->msg->addr;
    snprintf(t->value, sizeof t->value, "%s", text);
    return 0;
}

static int plan_set(struct ask *a) {
    float v[3] = {0, 0, 0};
    if (expect_args(a, a->row->comps, a->row->comps) < 0)
        return -1;
    for (unsigned i = 0; i < a->row->comps; i++)
        if (value_of(a, i, &v[i]) < 0)
            return -1;
    return add(a, v);
}

static int plan_norm(struct ask *a) {
    float v[3] = {0, 0, 0};
    if (expect_args(a, a->row->comps, a->row->comps) < 0)
        return -1;
    for (unsigned i = 0; i < a->row->comps; i++) {
        double x;
        if (number(a, &a->msg->args[i], &x) < 0)
            return -1;
        if (isinf(x))
            return refuse(a, OSC_BAD_VALUE, "takes 0..1, not -inf");
        a->clamped |= x < 0 || x > 1;
        float min, def, max;
        value_range(a->c->desk, a->place.row, i, &min, &def, &max);
        v[i] = taper_value(a->row->taper, min, max, (float)x);
        if (a->row->type != TYPE_FLOAT)
            v[i] = rintf(v[i]);
    }
    return add(a, v);
}

static int plan_glide(struct ask *a) {
    const unsigned n = a->row->comps;
    float v[3] = {0, 0, 0};
    double seconds;
    if (a->row->type != TYPE_FLOAT)
        return refuse(a, OSC_BAD_TYPE, "only continuous values glide");
    if (expect_args(a, n + 1, n + 2) < 0)
        return -1;
    for (unsigned i = 0; i < n; i++)
        if (value_of(a, i, &v[i]) < 0)
            return -1;
    if (number(a, &a->msg->args[n], &seconds) < 0)
        return -1;
    if (!(seconds >= 0 && seconds <= GLIDE_MAX_S))
        return refuse(a, OSC_OUT_OF_RANGE, "a glide lasts 0..86400 seconds");
    a->template.op = COMMAND_GLIDE;
    a->template.seconds = (float)seconds;
    if (a->msg->nargs == n + 2) {
        static const char *const curves[CURVE_COUNT] = {"linear", "equal-power", "s"};
        char room[32];
        const char *word = "";
        unsigned curve = CURVE_COUNT;
        if (osc_arg_as_text(&a->msg->args[n + 1], room, &word) == OSC_OK)
            for (curve = 0; curve < CURVE_COUNT && strcmp(word, curves[curve]) != 0;)
                curve++;
        if (curve == CURVE_COUNT && word[0] >= '0' && word[0] <= '2' && !word[1])
            curve = (unsigned)(word[0] - '0');
        if (curve == CURVE_COUNT)
            return refuse(a, OSC_OUT_OF_RANGE, "a curve is one of linear, equal-power, s");
        a->template.curve = (uint16_t)curve;
    }
    return add(a, v);
}

static int plan_delta(struct ask *a, bool scheduled) {
    float v[3] = {0, 0, 0};
    if (a->row->type != TYPE_FLOAT && a->row->type != TYPE_INT)
        return refuse(a, OSC_BAD_TYPE, "only numbers take a delta");
    if (scheduled)
        return refuse(
            a, OSC_NOT_IN_BUNDLE,
            "a delta hangs on the value at its time and cannot be scheduled: send the value");
    if (expect_args(a, a->row->comps, a->row->comps) < 0)
        return -1;
    planned(a, v);
    for (unsigned i = 0; i < a->row->comps; i++) {
        double x;
        char why[VALUE_WHY_BYTES];
        if (number(a, &a->msg->args[i], &x) < 0)
            return -1;
        if (isinf(x))
            return refuse(a, OSC_BAD_VALUE, "a delta is finite");
        const enum value_result r =
            value_check(a->c->desk, a->place.row, i, (double)v[i] + x, &v[i], why, sizeof why);
        if (!value_taken(r))
            return refuse(a, error_of(r), why);
        a->clamped |= r == VALUE_CLAMPED;
    }
    return add(a, v);
}

static int plan_toggle(struct ask *a, bool scheduled) {
    float v[3] = {0, 0, 0};
    bool press;
    if (a->row->type != TYPE_SWITCH)
        return refuse(a, OSC_BAD_TYPE, "only switches toggle");
    if (scheduled)
        return refuse(
            a, OSC_NOT_IN_BUNDLE,
            "a toggle hangs on the value at its time and cannot be scheduled: send the value");
    if (expect_args(a, 1, 1) < 0)
        return -1;
    const enum osc_error e = osc_arg_as_bool(&a->msg->args[0], &press);
    if (e != OSC_OK)
        return refuse(a, e, "takes 1 (toggles) or 0 (does nothing)");
    if (!press)
        return 0;
    planned(a, v);
    v[0] = v[0] == 0;
    return add(a, v);
}

int request_plan(struct control *c, struct origin *origin, const struct osc_msg *msg,
                 const struct target *target, bool scheduled) {
    struct ask a = {.c = c,
                    .origin = origin,
                    .msg = msg,
                    .target = target,
                    .row = &rows[target->param.place.row],
                    .place = target->param.place,
                    .template = {.op = COMMAND_SET}};
    if (target->kind == TARGET_METER || a.row->flags & ROW_READ_ONLY)
        return refuse(&a, OSC_READ_ONLY, "can be read, not set");
    if (origin->role < CLIENT_MIX || (a.row->flags & ROW_ADMIN && origin->role < CLIENT_ADMIN))
        return refuse(&a, OSC_DENIED, "your role may not set this");
    if (a.row->type == TYPE_TEXT) {
        if (target->param.suffix == SUFFIX_NONE)
            return plan_text_set(&a, scheduled);
        return refuse(&a, OSC_BAD_TYPE, "a text has no norm, glide, delta or toggle");
    }
    switch (target->param.suffix) {
    case SUFFIX_NONE: return plan_set(&a);
    case SUFFIX_NORM: return plan_norm(&a);
    case SUFFIX_GLIDE: return plan_glide(&a);
    case SUFFIX_DELTA: return plan_delta(&a, scheduled);
    case SUFFIX_TOGGLE: return plan_toggle(&a, scheduled);
    default: return refuse(&a, OSC_UNKNOWN_ADDRESS, "no such suffix");
    }
}
