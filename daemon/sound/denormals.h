/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Denormals off, as every thread that runs the engine must have them: they cost a hundredfold, and
 * hosts that differ in this give different samples. */
#ifndef DAEMON_SOUND_DENORMALS_H
#define DAEMON_SOUND_DENORMALS_H

#include <stdint.h>

#include "config/rt.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/** Set FTZ and DAZ of the calling thread. Cheap; done every period, as other code may change it. */
static inline void denormals_off(void) RT {
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040u);
#elif defined(__aarch64__)
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" ::"r"(fpcr | 1u << 24));
#endif
}

#endif
