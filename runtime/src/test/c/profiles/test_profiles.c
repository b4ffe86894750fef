/* test_profiles [ROUNDS]: a model by hand with three profiles, and what may go wrong with several; linked with the
 * runtime's sources.  Prints what fails; exit status 0 when nothing does. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nncc_plan.h"

/* ---- the model: y[i] = x[i] + z[0] + w[i] + border, with a border of 1, 2 or 3 in the arena ---- */

enum { PROFILES = 3, BLOCK = 16, MOST = 32 };
static const int64_t extents[PROFILES] = {8, 16, 32};
static const float weights[MOST] = {5, 4, 3, 2, 1};

static void add(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)scratch, (void)dims;
  const float *border = args[0], *x = args[2], *z = args[3], *w = args[4];
  float *spoiled = args[1], *y = args[5], *state = args[6];
  for (int64_t i = lo; i < hi; i++) y[i] = x[i] + z[0] + w[i] + border[i % BLOCK];
  if (lo != 0) return;
  for (int i = 0; i < BLOCK; i++) spoiled[i] = 99; /* where another profile has its border */
  state[0] += 1;
  if (x[0] < 0) __atomic_fetch_or((int32_t *)args[7], 1, __ATOMIC_RELAXED);
}

static const nncc_plan_kernel kernels[] = {{"add_8", "Add_0", add, 8, 96}, {"add_16", "Add_0", add, 16, 192},
                                           {"add_32", "Add_0", add, 32, 384}};

#define ARGS(border, spoiled)                                                                                    \
  {NNCC_BASE_ARENA, 0, border}, {NNCC_BASE_ARENA, 0, spoiled}, {NNCC_BASE_INPUT, 0, 0}, {NNCC_BASE_INPUT, 1, 0}, \
      {NNCC_BASE_WEIGHTS, 0, 0}, {NNCC_BASE_OUTPUT, 0, 0}, {NNCC_BASE_STATE, 0, 0},                              \
      {NNCC_BASE_CONTEXT, NNCC_CONTEXT_FAULT, 0}
static const nncc_plan_arg args[] = {ARGS(0, 64), ARGS(64, 0), ARGS(128, 0)};
static const nncc_plan_step steps[] = {
    {NNCC_CALL, 0, 0, 8, 8, -1, 2, -1, 0, 0},
    {NNCC_CALL, 1, 8, 8, 16, -1, 2, -1, 0, 0},
    {NNCC_CALL, 2, 16, 8, 32, -1, 4, -1, 0, 0},
};
#define ONES(value) ((uint64_t)(value) << 32 | (value))
static const nncc_plan_fill fills[] = {
    {0, 64, {1, 1}, {0, 0}, ONES(0x3f800000)},   /* 1 */
    {64, 64, {1, 1}, {0, 0}, ONES(0x40000000)},  /* 2 */
    {128, 64, {1, 1}, {0, 0}, ONES(0x40400000)}, /* 3 */
};

#define VECTOR(name, n) {name, NNCC_F32, 1, {n}, {-1, -1, -1, -1, -1, -1, -1, -1}, 4 * (n), 0, 0, 4, 0}
static const nncc_plan_tensor inputs[PROFILES][2] = {
    {VECTOR("x", 8), VECTOR("z", 2)}, {VECTOR("x", 16), VECTOR("z", 2)}, {VECTOR("x", 32), VECTOR("z", 2)}};
static const nncc_plan_tensor outputs[PROFILES] = {VECTOR("y", 8), VECTOR("y", 16), VECTOR("y", 32)};

static const nncc_plan_profile profiles[] = {
    {"n=8", inputs[0], &outputs[0], 0, 1, 0, 8, 0, 1, 0, 1, 128, 8},
    {"n=16", inputs[1], &outputs[1], 1, 2, 8, 16, 1, 2, 1, 2, 128, 16},
    {"n=32", inputs[2], &outputs[2], 2, 3, 16, 24, 2, 3, 2, 3, 192, 32},
};

const struct nncc_model nncc_model_data = {
    .plan_version = NNCC_PLAN_VERSION,
    .name = "profiles",
    .compiler_version = "0",
    .target = "any",
    .cpu = "any",
    .profiles = profiles,
    .kernels = kernels,
    .args = args,
    .steps = steps,
    .fills = fills,
    .weights = weights,
    .weight_bytes = sizeof weights,
    .arena_bytes = 192,
    .state_bytes = 16,
    .inputs_count = 2,
    .outputs_count = 1,
    .profiles_count = PROFILES,
    .default_profile = 2,
    .kernels_count = PROFILES,
    .args_count = sizeof args / sizeof *args,
    .steps_count = PROFILES,
};

/* ---- the checks ---- */

static const nncc_api *api;
static const nncc_model *model;
static int failures;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      failures++;                                                     \
    }                                                                 \
  } while (0)

static nncc_context *create(nncc_options options) {
  nncc_context *c = NULL;
  nncc_error error = {.size = sizeof error};
  options.size = sizeof options;
  if (api->context_create(model, &options, &c, &error) != NNCC_OK) fprintf(stderr, "create: %s\n", error.message);
  return c;
}

/* A run with these dims; NULL: none are passed. */
static nncc_status run(nncc_context *c, const float *x, float *y, const int64_t *dims, size_t y_bytes) {
  float z[2] = {10, 0};
  nncc_buffer in[2] = {{sizeof *in, (void *)(uintptr_t)x, 4 * MOST, dims, 0}, {sizeof *in, z, sizeof z, NULL, 0}};
  nncc_buffer out = {sizeof out, y, y_bytes, NULL, 0};
  return api->run(c, in, 2, &out, 1);
}

/* Whether y is what the profile gives, and nothing was written behind it. */
static int is_right(int profile, const float *x, const float *y) {
  for (int i = 0; i < MOST; i++) {
    float expected = i < extents[profile] ? x[i] + 10 + weights[i] + (float)profile + 1 : -7;
    if (y[i] != expected) return 0;
  }
  return 1;
}

static int right(nncc_context *c, int profile, int pass_dims) {
  float x[MOST], y[MOST];
  for (int i = 0; i < MOST; i++) {
    x[i] = (float)(i % 5);
    y[i] = -7;
  }
  if (run(c, x, y, pass_dims ? &extents[profile] : NULL, sizeof y) != NNCC_OK) return 0;
  int64_t dims[NNCC_MAX_RANK];
  uint32_t rank = 0;
  CHECK(api->output_dims(c, 0, dims, &rank) == NNCC_OK && rank == 1 && dims[0] == extents[profile]);
  return is_right(profile, x, y);
}

static void descriptions(void) {
  nncc_model_info info = {.size = sizeof info};
  CHECK(api->model_info(model, &info) == NNCC_OK);
  CHECK(info.profiles == 3 && info.default_profile == 2 && info.arena_bytes == 192 && info.flops == 32);
  nncc_model_info older = {.size = offsetof(nncc_model_info, profiles)};
  older.profiles = 77;
  CHECK(api->model_info(model, &older) == NNCC_OK && older.profiles == 77);
  nncc_tensor_info t = {.size = sizeof t};
  CHECK(api->input_info(model, 0, &t) == NNCC_OK);
  CHECK(t.dims[0] == -1 && t.max_dims[0] == 32 && t.max_bytes == 128);
  CHECK(api->input_info(model, 1, &t) == NNCC_OK && t.dims[0] == 2);
  CHECK(api->output_info(model, 0, &t) == NNCC_OK && t.dims[0] == -1 && t.max_bytes == 128);
  for (uint32_t p = 0; p < PROFILES; p++) {
    nncc_profile_info profile = {.size = sizeof profile};
    CHECK(api->profile_info(model, p, &profile) == NNCC_OK);
    CHECK(strcmp(profile.name, profiles[p].name) == 0 && profile.arena_bytes == profiles[p].arena_bytes);
    CHECK(profile.flops == (double)extents[p] && profile.first_kernel == p && profile.kernels == 1);
    CHECK(api->profile_input(model, p, 0, &t) == NNCC_OK && t.dims[0] == extents[p] && t.max_bytes == 4 * (size_t)extents[p]);
    CHECK(api->profile_output(model, p, 0, &t) == NNCC_OK && t.dims[0] == extents[p]);
  }
  nncc_profile_info profile = {.size = sizeof profile};
  CHECK(api->profile_info(model, 3, &profile) == NNCC_ERR_ARGUMENT);
  CHECK(api->profile_input(model, 3, 0, &t) == NNCC_ERR_ARGUMENT);
  CHECK(api->profile_input(model, 0, 2, &t) == NNCC_ERR_ARGUMENT);
  CHECK(api->profile_output(model, 0, 1, &t) == NNCC_ERR_ARGUMENT);
}

static void dims_choose(void) {
  const int order[] = {2, 0, 1, 0, 0, 2, 1, 1, 2, 0};
  for (uint32_t threads = 1; threads <= 3; threads++) {
    nncc_context *c = create((nncc_options){.threads = threads});
    for (int i = 0; i < 10; i++) CHECK(right(c, order[i], 1));
    api->context_destroy(c);
  }
}

static void without_dims_the_selected_profile_runs(void) {
  nncc_context *c = create((nncc_options){.threads = 1});
  CHECK(right(c, 2, 0));
  CHECK(right(c, 0, 1));
  CHECK(right(c, 2, 0)); /* a run with dims selects nothing */
  CHECK(api->select_profile(c, 1) == NNCC_OK);
  CHECK(right(c, 1, 0));
  float x[MOST] = {1}, y[MOST], z[2] = {10, 0};
  const void *in[] = {x, z};
  void *out[] = {y};
  for (int i = 0; i < MOST; i++) y[i] = -7;
  CHECK(right(c, 0, 1)); /* spoils the border of profile 1 */
  CHECK(api->run_raw(c, in, out) == NNCC_OK && is_right(1, x, y));
  CHECK(api->select_profile(c, 3) == NNCC_ERR_ARGUMENT);
  CHECK(api->select_profile(NULL, 0) == NNCC_ERR_ARGUMENT);
  api->context_destroy(c);
}

static void other_shapes_are_refused_with_a_list(void) {
  nncc_context *c = create((nncc_options){.threads = 1});
  nncc_error error = {.size = sizeof error};
  float x[MOST] = {0}, y[MOST];
  const int64_t bad[] = {9, 0, -8, INT64_MIN, INT64_MAX};
  for (int i = 0; i < 5; i++) {
    CHECK(run(c, x, y, &bad[i], sizeof y) == NNCC_ERR_SHAPE);
    CHECK(api->last_error(c, &error) == NNCC_OK && error.code == NNCC_ERR_SHAPE);
    CHECK(strstr(error.message, "; there are x=8, x=16, x=32") != NULL);
    if (i == 0) CHECK(strstr(error.message, "; no profile has x=9;") != NULL);
    if (i == 3) CHECK(strstr(error.message, " x=-9223372036854775808;") != NULL);
  }
  int64_t three = 3;
  nncc_buffer in[2] = {{sizeof *in, x, sizeof x, &extents[0], 0}, {sizeof *in, x, sizeof x, &three, 0}};
  nncc_buffer out = {sizeof out, y, sizeof y, NULL, 0};
  CHECK(api->run(c, in, 2, &out, 1) == NNCC_ERR_SHAPE);
  CHECK(api->last_error(c, &error) == NNCC_OK);
  CHECK(strstr(error.message, "no profile has x=8 z=3; there are x=8 z=2, x=16 z=2, x=32 z=2") != NULL);
  nncc_error old = {.size = 256};
  memset(old.message, 'z', sizeof old.message);
  CHECK(api->last_error(c, &old) == NNCC_OK && old.message[256 - offsetof(nncc_error, message)] == 'z');
  CHECK(run(c, x, y, &extents[1], 4 * 16 - 1) == NNCC_ERR_SHAPE); /* too small an output: no list */
  CHECK(api->last_error(c, &error) == NNCC_OK && strstr(error.message, "there are") == NULL);
  CHECK(run(c, x, y, &extents[1], 4 * 16) == NNCC_OK);
  CHECK(api->last_error(c, &error) == NNCC_OK && error.code == NNCC_OK);
  x[0] = -1;
  CHECK(run(c, x, y, &extents[0], sizeof y) == NNCC_ERR_INDEX);
  CHECK(api->last_error(c, &error) == NNCC_OK && strstr(error.message, "add_8") != NULL);
  CHECK(right(c, 0, 1));
  api->context_destroy(c);
}

static void one_profile_alone(void) {
  nncc_error error = {.size = sizeof error};
  float *arena = NULL;
  CHECK(posix_memalign((void **)&arena, 64, 128) == 0); /* less than the model asks for all */
  nncc_options options = {.size = sizeof options, .flags = NNCC_ONE_PROFILE, .profile = 1, .threads = 1,
                          .arena = arena, .arena_bytes = 128};
  nncc_context *c = create(options);
  CHECK(right(c, 1, 0));
  CHECK(right(c, 1, 1));
  float x[MOST] = {0}, y[MOST];
  CHECK(run(c, x, y, &extents[0], sizeof y) == NNCC_ERR_SHAPE);
  CHECK(api->last_error(c, &error) == NNCC_OK);
  CHECK(strstr(error.message, "no profile has x=8; the context's has x=16") != NULL);
  CHECK(strstr(error.message, "x=32") == NULL);
  CHECK(api->select_profile(c, 0) == NNCC_ERR_ARGUMENT && api->select_profile(c, 1) == NNCC_OK);
  api->context_destroy(c);
  options.profile = 2;
  CHECK(api->context_create(model, &options, &c, &error) == NNCC_ERR_MEMORY);
  options.profile = 3;
  CHECK(api->context_create(model, &options, &c, &error) == NNCC_ERR_ARGUMENT);
  CHECK(strstr(error.message, "no such profile") != NULL);
  free(arena);
}

static int count_steps(void *user, uint32_t step, uint32_t kernel) {
  uint32_t *seen = user;
  CHECK(step == 0);
  seen[kernel]++;
  return 0;
}

static void kernels_state_and_hooks(void) {
  uint32_t seen[PROFILES] = {0};
  nncc_context *c = create((nncc_options){.flags = NNCC_PROFILE, .threads = 1, .step_hook = count_steps, .step_user = seen});
  CHECK(right(c, 0, 1) && right(c, 1, 1) && right(c, 1, 1));
  const uint64_t calls[] = {1, 2, 0};
  for (uint32_t k = 0; k < PROFILES; k++) {
    nncc_kernel_stat stat = {.size = sizeof stat};
    CHECK(api->kernel_stat(c, k, &stat) == NNCC_OK && stat.calls == calls[k] && seen[k] == calls[k]);
  }
  CHECK(api->reset_state(c) == NNCC_OK);
  CHECK(right(c, 2, 1));
  api->context_destroy(c);
}

static int rounds = 500;

static void *own_profile(void *v) {
  int profile = (int)(intptr_t)v % PROFILES;
  int alone = (intptr_t)v >= PROFILES;
  nncc_context *c = create((nncc_options){.flags = alone ? NNCC_ONE_PROFILE : 0, .profile = (uint32_t)profile, .threads = 2});
  for (int i = 0; i < rounds; i++) CHECK(right(c, profile, 1));
  for (int i = 0; !alone && i < rounds; i++) CHECK(right(c, i % PROFILES, 1));
  api->context_destroy(c);
  return NULL;
}

static void contexts_with_different_profiles_at_once(void) {
  pthread_t t[2 * PROFILES];
  for (intptr_t i = 0; i < 2 * PROFILES; i++) pthread_create(&t[i], NULL, own_profile, (void *)i);
  for (int i = 0; i < 2 * PROFILES; i++) pthread_join(t[i], NULL);
}

int main(int argc, char **argv) {
  if (argc > 1) rounds = atoi(argv[1]);
  api = nncc_get_api(NNCC_ABI_VERSION);
  if (api == NULL || api->model_open(&model, NULL) != NNCC_OK) return 1;
  descriptions();
  dims_choose();
  without_dims_the_selected_profile_runs();
  other_shapes_are_refused_with_a_list();
  one_profile_alone();
  kernels_state_and_hooks();
  contexts_with_different_profiles_at_once();
  if (failures == 0) printf("all passed\n");
  return failures != 0;
}
