/* States: pairs of an output and an input that stay in the context. */
#include "nncc_internal.h"

static uint32_t advance(const nncc_context *c, uint32_t i) {
  return c->model->state_rows[(size_t)(c->profile - c->model->profiles) * c->model->states_count + i];
}

/* What the next run finds: its block b. */
static char *block_of(const nncc_context *c, uint32_t i, uint64_t b) {
  const nncc_plan_state *s = &c->model->states[i];
  return c->state + s->offset + b * s->pitch + c->cursors[i] * s->row;
}

/* Takes what is kept to the start of its blocks. */
static void rewind_state(nncc_context *c, uint32_t i) {
  const nncc_plan_state *s = &c->model->states[i];
  for (uint64_t b = 0; b < s->blocks; b++) memmove(c->state + s->offset + b * s->pitch, block_of(c, i, b), s->keep);
  c->cursors[i] = 0;
}

void nncc_state_begin(nncc_context *c) {
  for (uint32_t i = 0; i < c->model->states_count; i++) {
    const nncc_plan_state *s = &c->model->states[i];
    if (s->kind != NNCC_STATE_WINDOW) continue;
    if (c->cursors[i] + s->keep / s->row + advance(c, i) > s->rows) rewind_state(c, i);
  }
}

char *nncc_state_at(const nncc_context *c, const nncc_plan_arg *arg) {
  uint32_t i = (arg->index - 1) >> 1;
  const nncc_plan_state *s = &c->model->states[i];
  uint64_t cursor = c->cursors[i];
  if (s->kind == NNCC_STATE_SWAP && ((arg->index - 1) & 1) != 0) cursor = 1 - cursor;
  return c->state + s->offset + cursor * s->row + arg->offset;
}

void nncc_state_end(nncc_context *c) {
  for (uint32_t i = 0; i < c->model->states_count; i++) {
    uint32_t rows = advance(c, i);
    c->positions[i] += rows;
    c->cursors[i] = c->model->states[i].kind == NNCC_STATE_SWAP ? 1 - c->cursors[i] : c->cursors[i] + rows;
  }
}

static int claim(nncc_context *c) {
  uint32_t idle = 0;
  return __atomic_compare_exchange_n(&c->busy, &idle, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void release(nncc_context *c) { __atomic_store_n(&c->busy, 0, __ATOMIC_RELEASE); }

nncc_status nncc_state_reset(nncc_context *c) {
  if (c == NULL) return NNCC_ERR_ARGUMENT;
  if (!claim(c)) return NNCC_ERR_BUSY;
  memset(c->state, 0, c->model->state_bytes);
  memset(c->cursors, 0, c->model->states_count * sizeof *c->cursors);
  memset(c->positions, 0, c->model->states_count * sizeof *c->positions);
  release(c);
  return NNCC_OK;
}

static nncc_status check(const nncc_context *c, uint32_t i, const void *data, size_t bytes) {
  if (c == NULL || data == NULL || i >= c->model->states_count) return NNCC_ERR_ARGUMENT;
  const nncc_plan_state *s = &c->model->states[i];
  return bytes != s->blocks * s->keep ? NNCC_ERR_SHAPE : NNCC_OK;
}

nncc_status nncc_state_read(nncc_context *c, uint32_t i, void *data, size_t bytes) {
  nncc_status status = check(c, i, data, bytes);
  if (status != NNCC_OK) return status;
  if (!claim(c)) return NNCC_ERR_BUSY;
  const nncc_plan_state *s = &c->model->states[i];
  for (uint64_t b = 0; b < s->blocks; b++) memcpy((char *)data + b * s->keep, block_of(c, i, b), s->keep);
  release(c);
  return NNCC_OK;
}

nncc_status nncc_state_write(nncc_context *c, uint32_t i, const void *data, size_t bytes) {
  nncc_status status = check(c, i, data, bytes);
  if (status != NNCC_OK) return status;
  if (!claim(c)) return NNCC_ERR_BUSY;
  const nncc_plan_state *s = &c->model->states[i];
  for (uint64_t b = 0; b < s->blocks; b++) memcpy(block_of(c, i, b), (const char *)data + b * s->keep, s->keep);
  release(c);
  return NNCC_OK;
}

nncc_status nncc_state_position(const nncc_context *c, uint32_t i, uint64_t *position) {
  if (c == NULL || position == NULL || i >= c->model->states_count) return NNCC_ERR_ARGUMENT;
  *position = c->positions[i];
  return NNCC_OK;
}
