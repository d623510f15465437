/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LD_PRELOAD: catches what a JACK process callback must not do. The callback that the program sets
 * is run inside a marked stretch of its thread; allocation, locks, sleeping and file calls in there
 * are counted and the first few named.
 *
 *  RTCHECK_REPORT=FILE   written at the end: "cycles N violations M", then names
 *  RTCHECK_PLANT=malloc|lock|sleep|write|fault   does that inside the callback now and then, to
 * show that it is caught (fault: touches a fresh page, for the page fault counter) */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAMES 16
#define PLANT_PAGES 4096
#define PAGE 4096

typedef int (*process)(unsigned, void *);

static __thread int inside __attribute__((tls_model("initial-exec")));
static atomic_long violations, cycles;
static atomic_int named;
static const char *name[NAMES];
static void *caller[NAMES];
static process user_callback;
static void *user_arg;
static const char *plant;
static unsigned char *pages;

static void hit(const char *what, void *from) {
    if (!inside)
        return;
    atomic_fetch_add(&violations, 1);
    const int i = atomic_fetch_add(&named, 1);
    if (i < NAMES) {
        name[i] = what;
        caller[i] = from;
    }
}
#define HIT(what) hit(what, __builtin_return_address(0))

/* The real function, into a pointer to it: ISO C has no cast from what dlsym gives. */
static void next_symbol(const char *symbol, void *real) {
    void *found = dlsym(RTLD_NEXT, symbol);
    memcpy(real, &found, sizeof found);
}

/* For this program only, not for the server that it starts. */
__attribute__((constructor)) static void stay_here(void) {
    unsetenv("LD_PRELOAD");
}

/* ---- the stretch ---- */

static int marked(unsigned nframes, void *arg) {
    (void)arg;
    inside = 1;
    const int result = user_callback(nframes, user_arg);
    inside = 0;
    atomic_fetch_add(&cycles, 1);
    return result;
}

int jack_set_process_callback(void *client, process callback, void *arg) {
    int (*real)(void *, process, void *);
    next_symbol("jack_set_process_callback", &real);
    void *warm[2];
    backtrace(warm, 2);
    user_callback = callback;
    user_arg = arg;
    plant = getenv("RTCHECK_PLANT");
    if (plant && !strcmp(plant, "fault") && !pages) {
        pages = mmap(NULL, (size_t)PLANT_PAGES * PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        munlock(pages, (size_t)PLANT_PAGES * PAGE);
        madvise(pages, (size_t)PLANT_PAGES * PAGE, MADV_DONTNEED);
        madvise(pages, (size_t)PLANT_PAGES * PAGE, MADV_NOHUGEPAGE);
    }
    return real(client, marked, NULL);
}

/* Called by every callback of the desk, so faults are planted here. */
int jack_transport_query(const void *client, void *pos) {
    static int (*real)(const void *, void *);
    static unsigned calls;
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    if (!real)
        next_symbol("jack_transport_query", &real);
    if (inside && plant && ++calls % 100 == 50) {
        void *volatile p = NULL;
        if (!strcmp(plant, "malloc"))
            free(p = malloc(100));
        else if (!strcmp(plant, "lock"))
            pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex);
        else if (!strcmp(plant, "sleep"))
            nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
        else if (!strcmp(plant, "write"))
            (void)!write(-1, "", 0);
        else if (pages)
            pages[calls / 100 % PLANT_PAGES * PAGE] = 1;
    }
    return real(client, pos);
}

/* ---- what is forbidden ---- */

extern void *__libc_malloc(size_t);
extern void __libc_free(void *);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t n) {
    HIT("malloc");
    return __libc_malloc(n);
}
void free(void *p) {
    if (p)
        HIT("free");
    __libc_free(p);
}
void *calloc(size_t a, size_t b) {
    HIT("calloc");
    return __libc_calloc(a, b);
}
void *realloc(void *p, size_t n) {
    HIT("realloc");
    return __libc_realloc(p, n);
}
int posix_memalign(void **p, size_t a, size_t n) {
    HIT("posix_memalign");
    *p = __libc_memalign(a, n);
    return *p ? 0 : 12;
}
void *aligned_alloc(size_t a, size_t n) {
    HIT("aligned_alloc");
    return __libc_memalign(a, n);
}

#define WRAP(type, symbol, declared, passed) \
    type symbol declared {                   \
        static type(*real) declared;         \
        if (!real)                           \
            next_symbol(#symbol, &real);     \
        HIT(#symbol);                        \
        return real passed;                  \
    }
WRAP(int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
WRAP(int, pthread_mutex_timedlock, (pthread_mutex_t * m, const struct timespec *t), (m, t))
WRAP(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l), (l))
WRAP(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l))
WRAP(int, pthread_create, (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *x),
     (t, a, f, x))
WRAP(int, sem_wait, (sem_t * s), (s))
WRAP(int, usleep, (useconds_t u), (u))
WRAP(int, nanosleep, (const struct timespec *a, struct timespec *b), (a, b))
WRAP(int, clock_nanosleep, (clockid_t c, int f, const struct timespec *a, struct timespec *b),
     (c, f, a, b))
WRAP(int, sched_yield, (void), ())
WRAP(ssize_t, write, (int f, const void *b, size_t n), (f, b, n))
WRAP(ssize_t, read, (int f, void *b, size_t n), (f, b, n))
WRAP(int, close, (int f), (f))
WRAP(int, fsync, (int f), (f))
WRAP(int, fflush, (FILE * f), (f))
WRAP(int, puts, (const char *s), (s))
WRAP(int, fputs, (const char *s, FILE *f), (s, f))
WRAP(size_t, fwrite, (const void *p, size_t a, size_t b, FILE *f), (p, a, b, f))
WRAP(int, vfprintf, (FILE * f, const char *s, va_list a), (f, s, a))
WRAP(FILE *, fopen, (const char *p, const char *m), (p, m))
WRAP(void *, mmap, (void *p, size_t n, int a, int b, int c, off_t d), (p, n, a, b, c, d))
WRAP(int, munmap, (void *p, size_t n), (p, n))

int open(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (!real)
        next_symbol("open", &real);
    HIT("open");
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return real(path, flags, mode);
}

int printf(const char *format, ...) {
    HIT("printf");
    va_list args;
    va_start(args, format);
    const int n = vprintf(format, args);
    va_end(args);
    return n;
}

int fprintf(FILE *file, const char *format, ...) {
    HIT("fprintf");
    va_list args;
    va_start(args, format);
    const int n = vfprintf(file, format, args);
    va_end(args);
    return n;
}

__attribute__((destructor)) static void report(void) {
    inside = 0;
    const char *path = getenv("RTCHECK_REPORT");
    FILE *file = path ? fopen(path, "w") : stderr;
    if (!file)
        return;
    fprintf(file, "cycles %ld violations %ld\n", (long)cycles, (long)violations);
    for (int i = 0; i < atomic_load(&named) && i < NAMES; i++) {
        Dl_info info = {0};
        dladdr(caller[i], &info);
        fprintf(file, "%s from %s in %s\n", name[i], info.dli_sname ? info.dli_sname : "?",
                info.dli_fname ? info.dli_fname : "?");
    }
    if (path)
        fclose(file);
}
