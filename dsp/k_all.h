/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The functions every instruction set has, declared under that set's names. Only for k_*.c and
 *  kernels.c; what they do is said in kernels.h. */
#ifndef DSP_K_ALL_H
#define DSP_K_ALL_H

#include "dsp/kernels.h"

#define K_DECLARE(isa)                                                                             \
    void kernel_gather_##isa(float(*)[LANES], const float *const[LANES], unsigned) RT;             \
    void kernel_scatter_##isa(float *const[LANES], const float(*)[LANES], unsigned) RT;            \
    void kernel_gain_##isa(float(*)[LANES], unsigned, unsigned, const float(*)[LANES], bool) RT;   \
    void kernel_meter_##isa(const float(*)[LANES], unsigned, struct lane_meter *) RT;              \
    unsigned kernel_gather_gain_##isa(float(*)[LANES], const float *const[LANES], unsigned,        \
                                      unsigned, const float(*)[LANES], bool, struct lane_meter *)  \
        RT;                                                                                        \
    void kernel_scatter_gain_##isa(float *const[LANES], const float(*)[LANES], unsigned, unsigned, \
                                   const float(*)[LANES], bool, struct lane_meter *) RT;           \
    void kernel_show_##isa(struct lane_shown *, const struct lane_meter *,                         \
                           const struct lane_meter *, const float(*)[LANES],                       \
                           const struct meter_step *) RT;                                          \
    unsigned kernel_scan_##isa(const float *, unsigned) RT;                                        \
    unsigned kernel_copy_scan_##isa(float *, const float *, unsigned) RT;                          \
    void kernel_product_##isa(float *, const float *, const float *, unsigned) RT;                 \
    void kernel_mix_##isa(float *const *, unsigned, const struct mix_src *, unsigned, unsigned,    \
                          unsigned) RT;                                                            \
    void kernel_svf_##isa(float(*)[LANES], unsigned, unsigned, struct svf_chain *, unsigned,       \
                          const float(*)[SVF_COEFS][LANES], unsigned) RT;                          \
    void kernel_crossfade_##isa(float(*)[LANES], const float(*)[LANES], unsigned, unsigned,        \
                                const float[LANES], float) RT;                                     \
    void kernel_multiband_##isa(struct multiband_bank *, float(*)[LANES], unsigned, unsigned) RT;  \
    float kernel_svf_largest_##isa(const struct svf_chain *, unsigned) RT;                         \
    void kernel_dyn_##isa(struct dyn_bank *, float(*)[LANES], unsigned, unsigned,                  \
                          const struct dyn_keys *) RT;                                             \
    bool kernel_limit_gain_##isa(struct limiter_bank *, const float(*)[LANES], float(*)[LANES],    \
                                 unsigned, unsigned) RT;                                           \
    void kernel_limit_delay_##isa(struct limiter_bank *, float(*)[LANES], const float(*)[LANES],   \
                                  unsigned) RT;                                                    \
    void kernel_eq_fit_##isa(float(*)[LANES], const struct svf_want *, double) RT

K_DECLARE(generic);
K_DECLARE(sse2);
K_DECLARE(avx2);
K_DECLARE(avx512);

#ifdef ISA
#include "dsp/lanes.h"
#endif

#endif
