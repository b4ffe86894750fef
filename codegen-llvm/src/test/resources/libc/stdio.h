/* The few declarations of libc that the example needs, so that it compiles where no libc headers are installed. */
#include <stddef.h>
typedef struct nncc_test_file FILE;
extern FILE *stderr;
int printf(const char *, ...);
int fprintf(FILE *, const char *, ...);
