/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The mark of the audio thread.
 *
 *  RT stands after the parameter list of a function that may run on the audio thread:
 *
 *      void gate_run(struct gate *gate, float *x, int nframes) RT;
 *
 *  It promises that the function never waits: no allocation, lock, system call, file or log. A
 *  compiler that knows the promise (clang 20 and later) checks it: `make rtsan` builds dsp with
 *  -Wfunction-effects, which follows the calls at compile time, and -fsanitize=realtime, which
 *  aborts the engine tests when one of them does wait. Elsewhere it is empty.
 *
 *  Put it on the declaration, and on the definition of a static function that has none.
 */
#ifndef CONFIG_RT_H
#define CONFIG_RT_H

#if defined(__clang__) && defined(__has_attribute)
#if __clang_major__ >= 20 && __has_attribute(nonblocking)
#define RT __attribute__((nonblocking))
#endif
#endif

#ifndef RT
#define RT
#endif

#endif
