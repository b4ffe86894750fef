/* run_tensors LIBRARY THREADS [INPUT..] [OUTPUT..]: runs a compiled library on the bytes of files and writes its outputs
 * to files, where this machine's own processor cannot.  Every buffer ends at a page that nobody may touch.  No header of
 * a libc is needed, and it links with nothing but libc.so.6. */
#include "nncc.h"

int printf(const char *, ...);
int atoi(const char *);
int open(const char *, int, ...);
long read(int, void *, size_t);
long write(int, const void *, size_t);
int close(int);
void *mmap(void *, size_t, int, int, int, long);
int mprotect(void *, size_t, int);
void *dlopen(const char *, int);
void *dlsym(void *, const char *);
char *dlerror(void);
void exit(int);

enum { PAGE = 65536, READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, WRITE_NEW = 01101, MOST = 64 };

static void fail(const char *what, const char *why) {
  printf("%s: %s\n", what, why);
  exit(1);
}

static char *guarded(size_t bytes, size_t alignment) {
  size_t used = (bytes + alignment - 1) / alignment * alignment, mapped = (used + PAGE - 1) / PAGE * PAGE;
  char *p = mmap(NULL, mapped + PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
  if (p == (char *)-1 || mprotect(p + mapped, PAGE, 0) != 0) fail("memory", "mmap failed");
  return p + mapped - used;
}

static size_t element(nncc_dtype t) {
  switch (t) {
    case NNCC_F64: case NNCC_I64: case NNCC_U64: return 8;
    case NNCC_F32: case NNCC_I32: case NNCC_U32: return 4;
    case NNCC_F16: case NNCC_BF16: case NNCC_I16: case NNCC_U16: return 2;
    default: return 1;
  }
}

static nncc_buffer tensor(const nncc_tensor_info *info) {
  size_t size = element(info->dtype);
  return (nncc_buffer){sizeof(nncc_buffer), guarded(info->max_bytes, size), info->max_bytes, NULL, 0};
}

static void fill(nncc_buffer b, const char *file) {
  int fd = open(file, 0);
  size_t at = 0;
  while (at < b.bytes) {
    long n = read(fd, (char *)b.data + at, b.bytes - at);
    if (n <= 0) fail(file, "too short");
    at += (size_t)n;
  }
  close(fd);
}

static void save(nncc_buffer b, const char *file) {
  int fd = open(file, WRITE_NEW, 0600);
  size_t at = 0;
  while (at < b.bytes) {
    long n = write(fd, (const char *)b.data + at, b.bytes - at);
    if (n <= 0) fail(file, "cannot be written");
    at += (size_t)n;
  }
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 3) fail("usage", "LIBRARY THREADS FILES");
  void *library = dlopen(argv[1], 2);
  if (library == NULL) fail(argv[1], dlerror());
  const nncc_api *(*get)(uint32_t) = (const nncc_api *(*)(uint32_t))(uintptr_t)dlsym(library, "nncc_get_api");
  const nncc_api *api = get != NULL ? get(NNCC_ABI_VERSION) : NULL;
  if (api == NULL) fail(argv[1], "no interface");
  static nncc_error error = {.size = sizeof error};
  const nncc_model *model = NULL;
  if (api->model_open(&model, &error) != NNCC_OK) fail("model", error.message);
  nncc_model_info info = {.size = sizeof info};
  api->model_info(model, &info);
  nncc_options options = {.size = sizeof options, .threads = (uint32_t)atoi(argv[2])};
  options.arena = guarded(info.arena_bytes, 64);
  options.arena_bytes = info.arena_bytes;
  for (size_t i = 0; i < info.arena_bytes; i++) ((unsigned char *)options.arena)[i] = 0xff; /* NaN */
  nncc_context *context = NULL;
  if (api->context_create(model, &options, &context, &error) != NNCC_OK) fail("context", error.message);
  if (info.inputs + info.outputs > MOST || argc != (int)(3 + info.inputs + info.outputs)) fail("files", "wrong number");
  static nncc_buffer buffers[MOST];
  for (uint32_t i = 0; i < info.inputs + info.outputs; i++) {
    nncc_tensor_info t = {.size = sizeof t};
    if (i < info.inputs) api->input_info(model, i, &t);
    else api->output_info(model, i - info.inputs, &t);
    buffers[i] = tensor(&t);
    if (i < info.inputs) fill(buffers[i], argv[3 + i]);
  }
  if (api->run(context, buffers, info.inputs, buffers + info.inputs, info.outputs) != NNCC_OK) {
    api->last_error(context, &error);
    fail("run", error.message);
  }
  for (uint32_t i = info.inputs; i < info.inputs + info.outputs; i++) save(buffers[i], argv[3 + i]);
  api->context_destroy(context);
  printf("%s on %s: done\n", info.name, info.target);
  return 0;
}

/* The entry point: no start-up files of a libc are needed. */
int __libc_start_main(int (*)(int, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

__attribute__((noreturn, used)) void start(long *stack) {
  __libc_start_main(main, (int)stack[0], (char **)(stack + 1), 0, 0, 0, stack);
  __builtin_unreachable();
}

__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x0, sp\n  b start\n");
