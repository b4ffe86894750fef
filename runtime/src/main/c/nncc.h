/* nncc.h - C interface of a model compiled by nncc.  C99, no dependency, valid C++.
 *
 * A compiled model is one shared object that exports one C symbol, nncc_get_api (and Java_* stubs that call the same
 * table).  Several models live in one process without clashing: open each with dlopen(path, RTLD_NOW | RTLD_LOCAL) and
 * fetch its table with dlsym.
 *
 *   nncc_get_api(NNCC_ABI_VERSION) -> model_open -> context_create -> run, run, run ... -> context_destroy
 *
 * Rules
 * (1) Every struct that a caller fills or has filled begins with `size`: set it to sizeof(struct).  Fields are only ever
 *     appended, the table nncc_api grows at its end only; the major version changes when a member changes its meaning.
 * (2) A model is immutable and may be used from any thread.  A context does one run at a time (a second is
 *     NNCC_ERR_BUSY); any number of contexts run at once.
 * (3) A run allocates nothing, takes no lock and makes no system call but the futex calls of its own thread pool.
 * (4) The library never calls exit or abort, installs no signal handler, writes to no stream, has no constructor.
 * (5) The floating-point environment of the calling thread is after a call what it was before.
 * (6) Results do not depend on the number of threads.
 * (7) A library has one or more profiles: sets of shapes, each with code of its own, over the same weights.  The dims
 *     passed to run choose; with one profile there is nothing to choose and dims may be left out.
 * (8) A library may hold the same model for several processors (variants); model_open chooses.  The variants give
 *     results that differ by rounding.
 * (9) A library may have states: pairs of an output and an input of the model that a context keeps.  They are neither
 *     inputs nor outputs of run; a run finds what the one before left, the first one zeros.  A run that fails leaves
 *     them as they were.
 * (10) A library of an older minor version has fewer functions and fills less of a struct: ask for the version that the
 *     program needs, NNCC_VERSION(1, 0) without profiles. */
#ifndef NNCC_H
#define NNCC_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define NNCC_ABI_MAJOR 1u
#define NNCC_ABI_MINOR 5u /* 1: profiles, 2: variants, 3: states, 4: prepared_bytes, 5: NNCC_LAZY_WEIGHTS */
#define NNCC_VERSION(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))
#define NNCC_ABI_VERSION NNCC_VERSION(NNCC_ABI_MAJOR, NNCC_ABI_MINOR)
#define NNCC_MAX_RANK 8

/* Status of a call.  Values are stable; api->status_text gives the name and a sentence. */
typedef int32_t nncc_status;
enum {
  NNCC_OK = 0,
  NNCC_ERR_ARGUMENT = 1,    /* null pointer, index out of range, unknown option, misaligned buffer */
  NNCC_ERR_ABI = 2,         /* the caller asked for an interface that this library does not have */
  NNCC_ERR_CPU = 3,         /* the processor lacks an instruction set that the model was compiled for */
  NNCC_ERR_MEMORY = 4,      /* out of memory, or a caller's arena is too small */
  NNCC_ERR_SHAPE = 5,       /* byte count or dims do not fit the tensor, or no profile has the dims of the inputs */
  NNCC_ERR_BUSY = 6,        /* the context is running on another thread */
  NNCC_ERR_DEVICE = 7,      /* accelerator driver absent or failed; device_code in nncc_error */
  NNCC_ERR_CANCELLED = 8,   /* cancel() or the step hook stopped the run; outputs are undefined */
  NNCC_ERR_CORRUPT = 9,     /* external weight file missing or of the wrong size */
  NNCC_ERR_UNSUPPORTED = 10,
  NNCC_ERR_INDEX = 11,      /* data held an index outside its tensor (Gather, Scatter ...); outputs are undefined */
  NNCC_ERR_INTERNAL = 99
};

/* Element types; values equal ONNX TensorProto.DataType. */
typedef int32_t nncc_dtype;
enum {
  NNCC_F32 = 1, NNCC_U8 = 2, NNCC_I8 = 3, NNCC_U16 = 4, NNCC_I16 = 5, NNCC_I32 = 6, NNCC_I64 = 7,
  NNCC_BOOL = 9, NNCC_F16 = 10, NNCC_F64 = 11, NNCC_U32 = 12, NNCC_U64 = 13, NNCC_BF16 = 16
};

typedef struct nncc_model nncc_model;     /* one per library */
typedef struct nncc_context nncc_context; /* arena, thread pool, state */

/* An input or output.  Filled by the library; strings live as long as the library is loaded. */
typedef struct {
  size_t size;
  const char *name;
  nncc_dtype dtype;
  uint32_t rank;
  int64_t dims[NNCC_MAX_RANK];     /* -1: chosen at run time, at most max_dims; also where profiles differ */
  int64_t max_dims[NNCC_MAX_RANK];
  size_t max_bytes;                /* of the row-major tensor at max_dims */
  size_t alignment;                /* preferred; that of the element type is enough */
  float quant_scale;               /* 0: not quantised */
  int32_t quant_zero;
} nncc_tensor_info;

typedef struct {
  size_t size;
  uint32_t abi_version;
  uint32_t inputs, outputs, kernels;
  const char *name;
  const char *compiler_version;
  const char *target;              /* "x86_64-linux znver5" */
  uint64_t source_hash;            /* of the imported model file */
  size_t weight_bytes;
  size_t arena_bytes;              /* for nncc_options.arena */
  size_t arena_alignment;
  double flops;                    /* of one run at the largest shapes */
  uint32_t profiles;
  uint32_t default_profile;        /* the one with the largest inputs */
  uint32_t variants;               /* how many processors the library has code for */
  uint32_t variant;                /* the one that was chosen */
  uint32_t states;                 /* kept in a context from run to run */
  uint32_t reserved;               /* 0 */
  size_t prepared_bytes;           /* made of the weights by the first context, until model_close */
} nncc_model_info;

/* A processor that the library has code for; the best first. */
typedef struct {
  size_t size;
  const char *cpu;                 /* "x86-64-v3" */
  const char *target;              /* "x86_64-linux x86-64-v3" */
  uint32_t usable;                 /* 1: this processor can run it */
  uint32_t reserved;
} nncc_variant_info;

/* A set of shapes that the library was specialised for. */
typedef struct {
  size_t size;
  const char *name;                /* "batch=4,seq=128"; "" where there is only one */
  size_t arena_bytes;              /* of a context for this profile alone */
  double flops;                    /* of one run */
  uint32_t first_kernel, kernels;  /* its numbers for kernel_stat */
} nncc_profile_info;

typedef void (*nncc_task)(void *task_arg, uint32_t chunk, uint32_t worker);

/* Threads of the caller instead of a pool of the context's own. */
typedef struct {
  size_t size;
  void *user;
  uint32_t max_workers;            /* 1..64; worker < max_workers, unique among tasks that run at one time */
  /* Calls task(task_arg, chunk, worker) for each chunk < chunks; all have returned when it returns. */
  void (*parallel_for)(void *user, uint32_t chunks, nncc_task task, void *task_arg);
} nncc_parallel;

/* Memory of the caller; used by context_create and context_destroy only. */
typedef struct {
  size_t size;
  void *user;
  void *(*alloc)(void *user, size_t bytes, size_t alignment);
  void (*free)(void *user, void *p, size_t bytes);
} nncc_allocator;

/* Called on the caller's thread after each step of a run.  kernel: index for kernel_stat, or UINT32_MAX for a copy.
 * Not 0: stop the run (NNCC_ERR_CANCELLED).  With a caller-owned arena it sees every intermediate value. */
typedef int (*nncc_step_hook)(void *user, uint32_t step, uint32_t kernel);

enum { /* nncc_options.flags */
  NNCC_PREFAULT_WEIGHTS = 1u << 0, /* nothing since 1.5, where it is the default; before: each context reads them in */
  NNCC_COPY_WEIGHTS = 1u << 1,     /* copy the weights to huge pages (no sharing between processes) */
  NNCC_PROFILE = 1u << 2,          /* time each kernel: two clock reads a call */
  NNCC_FLUSH_DENORMALS = 1u << 3,  /* treat denormal numbers as zero inside run; default: exact */
  NNCC_PIN_THREADS = 1u << 4,      /* one CPU for each worker; the caller's thread is never pinned */
  NNCC_NO_SPIN = 1u << 5,          /* workers park at once (shared hosts, power) */
  NNCC_ONE_PROFILE = 1u << 6,      /* the context runs nncc_options.profile alone and takes memory for that one */
  NNCC_LAZY_WEIGHTS = 1u << 7      /* runs read the weights in as they come to them; default: the first context_create
                                      reads all of them in, its threads a part each, which takes less time in all */
};

typedef struct {
  size_t size;
  uint32_t flags;
  uint32_t threads;                /* 0: all CPUs that affinity and cgroup allow; counts the caller's thread */
  uint32_t worker_spin_us;         /* 0: default (50) */
  uint32_t join_spin_us;           /* 0: default (10) */
  const nncc_parallel *parallel;   /* NULL: own pool */
  const nncc_allocator *allocator; /* NULL: mmap */
  void *arena;                     /* arena_bytes of the model (of the profile for NNCC_ONE_PROFILE) or more, aligned to
                                      arena_alignment; or NULL */
  size_t arena_bytes;
  const char *weight_file;         /* where weights are not embedded; NULL: beside the library, as compiled */
  nncc_step_hook step_hook;        /* or NULL */
  void *step_user;
  int32_t device;                  /* accelerator ordinal; ignored by CPU models */
  uint32_t reserved;               /* 0 */
  uint32_t profile;                /* for NNCC_ONE_PROFILE */
  uint32_t reserved2;              /* 0 */
} nncc_options;

typedef struct {
  size_t size;
  void *data;                      /* row-major */
  size_t bytes;
  const int64_t *dims;             /* of an input; NULL: those of the selected profile (select_profile) */
  uint32_t flags;                  /* 0 */
} nncc_buffer;

typedef struct {
  size_t size;
  const char *name;                /* "conv_12" */
  const char *source_nodes;        /* "Conv_31;Relu_32;Add_40" */
  uint64_t calls, ns_total, ns_min; /* zero without NNCC_PROFILE */
  double flops, bytes;             /* of one call */
} nncc_kernel_stat;

typedef struct {
  size_t size;
  nncc_status code;
  int32_t device_code;
  char message[1008];
} nncc_error;

typedef struct nncc_api {
  size_t size;
  uint32_t abi_version;
  uint32_t reserved;
  const char *(*status_text)(nncc_status);
  /* The first variant that this processor can run, or the one that the environment's NNCC_CPU names where there are
   * several.  Cheap, may be called often.  err may be NULL; it names what is missing. */
  nncc_status (*model_open)(const nncc_model **out, nncc_error *err);
  /* Gives back what models share between contexts.  NNCC_ERR_BUSY while contexts exist. */
  nncc_status (*model_close)(const nncc_model *);
  nncc_status (*model_info)(const nncc_model *, nncc_model_info *);
  nncc_status (*input_info)(const nncc_model *, uint32_t i, nncc_tensor_info *);
  nncc_status (*output_info)(const nncc_model *, uint32_t i, nncc_tensor_info *);
  /* options and err may be NULL. */
  nncc_status (*context_create)(const nncc_model *, const nncc_options *, nncc_context **out, nncc_error *err);
  void (*context_destroy)(nncc_context *); /* not while it runs; NULL is fine */
  nncc_status (*run)(nncc_context *, const nncc_buffer *inputs, uint32_t n_inputs, const nncc_buffer *outputs,
                     uint32_t n_outputs);
  /* The shapes of the selected profile; pointers only, sizes not checked. */
  nncc_status (*run_raw)(nncc_context *, const void *const *inputs, void *const *outputs);
  /* Dims of an output after the last run. */
  nncc_status (*output_dims)(const nncc_context *, uint32_t i, int64_t *dims, uint32_t *rank);
  void (*cancel)(nncc_context *); /* from any thread: the run in flight ends at the next kernel boundary */
  nncc_status (*last_error)(const nncc_context *, nncc_error *); /* of the last run */
  nncc_status (*reset_state)(nncc_context *);                    /* zeroes recurrent and cache state */
  nncc_status (*kernel_stat)(const nncc_context *, uint32_t i, nncc_kernel_stat *);
  uint32_t (*threads)(const nncc_context *); /* how many work at most, the caller's included */
  /* ---- since minor version 1 ---- */
  nncc_status (*profile_info)(const nncc_model *, uint32_t profile, nncc_profile_info *);
  nncc_status (*profile_input)(const nncc_model *, uint32_t profile, uint32_t i, nncc_tensor_info *);
  nncc_status (*profile_output)(const nncc_model *, uint32_t profile, uint32_t i, nncc_tensor_info *);
  /* The shapes of run_raw, and of inputs without dims; at first default_profile. */
  nncc_status (*select_profile)(nncc_context *, uint32_t profile);
  /* ---- since minor version 2 ---- */
  nncc_status (*variant_info)(uint32_t i, nncc_variant_info *); /* NNCC_ERR_ARGUMENT behind the last */
  /* As model_open, for the variant of this name. */
  nncc_status (*model_open_for)(const char *cpu, const nncc_model **out, nncc_error *err);
  /* ---- since minor version 3 ---- */
  /* The tensor of a state; its name is that of the model's input. */
  nncc_status (*state_info)(const nncc_model *, uint32_t i, nncc_tensor_info *);
  /* Copies what the next run will find: row-major, all max_bytes of state_info. */
  nncc_status (*state_read)(nncc_context *, uint32_t i, void *data, size_t bytes);
  nncc_status (*state_write)(nncc_context *, uint32_t i, const void *data, size_t bytes);
  /* Positions that runs have added since the state was new or reset: runs, for a state that keeps its shape. */
  nncc_status (*state_position)(const nncc_context *, uint32_t i, uint64_t *position);
} nncc_api;

/* The only exported C symbol.  NULL if the library has another major version or an older minor one. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const nncc_api *nncc_get_api(uint32_t requested_version);

#ifdef __cplusplus
}
#endif
#endif
