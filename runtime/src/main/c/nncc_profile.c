/* The choice of a profile by the dims of the inputs. */
#include "nncc_internal.h"

/* Whether an input may have these dims: the extents, or at most the bounds where a run chooses them. */
static int has_dims(const nncc_plan_tensor *t, const int64_t *dims) {
  for (uint32_t d = 0; d < t->rank; d++) {
    if (t->slots[d] < 0 ? dims[d] != t->dims[d] : dims[d] < 0 || dims[d] > t->dims[d]) return 0;
  }
  return 1;
}

static int fits(const nncc_context *c, const nncc_plan_profile *p, const nncc_buffer *inputs) {
  for (uint32_t i = 0; i < c->model->inputs_count; i++) {
    nncc_buffer buffer = nncc_buffer_at(inputs, i);
    const int64_t *dims = buffer.dims != NULL ? buffer.dims : c->selected->inputs[i].dims;
    if (!has_dims(&p->inputs[i], dims)) return 0;
  }
  return 1;
}

const nncc_plan_profile *nncc_choose(nncc_context *c, const nncc_buffer *inputs) {
  const struct nncc_model *m = c->model;
  if (c->only != NULL) {
    if (fits(c, c->only, inputs)) return c->only;
  } else {
    for (uint32_t p = 0; p < m->profiles_count; p++) {
      if (fits(c, &m->profiles[p], inputs)) return &m->profiles[p];
    }
  }
  for (uint32_t i = 0; i < m->inputs_count; i++) {
    nncc_buffer buffer = nncc_buffer_at(inputs, i);
    const nncc_plan_tensor *t = &c->selected->inputs[i];
    memcpy(c->asked[i], buffer.dims != NULL ? buffer.dims : t->dims, t->rank * sizeof(int64_t));
  }
  c->no_profile = 1;
  c->last_kernel = UINT32_MAX;
  return NULL;
}

nncc_status nncc_select_profile(nncc_context *c, uint32_t profile) {
  if (c == NULL || profile >= c->model->profiles_count) return NNCC_ERR_ARGUMENT;
  const nncc_plan_profile *p = &c->model->profiles[profile];
  if (c->only != NULL && c->only != p) return NNCC_ERR_ARGUMENT;
  uint32_t idle = 0;
  if (!__atomic_compare_exchange_n(&c->busy, &idle, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return NNCC_ERR_BUSY;
  c->selected = p;
  __atomic_store_n(&c->busy, 0, __ATOMIC_RELEASE);
  return NNCC_OK;
}

/* Whether an input says something about the choice: profiles differ in it, or no profile has what was asked for. */
static int matters(const nncc_context *c, uint32_t i) {
  const nncc_plan_profile *all = c->model->profiles;
  if (!has_dims(&all[0].inputs[i], c->asked[i])) return 1;
  for (uint32_t p = 1; p < c->model->profiles_count; p++) {
    if (!has_dims(&all[p].inputs[i], all[0].inputs[i].dims)) return 1;
  }
  return 0;
}

/* " x=1x3x224x224" for each input that matters. */
static void add_shapes(const nncc_context *c, nncc_text *text, const nncc_plan_profile *p) {
  for (uint32_t i = 0; i < c->model->inputs_count; i++) {
    if (!matters(c, i)) continue;
    const nncc_plan_tensor *t = &c->selected->inputs[i];
    const int64_t *dims = p != NULL ? p->inputs[i].dims : c->asked[i];
    nncc_add(text, " ");
    nncc_add(text, t->name);
    nncc_add(text, "=");
    for (uint32_t d = 0; d < t->rank; d++) {
      if (d > 0) nncc_add(text, "x");
      if (dims[d] < 0) nncc_add(text, "-");
      nncc_add_number(text, dims[d] < 0 ? 0 - (uint64_t)dims[d] : (uint64_t)dims[d]);
    }
  }
}

void nncc_no_profile(const nncc_context *c, nncc_text *text) {
  const struct nncc_model *m = c->model;
  nncc_add(text, "; no profile has");
  add_shapes(c, text, NULL);
  nncc_add(text, c->only != NULL ? "; the context's has" : "; there are");
  for (uint32_t p = 0; p < m->profiles_count; p++) {
    if (c->only != NULL && c->only != &m->profiles[p]) continue;
    if (p > 0 && c->only == NULL) nncc_add(text, ",");
    add_shapes(c, text, &m->profiles[p]);
  }
}
