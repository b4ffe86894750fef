/* Threads that come late to a pool, or are held up in a round: nobody begins one before all are through the last. */
#include "nncc_internal.h"

void nap(long ns); /* test_rounds.c, where the system's headers are */
int early(uint32_t threads, int runs);

typedef struct {
  uint32_t through[8], groups, early;
} progress;

static void held_up(void *v, uint32_t group, uint32_t worker, uint32_t round) {
  progress *p = v;
  for (uint32_t g = 0; g < p->groups; g++) {
    if (__atomic_load_n(&p->through[g], __ATOMIC_ACQUIRE) < round) __atomic_add_fetch(&p->early, 1, __ATOMIC_RELAXED);
  }
  if (round < 2) nap((group * 7 + worker * 5 + round * 3 + p->groups) % 4 * 40000);
  __atomic_store_n(&p->through[group], round + 1, __ATOMIC_RELEASE);
}

int early(uint32_t threads, int runs) {
  static nncc_pool pool;
  memset(&pool, 0, sizeof pool);
  nncc_pool_start(&pool, threads, &(nncc_options){.join_spin_us = 1});
  uint32_t failures = 0, cancel = 0;
  for (int r = 0; r < runs; r++) {
    progress p = {.groups = pool.threads};
    nncc_pool_rounds(&pool, held_up, &p, 4, &cancel);
    for (uint32_t g = 0; g < p.groups; g++) failures += p.through[g] != 4;
    failures += p.early;
    nap(200000); /* the workers sleep then */
  }
  nncc_pool_stop(&pool);
  return (int)failures;
}
