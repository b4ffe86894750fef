/* Anonymous memory straight from the system: a run never allocates, so there is nothing to manage. */
#include "nncc_internal.h"

void *nncc_map(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * (size_t)NNCC_HUGE) return NULL;
  bytes = (bytes + NNCC_PAGE - 1) & ~(size_t)(NNCC_PAGE - 1);
  size_t slack = bytes >= NNCC_HUGE ? NNCC_HUGE : 0;
  char *p = mmap(NULL, bytes + slack, NNCC_PROT_READ | NNCC_PROT_WRITE, NNCC_MAP_PRIVATE | NNCC_MAP_ANONYMOUS, -1, 0);
  if ((intptr_t)p == -1) return NULL;
  if (slack == 0) return p;
  /* keep the aligned middle: a huge page needs an aligned start */
  char *aligned = (char *)(((uintptr_t)p + NNCC_HUGE - 1) & ~(uintptr_t)(NNCC_HUGE - 1));
  size_t before = (size_t)(aligned - p);
  if (before != 0) munmap(p, before);
  if (slack != before) munmap(aligned + bytes, slack - before);
  madvise(aligned, bytes, NNCC_MADV_HUGEPAGE);
  return aligned;
}

void nncc_unmap(void *p, size_t bytes) {
  if (p != NULL) munmap(p, (bytes + NNCC_PAGE - 1) & ~(size_t)(NNCC_PAGE - 1));
}

void nncc_touch(void *p, size_t bytes) {
  volatile char *c = p;
  for (size_t i = 0; i < bytes; i += NNCC_PAGE) c[i] = c[i];
}
