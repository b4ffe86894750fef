#include <stddef.h>
void *memcpy(void *, const void *, size_t);
