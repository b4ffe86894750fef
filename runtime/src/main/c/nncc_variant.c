/* The variants of a library: the same model for several processors, the best first.  A process runs the first that its
 * processor can run, or the one that NNCC_CPU or the caller names. */
#include "nncc_internal.h"

/* The n-th variant, or NULL. */
static const struct nncc_model *variant(uint32_t n) {
  const struct nncc_model *m = &nncc_model_data;
  while (m != NULL && n-- > 0) m = m->next;
  return m;
}

/* Adds the names of what the processor lacks for a variant; how many they are. */
static uint32_t missing(const struct nncc_model *m, nncc_text *text) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < m->cpu_features_count; i++) {
    if (nncc_cpu_has(m->cpu_features[i])) continue;
    if (n++ != 0) nncc_add(text, ", ");
    nncc_add(text, m->cpu_features[i]);
  }
  return n;
}

static uint32_t lacks(const struct nncc_model *m) {
  nncc_text nowhere = {NULL, 0};
  return missing(m, &nowhere);
}

static nncc_status cannot_run(const struct nncc_model *m, nncc_error *err) {
  nncc_text text = nncc_message(err, NNCC_ERR_CPU);
  nncc_add(&text, m->name);
  nncc_add(&text, " was compiled for ");
  nncc_add(&text, m->target);
  nncc_add(&text, "; this processor has no ");
  missing(m, &text);
  return NNCC_ERR_CPU;
}

static nncc_status cannot_run_any(nncc_error *err) {
  nncc_text text = nncc_message(err, NNCC_ERR_CPU);
  nncc_add(&text, nncc_model_data.name);
  nncc_add(&text, " was compiled for several processors, and this one can run none of its variants:");
  for (const struct nncc_model *m = &nncc_model_data; m != NULL; m = m->next) {
    nncc_add(&text, m == &nncc_model_data ? " " : "; ");
    nncc_add(&text, m->cpu);
    nncc_add(&text, " needs ");
    missing(m, &text);
  }
  return NNCC_ERR_CPU;
}

static nncc_status no_such_variant(const char *cpu, nncc_error *err) {
  nncc_text text = nncc_message(err, NNCC_ERR_ARGUMENT);
  nncc_add(&text, nncc_model_data.name);
  nncc_add(&text, " has no variant ");
  nncc_add(&text, cpu);
  nncc_add(&text, "; it has");
  for (const struct nncc_model *m = &nncc_model_data; m != NULL; m = m->next) {
    nncc_add(&text, m == &nncc_model_data ? " " : ", ");
    nncc_add(&text, m->cpu);
  }
  return NNCC_ERR_ARGUMENT;
}

static nncc_status open_variant(const char *cpu, const nncc_model **out, nncc_error *err) {
  if (out == NULL) return NNCC_ERR_ARGUMENT;
  *out = NULL;
  if (nncc_model_data.plan_version != NNCC_PLAN_VERSION) {
    return nncc_fail(err, NNCC_ERR_INTERNAL, "plan and runtime are of different versions", 0);
  }
  for (const struct nncc_model *m = &nncc_model_data; m != NULL; m = m->next) {
    if (cpu != NULL && strcmp(cpu, m->cpu) != 0) continue;
    if (lacks(m) == 0) {
      *out = m;
      return NNCC_OK;
    }
    if (cpu != NULL) return cannot_run(m, err);
  }
  if (cpu != NULL) return no_such_variant(cpu, err);
  return nncc_model_data.next == NULL ? cannot_run(&nncc_model_data, err) : cannot_run_any(err);
}

nncc_status nncc_model_open(const nncc_model **out, nncc_error *err) {
  const char *cpu = nncc_model_data.next != NULL ? getenv("NNCC_CPU") : NULL;
  return open_variant(cpu != NULL && *cpu != 0 ? cpu : NULL, out, err);
}

nncc_status nncc_model_open_for(const char *cpu, const nncc_model **out, nncc_error *err) {
  if (cpu == NULL) return nncc_fail(err, NNCC_ERR_ARGUMENT, "no processor is named", 0);
  return open_variant(cpu, out, err);
}

nncc_status nncc_variant_info_of(uint32_t i, nncc_variant_info *out) {
  const struct nncc_model *m = variant(i);
  if (m == NULL || out == NULL) return NNCC_ERR_ARGUMENT;
  nncc_variant_info info;
  memset(&info, 0, sizeof info);
  info.size = nncc_min_size(out->size, sizeof info);
  info.cpu = m->cpu;
  info.target = m->target;
  info.usable = lacks(m) == 0;
  memcpy(out, &info, info.size);
  return NNCC_OK;
}

uint32_t nncc_variants(void) {
  uint32_t n = 0;
  while (variant(n) != NULL) n++;
  return n;
}
