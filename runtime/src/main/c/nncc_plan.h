/* nncc_plan.h - what the compiler writes into a library and the runtime walks: constant data, no code.
 *
 * The compiler emits one hidden constant `nncc_model_data` of type struct nncc_model with everything it points to.  All
 * structs are naturally aligned for LP64 little-endian targets; dev.nncc.codegen.llvm.link.ModelData prints the same
 * layout as LLVM IR, the assertions at the end hold both to the figures.
 *
 * A library for several processors has one such constant for each, chained from `nncc_model_data`; they share the weights
 * and agree in profiles, inputs and outputs.
 *
 * A run walks the steps of one profile.  steps[0 .. prepare_steps) run once per model, before the first context is handed
 * out; only they may write PREPARED memory, and they read no inputs.  Kernels, arguments, steps and fills of all profiles
 * lie in one table each, of which a profile has a part; the profiles agree in the names, types and ranks of inputs and
 * outputs.
 *
 *   CALL  kernel(args, scratch, dims, lo, hi) for the chunks [n*i/chunks, n*(i+1)/chunks), i < chunks, n = extent;
 *         the chunks run in any order, on any thread; their borders do not depend on the number of threads.
 *         CALLs that say NNCC_BESIDE make one launch with the CALL before: their chunks run in any order with its own
 *   COPY  memmove(args[0], args[1], extent)
 *   LOOP  dims[slot] = 0 .. extent-1 around the steps up to END (target)
 *   WHILE the same while the byte args[0] is not 0 (tested before each round)
 *   IF    runs the steps up to ELSE or END (target) when the byte args[0] is not 0
 *   ELSE  target is END
 *   END   target is the LOOP, WHILE or IF that it closes
 *
 * Where extent_slot >= 0 the extent is dims[extent_slot] instead of `extent`, clamped to [0, extent]: `extent` is then
 * the upper bound for which buffers are made. */
#ifndef NNCC_PLAN_H
#define NNCC_PLAN_H
#include "nncc.h"

#define NNCC_PLAN_VERSION 4u
#define NNCC_MAX_WORKERS 64u

/* args: one pointer for each argument.  scratch: scratch_bytes of the worker's own, 64-byte aligned.  dims: loop
 * counters and run-time extents by slot. */
typedef void (*nncc_kernel_fn)(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi);

typedef struct { /* 40 bytes */
  const char *name;
  const char *source_nodes;
  nncc_kernel_fn fn;
  double flops; /* of one call over its whole extent */
  double bytes;
} nncc_plan_kernel;

enum { /* nncc_plan_arg.base */
  NNCC_BASE_ARENA = 0,
  NNCC_BASE_WEIGHTS = 1,
  NNCC_BASE_PREPARED = 2,
  NNCC_BASE_STATE = 3,  /* index 0: plain; else 1 + 2 * state + (0: what the run before left, 1: what this run leaves) */
  NNCC_BASE_INPUT = 4,  /* index: which input */
  NNCC_BASE_OUTPUT = 5, /* index: which output */
  NNCC_BASE_CONTEXT = 6 /* index: one of NNCC_CONTEXT_* */
};
enum {
  NNCC_CONTEXT_FAULT = 0, /* int32_t: a kernel ORs 1 into it where data held an index outside its tensor */
  NNCC_CONTEXT_DIMS = 1   /* int64_t[]: for kernels that define a run-time extent */
};

typedef struct { /* 16 bytes */
  uint32_t base;
  uint32_t index;
  uint64_t offset; /* bytes */
} nncc_plan_arg;

enum { NNCC_NEIGHBOURS = 1, NNCC_BESIDE = 2 }; /* target of a CALL: threads take neighbouring chunks,
 * first to last and back by turns; one launch with the CALL before */
enum { NNCC_CALL = 0, NNCC_COPY = 1, NNCC_LOOP = 2, NNCC_WHILE = 3, NNCC_IF = 4, NNCC_ELSE = 5, NNCC_END = 6 };

typedef struct { /* 48 bytes */
  uint32_t op;
  uint32_t kernel;     /* CALL */
  uint32_t first_arg;
  uint32_t n_args;
  int64_t extent;
  int32_t extent_slot; /* -1: extent is constant */
  uint32_t chunks;     /* CALL: 1 .. NNCC_MAX_CHUNKS */
  int32_t slot;        /* LOOP, WHILE: where the round number goes */
  uint32_t target;     /* index into steps; CALL: NNCC_NEIGHBOURS, NNCC_BESIDE */
  uint64_t reserved;
} nncc_plan_step;
#define NNCC_MAX_CHUNKS 4096u

typedef struct { /* 136 bytes */
  const char *name;
  nncc_dtype dtype;
  uint32_t rank;
  int64_t dims[NNCC_MAX_RANK];  /* upper bounds */
  int32_t slots[NNCC_MAX_RANK]; /* -1: the dim is dims[i]; else it is dims[slot] of the context */
  uint64_t bytes;               /* at the upper bounds */
  float quant_scale;
  int32_t quant_zero;
  uint32_t element_bytes;
  uint32_t reserved;
} nncc_plan_tensor;

/* Written before a context's first run of the profile: count[1] times, stride[1] bytes apart, count[0] times, stride[0] bytes apart: `bytes` bytes
 * of the repeated 8-byte pattern.  The halos of arena buffers. */
typedef struct { /* 56 bytes */
  uint64_t offset;
  uint64_t bytes;
  uint64_t count[2];
  uint64_t stride[2];
  uint64_t pattern;
} nncc_plan_fill;

typedef struct { /* 72 bytes */
  const char *name;
  const nncc_plan_tensor *inputs;
  const nncc_plan_tensor *outputs;
  uint32_t first_step, end_step;
  uint32_t first_arg, end_arg;
  uint32_t first_fill, end_fill;
  uint32_t first_kernel, end_kernel;
  uint64_t arena_bytes;
  double flops;
} nncc_plan_profile;

/* A pair of an input and an output that the context keeps: what a run leaves in `next` is what the following one finds in
 * `past`.  It is `blocks` blocks, `pitch` bytes apart, of `keep` bytes that begin `cursor` rows into the block.
 *
 *   SWAP    rows = 2, a row is the whole tensor: the two places take turns
 *   WINDOW  `next` is `past` with `advance` rows more at its end: a run writes those and moves the cursor behind as many
 *           of the oldest, nothing is copied; when the block ends, what is kept moves to its start */
enum { NNCC_STATE_SWAP = 0, NNCC_STATE_WINDOW = 1 };
typedef struct { /* 64 bytes */
  const char *next;
  uint32_t kind;
  uint32_t reserved;
  uint64_t offset;   /* in the state memory */
  uint64_t blocks;
  uint64_t pitch;
  uint64_t keep;     /* bytes */
  uint64_t row;      /* bytes */
  uint64_t rows;     /* of a block: pitch / row */
} nncc_plan_state;

struct nncc_model { /* 256 bytes */
  uint32_t plan_version;
  uint32_t number;                 /* of the variant: its place in the chain */
  const char *name;
  const char *compiler_version;
  const char *target;
  uint64_t source_hash;
  const char *const *cpu_features; /* names as in nncc_cpu.c */
  const nncc_plan_profile *profiles;
  const nncc_plan_kernel *kernels;
  const nncc_plan_arg *args;
  const nncc_plan_step *steps;
  const nncc_plan_fill *fills;
  const void *weights;             /* NULL: in a file of its own (weight_file) */
  const char *weight_file;         /* its name beside the library, or NULL */
  uint64_t weight_bytes;
  uint64_t arena_bytes;            /* enough for each profile */
  uint64_t prepared_bytes;
  uint64_t state_bytes;
  uint64_t scratch_bytes;          /* per worker */
  uint32_t cpu_features_count;
  uint32_t inputs_count;
  uint32_t outputs_count;
  uint32_t profiles_count;         /* at least 1 */
  uint32_t default_profile;
  uint32_t kernels_count;
  uint32_t args_count;
  uint32_t steps_count;            /* prepare steps included */
  uint32_t prepare_steps;
  uint32_t dims_count;             /* slots */
  const char *cpu;                 /* what the variant is called: the processor of `target` */
  const struct nncc_model *next;   /* the variant to try when the processor cannot run this one, or NULL */
  const nncc_plan_state *states;
  const nncc_plan_tensor *state_tensors; /* what a run finds */
  const uint32_t *state_rows;            /* rows that a run of a profile adds to each state: [profile][state] */
  uint32_t states_count;
  uint32_t reserved3;
  uint64_t reserved2[3];
};

#define NNCC_MAX_VARIANTS 16u

/* The first variant. */
extern const struct nncc_model nncc_model_data __attribute__((visibility("hidden")));

#define NNCC_LAYOUT(type, bytes) \
  typedef char nncc_layout_of_##type[sizeof(type) == (bytes) ? 1 : -1]
NNCC_LAYOUT(nncc_plan_kernel, 40);
NNCC_LAYOUT(nncc_plan_arg, 16);
NNCC_LAYOUT(nncc_plan_step, 48);
NNCC_LAYOUT(nncc_plan_tensor, 136);
NNCC_LAYOUT(nncc_plan_fill, 56);
NNCC_LAYOUT(nncc_plan_profile, 72);
NNCC_LAYOUT(nncc_plan_state, 64);
NNCC_LAYOUT(nncc_model, 256);
#endif
