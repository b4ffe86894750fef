/* Contexts: memory, arguments, threads; and what the contexts of a model share (prepared memory). */
#include "nncc_internal.h"

/* The one mutable object of a library: what its contexts share.  Guarded by `lock`, 0 free, 1 held. */
static struct {
  uint32_t lock;
  uint32_t contexts;
  struct {                   /* of each variant: memory that the prepare steps have filled */
    void *at;
    size_t bytes;
  } prepared[NNCC_MAX_VARIANTS];
  const void *weights;       /* the mapped file, where the weights are not embedded */
} shared;

static void lock_shared(void) {
  for (uint32_t idle = 0;
       !__atomic_compare_exchange_n(&shared.lock, &idle, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED); idle = 0) {
    syscall(NNCC_SYS_futex, &shared.lock, NNCC_FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
  }
}

static void unlock_shared(void) {
  __atomic_store_n(&shared.lock, 0, __ATOMIC_RELEASE);
  syscall(NNCC_SYS_futex, &shared.lock, NNCC_FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static size_t align_up(size_t n, size_t to) { return (n + to - 1) & ~(to - 1); }

/* The caller's allocator or the system's; zeroed. */
static void *take(const nncc_allocator *a, size_t bytes, size_t alignment) {
  if (a->alloc == NULL) return nncc_map(bytes);
  void *p = a->alloc(a->user, bytes, alignment);
  if (p != NULL) memset(p, 0, bytes);
  return p;
}

static void give(const nncc_allocator *a, void *p, size_t bytes) {
  if (p == NULL) return;
  if (a->alloc == NULL) nncc_unmap(p, bytes);
  else a->free(a->user, p, bytes);
}

/* One block: the struct, then its tables.  Called with base NULL for the size. */
static size_t lay_out(nncc_context *c, const struct nncc_model *m, char *base, int profile) {
  size_t at = align_up(sizeof(nncc_context), NNCC_LINE);
#define TABLE(field, count)                                                       \
  do {                                                                            \
    if (base != NULL) c->field = (void *)(base + at);                             \
    at = align_up(at + sizeof *((nncc_context *)0)->field * ((size_t)(count) + 1), NNCC_LINE); \
  } while (0)
  TABLE(args, m->args_count);
  TABLE(io_args, m->args_count);
  TABLE(io_first, m->profiles_count);
  TABLE(dims, m->dims_count);
  TABLE(dims_given, m->dims_count);
  TABLE(inputs, m->inputs_count);
  TABLE(outputs, m->outputs_count);
  TABLE(asked, m->inputs_count);
  TABLE(cursors, m->states_count);
  TABLE(positions, m->states_count);
  if (profile) TABLE(stats, m->kernels_count);
#undef TABLE
  return at;
}

void nncc_default_dims(nncc_context *c) {
  const struct nncc_model *m = c->model;
  memset(c->dims_given, 0, m->dims_count);
  for (uint32_t set = 0; set < 2; set++) {
    const nncc_plan_tensor *tensors = set ? c->profile->inputs : c->profile->outputs;
    uint32_t count = set ? m->inputs_count : m->outputs_count;
    for (uint32_t i = 0; i < count; i++) {
      for (uint32_t d = 0; d < tensors[i].rank; d++) {
        if (tensors[i].slots[d] >= 0) c->dims[tensors[i].slots[d]] = tensors[i].dims[d];
      }
    }
  }
}

void nncc_resolve(nncc_context *c) {
  const struct nncc_model *m = c->model;
  uint32_t io = 0, next = 0; /* profile whose arguments come next */
  for (uint32_t i = 0; i < m->args_count; i++) {
    while (next < m->profiles_count && m->profiles[next].first_arg <= i) c->io_first[next++] = io;
    const nncc_plan_arg *a = &m->args[i];
    char *base = NULL;
    switch (a->base) {
      case NNCC_BASE_ARENA: base = c->arena; break;
      case NNCC_BASE_WEIGHTS: base = (char *)(uintptr_t)c->weights; break;
      case NNCC_BASE_PREPARED: base = c->prepared; break;
      case NNCC_BASE_STATE:
        if (a->index != 0) {
          c->io_args[io++] = i; /* moves from run to run */
          continue;
        }
        base = c->state;
        break;
      case NNCC_BASE_CONTEXT: base = a->index == NNCC_CONTEXT_DIMS ? (char *)c->dims : (char *)&c->fault; break;
      default: c->io_args[io++] = i; continue;
    }
    c->args[i] = base + a->offset;
  }
  while (next <= m->profiles_count) c->io_first[next++] = io;
}

static void fill_halos(nncc_context *c, const nncc_plan_profile *p) {
  for (uint32_t i = p->first_fill; i < p->end_fill; i++) {
    const nncc_plan_fill *f = &c->model->fills[i];
    for (uint64_t outer = 0; outer < f->count[0]; outer++) {
      for (uint64_t inner = 0; inner < f->count[1]; inner++) {
        char *at = c->arena + f->offset + outer * f->stride[0] + inner * f->stride[1];
        uint64_t b = 0;
        for (; b + 8 <= f->bytes; b += 8) memcpy(at + b, &f->pattern, 8);
        memcpy(at + b, &f->pattern, f->bytes - b);
      }
    }
  }
}

void nncc_enter(nncc_context *c, const nncc_plan_profile *p) {
  c->profile = p;
  c->no_profile = 0;
  if (c->filled == p) return;
  fill_halos(c, p);
  c->filled = p;
}

/* arena (unless the caller's), state and scratch in one mapping. */
static nncc_status take_data(nncc_context *c, const nncc_options *o, nncc_error *err) {
  const struct nncc_model *m = c->model;
  size_t needed = c->only != NULL ? c->only->arena_bytes : m->arena_bytes;
  size_t arena = o->arena != NULL ? 0 : align_up(needed, NNCC_LINE);
  size_t state = align_up(m->state_bytes, NNCC_LINE);
  if (o->arena != NULL && (o->arena_bytes < needed || (uintptr_t)o->arena % NNCC_LINE != 0)) {
    return nncc_fail(err, NNCC_ERR_MEMORY, "the arena must be aligned to 64 bytes and hold", needed);
  }
  c->scratch_stride = align_up(m->scratch_bytes, NNCC_LINE);
  if (c->scratch_stride != 0) c->scratch_stride += NNCC_LINE; /* neighbours do not share the line of a prefetch */
  c->data_bytes = arena + state + c->scratch_stride * c->threads + NNCC_LINE;
  c->data = take(&c->allocator, c->data_bytes, NNCC_HUGE);
  if (c->data == NULL) return nncc_fail(err, NNCC_ERR_MEMORY, "out of memory for the arena", c->data_bytes);
  if (c->allocator.alloc == NULL) nncc_touch(c->data, c->data_bytes);
  c->arena = o->arena != NULL ? o->arena : c->data;
  c->state = (char *)c->data + arena;
  c->scratch = c->state + state;
  return NNCC_OK;
}

static nncc_status find_weights(nncc_context *c, const char *file, nncc_error *err) {
  const struct nncc_model *m = c->model;
  nncc_status status = NNCC_OK;
  c->weights = m->weights;
  if (m->weight_bytes == 0 || m->weights != NULL) return NNCC_OK;
  lock_shared();
  if (shared.weights == NULL) status = nncc_weights_map(m, file, &shared.weights, err);
  c->weights = shared.weights;
  unlock_shared();
  return status;
}

static nncc_status take_weights(nncc_context *c, const char *file, nncc_error *err) {
  size_t size = c->model->weight_bytes;
  nncc_status status = find_weights(c, file, err);
  if (status != NNCC_OK || size == 0) return status;
  if (c->flags & NNCC_COPY_WEIGHTS) {
    c->weights_copy = take(&c->allocator, size, NNCC_HUGE);
    if (c->weights_copy == NULL) return nncc_fail(err, NNCC_ERR_MEMORY, "out of memory for the weights", size);
    memcpy(c->weights_copy, c->weights, size);
    c->weights = c->weights_copy;
  }
  return NNCC_OK;
}

static size_t piece_bytes(size_t weights) { return align_up(weights / (NNCC_MAX_CHUNKS / 2) + 1, NNCC_HUGE); }

/* Part `piece` of all weights. */
static void read_in(void *v, uint32_t piece, uint32_t worker) {
  const nncc_context *c = v;
  uintptr_t start = (uintptr_t)c->weights & ~(uintptr_t)(NNCC_PAGE - 1);
  uintptr_t end = (uintptr_t)c->weights + c->model->weight_bytes;
  size_t most = piece_bytes(c->model->weight_bytes);
  start += piece * most;
  size_t bytes = end - start < most ? end - start : most;
  if (madvise((void *)start, bytes, NNCC_MADV_POPULATE_READ) != 0) { /* before Linux 5.14 */
    for (size_t i = 0; i < bytes; i += NNCC_PAGE) (void)*(volatile const char *)(start + i);
  }
  (void)worker;
}

/* The first context maps all pages of the weights: a fault for each in the first run would take longer.  Without the
 * lock, since the caller's parallel_for may wait for a thread that makes a context too; reading twice does no harm. */
static void read_weights_in(nncc_context *c) {
  size_t start = (uintptr_t)c->weights & (NNCC_PAGE - 1), bytes = c->model->weight_bytes;
  if ((c->flags & NNCC_LAZY_WEIGHTS) != 0 || c->weights_copy != NULL || bytes == 0) return;
  lock_shared();
  int first = shared.contexts == 0;
  unlock_shared();
  if (!first) return;
  nncc_share_out(c, read_in, c, (uint32_t)((start + bytes - 1) / piece_bytes(bytes) + 1));
}

/* Runs the prepare steps if no context has yet. */
static nncc_status prepare(nncc_context *c, nncc_error *err) {
  const struct nncc_model *m = c->model;
  nncc_status status = NNCC_OK;
  lock_shared();
  c->prepared = shared.prepared[m->number].at;
  if (m->prepare_steps != 0 && c->prepared == NULL) {
    c->prepared = nncc_map(m->prepared_bytes + 1);
    if (c->prepared == NULL) {
      unlock_shared();
      return nncc_fail(err, NNCC_ERR_MEMORY, "out of memory for prepared weights", m->prepared_bytes);
    }
    nncc_resolve(c);
    nncc_step_hook hook = c->step_hook;
    nncc_kernel_stat *stats = c->stats;
    c->step_hook = NULL;
    c->stats = NULL;
    uint32_t mode = c->fp_mode;
    c->fp_mode = 0; /* other contexts read these weights too */
    uint64_t fp = nncc_fp_enter(c->fp_mode);
    status = nncc_walk(c, 0, m->prepare_steps);
    nncc_fp_leave(fp);
    c->fp_mode = mode;
    c->step_hook = hook;
    c->stats = stats;
    if (status == NNCC_OK) {
      shared.prepared[m->number].at = c->prepared;
      shared.prepared[m->number].bytes = m->prepared_bytes + 1;
    } else {
      nncc_unmap(c->prepared, m->prepared_bytes + 1);
    }
  }
  if (status == NNCC_OK) shared.contexts++;
  unlock_shared();
  return status == NNCC_OK ? status : nncc_fail(err, status, "preparing the weights failed", 0);
}

static uint32_t thread_count(const nncc_options *o, const nncc_context *c) {
  const struct nncc_model *m = c->model;
  nncc_cpus cpus;
  uint32_t useful = 1; /* no launch has work for more */
  uint32_t chunks = 0;
  for (uint32_t i = 0; i < m->steps_count; i++) {
    if (c->only != NULL && i >= m->prepare_steps && (i < c->only->first_step || i >= c->only->end_step)) continue;
    if (m->steps[i].op != NNCC_CALL) continue;
    chunks = (m->steps[i].target & NNCC_BESIDE ? chunks : 0) + m->steps[i].chunks;
    if (chunks > useful) useful = chunks;
  }
  uint32_t n = o->threads != 0 ? o->threads : nncc_host_threads(&cpus);
  if (n > useful) n = useful;
  return n < NNCC_MAX_WORKERS ? n : NNCC_MAX_WORKERS;
}

static nncc_status set_up(nncc_context *c, const nncc_options *o, nncc_error *err) {
  c->flags = o->flags;
  c->fp_mode = o->flags & NNCC_FLUSH_DENORMALS ? NNCC_FP_FLUSH : 0;
  c->step_hook = o->step_hook;
  c->step_user = o->step_user;
  c->pool.threads = 1;
  c->threads = c->parallel.parallel_for != NULL ? c->parallel.max_workers : thread_count(o, c);
  nncc_status status = take_data(c, o, err);
  if (status == NNCC_OK) status = take_weights(c, o->weight_file, err);
  if (status != NNCC_OK) return status;
  nncc_enter(c, c->selected);
  nncc_default_dims(c);
  if (c->parallel.parallel_for == NULL) {
    nncc_pool_start(&c->pool, c->threads, o);
    c->threads = c->pool.threads;
  }
  read_weights_in(c);
  status = prepare(c, err);
  if (status == NNCC_OK) nncc_resolve(c);
  return status;
}

static void tear_down(nncc_context *c) {
  nncc_allocator allocator = c->allocator;
  nncc_pool_stop(&c->pool);
  give(&allocator, c->weights_copy, c->model->weight_bytes);
  give(&allocator, c->data, c->data_bytes);
  give(&allocator, c->block, c->block_bytes);
}

nncc_status nncc_context_create(const nncc_model *m, const nncc_options *caller, nncc_context **out, nncc_error *err) {
  nncc_options o;
  nncc_allocator allocator;
  memset(&o, 0, sizeof o);
  memset(&allocator, 0, sizeof allocator);
  if (out == NULL || m == NULL) return nncc_fail(err, NNCC_ERR_ARGUMENT, "model and context must not be null", 0);
  *out = NULL;
  if (caller != NULL) memcpy(&o, caller, nncc_min_size(caller->size, sizeof o));
  if (o.flags >> 8 != 0) return nncc_fail(err, NNCC_ERR_ARGUMENT, "unknown bits in flags", 0);
  if ((o.flags & NNCC_ONE_PROFILE) && o.profile >= m->profiles_count) {
    return nncc_fail(err, NNCC_ERR_ARGUMENT, "the library has no such profile", 0);
  }
  if (o.parallel != NULL && (o.parallel->parallel_for == NULL || o.parallel->max_workers - 1 >= NNCC_MAX_WORKERS)) {
    return nncc_fail(err, NNCC_ERR_ARGUMENT, "parallel needs a function and 1 to 64 workers", 0);
  }
  if (o.allocator != NULL) memcpy(&allocator, o.allocator, nncc_min_size(o.allocator->size, sizeof allocator));
  if ((allocator.alloc == NULL) != (allocator.free == NULL)) {
    return nncc_fail(err, NNCC_ERR_ARGUMENT, "an allocator needs alloc and free", 0);
  }
  int profile = (o.flags & NNCC_PROFILE) != 0;
  size_t bytes = lay_out(NULL, m, NULL, profile);
  nncc_context *c = take(&allocator, bytes, NNCC_LINE);
  if (c == NULL) return nncc_fail(err, NNCC_ERR_MEMORY, "out of memory for the context", bytes);
  c->block = c;
  c->block_bytes = bytes;
  c->model = m;
  c->only = o.flags & NNCC_ONE_PROFILE ? &m->profiles[o.profile] : NULL;
  c->selected = c->only != NULL ? c->only : &m->profiles[m->default_profile];
  c->allocator = allocator;
  if (o.parallel != NULL) memcpy(&c->parallel, o.parallel, nncc_min_size(o.parallel->size, sizeof c->parallel));
  lay_out(c, m, (char *)c, profile);
  nncc_status status = set_up(c, &o, err);
  if (status != NNCC_OK) tear_down(c);
  else *out = c;
  return status;
}

void nncc_context_destroy(nncc_context *c) {
  if (c == NULL) return;
  tear_down(c);
  lock_shared();
  shared.contexts--;
  unlock_shared();
}

nncc_status nncc_model_close(const nncc_model *m) {
  lock_shared();
  nncc_status status = shared.contexts != 0 ? NNCC_ERR_BUSY : NNCC_OK;
  for (uint32_t i = 0; status == NNCC_OK && i < NNCC_MAX_VARIANTS; i++) {
    if (shared.prepared[i].at != NULL) nncc_unmap(shared.prepared[i].at, shared.prepared[i].bytes);
    shared.prepared[i].at = NULL;
  }
  if (status == NNCC_OK && shared.weights != NULL) {
    nncc_unmap((void *)(uintptr_t)shared.weights, m->weight_bytes);
    shared.weights = NULL;
  }
  unlock_shared();
  return status;
}
