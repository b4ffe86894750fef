/* test_runtime [ROUNDS [valgrind]]: exercises the runtime through its table of functions; linked with test_model.c and the runtime's sources, so that
 * sanitizers and valgrind see all of it.  Prints what fails; exit status 0 when nothing does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nncc.h"

enum { N = 1000 };
extern uint32_t test_mode_of_kernel;
static const nncc_api *api;
static const nncc_model *model;
static int failures, rounds = 2000;
static int threads_to_allow = 1 << 30;

#define CHECK(condition)                                                 \
  do {                                                                   \
    if (!(condition)) {                                                  \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
      failures++;                                                        \
    }                                                                    \
  } while (0)

/* Stands in front of libc's: thread creation can be made to fail. */
int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *v) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (__atomic_fetch_sub(&threads_to_allow, 1, __ATOMIC_RELAXED) <= 0) return 11;
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  return real(t, a, f, v);
}

static nncc_context *create(nncc_options options) {
  nncc_context *c = NULL;
  nncc_error error = {.size = sizeof error};
  options.size = sizeof options;
  if (api->context_create(model, &options, &c, &error) != NNCC_OK) fprintf(stderr, "create: %s\n", error.message);
  return c;
}

static nncc_status run(nncc_context *c, const float *x, float *y) {
  nncc_buffer in = {sizeof in, (void *)(uintptr_t)x, 4 * N, NULL, 0}, out = {sizeof out, y, 4 * N, NULL, 0};
  return api->run(c, &in, 1, &out, 1);
}

/* Whether a run gives 2x + i. */
static int right(nncc_context *c, float first) {
  float x[N], y[N];
  for (int i = 0; i < N; i++) x[i] = first + (float)(i % 9);
  memset(y, 0, sizeof y);
  if (run(c, x, y) != NNCC_OK) return 0;
  for (int i = 0; i < N; i++) {
    if (y[i] != 2 * x[i] + (float)i) return 0;
  }
  return 1;
}

static void versions(void) {
  CHECK(nncc_get_api(NNCC_ABI_VERSION) != NULL);
  CHECK(nncc_get_api(NNCC_ABI_VERSION + 1) == NULL);
  CHECK(nncc_get_api(2u << 16) == NULL);
  CHECK(strstr(api->status_text(NNCC_ERR_INDEX), "NNCC_ERR_INDEX") != NULL);
  CHECK(api->model_open(NULL, NULL) == NNCC_ERR_ARGUMENT);
}

static void descriptions(void) {
  nncc_model_info info = {.size = sizeof info};
  CHECK(api->model_info(model, &info) == NNCC_OK);
  CHECK(info.inputs == 1 && info.outputs == 1 && info.kernels == 4 && info.arena_bytes == 4 * N);
  nncc_tensor_info tensor = {.size = 24}; /* a caller of a time when the struct ended there */
  tensor.max_bytes = 77;
  CHECK(api->input_info(model, 0, &tensor) == NNCC_OK);
  CHECK(tensor.size == 24 && strcmp(tensor.name, "x") == 0 && tensor.max_bytes == 77);
  CHECK(api->input_info(model, 1, &tensor) == NNCC_ERR_ARGUMENT);
}

static void thread_counts(void) {
  const uint32_t counts[] = {1, 2, 3, 5, 9, 16, 1000};
  for (int k = 0; k < 7; k++) {
    nncc_context *c = create((nncc_options){.threads = counts[k]});
    CHECK(api->threads(c) == (counts[k] < 16 ? counts[k] : 16)); /* 16 chunks: no work for more */
    for (int i = 0; i < rounds; i++) {
      CHECK(right(c, (float)i));
      if (i % 97 == 0) usleep(100); /* workers fall asleep */
    }
    api->context_destroy(c);
  }
}

static void affinity(void) {
  cpu_set_t all, one;
  sched_getaffinity(0, sizeof all, &all);
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
    if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
  }
  sched_setaffinity(0, sizeof one, &one);
  nncc_context *c = create((nncc_options){0});
  CHECK(api->threads(c) == 1);
  CHECK(right(c, 1));
  api->context_destroy(c);
  c = create((nncc_options){.threads = 3}); /* what the caller asks for, it gets */
  CHECK(api->threads(c) == 3);
  CHECK(right(c, 1));
  api->context_destroy(c);
  sched_setaffinity(0, sizeof all, &all);
}

static void callers_affinity_stays(void) {
  cpu_set_t before, after;
  sched_getaffinity(0, sizeof before, &before);
  nncc_context *c = create((nncc_options){.threads = 4, .flags = NNCC_NO_SPIN});
  for (int i = 0; i < 200; i++) CHECK(right(c, 1));
  sched_getaffinity(0, sizeof after, &after);
  CHECK(CPU_EQUAL(&before, &after));
  api->context_destroy(c);
  c = create((nncc_options){.threads = 4, .flags = NNCC_PIN_THREADS | NNCC_LAZY_WEIGHTS});
  CHECK(right(c, 1));
  sched_getaffinity(0, sizeof after, &after);
  CHECK(CPU_EQUAL(&before, &after));
  api->context_destroy(c);
}

static void too_few_threads(void) {
  for (int allowed = 0; allowed < 4; allowed++) {
    threads_to_allow = allowed;
    nncc_context *c = create((nncc_options){.threads = 4});
    threads_to_allow = 1 << 30;
    CHECK(api->threads(c) == (uint32_t)allowed + 1 || (allowed > 3 && api->threads(c) == 4));
    CHECK(right(c, 1));
    api->context_destroy(c);
  }
}

/* ---- the step hook ---- */

typedef struct {
  nncc_context *context;
  uint32_t steps, copies;
  nncc_status nested;
  uint32_t stop_after;
} hook_state;

static int hook(void *user, uint32_t step, uint32_t kernel) {
  hook_state *s = user;
  float x[N] = {0}, y[N];
  CHECK(step == s->steps);
  s->steps++;
  s->copies += kernel == UINT32_MAX;
  if (s->context != NULL) s->nested = run(s->context, x, y);
  return s->steps == s->stop_after;
}

static void hooks(void) {
  hook_state s = {0};
  nncc_context *c = create((nncc_options){.step_hook = hook, .step_user = &s});
  CHECK(s.steps == 0); /* not for the prepare steps */
  CHECK(right(c, 1));
  CHECK(s.steps == 4 && s.copies == 1);
  s = (hook_state){.context = c};
  CHECK(right(c, 1));
  CHECK(s.nested == NNCC_ERR_BUSY);
  s = (hook_state){.stop_after = 2};
  float x[N] = {0}, y[N];
  CHECK(run(c, x, y) == NNCC_ERR_CANCELLED);
  CHECK(s.steps == 2);
  api->context_destroy(c);
}

/* ---- threads of the caller ---- */

static void backwards(void *user, uint32_t chunks, nncc_task task, void *arg) {
  ++*(int *)user;
  for (uint32_t i = chunks; i-- > 0;) task(arg, i, i % 3);
}

static void callers_threads(void) {
  int calls = 0;
  nncc_parallel parallel = {sizeof parallel, &calls, 3, backwards};
  nncc_context *c = create((nncc_options){.parallel = &parallel});
  CHECK(right(c, 1) && calls == 2);
  CHECK(api->threads(c) == 3);
  api->context_destroy(c);
  nncc_error error = {.size = sizeof error};
  nncc_options options = {.size = sizeof options, .parallel = &parallel};
  parallel.max_workers = 0;
  CHECK(api->context_create(model, &options, &c, &error) == NNCC_ERR_ARGUMENT);
  CHECK(c == NULL && error.message[0] != 0);
}

/* ---- memory of the caller ---- */

static int live, until_failure;

static void *take(void *user, size_t bytes, size_t alignment) {
  void *p = NULL;
  (void)user;
  if (until_failure-- == 0 || posix_memalign(&p, alignment, bytes) != 0) return NULL;
  memset(p, 0xaa, bytes);
  live++;
  return p;
}

static void give(void *user, void *p, size_t bytes) {
  (void)user;
  memset(p, 0xbb, bytes);
  free(p);
  live--;
}

static void callers_memory(void) {
  nncc_allocator allocator = {sizeof allocator, NULL, take, give};
  nncc_options options = {.size = sizeof options, .allocator = &allocator, .flags = NNCC_COPY_WEIGHTS, .threads = 2};
  nncc_context *c;
  until_failure = -1;
  c = create(options);
  CHECK(live == 3);
  int before = live;
  for (int i = 0; i < 100; i++) CHECK(right(c, 3));
  CHECK(live == before);
  api->context_destroy(c);
  CHECK(live == 0);
  for (int i = 0; i < 3; i++) {
    until_failure = i;
    CHECK(api->context_create(model, &options, &c, NULL) == NNCC_ERR_MEMORY);
    CHECK(c == NULL && live == 0);
  }
  float *arena = NULL;
  CHECK(posix_memalign((void **)&arena, 64, 4 * N + 64) == 0);
  options = (nncc_options){.size = sizeof options, .arena = arena, .arena_bytes = 4 * N};
  c = create(options);
  CHECK(right(c, 1));
  CHECK(arena[0] == 2 && arena[N - 1] == 2 * (1 + (N - 1) % 9) + N - 1);
  api->context_destroy(c);
  options.arena = arena + 1;
  CHECK(api->context_create(model, &options, &c, NULL) == NNCC_ERR_MEMORY);
  options.arena = arena;
  options.arena_bytes--;
  CHECK(api->context_create(model, &options, &c, NULL) == NNCC_ERR_MEMORY);
  free(arena);
}

static void misuse(void) {
  nncc_context *c = create((nncc_options){0});
  float x[N + 1] = {0}, y[N];
  nncc_buffer in = {sizeof in, x, 4 * N, NULL, 0}, out = {sizeof out, y, 4 * N, NULL, 0};
  CHECK(api->run(NULL, &in, 1, &out, 1) == NNCC_ERR_ARGUMENT);
  CHECK(api->run(c, NULL, 1, &out, 1) == NNCC_ERR_ARGUMENT);
  CHECK(api->run(c, &in, 0, &out, 1) == NNCC_ERR_ARGUMENT);
  in.bytes--;
  CHECK(api->run(c, &in, 1, &out, 1) == NNCC_ERR_SHAPE);
  in.bytes++;
  in.data = (char *)x + 1;
  CHECK(api->run(c, &in, 1, &out, 1) == NNCC_ERR_ARGUMENT);
  in.data = NULL;
  CHECK(api->run(c, &in, 1, &out, 1) == NNCC_ERR_ARGUMENT);
  int64_t dims[] = {N - 1};
  in.data = x;
  in.dims = dims;
  CHECK(api->run(c, &in, 1, &out, 1) == NNCC_ERR_SHAPE);
  nncc_error shape = {.size = sizeof shape};
  CHECK(api->last_error(c, &shape) == NNCC_OK);
  CHECK(strstr(shape.message, "; no profile has x=999; there are x=1000") != NULL);
  dims[0] = N;
  CHECK(api->run(c, &in, 1, &out, 1) == NNCC_OK);
  x[0] = -1;
  CHECK(api->run(c, &in, 1, &out, 1) == NNCC_ERR_INDEX);
  nncc_error error = {.size = sizeof error};
  CHECK(api->last_error(c, &error) == NNCC_OK && error.code == NNCC_ERR_INDEX);
  CHECK(strstr(error.message, "check") != NULL && strstr(error.message, "Gather_2") != NULL);
  nncc_error tiny = {.size = offsetof(nncc_error, message) + 8};
  memset(tiny.message, 'z', sizeof tiny.message);
  CHECK(api->last_error(c, &tiny) == NNCC_OK);
  CHECK(tiny.message[7] == 0 && tiny.message[8] == 'z'); /* cut to what the caller has */
  CHECK(api->model_close(model) == NNCC_ERR_BUSY);
  nncc_options unknown = {.size = sizeof unknown, .flags = NNCC_LAZY_WEIGHTS << 1};
  nncc_context *none;
  CHECK(api->context_create(model, &unknown, &none, NULL) == NNCC_ERR_ARGUMENT);
  api->context_destroy(c);
  api->context_destroy(NULL);
  CHECK(api->model_close(model) == NNCC_OK);
  c = create((nncc_options){0}); /* prepares again */
  CHECK(right(c, 1));
  api->context_destroy(c);
}

static void floating_point_mode(void) {
#if defined(__x86_64__)
  uint32_t odd = 0x1f80u | 0x8040u | 3u << 13, after;
  nncc_context *c = create((nncc_options){.threads = 2});
  float x[N] = {0}, y[N];
  __asm__ volatile("ldmxcsr %0" : : "m"(odd));
  nncc_status status = run(c, x, y);
  __asm__ volatile("stmxcsr %0" : "=m"(after));
  uint32_t standard = 0x1f80;
  __asm__ volatile("ldmxcsr %0" : : "m"(standard));
  CHECK(status == NNCC_OK && after == odd);
  CHECK(test_mode_of_kernel == 0x1f80);
  api->context_destroy(c);
  c = create((nncc_options){.flags = NNCC_FLUSH_DENORMALS});
  CHECK(right(c, 1));
  CHECK(test_mode_of_kernel == (0x1f80u | 0x8040u));
  api->context_destroy(c);
#endif
}

static void *own_context(void *v) {
  nncc_context *c = create((nncc_options){.threads = 3});
  for (int i = 0; i < rounds; i++) CHECK(right(c, (float)(intptr_t)v));
  api->context_destroy(c);
  return NULL;
}

static void contexts_at_once(void) {
  pthread_t t[4];
  for (intptr_t i = 0; i < 4; i++) pthread_create(&t[i], NULL, own_context, (void *)i);
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
}

int main(int argc, char **argv) {
  if (argc > 1) rounds = atoi(argv[1]);
  api = nncc_get_api(NNCC_ABI_VERSION);
  nncc_error error = {.size = sizeof error};
  if (api == NULL || api->model_open(&model, &error) != NNCC_OK) return 1;
  versions();
  descriptions();
  thread_counts();
  affinity();
  callers_affinity_stays();
  too_few_threads();
  hooks();
  callers_threads();
  callers_memory();
  misuse();
  if (argc <= 2) floating_point_mode(); /* valgrind knows neither FTZ nor DAZ: an argument more leaves it out */
  contexts_at_once();
  if (failures == 0) printf("all passed\n");
  return failures != 0;
}
