/* A run: the walk through the plan.  No allocation, no lock, no system call of its own. */
#include "nncc_internal.h"

/* A launch: CALLs in a row whose chunks are numbered through.  The floating-point mode goes with each chunk where the
 * threads are the caller's. */
typedef struct {
  nncc_context *context;
  const nncc_plan_step *step; /* the first */
  int enter_fp;
  uint32_t groups; /* of neighbouring chunks, or 0 */
  uint32_t back;   /* whether a group goes from its last chunk to its first */
} launch;

static int64_t extent_of(const nncc_context *c, const nncc_plan_step *s) {
  if (s->extent_slot < 0) return s->extent;
  int64_t n = c->dims[s->extent_slot];
  return n < 0 ? 0 : n < s->extent ? n : s->extent;
}

static void run_range(nncc_context *c, const nncc_plan_step *s, uint32_t chunk, uint32_t worker, const int64_t *dims) {
  int64_t lo = 0, hi = extent_of(c, s);
  if (s->chunks > 1) { /* small kernels have one chunk, and divisions would take as long as they do */
    int64_t q = hi / s->chunks, r = hi % s->chunks; /* extent * chunk / chunks without overflow */
    lo = q * chunk + r * chunk / s->chunks;
    hi = q * (chunk + 1) + r * (chunk + 1) / s->chunks;
  }
  if (lo >= hi) return;
  c->model->kernels[s->kernel].fn(c->args + s->first_arg, c->scratch + worker * c->scratch_stride, dims, lo, hi);
}

/* Group `group` of `groups` of neighbouring chunks. */
static void run_group(nncc_context *c, const nncc_plan_step *s, uint32_t group, uint32_t groups, uint32_t back,
                      uint32_t worker, const int64_t *dims) {
  uint32_t first = s->chunks * group / groups, last = s->chunks * (group + 1) / groups - 1;
  for (uint32_t i = first; i <= last; i++) run_range(c, s, back ? first + last - i : i, worker, dims);
}

static void run_chunk(void *v, uint32_t chunk, uint32_t worker) {
  const launch *job = v;
  const nncc_plan_step *s = job->step;
  uint64_t fp = job->enter_fp ? nncc_fp_enter(job->context->fp_mode) : 0;
  if (job->groups == 0) {
    while (chunk >= s->chunks) chunk -= (s++)->chunks;
    run_range(job->context, s, chunk, worker, job->context->dims);
  } else {
    run_group(job->context, s, chunk, job->groups, job->back, worker, job->context->dims);
  }
  if (job->enter_fp) nncc_fp_leave(fp);
}

/* The launch that begins at `s`: its number of CALLs.  Whoever measures or watches calls gets them one by one. */
static uint32_t launched(const nncc_context *c, const nncc_plan_step *s, uint32_t most, uint32_t *chunks) {
  uint32_t n = 1;
  *chunks = s->chunks;
  if (c->stats != NULL || c->step_hook != NULL) return n;
  for (; n < most && s[n].op == NNCC_CALL && (s[n].target & NNCC_BESIDE) != 0; n++) {
    if (*chunks + s[n].chunks > NNCC_CHUNK_MASK) break;
    *chunks += s[n].chunks;
  }
  return n;
}

void nncc_share_out(nncc_context *c, nncc_task task, void *arg, uint32_t chunks) {
  if (c->parallel.parallel_for != NULL && chunks > 1) c->parallel.parallel_for(c->parallel.user, chunks, task, arg);
  else nncc_pool_run(&c->pool, task, arg, chunks);
}

static void run_launch(nncc_context *c, const nncc_plan_step *s, uint32_t chunks) {
  if (chunks == 1 && c->stats == NULL) {
    run_range(c, s, 0, 0, c->dims);
    return;
  }
  uint64_t start = c->stats != NULL ? nncc_host_ns() : 0;
  launch job = {c, s, c->parallel.parallel_for != NULL || c->fp_mode != c->pool.fp_mode, 0, 0};
  /* As many groups as threads: the caller takes the first one at once, and with it the same part in every round. */
  if ((s->target & NNCC_NEIGHBOURS) != 0 && chunks > c->threads && c->parallel.parallel_for == NULL) {
    job.groups = c->threads;
    job.back = c->turn ^= 1; /* what the last round read last is still in the cache: this one begins there */
  }
  nncc_share_out(c, run_chunk, &job, job.groups != 0 ? job.groups : chunks);
  if (c->stats != NULL) {
    nncc_kernel_stat *stat = &c->stats[s->kernel];
    uint64_t ns = nncc_host_ns() - start;
    if (stat->calls++ == 0 || ns < stat->ns_min) stat->ns_min = ns;
    stat->ns_total += ns;
  }
}

/* A LOOP whose body is CALLs in groups of neighbouring chunks: steps of a recurrent layer. */
typedef struct {
  nncc_context *context;
  const nncc_plan_step *loop;
  uint32_t calls, turn;
} recurrence;

enum { MOST_DIMS = 64 };

static void run_round(void *v, uint32_t group, uint32_t worker, uint32_t round) {
  const recurrence *r = v;
  nncc_context *c = r->context;
  int64_t dims[MOST_DIMS]; /* threads may be in different rounds */
  memcpy(dims, c->dims, c->model->dims_count * sizeof *dims);
  dims[r->loop->slot] = round / r->calls;
  run_group(c, r->loop + 1 + round % r->calls, group, c->pool.threads, (r->turn ^ round ^ 1) & 1, worker, dims);
}

/* Runs all rounds of the LOOP as one job where that is possible: whether it was. */
static int run_rounds(nncc_context *c, const nncc_plan_step *loop) {
  uint32_t calls = loop->target - (uint32_t)(loop - c->model->steps) - 1;
  int64_t rounds = extent_of(c, loop) * calls;
  if (calls == 0 || rounds >= 1 << 30 || c->model->dims_count > MOST_DIMS || !nncc_pool_together(&c->pool)) return 0;
  if (c->parallel.parallel_for != NULL || c->stats != NULL || c->step_hook != NULL) return 0;
  for (const nncc_plan_step *s = loop + 1; s <= loop + calls; s++) {
    if (s->op != NNCC_CALL || s->target != NNCC_NEIGHBOURS || s->chunks <= c->pool.threads) return 0;
  }
  recurrence r = {c, loop, calls, c->turn};
  nncc_pool_rounds(&c->pool, run_round, &r, (uint32_t)rounds, &c->cancel);
  c->turn ^= (uint32_t)rounds & 1;
  return 1;
}

/* Whether the body of a LOOP, WHILE or IF runs (again). */
static int enters(const nncc_context *c, const nncc_plan_step *s) {
  if (s->op != NNCC_LOOP && *(const volatile char *)c->args[s->first_arg] == 0) return 0;
  return s->op == NNCC_IF || c->dims[s->slot] < extent_of(c, s);
}

nncc_status nncc_walk(nncc_context *c, uint32_t first, uint32_t end) {
  const nncc_plan_step *steps = c->model->steps;
  for (uint32_t at = first; at < end;) {
    if (__atomic_load_n(&c->cancel, __ATOMIC_RELAXED)) return NNCC_ERR_CANCELLED;
    const nncc_plan_step *s = &steps[at];
    uint32_t kernel = UINT32_MAX, next = at + 1, chunks;
    switch (s->op) {
      case NNCC_CALL:
        kernel = s->kernel;
        next = at + launched(c, s, end - at, &chunks);
        run_launch(c, s, chunks);
        if (__atomic_load_n(&c->fault, __ATOMIC_RELAXED) != 0) {
          c->last_kernel = kernel;
          return NNCC_ERR_INDEX;
        }
        break;
      case NNCC_COPY:
        memmove(c->args[s->first_arg], c->args[s->first_arg + 1], (size_t)extent_of(c, s));
        break;
      case NNCC_LOOP:
        if (run_rounds(c, s)) {
          c->last_kernel = s[1].kernel; /* for a fault */
          if (__atomic_load_n(&c->fault, __ATOMIC_RELAXED) != 0) return NNCC_ERR_INDEX;
          if (__atomic_load_n(&c->cancel, __ATOMIC_RELAXED)) return NNCC_ERR_CANCELLED;
          at = s->target + 1;
          continue;
        } /* fall through */
      case NNCC_WHILE:
        c->dims[s->slot] = 0; /* fall through */
      case NNCC_IF:
        at = enters(c, s) ? next : s->target + 1;
        continue;
      case NNCC_ELSE:
        at = s->target + 1;
        continue;
      case NNCC_END: {
        const nncc_plan_step *opener = &steps[s->target];
        if (opener->op != NNCC_IF) {
          c->dims[opener->slot]++;
          if (enters(c, opener)) next = s->target + 1;
        }
        at = next;
        continue;
      }
      default:
        return NNCC_ERR_INTERNAL;
    }
    if (c->step_hook != NULL && c->step_hook(c->step_user, at - first, kernel) != 0) return NNCC_ERR_CANCELLED;
    at = next;
  }
  return NNCC_OK;
}

static int claim(nncc_context *c) {
  uint32_t idle = 0;
  return __atomic_compare_exchange_n(&c->busy, &idle, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static nncc_status release(nncc_context *c, nncc_status status) {
  c->last_status = status;
  __atomic_store_n(&c->busy, 0, __ATOMIC_RELEASE);
  return status;
}

/* Inputs and outputs are in c->inputs, c->outputs; busy is held. */
static nncc_status run_bound(nncc_context *c) {
  const struct nncc_model *m = c->model;
  const nncc_plan_profile *p = c->profile;
  nncc_state_begin(c);
  for (uint32_t i = c->io_first[p - m->profiles]; i < c->io_first[p - m->profiles + 1]; i++) {
    uint32_t a = c->io_args[i];
    const nncc_plan_arg *arg = &m->args[a];
    if (arg->base == NNCC_BASE_STATE) {
      c->args[a] = nncc_state_at(c, arg);
      continue;
    }
    char *base = arg->base == NNCC_BASE_INPUT ? (char *)(uintptr_t)c->inputs[arg->index] : c->outputs[arg->index];
    c->args[a] = base + arg->offset;
  }
  c->fault = 0;
  c->last_kernel = UINT32_MAX;
  __atomic_store_n(&c->cancel, 0, __ATOMIC_RELAXED);
  uint64_t fp = nncc_fp_enter(c->fp_mode);
  nncc_status status = nncc_walk(c, p->first_step, p->end_step);
  nncc_fp_leave(fp);
  if (status == NNCC_OK) nncc_state_end(c);
  return release(c, status);
}

nncc_status nncc_run_raw(nncc_context *c, const void *const *inputs, void *const *outputs) {
  if (c == NULL) return NNCC_ERR_ARGUMENT;
  if (!claim(c)) return NNCC_ERR_BUSY;
  for (uint32_t i = 0; i < c->model->inputs_count; i++) c->inputs[i] = inputs[i];
  for (uint32_t i = 0; i < c->model->outputs_count; i++) c->outputs[i] = outputs[i];
  nncc_enter(c, c->selected);
  nncc_default_dims(c);
  return run_bound(c);
}

/* The extent of dim d in this run; -1 when the caller's dims do not fit the tensor or an earlier input. */
static int64_t dim_of(nncc_context *c, const nncc_plan_tensor *t, uint32_t d, const int64_t *dims, int input) {
  int32_t slot = t->slots[d];
  if (slot < 0) return !input || dims == NULL || dims[d] == t->dims[d] ? t->dims[d] : -1;
  if (!input) return c->dims_given[slot] ? c->dims[slot] : t->dims[d];
  int64_t extent = dims != NULL ? dims[d] : c->dims_given[slot] ? c->dims[slot] : t->dims[d];
  if (extent < 0 || extent > t->dims[d] || (c->dims_given[slot] && c->dims[slot] != extent)) return -1;
  c->dims[slot] = extent;
  c->dims_given[slot] = 1;
  return extent;
}

/* Checks one buffer; takes the run-time dims of an input over. */
static nncc_status bind_buffer(nncc_context *c, uint32_t i, nncc_buffer buffer, int input) {
  const nncc_plan_tensor *t = input ? &c->profile->inputs[i] : &c->profile->outputs[i];
  uint64_t bytes = t->element_bytes;
  for (uint32_t d = 0; d < t->rank; d++) {
    int64_t extent = dim_of(c, t, d, buffer.dims, input);
    if (extent < 0) return NNCC_ERR_SHAPE;
    bytes *= (uint64_t)extent;
  }
  if (buffer.bytes < bytes) return NNCC_ERR_SHAPE;
  if (bytes != 0 && (buffer.data == NULL || (uintptr_t)buffer.data % t->element_bytes != 0)) return NNCC_ERR_ARGUMENT;
  if (input) c->inputs[i] = buffer.data;
  else c->outputs[i] = buffer.data;
  return NNCC_OK;
}

static nncc_status bind_all(nncc_context *c, uint32_t n, const nncc_buffer *b, int input) {
  for (uint32_t i = 0; i < n; i++) {
    nncc_status status = bind_buffer(c, i, nncc_buffer_at(b, i), input);
    if (status != NNCC_OK) return status;
  }
  return NNCC_OK;
}

nncc_status nncc_run(nncc_context *c, const nncc_buffer *inputs, uint32_t n_inputs, const nncc_buffer *outputs,
                     uint32_t n_outputs) {
  if (c == NULL || (inputs == NULL && n_inputs > 0) || (outputs == NULL && n_outputs > 0)) return NNCC_ERR_ARGUMENT;
  if (n_inputs != c->model->inputs_count || n_outputs != c->model->outputs_count) return NNCC_ERR_ARGUMENT;
  if (n_inputs > 0 && inputs->size < offsetof(nncc_buffer, dims)) return NNCC_ERR_ARGUMENT;
  if (n_outputs > 0 && outputs->size < offsetof(nncc_buffer, dims)) return NNCC_ERR_ARGUMENT;
  if (!claim(c)) return NNCC_ERR_BUSY;
  int choice = c->model->profiles_count > 1;
  const nncc_plan_profile *p = choice ? nncc_choose(c, inputs) : c->profile;
  if (p == NULL) return release(c, NNCC_ERR_SHAPE);
  nncc_enter(c, p);
  nncc_default_dims(c);
  nncc_status status = bind_all(c, n_inputs, inputs, 1);
  if (status == NNCC_OK) status = bind_all(c, n_outputs, outputs, 0);
  if (status == NNCC_OK) return run_bound(c);
  if (!choice) nncc_choose(c, inputs); /* keeps dims that do not fit, for the message */
  c->last_kernel = UINT32_MAX;
  return release(c, status);
}
