/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Vectors for the kernel files (dsp/k_*.c) and for nobody else.
 *
 * A kernel file is compiled once per instruction set with -DISA=sse2, avx2, avx512 or generic, and
 * gives each function the suffix of its set: K(gather) is kernel_gather_avx2. Here a vector is as
 * wide as the set's registers (4, 8 or 16 floats; wider ones spill), LANES is always 16, and the
 * loop over the VECS vectors of a lane row stands inside the kernel.
 *
 * Products that feed a sum are always written vf_fma, so that the rounding of a sample does not
 * depend on how the compiler unrolled the loop around it.
 */
#ifndef DSP_LANES_H
#define DSP_LANES_H

#include "dsp/kernels.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LANES_CAT2(a, b) a##b
#define LANES_CAT(a, b) LANES_CAT2(a, b)
#define K(name) LANES_CAT(kernel_##name##_, ISA)

#define LANES_ID_generic 0
#define LANES_ID_sse2 1
#define LANES_ID_avx2 2
#define LANES_ID_avx512 3
#define LANES_ID LANES_CAT(LANES_ID_, ISA)

#if LANES_ID > 0
#include <immintrin.h>
#endif

#if LANES_ID == 3
#define WIDTH 16
#elif LANES_ID == 2
#define WIDTH 8
#else
#define WIDTH 4
#endif

#define VECS (LANES / WIDTH)
#define INLINE static inline __attribute__((always_inline))
/* Loops over VECS and the like have to vanish before registers are given out. */
#define UNROLL _Pragma("GCC unroll 16")

typedef float vf __attribute__((vector_size(WIDTH * 4)));
typedef float vf_loose __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(WIDTH * 4)));
typedef uint32_t vu __attribute__((vector_size(WIDTH * 4)));
typedef double vd __attribute__((vector_size(WIDTH * 4)));
typedef int64_t vl __attribute__((vector_size(WIDTH * 4)));

INLINE vf vf_set(float a) {
    return a - (vf){0};
}
INLINE vf vf_load(const float *p) {
    return *(const vf *)(const void *)p;
}
INLINE void vf_store(float *p, vf a) {
    *(vf *)(void *)p = a;
}
/** At any alignment. */
INLINE vf vf_load_loose(const float *p) {
    return *(const vf_loose *)(const void *)p;
}
INLINE void vf_store_loose(float *p, vf a) {
    *(vf_loose *)(void *)p = a;
}

INLINE vf vf_sel(vi mask, vf a, vf b) {
    return (vf)(((vi)a & mask) | ((vi)b & ~mask));
}
INLINE vf vf_abs(vf a) {
    return (vf)((vi)a & 0x7fffffff);
}

/** Whether any bit is set. */
INLINE bool vu_any(vu a) {
#if LANES_ID == 3
    return _mm512_test_epi32_mask((__m512i)a, (__m512i)a) != 0;
#elif LANES_ID == 2
    return !_mm256_testz_si256((__m256i)a, (__m256i)a);
#else
    uint32_t any = 0;
    for (int i = 0; i < WIDTH; i++)
        any |= a[i];
    return any != 0;
#endif
}

#if LANES_ID == 3
INLINE vf vf_fma(vf a, vf b, vf c) {
    return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
INLINE vf vf_max(vf a, vf b) {
    return (vf)_mm512_max_ps((__m512)a, (__m512)b);
}
INLINE vf vf_min(vf a, vf b) {
    return (vf)_mm512_min_ps((__m512)a, (__m512)b);
}
INLINE vd vd_sqrt(vd a) {
    return (vd)_mm512_sqrt_pd((__m512d)a);
}
#elif LANES_ID == 2
INLINE vf vf_fma(vf a, vf b, vf c) {
    return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
INLINE vf vf_max(vf a, vf b) {
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
}
INLINE vf vf_min(vf a, vf b) {
    return (vf)_mm256_min_ps((__m256)a, (__m256)b);
}
INLINE vd vd_sqrt(vd a) {
    return (vd)_mm256_sqrt_pd((__m256d)a);
}
#elif LANES_ID == 1
INLINE vf vf_fma(vf a, vf b, vf c) {
    return a * b + c;
}
INLINE vf vf_max(vf a, vf b) {
    return (vf)_mm_max_ps((__m128)a, (__m128)b);
}
INLINE vf vf_min(vf a, vf b) {
    return (vf)_mm_min_ps((__m128)a, (__m128)b);
}
INLINE vd vd_sqrt(vd a) {
    return (vd)_mm_sqrt_pd((__m128d)a);
}
#else
INLINE vf vf_fma(vf a, vf b, vf c) {
    return a * b + c;
}
INLINE vf vf_max(vf a, vf b) {
    return vf_sel(a > b, a, b);
}
INLINE vf vf_min(vf a, vf b) {
    return vf_sel(a < b, a, b);
}
INLINE vd vd_sqrt(vd a) {
    for (int i = 0; i < WIDTH / 2; i++)
        a[i] = __builtin_sqrt(a[i]);
    return a;
}
#endif

INLINE vd vd_set(double a) {
    return a - (vd){0};
}
INLINE vd vd_sel(vl mask, vd a, vd b) {
    return (vd)(((vl)a & mask) | ((vl)b & ~mask));
}
INLINE vd vd_max(vd a, vd b) {
    return vd_sel(a > b, a, b);
}
INLINE vd vd_min(vd a, vd b) {
    return vd_sel(a < b, a, b);
}

/** Frames rounded up to whole cells of 16, the padding that internal buffers promise. */
INLINE unsigned lanes_padded(unsigned n) {
    return (n + CELL_FRAMES - 1) & ~(CELL_FRAMES - 1U);
}

/** What makes chunks exact: a gain inside a cell depends on the frame's place in the cell only.
 * This is the weight of the gain at the cell's end: 1/16 at the first frame, 1 at the last; twice,
 * for vectors that reach into the next cell. */
static const float cell_weight[2 * CELL_FRAMES] = {
    0.0625F, 0.125F, 0.1875F, 0.25F, 0.3125F, 0.375F, 0.4375F, 0.5F,
    0.5625F, 0.625F, 0.6875F, 0.75F, 0.8125F, 0.875F, 0.9375F, 1.0F,
    0.0625F, 0.125F, 0.1875F, 0.25F, 0.3125F, 0.375F, 0.4375F, 0.5F,
    0.5625F, 0.625F, 0.6875F, 0.75F, 0.8125F, 0.875F, 0.9375F, 1.0F,
};

#endif
