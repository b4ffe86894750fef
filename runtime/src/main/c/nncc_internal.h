/* nncc_internal.h - what the files of the runtime share. */
#ifndef NNCC_INTERNAL_H
#define NNCC_INTERNAL_H
#include "nncc.h"
#include "nncc_libc.h"
#include "nncc_plan.h"

#define NNCC_HIDDEN __attribute__((visibility("hidden")))
#define NNCC_LINE 64u       /* bytes of a cache line */
#define NNCC_PAGE 4096u
#define NNCC_HUGE 2097152u

/* ---- nncc_pool.c: threads that claim chunks ---- */

#define NNCC_CPU_WORDS 16 /* 1024 CPUs */
typedef struct {
  unsigned long bits[NNCC_CPU_WORDS];
} nncc_cpus;

typedef struct nncc_pool nncc_pool;
typedef struct {
  nncc_pool *pool;
  uint32_t id;       /* 1 .. threads-1 */
  int32_t tid;       /* 0 until the thread runs */
  unsigned long handle;
} nncc_worker;

/* Enough for the chunks of a launch. */
enum { NNCC_CHUNK_BITS = 20, NNCC_CHUNK_MASK = (1 << NNCC_CHUNK_BITS) - 1 };

typedef struct {
  _Alignas(64) uint64_t claim; /* epoch, first, end: what is left of a thread's chunks */
} nncc_share;

struct nncc_pool {
  nncc_share shares[NNCC_MAX_WORKERS];
  /* futex word: the epoch, once the descriptor is complete */
  _Alignas(64) uint32_t wake;
  _Alignas(64) uint32_t done; /* chunks finished; futex word of the join */
  uint32_t join_sleeps;
  _Alignas(64) uint32_t sleeping;
  uint32_t quit;
  /* descriptor of the current job */
  _Alignas(64) nncc_task task;
  void *arg;
  uint32_t chunks;
  uint32_t epoch; /* the caller's count of jobs */
  /* constant after the start */
  uint32_t threads; /* the caller's included */
  uint32_t worker_spin_ns, join_spin_ns;
  uint32_t fp_mode;
  int32_t excluded_cpu; /* the CPU that the workers' affinity leaves out, or -1 */
  int32_t pinned;
  nncc_cpus allowed;
  uint32_t allowed_count;
  nncc_worker workers[NNCC_MAX_WORKERS];
};

NNCC_HIDDEN void nncc_pool_start(nncc_pool *, uint32_t threads, const nncc_options *);
NNCC_HIDDEN void nncc_pool_stop(nncc_pool *);
/* Runs task(arg, chunk, worker) for each chunk; returns when all are done. */
NNCC_HIDDEN void nncc_pool_run(nncc_pool *, nncc_task, void *arg, uint32_t chunks);

typedef void (*nncc_round_task)(void *arg, uint32_t group, uint32_t worker, uint32_t round);
/* Whether threads may wait for each other: each has a CPU. */
NNCC_HIDDEN int nncc_pool_together(const nncc_pool *);
/* Runs task(arg, group, worker, round) for each group < threads and each round in turn: a round begins when all groups
 * of the one before are done.  One job for all rounds: a thread looks at the others' progress only.  Returns early when
 * *cancel is not 0. */
NNCC_HIDDEN void nncc_pool_rounds(nncc_pool *, nncc_round_task, void *arg, uint32_t rounds, const uint32_t *cancel);

/* ---- nncc_host.c: processor and machine ---- */

/* How many CPUs the affinity mask and the cgroup's quota allow; the mask in *cpus. */
NNCC_HIDDEN uint32_t nncc_host_threads(nncc_cpus *cpus);
NNCC_HIDDEN uint32_t nncc_host_affinity(nncc_cpus *cpus); /* CPUs in the mask */
NNCC_HIDDEN uint64_t nncc_host_ns(void);

/* ---- nncc_cpu.c ---- */

/* Whether the processor and the system have what LLVM calls `feature`. */
NNCC_HIDDEN int nncc_cpu_has(const char *feature);

/* ---- nncc_memory.c ---- */

NNCC_HIDDEN void *nncc_map(size_t bytes); /* zeroed, 2 MiB aligned when large, huge pages advised; or NULL */
NNCC_HIDDEN void nncc_unmap(void *, size_t bytes);
NNCC_HIDDEN void nncc_touch(void *, size_t bytes); /* fault the pages in */

/* ---- nncc_weights.c: weights in a file of their own ---- */

/* Maps `file`, or the file that the plan names beside the library: read-only, shared with other processes. */
NNCC_HIDDEN nncc_status nncc_weights_map(const nncc_model *, const char *file, const void **out, nncc_error *);

/* ---- nncc_text.c: messages ---- */

typedef struct {
  char *at;
  size_t left;
} nncc_text;
NNCC_HIDDEN nncc_text nncc_message(nncc_error *, nncc_status); /* starts a message; err may be NULL */
NNCC_HIDDEN nncc_status nncc_fail(nncc_error *, nncc_status, const char *what, uint64_t bytes); /* bytes 0: not said */
NNCC_HIDDEN void nncc_add(nncc_text *, const char *);
NNCC_HIDDEN void nncc_add_number(nncc_text *, uint64_t);
NNCC_HIDDEN const char *nncc_status_text(nncc_status);
NNCC_HIDDEN size_t nncc_min_size(size_t caller, size_t ours); /* how much of a versioned struct to copy */

/* ---- nncc_context.c, nncc_run.c ---- */

struct nncc_context {
  nncc_pool pool; /* first: alignment */
  _Alignas(64) uint32_t busy;
  uint32_t cancel;
  int32_t fault; /* kernels write it */
  uint32_t flags;
  const nncc_model *model;
  const nncc_plan_profile *profile;  /* of the run in flight, else of the last one */
  const nncc_plan_profile *selected; /* for inputs without dims */
  const nncc_plan_profile *filled;   /* whose fills the arena holds */
  const nncc_plan_profile *only;     /* NNCC_ONE_PROFILE, or NULL */
  nncc_parallel parallel; /* parallel_for NULL: own pool */
  nncc_allocator allocator;
  nncc_step_hook step_hook;
  void *step_user;
  uint32_t threads;
  uint32_t fp_mode;
  nncc_status last_status;
  uint32_t last_kernel; /* where a fault was seen */
  uint32_t turn;        /* of neighbouring chunks: forwards and back by turns */
  /* memory */
  char *arena;
  char *state;
  char *scratch;
  const char *weights;
  char *prepared;
  size_t scratch_stride;
  void *block;
  size_t block_bytes; /* this struct and its tables */
  void *data;
  size_t data_bytes;
  void *weights_copy; /* or NULL */
  /* tables */
  void **args;
  uint32_t *io_args;  /* numbers of the arguments that point into inputs or outputs */
  uint32_t *io_first; /* where in io_args those of each profile begin; one more at the end */
  int64_t *dims;
  char *dims_given; /* slots that an input of this run has set */
  const void **inputs;
  void **outputs;
  nncc_kernel_stat *stats; /* with NNCC_PROFILE, else NULL */
  uint64_t *cursors;   /* of the states: rows in front of what the next run finds */
  uint64_t *positions; /* of the states: rows added since the reset */
  int64_t (*asked)[NNCC_MAX_RANK]; /* dims of the inputs that no profile has, while no_profile */
  int no_profile;
};

NNCC_HIDDEN nncc_status nncc_context_create(const nncc_model *, const nncc_options *, nncc_context **, nncc_error *);
NNCC_HIDDEN void nncc_context_destroy(nncc_context *);
NNCC_HIDDEN nncc_status nncc_model_close(const nncc_model *);
NNCC_HIDDEN void nncc_share_out(nncc_context *, nncc_task, void *arg, uint32_t chunks); /* to its threads */
NNCC_HIDDEN nncc_status nncc_walk(nncc_context *, uint32_t first, uint32_t end);
NNCC_HIDDEN nncc_status nncc_run(nncc_context *, const nncc_buffer *, uint32_t, const nncc_buffer *, uint32_t);
NNCC_HIDDEN nncc_status nncc_run_raw(nncc_context *, const void *const *, void *const *);
NNCC_HIDDEN void nncc_resolve(nncc_context *);     /* arguments that do not depend on inputs and outputs */
NNCC_HIDDEN void nncc_default_dims(nncc_context *); /* the upper bounds */

/* ---- nncc_variant.c: one model for several processors ---- */

NNCC_HIDDEN nncc_status nncc_model_open(const nncc_model **out, nncc_error *);
NNCC_HIDDEN nncc_status nncc_model_open_for(const char *cpu, const nncc_model **out, nncc_error *);
NNCC_HIDDEN nncc_status nncc_variant_info_of(uint32_t i, nncc_variant_info *out);
NNCC_HIDDEN uint32_t nncc_variants(void); /* how many */

/* ---- nncc_state.c: what a context keeps from run to run ---- */

NNCC_HIDDEN void nncc_state_begin(nncc_context *); /* makes room for what the run adds */
NNCC_HIDDEN char *nncc_state_at(const nncc_context *, const nncc_plan_arg *);
NNCC_HIDDEN void nncc_state_end(nncc_context *); /* the run is done: what it left is what the next one finds */
NNCC_HIDDEN nncc_status nncc_state_reset(nncc_context *);
NNCC_HIDDEN nncc_status nncc_state_read(nncc_context *, uint32_t, void *, size_t);
NNCC_HIDDEN nncc_status nncc_state_write(nncc_context *, uint32_t, const void *, size_t);
NNCC_HIDDEN nncc_status nncc_state_position(const nncc_context *, uint32_t, uint64_t *);

/* ---- nncc_profile.c: the choice of a profile ---- */

/* The profile whose inputs have these dims; NULL: none, the dims are kept for the message. */
NNCC_HIDDEN const nncc_plan_profile *nncc_choose(nncc_context *, const nncc_buffer *inputs);
/* Makes the next run one of this profile. */
NNCC_HIDDEN void nncc_enter(nncc_context *, const nncc_plan_profile *);
NNCC_HIDDEN nncc_status nncc_select_profile(nncc_context *, uint32_t);
/* Says which dims were asked for and which there are. */
NNCC_HIDDEN void nncc_no_profile(const nncc_context *, nncc_text *);
/* A caller's struct may be shorter or longer than ours: its own size is the distance of the elements. */
static inline nncc_buffer nncc_buffer_at(const nncc_buffer *first, uint32_t i) {
  const nncc_buffer *caller = (const nncc_buffer *)((const char *)first + i * first->size);
  nncc_buffer buffer;
  memset(&buffer, 0, sizeof buffer);
  memcpy(&buffer, caller, nncc_min_size(caller->size, sizeof buffer));
  return buffer;
}

/* ---- floating-point environment ---- */

#define NNCC_FP_FLUSH 1u /* fp_mode */
#if defined(__x86_64__)
static inline uint64_t nncc_fp_enter(uint32_t mode) {
  uint32_t old;
  __asm__ volatile("stmxcsr %0" : "=m"(old));
  uint32_t now = 0x1f80u | (mode & NNCC_FP_FLUSH ? 0x8040u : 0u); /* exceptions masked, to nearest; FTZ, DAZ */
  __asm__ volatile("ldmxcsr %0" : : "m"(now));
  return old;
}
static inline void nncc_fp_leave(uint64_t old) {
  uint32_t value = (uint32_t)old;
  __asm__ volatile("ldmxcsr %0" : : "m"(value));
}
static inline void nncc_pause(void) { __asm__ volatile("pause" ::: "memory"); }
#else
static inline uint64_t nncc_fp_enter(uint32_t mode) {
  uint64_t old, now = mode & NNCC_FP_FLUSH ? (uint64_t)1 << 24 : 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(old));
  __asm__ volatile("msr fpcr, %0" : : "r"(now));
  return old;
}
static inline void nncc_fp_leave(uint64_t old) { __asm__ volatile("msr fpcr, %0" : : "r"(old)); }
static inline void nncc_pause(void) { __asm__ volatile("isb" ::: "memory"); }
#endif
#endif
