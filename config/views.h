/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Views of a direction. A strip stores azimuth (degrees, left is +), elevation (degrees, up is +)
 * and distance (0..1); `pan` and `xyz` are other ways to say them.
 *
 * Threads: pure functions, any thread. RT. */
#ifndef CONFIG_VIEWS_H
#define CONFIG_VIEWS_H

#include "config/rt.h"

/** Azimuth at which `pan` is full: where L and R stand. */
#define VIEWS_PAN_FULL_DEG 30.0f

/** How far left (+1) or right (-1) an azimuth is, as heard between two front speakers: azimuth / 30
 *  clamped to +-1 in front, mirrored behind (hard left from 30 to 150, 0 at 180). Continuous. */
float views_lateral(float az_deg) RT;

/** pan (-100..100, right is +, clamped) to azimuth, in front: az = -pan 30/100. */
float views_az_from_pan(float pan) RT;
/** Azimuth to pan: -100 x views_lateral. The exact inverse of the above within +-30 degrees; from
 * 30 to 150 it reads -100 (left), and what is behind reads as its mirror image in front, 180 as 0.
 */
float views_pan_from_az(float az_deg) RT;

/** Position in the unit cube (x right, y front, z up, each -1..1) to azimuth, elevation, distance.
 *  The cube's front corners are L and R (+-30 degrees), its rear corners Ls and Rs (+-110), its
 *  ceiling begins at elevation 30. The middle gives 0, 0, 0; straight up and down azimuth 0.
 *  Azimuth is in (-180, 180]; out-of-range coordinates are clamped.
 *  Source: ITU-R BS.2127, section 10.1.2. */
void views_aed_from_xyz(const float xyz[3], float aed[3]) RT;
/** The inverse, within 1e-5. Directions between walls and ceiling stay within the cube. The azimuth
 *  may be any value, the elevation is clamped to +-90, the distance to 0..1.
 *  Source: ITU-R BS.2127, section 10.1.1. */
void views_xyz_from_aed(const float aed[3], float xyz[3]) RT;

#endif
