/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/kernels.h"
#include "dsp/k_all.h"

#include <stddef.h>
#include <string.h>

/* -DKERNELS_GENERIC tries the portable kernels on a machine that has better ones. */
#if defined(__x86_64__) && !defined(KERNELS_GENERIC)
#define KERNELS_X86 1
#endif

/* One line per kernel, so that adding one touches one line. */
/* clang-format off */
#define TABLE(isa, lanes_wide)                                                                     \
    static const struct kernels table_##isa = {                                                    \
        .name = #isa,                                                                              \
        .width = lanes_wide,                                                                       \
        .gather = kernel_gather_##isa,                                                             \
        .scatter = kernel_scatter_##isa,                                                           \
        .gather_gain = kernel_gather_gain_##isa,                                                 \
        .scatter_gain = kernel_scatter_gain_##isa,                                               \
        .gain = kernel_gain_##isa,                                                                 \
        .meter = kernel_meter_##isa,                                                               \
        .show = kernel_show_##isa,                                                                 \
        .scan = kernel_scan_##isa,                                                                 \
        .copy_scan = kernel_copy_scan_##isa,                                                       \
        .product = kernel_product_##isa,                                                           \
        .mix = kernel_mix_##isa,                                                                   \
        .svf = kernel_svf_##isa,                                                                   \
        .crossfade = kernel_crossfade_##isa,                                                       \
        .svf_largest = kernel_svf_largest_##isa,                                                   \
        .eq_fit = kernel_eq_fit_##isa,                                                             \
        .dyn = kernel_dyn_##isa,                                                                   \
        .multiband = kernel_multiband_##isa,                                                       \
        .limit_gain = kernel_limit_gain_##isa,                                                     \
        .limit_delay = kernel_limit_delay_##isa,                                                   \
    }
/* clang-format on */

#ifdef KERNELS_X86
TABLE(sse2, 4);
TABLE(avx2, 8);
TABLE(avx512, 16);
#else
TABLE(generic, 4);
#endif

/* The flags the Makefile compiles the wider sets with (x86-64-v3 and -v4) promise more than the
 * vector instructions themselves; ask for all of it. */
const struct kernels *kernels_at(unsigned i) {
    const struct kernels *usable[3];
    unsigned n = 0;
#ifdef KERNELS_X86
    __builtin_cpu_init();
    usable[n++] = &table_sse2;
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if (v3)
        usable[n++] = &table_avx2;
    if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd"))
        usable[n++] = &table_avx512;
#else
    usable[n++] = &table_generic;
#endif
    return i < n ? usable[i] : NULL;
}

const struct kernels *kernels_best(void) {
    const struct kernels *best = NULL, *k;
    for (unsigned i = 0; (k = kernels_at(i)); i++)
        best = k;
    return best;
}

const struct kernels *kernels_by_name(const char *name) {
    const struct kernels *k;
    for (unsigned i = 0; (k = kernels_at(i)); i++)
        if (!strcmp(k->name, name))
            return k;
    return NULL;
}

unsigned kernels_first_bad(const float *p, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, p + i, sizeof bits);
        if ((bits & 0x7fffffffU) >= BAD_BITS)
            return i;
    }
    return n;
}
