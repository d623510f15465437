/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *called = "build/bench";

void bench_called(const char *program) {
    called = program;
}

const char *bench_beside(const char *name) {
    const char *slash = strrchr(called, '/');
    const size_t length = slash ? (size_t)(slash - called) + 1 : 0;
    char *path = bench_memory(length + strlen(name) + 1);
    memcpy(path, called, length);
    strcpy(path + length, name);
    return path;
}

int bench_spawn(const char *const *argv) {
    posix_spawn_file_actions_t files;
    pid_t child;
    int status = -1;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int failed =
        posix_spawnp(&child, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

const char *bench_cpu_name(void) {
    static char name[128] = "unknown processor";
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        const char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) || !value)
            continue;
        value += 1 + strspn(value + 1, " \t");
        snprintf(name, sizeof name, "%.*s", (int)strcspn(value, "\n"), value);
        break;
    }
    if (f)
        fclose(f);
    return name;
}

void *bench_memory(size_t size) {
    void *p = aligned_alloc(64, (size + 127) & ~(size_t)63);
    if (!p) {
        perror("bench");
        exit(1);
    }
    memset(p, 0, (size + 127) & ~(size_t)63);
    return p;
}

float bench_random(void) {
    static unsigned seed = 1;
    seed = seed * 1664525U + 1013904223U;
    return (float)(int)seed * 0x1p-31F;
}
