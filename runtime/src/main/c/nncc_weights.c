/* Weights in a file of their own: libraries of more than 2 GB do not link. */
#include "nncc_internal.h"

enum { PATH_BYTES = 4096 };

/* The file that the plan names, in the folder of the library. */
static nncc_status beside_library(const nncc_model *m, char *path, nncc_error *err) {
  struct nncc_dl_info info = {NULL, NULL, NULL, NULL};
  if (dladdr == NULL || dladdr(&nncc_model_data, &info) == 0 || info.file == NULL) {
    return nncc_fail(err, NNCC_ERR_CORRUPT, "the library's folder is unknown: set weight_file", 0);
  }
  size_t folder = strlen(info.file), name = strlen(m->weight_file), at = 0;
  while (folder > 0 && info.file[folder - 1] != '/') folder--;
  if (folder + name >= PATH_BYTES) return nncc_fail(err, NNCC_ERR_CORRUPT, "the library's path is too long", 0);
  for (size_t i = 0; i < folder; i++) { /* without the "//" and "/./" that a loader may have put in */
    char c = info.file[i];
    int after_slash = at > 0 && path[at - 1] == '/';
    if (after_slash && (c == '/' || (c == '.' && info.file[i + 1] == '/'))) continue;
    path[at++] = c;
  }
  memcpy(path + at, m->weight_file, name + 1);
  return NNCC_OK;
}

nncc_status nncc_weights_map(const nncc_model *m, const char *file, const void **out, nncc_error *err) {
  char path[PATH_BYTES];
  if (file == NULL && m->weight_file == NULL) {
    return nncc_fail(err, NNCC_ERR_INTERNAL, "the library has no weights", 0);
  }
  if (file == NULL) {
    nncc_status status = beside_library(m, path, err);
    if (status != NNCC_OK) return status;
    file = path;
  }
  int fd = open(file, NNCC_O_CLOEXEC);
  long bytes = fd >= 0 ? lseek(fd, 0, NNCC_SEEK_END) : -1;
  void *p = (void *)(intptr_t)-1;
  if (bytes >= 0 && (uint64_t)bytes == m->weight_bytes) {
    p = mmap(NULL, m->weight_bytes, NNCC_PROT_READ, NNCC_MAP_PRIVATE, fd, 0);
  }
  if (fd >= 0) close(fd);
  if ((intptr_t)p != -1) {
    *out = p;
    return NNCC_OK;
  }
  nncc_text text = nncc_message(err, NNCC_ERR_CORRUPT);
  nncc_add(&text, bytes < 0 ? "cannot read the weights " : "wrong size of the weights ");
  nncc_add(&text, file);
  nncc_add(&text, ", expected ");
  nncc_add_number(&text, m->weight_bytes);
  nncc_add(&text, " bytes");
  return NNCC_ERR_CORRUPT;
}
