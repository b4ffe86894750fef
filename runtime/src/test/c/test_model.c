/* A model by hand, as the compiler would emit it: y = x + w in many chunks, y += x in groups of
 * neighbouring chunks, a copy, a fault on demand. */
#include "nncc_plan.h"

enum { N = 1000, CHUNKS = 16 };

static float weights[N];
uint32_t test_mode_of_kernel; /* floating-point mode that kernels saw */

static uint32_t fp_mode(void) {
  uint32_t mode = 0;
#if defined(__x86_64__)
  __asm__ volatile("stmxcsr %0" : "=m"(mode));
  mode &= ~0x3fu; /* without the sticky flags */
#endif
  return mode;
}

static void scale(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)dims;
  const float *x = args[0], *w = args[1];
  float *y = args[2], *mine = scratch;
  for (int64_t i = lo; i < hi; i++) mine[i - lo] = x[i]; /* through scratch: shared scratch would show */
  for (int64_t i = lo; i < hi; i++) y[i] = mine[i - lo] + w[i];
  if (lo == 0) __atomic_store_n(&test_mode_of_kernel, fp_mode(), __ATOMIC_RELAXED);
}

static void add(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)scratch, (void)dims;
  const float *x = args[0];
  float *y = args[1];
  for (int64_t i = lo; i < hi; i++) y[i] += x[i]; /* a chunk that runs twice, or not at all, shows */
}

static void check(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)scratch, (void)dims, (void)lo, (void)hi;
  const float *x = args[1];
  if (x[0] < 0) __atomic_fetch_or((int32_t *)args[0], 1, __ATOMIC_RELAXED);
}

static void prepare(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)scratch, (void)dims, (void)lo, (void)hi;
  float *w = args[0];
  for (int i = 0; i < N; i++) w[i] += (float)i; /* prepared twice it would be wrong */
}

static const nncc_plan_kernel kernels[] = {
    {"scale", "Mul_0;Add_1", scale, 2 * N, 12 * N},
    {"check", "Gather_2", check, 0, 0},
    {"prepare", "Constant_3", prepare, N, 4 * N},
    {"add", "Add_4", add, N, 12 * N},
};

static const nncc_plan_arg args[] = {
    {NNCC_BASE_PREPARED, 0, 0},
    {NNCC_BASE_CONTEXT, NNCC_CONTEXT_FAULT, 0}, {NNCC_BASE_INPUT, 0, 0},
    {NNCC_BASE_INPUT, 0, 0}, {NNCC_BASE_PREPARED, 0, 0}, {NNCC_BASE_ARENA, 0, 0},
    {NNCC_BASE_INPUT, 0, 0}, {NNCC_BASE_ARENA, 0, 0},
    {NNCC_BASE_OUTPUT, 0, 0}, {NNCC_BASE_ARENA, 0, 0},
};

static const nncc_plan_step steps[] = {
    {NNCC_CALL, 2, 0, 1, 1, -1, 1, -1, 0, 0},
    {NNCC_CALL, 1, 1, 2, 1, -1, 1, -1, 0, 0},
    {NNCC_CALL, 0, 3, 3, N, -1, CHUNKS, -1, 0, 0},
    {NNCC_CALL, 3, 6, 2, N, -1, CHUNKS, -1, 1, 0},
    {NNCC_COPY, 0, 8, 2, 4 * N, -1, 0, -1, 0, 0},
};

static const nncc_plan_tensor input = {"x", NNCC_F32, 1, {N}, {-1, -1, -1, -1, -1, -1, -1, -1}, 4 * N, 0, 0, 4, 0};
static const nncc_plan_tensor output = {"y", NNCC_F32, 1, {N}, {-1, -1, -1, -1, -1, -1, -1, -1}, 4 * N, 0, 0, 4, 0};

static const nncc_plan_profile profile = {"", &input, &output, 1, 5, 1, 10, 0, 0, 0, 4, 4 * N, 3 * N};

const struct nncc_model nncc_model_data = {
    .plan_version = NNCC_PLAN_VERSION,
    .name = "test",
    .compiler_version = "0",
    .target = "any",
    .cpu = "any",
    .profiles = &profile,
    .kernels = kernels,
    .args = args,
    .steps = steps,
    .weights = weights,
    .weight_bytes = sizeof weights,
    .arena_bytes = 4 * N,
    .prepared_bytes = 4 * N,
    .state_bytes = 16,
    .scratch_bytes = 4 * (N / CHUNKS + 1),
    .inputs_count = 1,
    .outputs_count = 1,
    .profiles_count = 1,
    .kernels_count = 4,
    .args_count = sizeof args / sizeof *args,
    .steps_count = sizeof steps / sizeof *steps,
    .prepare_steps = 1,
};
