/* The thread pool of a context.
 *
 * A job is n chunks, each thread's share of them neighbouring ones: what a kernel's first half made, the first half of the
 * next kernel mostly reads, from the same core's cache.  Whoever has done its share takes from the ends of others', so a
 * worker that is late or descheduled is waited for only while it holds a chunk; the caller drains the rest.  A share is
 * one word, epoch | first | end, and changes by compare-and-swap.  Workers spin briefly for the next job, then sleep on a
 * futex.  Everything is bounded by the clock and nothing yields: a spinning thread that yields costs microseconds, one
 * that never sleeps starves whoever shares its CPU. */
#include "nncc_internal.h"

#define LOAD(p, order) __atomic_load_n(p, __ATOMIC_##order)
#define STORE(p, v, order) __atomic_store_n(p, v, __ATOMIC_##order)

enum { CLOCK_EVERY = 16, EAGER = 256, PATIENCE = 64, NO_CPU = -1 };
enum { DEFAULT_WORKER_SPIN_US = 50, DEFAULT_JOIN_SPIN_US = 10, CROWDED_SPIN_US = 5 };

static void futex_wait(uint32_t *word, uint32_t seen) {
  syscall(NNCC_SYS_futex, word, NNCC_FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word, uint32_t count) {
  syscall(NNCC_SYS_futex, word, NNCC_FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* [first, end) of the job `epoch`, of whose number the low bits are enough to tell it from the last ones. */
static uint64_t share_of(uint32_t epoch, uint32_t first, uint32_t end) {
  return (uint64_t)epoch << 2 * NNCC_CHUNK_BITS | (uint64_t)first << NNCC_CHUNK_BITS | end;
}

/* Claims and runs the chunks of one share until none is left: how many.  Its thread goes from first to last, others take
 * the last one. */
static uint32_t drain_share(nncc_pool *p, uint64_t *share, uint32_t owned, uint32_t worker) {
  for (uint32_t ran = 0;;) {
    uint64_t claim = LOAD(share, ACQUIRE);
    nncc_task task = LOAD(&p->task, RELAXED);
    void *arg = LOAD(&p->arg, RELAXED);
    uint32_t end = (uint32_t)claim & NNCC_CHUNK_MASK, first = (uint32_t)(claim >> NNCC_CHUNK_BITS) & NNCC_CHUNK_MASK;
    if (first >= end) return ran;
    /* The swap succeeds only if the epoch is still that of `claim`: then so is the descriptor just read. */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    uint64_t left = owned ? claim + (1ull << NNCC_CHUNK_BITS) : claim - 1;
    if (!__atomic_compare_exchange_n(share, &claim, left, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) continue;
    task(arg, owned ? first : end - 1, worker);
    ran++;
  }
}

/* Runs chunks until none is left. */
static void drain(nncc_pool *p, uint32_t worker) {
  uint32_t ran = 0;
  for (uint32_t i = 0, of = worker; i < p->threads; i++) {
    ran += drain_share(p, &p->shares[of].claim, i == 0, worker);
    of = of + 1 < p->threads ? of + 1 : 0;
  }
  if (ran == 0) return;
  uint32_t chunks = LOAD(&p->chunks, RELAXED); /* of the job that still waits for what was run here */
  if (__atomic_add_fetch(&p->done, ran, __ATOMIC_SEQ_CST) == chunks && LOAD(&p->join_sleeps, SEQ_CST)) {
    futex_wake(&p->done, 1);
  }
}

/* The first looks are eager: a pause takes as long as handing a step of a recurrent layer over.
 * Waits until *word is not `seen`, awake for `spin_ns`: whether it changed in that time. */
static int spin(uint32_t *word, uint32_t seen, uint32_t until_equal, uint32_t target, uint32_t spin_ns) {
  uint64_t start = 0;
  for (uint32_t k = 1;; k++) {
    uint32_t now = LOAD(word, ACQUIRE);
    if (until_equal ? now == target : now != seen) return 1;
    if (k <= EAGER) continue;
    nncc_pause();
    if (k % CLOCK_EVERY != 0) continue;
    uint64_t t = nncc_host_ns();
    if (start == 0) start = t;
    if (t - start >= spin_ns) return 0;
  }
}

static void *worker_main(void *v) {
  nncc_worker *self = v;
  nncc_pool *p = self->pool;
  uint32_t seen = 0;
  STORE(&self->tid, (int32_t)syscall(NNCC_SYS_gettid), RELEASE);
  syscall(NNCC_SYS_prctl, NNCC_PR_SET_NAME, "nncc-worker", 0, 0, 0);
  nncc_fp_enter(p->fp_mode);
  for (;;) {
    if (!spin(&p->wake, seen, 0, 0, p->worker_spin_ns)) {
      __atomic_add_fetch(&p->sleeping, 1, __ATOMIC_SEQ_CST);
      while (LOAD(&p->wake, SEQ_CST) == seen) futex_wait(&p->wake, seen);
      __atomic_sub_fetch(&p->sleeping, 1, __ATOMIC_SEQ_CST);
    }
    seen = LOAD(&p->wake, ACQUIRE);
    if (LOAD(&p->quit, ACQUIRE)) return NULL;
    drain(p, self->id);
  }
}

static void set_affinity(nncc_pool *p, const nncc_cpus *cpus) {
  for (uint32_t i = 1; i < p->threads; i++) {
    int32_t tid = LOAD(&p->workers[i].tid, ACQUIRE);
    if (tid != 0) syscall(NNCC_SYS_sched_setaffinity, tid, sizeof *cpus, cpus); /* 0 would be the caller */
    else p->excluded_cpu = NO_CPU;                                               /* not running yet: again next time */
  }
}

/* The system likes to wake a worker on the CPU of the thread that wakes it, here the caller's, who does not sleep while
 * chunks are left: the worker would wait for the load balancer, milliseconds. */
static void keep_off_callers_cpu(nncc_pool *p) {
  if (p->pinned || p->allowed_count < 2) return;
  int cpu = sched_getcpu();
  if (cpu < 0 || cpu >= NNCC_CPU_WORDS * 64 || cpu == p->excluded_cpu) return;
  nncc_cpus others = p->allowed;
  others.bits[cpu / 64] &= ~(1ul << cpu % 64);
  p->excluded_cpu = cpu;
  set_affinity(p, &others);
}

void nncc_pool_run(nncc_pool *p, nncc_task task, void *arg, uint32_t chunks) {
  if (p->threads <= 1 || chunks <= 1) {
    for (uint32_t i = 0; i < chunks; i++) task(arg, i, 0);
    return;
  }
  p->epoch++;
  for (uint32_t i = 0; i < p->threads; i++) STORE(&p->shares[i].claim, share_of(p->epoch, 0, 0), RELEASE);
  __atomic_thread_fence(__ATOMIC_SEQ_CST); /* nobody sees the new descriptor with an old share */
  STORE(&p->task, task, RELAXED);
  STORE(&p->arg, arg, RELAXED);
  STORE(&p->chunks, chunks, RELAXED);
  STORE(&p->done, 0, RELAXED);
  for (uint32_t i = 0, first = 0; i < p->threads; i++) {
    uint32_t end = (uint32_t)((uint64_t)chunks * (i + 1) / p->threads);
    STORE(&p->shares[i].claim, share_of(p->epoch, first, end), RELEASE);
    first = end;
  }
  STORE(&p->wake, p->epoch, SEQ_CST);
  if (LOAD(&p->sleeping, SEQ_CST) != 0) {
    keep_off_callers_cpu(p);
    futex_wake(&p->wake, chunks - 1);
  }
  drain(p, 0);
  if (spin(&p->done, 0, 1, chunks, p->join_spin_ns)) return;
  STORE(&p->join_sleeps, 1, SEQ_CST);
  for (uint32_t done; (done = LOAD(&p->done, SEQ_CST)) != chunks;) futex_wait(&p->done, done);
  STORE(&p->join_sleeps, 0, SEQ_CST);
}

/* ---- rounds ---- */

/* A group is at 2 k before its round k, at 2 k + 1 while a thread has it, at 2 k + 2 behind it. */
typedef struct {
  _Alignas(64) uint32_t at;
} group;

typedef struct {
  nncc_pool *pool;
  nncc_round_task task;
  void *arg;
  const uint32_t *cancel;
  uint32_t groups, rounds;
  _Alignas(64) uint32_t sleepers;
  group group[NNCC_MAX_WORKERS];
} team;

/* Runs round k of group g unless somebody has it. */
static void take(team *t, uint32_t g, uint32_t k, uint32_t worker) {
  uint32_t fresh = 2 * k, *at = &t->group[g].at;
  if (!__atomic_compare_exchange_n(at, &fresh, fresh + 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
  t->task(t->arg, g, worker, k);
  STORE(at, 2 * k + 2, SEQ_CST);
  if (LOAD(&t->sleepers, SEQ_CST) != 0) futex_wake(at, 0x7fffffff);
}

/* Waits until round k of group g is done, and does it where its own thread does not come: 0 if the run is cancelled. */
static int settle(team *t, uint32_t g, uint32_t k, uint32_t worker) {
  uint32_t *at = &t->group[g].at;
  uint64_t start = 0;
  for (uint32_t look = 1;; look++) {
    uint32_t now = LOAD(at, ACQUIRE);
    if (now >= 2 * k + 2) return 1;
    if (LOAD(t->cancel, RELAXED)) return 0;
    if (now == 2 * k && look > PATIENCE) take(t, g, k, worker);
    if (look <= EAGER) continue;
    nncc_pause();
    if (look % CLOCK_EVERY != 0) continue;
    uint64_t ns = nncc_host_ns();
    if (start == 0) start = ns;
    if (ns - start < t->pool->join_spin_ns || now == 2 * k) continue;
    __atomic_add_fetch(&t->sleepers, 1, __ATOMIC_SEQ_CST);
    futex_wait(at, now);
    __atomic_sub_fetch(&t->sleepers, 1, __ATOMIC_SEQ_CST);
  }
}

/* One thread's way through all rounds; who comes late finds what is done, but for the last of it, which others may still
 * be at: the round behind waits for all of them. */
static void go_along(void *v, uint32_t own, uint32_t worker) {
  team *t = v;
  uint32_t done = LOAD(&t->group[own].at, ACQUIRE) / 2;
  for (uint32_t k = done > 0 ? done - 1 : 0; k < t->rounds; k++) {
    take(t, own, k, worker);
    for (uint32_t g = 0; g < t->groups; g++) {
      if (!settle(t, g, k, worker)) return;
    }
  }
}

int nncc_pool_together(const nncc_pool *p) {
  return p->threads > 1 && p->threads <= p->allowed_count && p->join_spin_ns != 0;
}

void nncc_pool_rounds(nncc_pool *p, nncc_round_task task, void *arg, uint32_t rounds, const uint32_t *cancel) {
  team t;
  memset(&t, 0, sizeof t);
  t.pool = p, t.task = task, t.arg = arg, t.cancel = cancel, t.groups = p->threads, t.rounds = rounds;
  nncc_pool_run(p, go_along, &t, p->threads);
}

static void pin(nncc_pool *p) {
  uint32_t cpu = 0;
  for (uint32_t i = 1; i < p->threads; i++) {
    nncc_cpus one;
    memset(&one, 0, sizeof one);
    do cpu = (cpu + 1) % (NNCC_CPU_WORDS * 64);
    while ((p->allowed.bits[cpu / 64] >> cpu % 64 & 1) == 0);
    one.bits[cpu / 64] = 1ul << cpu % 64;
    while (LOAD(&p->workers[i].tid, ACQUIRE) == 0) nncc_pause();
    syscall(NNCC_SYS_sched_setaffinity, p->workers[i].tid, sizeof one, &one);
  }
}

void nncc_pool_start(nncc_pool *p, uint32_t threads, const nncc_options *options) {
  p->threads = 1;
  p->excluded_cpu = NO_CPU;
  p->allowed_count = nncc_host_affinity(&p->allowed);
  uint32_t us = options->worker_spin_us ? options->worker_spin_us : DEFAULT_WORKER_SPIN_US;
  if (threads > p->allowed_count && us > CROWDED_SPIN_US) us = CROWDED_SPIN_US;
  p->worker_spin_ns = options->flags & NNCC_NO_SPIN ? 0 : us * 1000;
  us = options->join_spin_us ? options->join_spin_us : DEFAULT_JOIN_SPIN_US;
  p->join_spin_ns = options->flags & NNCC_NO_SPIN ? 0 : us * 1000;
  p->fp_mode = options->flags & NNCC_FLUSH_DENORMALS ? NNCC_FP_FLUSH : 0;
  if (threads <= 1 || pthread_create == NULL || pthread_join == NULL) return;
  /* Signals of the process are for the application's threads. Those that a fault raises (SIGILL, SIGTRAP, SIGBUS,
   * SIGFPE, SIGSEGV: 4 5 7 8 11) stay open. */
  uint64_t block = ~(1ull << 3 | 1ull << 4 | 1ull << 6 | 1ull << 7 | 1ull << 10), old = 0;
  syscall(NNCC_SYS_rt_sigprocmask, 2, &block, &old, sizeof old);
  for (uint32_t i = 1; i < threads; i++) {
    nncc_worker *w = &p->workers[i];
    w->pool = p;
    w->id = i;
    if (pthread_create(&w->handle, NULL, worker_main, w) != 0) break; /* fewer threads, same results */
    p->threads = i + 1;
  }
  syscall(NNCC_SYS_rt_sigprocmask, 2, &old, NULL, sizeof old);
  p->pinned = (options->flags & NNCC_PIN_THREADS) != 0;
  if (p->pinned && p->threads > 1) pin(p);
}

void nncc_pool_stop(nncc_pool *p) {
  if (p->threads <= 1) return;
  STORE(&p->quit, 1, SEQ_CST);
  STORE(&p->wake, p->epoch + 1, SEQ_CST);
  futex_wake(&p->wake, 0x7fffffff);
  for (uint32_t i = 1; i < p->threads; i++) pthread_join(p->workers[i].handle, NULL);
  p->threads = 1;
}
