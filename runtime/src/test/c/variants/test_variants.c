/* test_variants: a model by hand for four processors; linked with the runtime's sources.  Prints what fails; exit
 * status 0 when nothing does. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nncc_plan.h"

/* ---- the model: y = prepared + weight, where each variant prepares its own number ---- */

static const float weights[1] = {1000};

#define PREPARES(name, number)                                                                          \
  static void name(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {     \
    (void)scratch, (void)dims, (void)lo, (void)hi;                                                      \
    *(float *)args[0] += (number); /* prepared twice it would be wrong */                               \
  }
PREPARES(prepare_0, 1)
PREPARES(prepare_1, 2)
PREPARES(prepare_2, 3)

static void add(void *const *args, void *scratch, const int64_t *dims, int64_t lo, int64_t hi) {
  (void)scratch, (void)dims, (void)lo, (void)hi;
  *(float *)args[2] = *(const float *)args[0] + *(const float *)args[1];
}

static const nncc_plan_kernel kernels[3][2] = {
    {{"prepare", "", prepare_0, 0, 0}, {"add", "Add_0", add, 1, 12}},
    {{"prepare", "", prepare_1, 0, 0}, {"add", "Add_0", add, 1, 12}},
    {{"prepare", "", prepare_2, 0, 0}, {"add", "Add_0", add, 1, 12}},
};
static const nncc_plan_arg args[] = {
    {NNCC_BASE_PREPARED, 0, 0}, {NNCC_BASE_PREPARED, 0, 0}, {NNCC_BASE_WEIGHTS, 0, 0}, {NNCC_BASE_OUTPUT, 0, 0}};
static const nncc_plan_step steps[] = {{NNCC_CALL, 0, 0, 1, 1, -1, 1, -1, 0, 0}, {NNCC_CALL, 1, 1, 3, 1, -1, 1, -1, 0, 0}};
static const nncc_plan_tensor output = {"y", NNCC_F32, 1, {1}, {-1, -1, -1, -1, -1, -1, -1, -1}, 4, 0, 0, 4, 0};
static const nncc_plan_profile profile = {"", &output, &output, 1, 2, 1, 4, 0, 0, 0, 2, 0, 1};
static const char *const more[] = {"avx1024"}, *const most[] = {"avx1024", "amx-quantum"};

#define VARIANT(number_, name_, kernels_, features_, count, next_)                                           \
  {                                                                                                        \
    .plan_version = NNCC_PLAN_VERSION, .number = number_, .name = "chosen", .compiler_version = "0",       \
    .target = "any " name_, .cpu = name_, .next = next_, .cpu_features = features_,                        \
    .cpu_features_count = count, .profiles = &profile, .kernels = kernels_, .args = args, .steps = steps,  \
    .weights = weights, .weight_bytes = sizeof weights, .prepared_bytes = 4, .outputs_count = 1,           \
    .profiles_count = 1, .kernels_count = 2, .args_count = 4, .steps_count = 2, .prepare_steps = 1         \
  }
#ifdef NONE_USABLE
static const struct nncc_model second = VARIANT(1, "next", kernels[0], more, 1, NULL);
#else
static const struct nncc_model fourth = VARIANT(3, "oldest", kernels[2], NULL, 0, NULL);
static const struct nncc_model third = VARIANT(2, "old", kernels[1], NULL, 0, &fourth);
static const struct nncc_model second = VARIANT(1, "next", kernels[0], more, 1, &third);
#endif
const struct nncc_model nncc_model_data = VARIANT(0, "newest", kernels[0], most, 2, &second);

/* ---- the checks ---- */

static const nncc_api *api;
static int failures;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      failures++;                                                     \
    }                                                                 \
  } while (0)

static const char *const names[] = {"newest", "next", "old", "oldest"};

static int said(nncc_status status, const nncc_error *error, nncc_status expected, const char *text) {
  if (status == expected && error->code == expected && strcmp(error->message, text) == 0) return 1;
  fprintf(stderr, "%d: %s\n", status, error->message);
  return 0;
}

#ifdef NONE_USABLE
static void none_is_an_error_that_says_why(void) {
  const nncc_model *m = &nncc_model_data;
  nncc_error error = {.size = sizeof error};
  CHECK(said(api->model_open(&m, &error), &error, NNCC_ERR_CPU,
             "chosen was compiled for several processors, and this one can run none of its variants: newest needs "
             "avx1024, amx-quantum; next needs avx1024"));
  CHECK(m == NULL);
  CHECK(api->model_open(&m, NULL) == NNCC_ERR_CPU);
}
#else
static float result(const nncc_model *m) {
  float y = 0;
  nncc_context *c = NULL;
  nncc_buffer out = {sizeof out, &y, sizeof y, NULL, 0};
  CHECK(api->context_create(m, NULL, &c, NULL) == NNCC_OK);
  CHECK(api->run(c, NULL, 0, &out, 1) == NNCC_OK);
  CHECK(api->model_close(m) == NNCC_ERR_BUSY);
  api->context_destroy(c);
  return y;
}

static void descriptions(void) {
  nncc_variant_info v = {.size = sizeof v};
  for (uint32_t i = 0; i < 4; i++) {
    CHECK(api->variant_info(i, &v) == NNCC_OK && strcmp(v.cpu, names[i]) == 0 && v.usable == (i >= 2));
    CHECK(strncmp(v.target, "any ", 4) == 0 && strcmp(v.target + 4, names[i]) == 0);
  }
  CHECK(api->variant_info(4, &v) == NNCC_ERR_ARGUMENT && api->variant_info(0, NULL) == NNCC_ERR_ARGUMENT);
}

static void the_first_usable_one_runs(void) {
  const nncc_model *m = NULL;
  nncc_model_info info = {.size = sizeof info};
  CHECK(api->model_open(&m, NULL) == NNCC_OK && api->model_info(m, &info) == NNCC_OK);
  CHECK(info.variants == 4 && info.variant == 2 && strcmp(info.target, "any old") == 0);
  CHECK(result(m) == 1002);
}

static void the_caller_names_one(void) {
  const nncc_model *old = NULL, *oldest = NULL, *other = NULL;
  nncc_error error = {.size = sizeof error};
  CHECK(api->model_open_for("old", &old, NULL) == NNCC_OK);
  CHECK(api->model_open_for("oldest", &oldest, NULL) == NNCC_OK && old != oldest);
  for (int i = 0; i < 3; i++) { /* what they prepare is their own, and done once */
    CHECK(result(old) == 1002);
    CHECK(result(oldest) == 1003);
    if (i == 1) CHECK(api->model_close(old) == NNCC_OK); /* of both: prepared again */
  }
  CHECK(api->model_close(oldest) == NNCC_OK);
  CHECK(said(api->model_open_for("next", &other, &error), &error, NNCC_ERR_CPU,
             "chosen was compiled for any next; this processor has no avx1024"));
  CHECK(said(api->model_open_for("new", &other, &error), &error, NNCC_ERR_ARGUMENT,
             "chosen has no variant new; it has newest, next, old, oldest"));
  CHECK(other == NULL);
  CHECK(api->model_open_for(NULL, &other, NULL) == NNCC_ERR_ARGUMENT);
}

static void the_environment_names_one(void) {
  const nncc_model *m = NULL;
  setenv("NNCC_CPU", "oldest", 1);
  CHECK(api->model_open(&m, NULL) == NNCC_OK && result(m) == 1003);
  setenv("NNCC_CPU", "newest", 1);
  CHECK(api->model_open(&m, NULL) == NNCC_ERR_CPU && m == NULL);
  setenv("NNCC_CPU", "", 1);
  CHECK(api->model_open(&m, NULL) == NNCC_OK && result(m) == 1002);
  unsetenv("NNCC_CPU");
}
#endif

int main(void) {
  unsetenv("NNCC_CPU");
  api = nncc_get_api(NNCC_ABI_VERSION);
  if (api == NULL) return 1;
#ifdef NONE_USABLE
  (void)names;
  none_is_an_error_that_says_why();
#else
  descriptions();
  the_first_usable_one_runs();
  the_caller_names_one();
  the_environment_names_one();
#endif
  if (failures == 0) printf("all passed\n");
  return failures != 0;
}
