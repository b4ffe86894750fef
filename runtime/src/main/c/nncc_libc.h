/* nncc_libc.h - what the runtime uses of libc, declared by hand: no system header is needed to build it, and the list is
 * what a library asks of the machine (glibc 2.17 or newer).  dev.nncc.codegen.llvm.link.LibcStubs has the same list. */
#ifndef NNCC_LIBC_H
#define NNCC_LIBC_H
#include <stddef.h>
#include <stdint.h>

struct nncc_timespec {
  long seconds;
  long nanoseconds;
};

void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
size_t strlen(const char *);
int strcmp(const char *, const char *);
char *getenv(const char *);
void *mmap(void *, size_t, int, int, int, long);
int munmap(void *, size_t);
int madvise(void *, size_t, int);
long syscall(long, ...);
int open(const char *, int, ...);
long read(int, void *, size_t);
int close(int);
long lseek(int, long, int);
int clock_gettime(int, struct nncc_timespec *);
int sched_getcpu(void);
#if defined(__aarch64__)
unsigned long getauxval(unsigned long);
#endif

/* Weak: in libpthread and libdl before glibc 2.34.  Absent: one thread; no loading of further models from Java. */
#define NNCC_WEAK __attribute__((weak))
NNCC_WEAK int pthread_create(unsigned long *, const void *, void *(*)(void *), void *);
NNCC_WEAK int pthread_join(unsigned long, void **);
NNCC_WEAK void *dlopen(const char *, int);
NNCC_WEAK void *dlsym(void *, const char *);
NNCC_WEAK int dlclose(void *);
NNCC_WEAK char *dlerror(void);
NNCC_WEAK int dladdr(const void *, void *);

struct nncc_dl_info {
  const char *file;
  void *base;
  const char *symbol;
  void *address;
};

enum {
  NNCC_PROT_READ = 1,
  NNCC_PROT_WRITE = 2,
  NNCC_MAP_PRIVATE = 2,
  NNCC_SEEK_END = 2,
  NNCC_O_CLOEXEC = 02000000,
  NNCC_MAP_ANONYMOUS = 0x20,
  NNCC_MADV_HUGEPAGE = 14,
  NNCC_MADV_POPULATE_READ = 22,
  NNCC_CLOCK_MONOTONIC = 1,
  NNCC_FUTEX_WAIT_PRIVATE = 128,
  NNCC_FUTEX_WAKE_PRIVATE = 129,
  NNCC_PR_SET_NAME = 15,
  NNCC_RTLD_NOW = 2
};

#if defined(__x86_64__)
enum {
  NNCC_SYS_rt_sigprocmask = 14,
  NNCC_SYS_prctl = 157,
  NNCC_SYS_gettid = 186,
  NNCC_SYS_futex = 202,
  NNCC_SYS_sched_setaffinity = 203,
  NNCC_SYS_sched_getaffinity = 204
};
#elif defined(__aarch64__)
enum {
  NNCC_SYS_futex = 98,
  NNCC_SYS_sched_setaffinity = 122,
  NNCC_SYS_sched_getaffinity = 123,
  NNCC_SYS_rt_sigprocmask = 135,
  NNCC_SYS_prctl = 167,
  NNCC_SYS_gettid = 178
};
#else
#error "the runtime knows x86-64 and aarch64"
#endif
#endif
