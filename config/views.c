/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/views.h"

#include <math.h>

#define PI 3.14159265358979323846
#define RADIANS(deg) ((deg) * (PI / 180.0))
#define DEGREES(rad) ((rad) * (180.0 / PI))

/* BS.2127, 10.1: elevation of the edge between wall and ceiling, in the world and in the cube. */
#define EDGE_DEG 30.0
#define EDGE_CUBE_DEG 45.0

static float clamp(float x, float lo, float hi) RT {
    return x > lo ? (x < hi ? x : hi) : lo;
}

float views_lateral(float az_deg) {
    float az = remainderf(az_deg, 360.0f);
    if (az > 90.0f)
        az = 180.0f - az;
    else if (az < -90.0f)
        az = -180.0f - az;
    return clamp(az / VIEWS_PAN_FULL_DEG, -1.0f, 1.0f);
}

float views_az_from_pan(float pan) {
    /* 0 - x, not -x: the middle is 0, never a negative zero that a surface would print as "-0". */
    return 0.0f - clamp(pan, -100.0f, 100.0f) * VIEWS_PAN_FULL_DEG / 100.0f;
}

float views_pan_from_az(float az_deg) {
    return 0.0f - 100.0f * views_lateral(az_deg);
}

/** Part of a side of the cube at `rel_deg` from the middle of its sector: 0 at -half, 1 at +half.
 */
static double side_part(double half_deg, double rel_deg) RT {
    const double g = 0.5 + 0.5 * tan(RADIANS(rel_deg)) / tan(RADIANS(half_deg));
    return atan2(g, 1.0 - g) * (2.0 / PI);
}

/** The inverse. */
static double side_angle(double half_deg, double part) RT {
    const double lo = cos(part * (PI / 2.0));
    const double hi = sin(part * (PI / 2.0));
    return DEGREES(atan(2.0 * (hi / (lo + hi) - 0.5) * tan(RADIANS(half_deg))));
}

/* Left and right mirror each other, so both directions work on |azimuth| and |x|. The half circle
 * has three sectors: half the front wall 0..30, a side wall 30..110, and half of the rear wall
 * 110..250, whose middle is 180. */

void views_aed_from_xyz(const float xyz[3], float aed[3]) {
    const double x = (double)clamp(xyz[0], -1.0f, 1.0f);
    const double y = (double)clamp(xyz[1], -1.0f, 1.0f);
    const double z = (double)clamp(xyz[2], -1.0f, 1.0f);
    const double side = fabs(x);
    const double r = fmax(side, fabs(y));
    if (r < 1e-7) {
        aed[0] = 0.0f;
        aed[1] = fabs(z) < 1e-7 ? 0.0f : z > 0.0 ? 90.0f : -90.0f;
        aed[2] = fabs(z) < 1e-7 ? 0.0f : (float)fabs(z);
        return;
    }
    double az;
    if (y >= side)
        az = 15.0 + side_angle(15.0, side / r);
    else if (side >= fabs(y))
        az = 70.0 + side_angle(40.0, (1.0 - y / r) / 2.0);
    else
        az = 180.0 + side_angle(70.0, (1.0 - side / r) / 2.0);
    const double cube = DEGREES(atan2(fabs(z), r));
    double el, d;
    if (cube > EDGE_CUBE_DEG) {
        el = EDGE_DEG + (90.0 - EDGE_DEG) * (cube - EDGE_CUBE_DEG) / (90.0 - EDGE_CUBE_DEG);
        d = fabs(z);
    } else {
        el = EDGE_DEG * cube / EDGE_CUBE_DEG;
        d = r;
    }
    aed[0] = (float)(x > 0.0 && az < 180.0 ? -az : az);
    aed[1] = (float)(z < 0.0 ? -el : el);
    aed[2] = (float)d;
}

void views_xyz_from_aed(const float aed[3], float xyz[3]) {
    const double signed_az = (double)remainderf(aed[0], 360.0f);
    const double signed_el = (double)clamp(aed[1], -90.0f, 90.0f);
    const double d = (double)clamp(aed[2], 0.0f, 1.0f);
    const double az = fabs(signed_az);
    const double el = fabs(signed_el);
    double z, r;
    if (el > EDGE_DEG) {
        const double cube =
            EDGE_CUBE_DEG + (90.0 - EDGE_CUBE_DEG) * (el - EDGE_DEG) / (90.0 - EDGE_DEG);
        z = d;
        r = d * tan(RADIANS(90.0 - cube));
    } else {
        z = d * tan(RADIANS(EDGE_CUBE_DEG * el / EDGE_DEG));
        r = d;
    }
    double side, y;
    if (az <= 30.0) {
        side = side_part(15.0, az - 15.0);
        y = 1.0;
    } else if (az <= 110.0) {
        side = 1.0;
        y = 1.0 - 2.0 * side_part(40.0, az - 70.0);
    } else {
        side = 1.0 - 2.0 * side_part(70.0, az - 180.0);
        y = -1.0;
    }
    /* 0 - x: no negative zeros. */
    xyz[0] = (float)(signed_az > 0.0 ? 0.0 - r * side : r * side);
    xyz[1] = (float)(r * y);
    xyz[2] = (float)(signed_el < 0.0 ? -z : z);
}
