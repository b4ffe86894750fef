/* How many threads this process may use: the affinity mask, and the CPU quota of its cgroups. */
#include "nncc_internal.h"

uint64_t nncc_host_ns(void) {
  struct nncc_timespec t;
  clock_gettime(NNCC_CLOCK_MONOTONIC, &t);
  return (uint64_t)t.seconds * 1000000000u + (uint64_t)t.nanoseconds;
}

uint32_t nncc_host_affinity(nncc_cpus *cpus) {
  memset(cpus, 0, sizeof *cpus);
  if (syscall(NNCC_SYS_sched_getaffinity, 0, sizeof *cpus, cpus) <= 0) return 1;
  uint32_t n = 0;
  for (uint32_t i = 0; i < NNCC_CPU_WORDS; i++) n += (uint32_t)__builtin_popcountl(cpus->bits[i]);
  return n > 0 ? n : 1;
}

/* Reads a small file; the length, 0 when there is none. */
static size_t read_file(const char *path, char *buffer, size_t size) {
  int fd = open(path, NNCC_O_CLOEXEC);
  if (fd < 0) return 0;
  size_t length = 0;
  while (length < size - 1) {
    long got = read(fd, buffer + length, size - 1 - length);
    if (got <= 0) break;
    length += (size_t)got;
  }
  close(fd);
  buffer[length] = 0;
  return length;
}

/* The number at *s, which moves behind it and the blanks that follow; 0 and no move where there is none. */
static uint64_t number(const char **s) {
  uint64_t n = 0;
  while (**s >= '0' && **s <= '9' && n < UINT64_MAX / 16) n = n * 10 + (uint64_t)(*(*s)++ - '0');
  while (**s == ' ' || **s == '\n') (*s)++;
  return n;
}

/* CPUs that a quota per period comes to, rounded up; UINT32_MAX: no limit. */
static uint32_t quota_cpus(uint64_t quota, uint64_t period) {
  if (quota == 0 || period == 0) return UINT32_MAX;
  uint64_t n = (quota + period - 1) / period;
  return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* directory/cpu.max of cgroup version 2, or directory/cpu.cfs_* of version 1. */
static uint32_t limit_at(const char *directory, size_t length, int v2) {
  char path[1100], text[64];
  const char *name = v2 ? "/cpu.max" : "/cpu.cfs_quota_us", *at = text;
  memcpy(path, directory, length);
  memcpy(path + length, name, strlen(name) + 1);
  if (read_file(path, text, sizeof text) == 0) return UINT32_MAX;
  uint64_t quota = number(&at); /* "max" and "-1" read as 0: no limit */
  if (!v2) {
    const char *period = "/cpu.cfs_period_us";
    memcpy(path + length, period, strlen(period) + 1);
    if (read_file(path, text, sizeof text) == 0) return UINT32_MAX;
    at = text;
  }
  return quota_cpus(quota, number(&at));
}

/* The least limit of a cgroup and those around it. `group` ends at a line end. */
static uint32_t limit_of(const char *root, const char *group, int v2) {
  char directory[1024];
  size_t base = strlen(root), length = base;
  memcpy(directory, root, base);
  while (*group && *group != '\n' && length < sizeof directory - 1) directory[length++] = *group++;
  uint32_t least = UINT32_MAX;
  for (;;) {
    while (length > base && directory[length - 1] == '/') length--;
    uint32_t n = limit_at(directory, length, v2);
    if (n < least) least = n;
    if (length <= base) return least;
    while (length > base && directory[length - 1] != '/') length--;
  }
}

static int starts(const char *s, const char *prefix) {
  while (*prefix) {
    if (*s++ != *prefix++) return 0;
  }
  return 1;
}

static uint32_t cgroup_cpus(void) {
  char text[4096];
  if (read_file("/proc/self/cgroup", text, sizeof text) == 0) return UINT32_MAX;
  uint32_t least = UINT32_MAX;
  for (const char *line = text; *line;) {
    const char *at = line;
    while (*at && *at != '\n' && *at != ':') at++;
    if (starts(at, "::")) { /* "0::/group" */
      uint32_t n = limit_of("/sys/fs/cgroup", at + 2, 1);
      if (n < least) least = n;
    } else if (starts(at, ":cpu,cpuacct:") || starts(at, ":cpu:")) {
      at++;
      while (*at && *at != '\n' && *at != ':') at++;
      uint32_t n = *at == ':' ? limit_of("/sys/fs/cgroup/cpu", at + 1, 0) : UINT32_MAX;
      if (n < least) least = n;
    }
    while (*line && *line != '\n') line++;
    if (*line) line++;
  }
  return least;
}

uint32_t nncc_host_threads(nncc_cpus *cpus) {
  uint32_t by_mask = nncc_host_affinity(cpus), by_quota = cgroup_cpus();
  uint32_t n = by_mask < by_quota ? by_mask : by_quota;
  if (n < 1) n = 1;
  return n < NNCC_MAX_WORKERS ? n : NNCC_MAX_WORKERS;
}
