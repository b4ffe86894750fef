/* The table of functions, and the descriptions of a model. */
#include "nncc_internal.h"

static nncc_status model_info(const nncc_model *m, nncc_model_info *out) {
  if (m == NULL || out == NULL) return NNCC_ERR_ARGUMENT;
  nncc_model_info info;
  memset(&info, 0, sizeof info);
  info.size = nncc_min_size(out->size, sizeof info);
  info.abi_version = NNCC_ABI_VERSION;
  info.inputs = m->inputs_count;
  info.outputs = m->outputs_count;
  info.kernels = m->kernels_count;
  info.name = m->name;
  info.compiler_version = m->compiler_version;
  info.target = m->target;
  info.source_hash = m->source_hash;
  info.weight_bytes = m->weight_bytes;
  info.arena_bytes = m->arena_bytes;
  info.arena_alignment = NNCC_LINE;
  info.flops = m->profiles[m->default_profile].flops;
  info.profiles = m->profiles_count;
  info.default_profile = m->default_profile;
  info.variants = nncc_variants();
  info.variant = m->number;
  info.states = m->states_count;
  info.prepared_bytes = m->prepared_bytes;
  memcpy(out, &info, info.size);
  return NNCC_OK;
}

/* A tensor of one profile. */
static nncc_status tensor_info(const nncc_plan_tensor *t, nncc_tensor_info *out) {
  nncc_tensor_info info;
  memset(&info, 0, sizeof info);
  info.size = nncc_min_size(out->size, sizeof info);
  info.name = t->name;
  info.dtype = t->dtype;
  info.rank = t->rank;
  for (uint32_t d = 0; d < t->rank; d++) {
    info.max_dims[d] = t->dims[d];
    info.dims[d] = t->slots[d] < 0 ? t->dims[d] : -1;
  }
  info.max_bytes = t->bytes;
  info.alignment = NNCC_LINE;
  info.quant_scale = t->quant_scale;
  info.quant_zero = t->quant_zero;
  memcpy(out, &info, info.size);
  return NNCC_OK;
}

static nncc_status profile_input(const nncc_model *m, uint32_t p, uint32_t i, nncc_tensor_info *out) {
  if (m == NULL || out == NULL || p >= m->profiles_count || i >= m->inputs_count) return NNCC_ERR_ARGUMENT;
  return tensor_info(&m->profiles[p].inputs[i], out);
}

static nncc_status profile_output(const nncc_model *m, uint32_t p, uint32_t i, nncc_tensor_info *out) {
  if (m == NULL || out == NULL || p >= m->profiles_count || i >= m->outputs_count) return NNCC_ERR_ARGUMENT;
  return tensor_info(&m->profiles[p].outputs[i], out);
}

/* A tensor of all profiles: dims that differ are chosen at run time. */
static nncc_status common_info(const nncc_model *m, uint32_t i, nncc_tensor_info *out, int input) {
  nncc_tensor_info all = {.size = sizeof all};
  tensor_info(input ? &m->profiles[0].inputs[i] : &m->profiles[0].outputs[i], &all);
  uint64_t bytes = input ? m->profiles[0].inputs[i].element_bytes : m->profiles[0].outputs[i].element_bytes;
  for (uint32_t p = 1; p < m->profiles_count; p++) {
    const nncc_plan_tensor *t = input ? &m->profiles[p].inputs[i] : &m->profiles[p].outputs[i];
    for (uint32_t d = 0; d < all.rank; d++) {
      if (t->slots[d] >= 0 || t->dims[d] != all.max_dims[d]) all.dims[d] = -1;
      if (t->dims[d] > all.max_dims[d]) all.max_dims[d] = t->dims[d];
    }
  }
  for (uint32_t d = 0; d < all.rank; d++) bytes *= (uint64_t)all.max_dims[d];
  all.max_bytes = bytes;
  all.size = nncc_min_size(out->size, sizeof all);
  memcpy(out, &all, all.size);
  return NNCC_OK;
}

static nncc_status input_info(const nncc_model *m, uint32_t i, nncc_tensor_info *out) {
  if (m == NULL || out == NULL || i >= m->inputs_count) return NNCC_ERR_ARGUMENT;
  return common_info(m, i, out, 1);
}

static nncc_status output_info(const nncc_model *m, uint32_t i, nncc_tensor_info *out) {
  if (m == NULL || out == NULL || i >= m->outputs_count) return NNCC_ERR_ARGUMENT;
  return common_info(m, i, out, 0);
}

static nncc_status profile_info(const nncc_model *m, uint32_t p, nncc_profile_info *out) {
  if (m == NULL || out == NULL || p >= m->profiles_count) return NNCC_ERR_ARGUMENT;
  const nncc_plan_profile *profile = &m->profiles[p];
  nncc_profile_info info;
  memset(&info, 0, sizeof info);
  info.size = nncc_min_size(out->size, sizeof info);
  info.name = profile->name;
  info.arena_bytes = profile->arena_bytes;
  info.flops = profile->flops;
  info.first_kernel = profile->first_kernel;
  info.kernels = profile->end_kernel - profile->first_kernel;
  memcpy(out, &info, info.size);
  return NNCC_OK;
}

static nncc_status output_dims(const nncc_context *c, uint32_t i, int64_t *dims, uint32_t *rank) {
  if (c == NULL || dims == NULL || rank == NULL || i >= c->model->outputs_count) return NNCC_ERR_ARGUMENT;
  const nncc_plan_tensor *t = &c->profile->outputs[i];
  *rank = t->rank;
  for (uint32_t d = 0; d < t->rank; d++) dims[d] = t->slots[d] < 0 ? t->dims[d] : c->dims[t->slots[d]];
  return NNCC_OK;
}

static void cancel(nncc_context *c) {
  if (c != NULL) __atomic_store_n(&c->cancel, 1, __ATOMIC_RELAXED);
}

static nncc_status last_error(const nncc_context *c, nncc_error *err) {
  if (c == NULL || err == NULL) return NNCC_ERR_ARGUMENT;
  nncc_text text = nncc_message(err, c->last_status);
  if (c->last_status == NNCC_OK) return NNCC_OK;
  nncc_add(&text, nncc_status_text(c->last_status));
  if (c->last_status == NNCC_ERR_SHAPE && c->no_profile) nncc_no_profile(c, &text);
  if (c->last_kernel < c->model->kernels_count) {
    const nncc_plan_kernel *k = &c->model->kernels[c->last_kernel];
    nncc_add(&text, " (kernel ");
    nncc_add(&text, k->name);
    nncc_add(&text, ", from ");
    nncc_add(&text, k->source_nodes);
    nncc_add(&text, ")");
  }
  return NNCC_OK;
}

static nncc_status state_info(const nncc_model *m, uint32_t i, nncc_tensor_info *out) {
  if (m == NULL || out == NULL || i >= m->states_count) return NNCC_ERR_ARGUMENT;
  return tensor_info(&m->state_tensors[i], out);
}

static nncc_status kernel_stat(const nncc_context *c, uint32_t i, nncc_kernel_stat *out) {
  if (c == NULL || out == NULL || i >= c->model->kernels_count) return NNCC_ERR_ARGUMENT;
  nncc_kernel_stat stat;
  memset(&stat, 0, sizeof stat);
  if (c->stats != NULL) stat = c->stats[i];
  stat.size = nncc_min_size(out->size, sizeof stat);
  stat.name = c->model->kernels[i].name;
  stat.source_nodes = c->model->kernels[i].source_nodes;
  stat.flops = c->model->kernels[i].flops;
  stat.bytes = c->model->kernels[i].bytes;
  memcpy(out, &stat, stat.size);
  return NNCC_OK;
}

static uint32_t threads(const nncc_context *c) { return c == NULL ? 0 : c->threads; }

static const nncc_api api = {
    sizeof(nncc_api), NNCC_ABI_VERSION, 0,
    nncc_status_text, nncc_model_open,  nncc_model_close,
    model_info,       input_info,       output_info,
    nncc_context_create, nncc_context_destroy,
    nncc_run,         nncc_run_raw,     output_dims,
    cancel,           last_error,       nncc_state_reset,
    kernel_stat,      threads,
    profile_info,     profile_input,    profile_output,
    nncc_select_profile,
    nncc_variant_info_of, nncc_model_open_for,
    state_info,       nncc_state_read,  nncc_state_write,
    nncc_state_position,
};

const nncc_api *nncc_get_api(uint32_t requested) {
  if (requested >> 16 != NNCC_ABI_MAJOR || (requested & 0xffff) > NNCC_ABI_MINOR) return NULL;
  return &api;
}
