/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_BACKOFF_NS 10000000
#define LONGEST_BACKOFF_NS 1000000000
#define EXEC_CHILD "--exec-child"

void supervise_exec_child(int argc, char **argv) {
    if (argc < 5 || strcmp(argv[1], EXEC_CHILD) != 0)
        return;
    const pid_t parent = (pid_t)atol(argv[2]);
    prctl(PR_SET_PDEATHSIG, atoi(argv[3]));
    if (getppid() != parent) /* it died before we asked */
        _exit(125);
    execv(argv[4], &argv[4]);
    fprintf(stderr, "dubdeskd: cannot run %s: %s\n", argv[4], strerror(errno));
    _exit(127);
}

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr,
                   const struct supervise_options *o) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int bad = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (o->quiet) {
        bad |= posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
        bad |= posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    }
    if (o->fd >= 0)
        bad |= posix_spawn_file_actions_adddup2(actions, o->fd, SUPERVISE_FD);
    bad |= posix_spawn_file_actions_addclosefrom_np(actions,
                                                    o->fd >= 0 ? SUPERVISE_FD + 1 : SUPERVISE_FD);
    /* A group of its own: the terminal's Ctrl-C is for the daemon, which then ends its children in
     * order. */
    bad |= posix_spawnattr_setpgroup(attr, 0);
    bad |= posix_spawnattr_setsigmask(attr, &none);
    bad |= posix_spawnattr_setsigdefault(attr, &all);
    bad |= posix_spawnattr_setflags(
        attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return bad;
}

static int spawn(struct supervise *s, int64_t now_ns) {
    const struct supervise_options *o = &s->o;
    const char *launcher = o->launcher ? o->launcher : "/proc/self/exe";
    char parent[24], death[16];
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    snprintf(death, sizeof death, "%d", o->death_signal);
    const char *argv[SUPERVISE_ARGS + 6] = {launcher, EXEC_CHILD, parent, death, o->program};
    for (unsigned i = 0; i < SUPERVISE_ARGS && o->args[i]; i++)
        argv[5 + i] = o->args[i];

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    pid_t pid = 0;
    int bad = prepare(&actions, &attr, o);
    if (!bad)
        bad = posix_spawn(&pid, launcher, &actions, &attr, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    s->started_ns = now_ns;
    if (bad) {
        errno = bad;
        return -1;
    }
    s->pid = pid;
    s->pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* -1 on old kernels: polling still finds it */
    return 0;
}

/* When to try again, after one more death or failure. */
static void back_off(struct supervise *s, int64_t now_ns) {
    if (now_ns - s->started_ns >= SUPERVISE_QUICK_NS)
        s->quick = 0;
    int64_t wait_ns = s->quick ? (int64_t)FIRST_BACKOFF_NS << (s->quick < 8 ? s->quick - 1 : 7) : 0;
    if (wait_ns > LONGEST_BACKOFF_NS)
        wait_ns = LONGEST_BACKOFF_NS;
    s->quick++;
    s->again_ns = now_ns + wait_ns;
}

int supervise_start(struct supervise *s, const struct supervise_options *options, int64_t now_ns,
                    char error[256]) {
    *s = (struct supervise){.o = *options, .pidfd = -1};
    if (spawn(s, now_ns) == 0)
        return 0;
    snprintf(error, 256, "cannot start %.180s: %s", options->program, strerror(errno));
    back_off(s, now_ns);
    return -1;
}

static void forget(struct supervise *s) {
    if (s->pidfd >= 0)
        close(s->pidfd);
    s->pidfd = -1;
    s->pid = 0;
}

enum supervise_event supervise_poll(struct supervise *s, int64_t now_ns) {
    if (s->pid) {
        int status;
        if (waitpid(s->pid, &status, WNOHANG) != s->pid)
            return SUPERVISE_NOTHING;
        s->status = status;
        forget(s);
        back_off(s, now_ns);
        return SUPERVISE_DIED;
    }
    if (s->stopped || !s->o.program || now_ns < s->again_ns)
        return SUPERVISE_NOTHING;
    if (spawn(s, now_ns)) {
        back_off(s, now_ns);
        return SUPERVISE_FAILED;
    }
    s->restarts++;
    return SUPERVISE_RESTARTED;
}

void supervise_kill(struct supervise *s) {
    if (s->pid)
        kill(s->pid, SIGKILL);
}

void supervise_stop(struct supervise *s, int patience_ms) {
    s->stopped = true;
    if (!s->pid)
        return;
    kill(s->pid, SIGTERM);
    for (int waited_ms = 0; waited_ms < patience_ms; waited_ms += 5) {
        if (waitpid(s->pid, &s->status, WNOHANG) == s->pid) {
            forget(s);
            return;
        }
        struct pollfd end = {.fd = s->pidfd, .events = POLLIN};
        poll(&end, s->pidfd >= 0, 5);
    }
    kill(s->pid, SIGKILL);
    waitpid(s->pid, &s->status, 0);
    forget(s);
}

void supervise_describe(const struct supervise *s, char *text, unsigned size) {
    if (WIFSIGNALED(s->status))
        snprintf(text, size, "signal %d", WTERMSIG(s->status));
    else
        snprintf(text, size, "exit status %d", WEXITSTATUS(s->status));
}
