/* test_rounds [RUNS]: a loop whose calls are groups of neighbouring chunks, each of which reads what all groups of the
 * call before have written: y = x + (x + x turned round) * (1 + 2 + .. + ROUNDS). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nncc_plan.h"

enum { N = 1000, CHUNKS = 16, ROUNDS = 40 };

static void begin(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)scratch, (void)dims;
  memcpy((float *)args[1] + lo, (const float *)args[0] + lo, (size_t)(hi - lo) * 4);
}

static void turn(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)scratch;
  const float *x = args[0], *from = args[1];
  float *to = args[2];
  for (int64_t i = lo; i < hi; i++) to[i] = from[N - 1 - i] + x[i] * (float)(dims[0] + 1);
}

static const nncc_plan_kernel kernels[] = {{"begin", "", begin, 0, 0}, {"turn", "", turn, 0, 0}};

enum { A = 0, B = 4096 };
static const nncc_plan_arg args[] = {
    {NNCC_BASE_INPUT, 0, 0}, {NNCC_BASE_ARENA, 0, A},                          /* begin */
    {NNCC_BASE_INPUT, 0, 0}, {NNCC_BASE_ARENA, 0, A}, {NNCC_BASE_ARENA, 0, B}, /* there */
    {NNCC_BASE_INPUT, 0, 0}, {NNCC_BASE_ARENA, 0, B}, {NNCC_BASE_ARENA, 0, A}, /* and back */
    {NNCC_BASE_OUTPUT, 0, 0}, {NNCC_BASE_ARENA, 0, A},
};

static const nncc_plan_step steps[] = {
    {NNCC_CALL, 0, 0, 2, N, -1, CHUNKS, -1, 0, 0},
    {NNCC_LOOP, 0, 0, 0, ROUNDS, -1, 0, 0, 4, 0},
    {NNCC_CALL, 1, 2, 3, N, -1, CHUNKS, -1, NNCC_NEIGHBOURS, 0},
    {NNCC_CALL, 1, 5, 3, N, -1, CHUNKS, -1, NNCC_NEIGHBOURS, 0},
    {NNCC_END, 0, 0, 0, 0, -1, 0, 0, 1, 0},
    {NNCC_COPY, 0, 8, 2, 4 * N, -1, 0, -1, 0, 0},
};

static const nncc_plan_tensor tensor = {"t", NNCC_F32, 1, {N}, {-1, -1, -1, -1, -1, -1, -1, -1}, 4 * N, 0, 0, 4, 0};
static const nncc_plan_profile profile = {"", &tensor, &tensor, 0, 6, 0, 10, 0, 0, 0, 2, 8192, 0};

const struct nncc_model nncc_model_data = {
    .plan_version = NNCC_PLAN_VERSION,
    .name = "rounds",
    .compiler_version = "0",
    .target = "any",
    .cpu = "any",
    .profiles = &profile,
    .kernels = kernels,
    .args = args,
    .steps = steps,
    .arena_bytes = 8192,
    .inputs_count = 1,
    .outputs_count = 1,
    .profiles_count = 1,
    .kernels_count = 2,
    .args_count = sizeof args / sizeof *args,
    .steps_count = sizeof steps / sizeof *steps,
    .dims_count = 1,
};

static int wrong(const nncc_api *api, const nncc_model *model, nncc_options options, int runs) {
  nncc_context *c = NULL;
  options.size = sizeof options;
  if (api->context_create(model, &options, &c, NULL) != NNCC_OK) return 1;
  int failures = 0;
  for (int r = 0; r < runs; r++) {
    float x[N], y[N] = {0};
    for (int i = 0; i < N; i++) x[i] = (float)((i + r) % 9);
    const void *in = x;
    void *out = y;
    if (api->run_raw(c, &in, &out) != NNCC_OK) failures++;
    for (int i = 0; i < N; i++) failures += y[i] != x[i] + (x[i] + x[N - 1 - i]) * (ROUNDS * (ROUNDS + 1) / 2);
    struct timespec idle = {0, r % 8 == 0 ? 300000 : 0}; /* workers sleep then: who comes first takes their groups */
    nanosleep(&idle, NULL);
  }
  api->context_destroy(c);
  return failures;
}

int early(uint32_t threads, int runs); /* late.c */

void nap(long ns) {
  struct timespec t = {0, ns};
  nanosleep(&t, NULL);
}

int main(int argc, char **argv) {
  int runs = argc > 1 ? atoi(argv[1]) : 2000, failures = 0;
  const nncc_api *api = nncc_get_api(NNCC_ABI_VERSION);
  const nncc_model *model = NULL;
  if (api->model_open(&model, NULL) != NNCC_OK) return 2;
  for (uint32_t threads = 1; threads <= 4; threads++) {
    failures += wrong(api, model, (nncc_options){.threads = threads}, runs);
    failures += wrong(api, model, (nncc_options){.threads = threads, .join_spin_us = 1}, runs); /* waits asleep */
  }
  failures += wrong(api, model, (nncc_options){.threads = 2, .flags = NNCC_NO_SPIN}, runs);
  failures += wrong(api, model, (nncc_options){.threads = 2, .flags = NNCC_PROFILE}, runs); /* call by call */
  for (uint32_t threads = 2; threads <= 5; threads++) failures += early(threads, 100);
  puts(failures == 0 ? "all passed" : "failed");
  return failures != 0;
}
