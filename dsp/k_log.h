/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Logarithms, their inverse and the gain computer, for kernels that turn levels into gains. Only
 * for k_*.c, after k_all.h.
 *
 * Levels and gains are in log2 units: 1 is a factor of 2, 6.0206 dB. Summed, and one vf_exp2 turns
 * them into a factor.
 */
#ifndef DSP_K_LOG_H
#define DSP_K_LOG_H

#include "dsp/lanes.h"

#define LOG2_PER_DB 0.16609640F  /* log2(10) / 20 */
#define LEVEL_FLOOR_LIN 1e-8F    /* -160 dB: nothing counts as quieter than this */
#define LEVEL_FLOOR_LOG2 -26.58F /* just below what vf_log2 says of it */
#define KNEE_MIN_LOG2 1e-4F      /* vf_knee divides by the knee's width */

/** a > b ? x : y, per lane. */
INLINE vf vf_gt_sel(vf a, vf b, vf x, vf y) {
#if LANES_ID == 3
    return (vf)_mm512_mask_blend_ps(_mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ), (__m512)y,
                                    (__m512)x);
#elif LANES_ID == 2
    return (vf)_mm256_blendv_ps((__m256)y, (__m256)x,
                                _mm256_cmp_ps((__m256)a, (__m256)b, _CMP_GT_OQ));
#else
    return vf_sel(a > b, x, y);
#endif
}

/** max(a, |b|), exact. */
INLINE vf vf_max_abs(vf a, vf b) {
    return vf_max(a, vf_abs(b));
}

/** log2 of a positive, normal, finite x; the caller limits x to LEVEL_FLOOR_LIN from below. Errs by
 *  less than 5e-6 (3e-5 dB), and relatively to the result near x = 1, where it is exactly 0. The
 *  mantissa is taken from sqrt(1/2) to sqrt(2); minimax polynomial of log2(1 + m) / m. */
INLINE vf vf_log2(vf x) {
    vi i = (vi)x - 0x3f3504f3;
    vf e = __builtin_convertvector(i >> 23, vf);
    vf m = (vf)((i & 0x007fffff) + 0x3f3504f3) - 1.0F;
    vf p = vf_fma(vf_set(-0.211535881F), m, vf_set(0.319827879F));
    p = vf_fma(p, m, vf_set(-0.365855013F));
    p = vf_fma(p, m, vf_set(0.47967112F));
    p = vf_fma(p, m, vf_set(-0.721223525F));
    p = vf_fma(p, m, vf_set(1.44270303F));
    return vf_fma(p, m, e);
}

/** 2^x for -126 <= x <= 127 (values beyond are taken as these). Errs by less than 3e-7 (3e-6 dB);
 *  exactly 1 at 0. Minimax polynomial of (2^f - 1) / f, |f| <= 1/2. */
INLINE vf vf_exp2(vf x) {
    x = vf_min(vf_max(x, vf_set(-126.0F)), vf_set(127.0F));
    /* Adding 1.5 * 2^23 rounds to the nearest whole number and leaves it in the low bits. */
    vf r = x + 12582912.0F;
    vf f = x - (r - 12582912.0F);
    vf p = vf_fma(vf_set(0.00134004366F), f, vf_set(0.00966637295F));
    p = vf_fma(p, f, vf_set(0.0555033318F));
    p = vf_fma(p, f, vf_set(0.24022349F));
    p = vf_fma(p, f, vf_set(0.693147196F));
    p = vf_fma(p, f, vf_set(1.0F));
    return (vf)((vi)p + (vi)((vi)r << 23));
}

/** The gain computer with a quadratic knee (Giannoulis, Massberg, Reiss, JAES 60(6), 2012): a ramp
 * of slope 1 for u > knee, 0 for u < 0, and a parabola between, without a step in its slope.
 *
 *      compressor   u = level - (thr - knee / 2)   gain = -vf_knee(u, knee, (1 - 1 / ratio) / knee)
 *      expander     u = (thr + knee / 2) - level   gain = -vf_knee(u, knee, (ratio - 1) / knee)
 *
 * @param knee           width, >= KNEE_MIN_LOG2
 * @param slope_by_knee  slope of the ramp, divided by the knee
 * @return reduction in log2 units, >= 0; exactly 0 for u <= 0 */
INLINE vf vf_knee(vf u, vf knee, vf slope_by_knee) {
    vf v = vf_min(vf_max(u, vf_set(0.0F)), knee);
    return v * vf_fma(vf_set(-0.5F), v, u) * slope_by_knee;
}

#endif
