/* Messages without printf: no locale, no allocation, cut at the end of the buffer. */
#include "nncc_internal.h"

nncc_text nncc_message(nncc_error *err, nncc_status code) {
  nncc_text text = {NULL, 0};
  if (err == NULL || err->size < offsetof(nncc_error, message) + 2) return text;
  err->code = code;
  err->device_code = 0;
  text.at = err->message;
  text.left = err->size - offsetof(nncc_error, message);
  if (text.left > sizeof err->message) text.left = sizeof err->message;
  *text.at = 0;
  return text;
}

void nncc_add(nncc_text *text, const char *s) {
  while (*s && text->left > 1) {
    *text->at++ = *s++;
    text->left--;
    *text->at = 0;
  }
}

void nncc_add_number(nncc_text *text, uint64_t n) {
  char digits[24];
  char *d = digits + sizeof digits - 1;
  *d = 0;
  do {
    *--d = (char)('0' + n % 10);
    n /= 10;
  } while (n != 0);
  nncc_add(text, d);
}

nncc_status nncc_fail(nncc_error *err, nncc_status code, const char *what, uint64_t bytes) {
  nncc_text text = nncc_message(err, code);
  nncc_add(&text, what);
  if (bytes != 0) {
    nncc_add(&text, ": ");
    nncc_add_number(&text, bytes);
    nncc_add(&text, " bytes");
  }
  return code;
}

size_t nncc_min_size(size_t caller, size_t ours) { return caller < ours ? caller : ours; }

const char *nncc_status_text(nncc_status s) {
  switch (s) {
    case NNCC_OK: return "NNCC_OK";
    case NNCC_ERR_ARGUMENT: return "NNCC_ERR_ARGUMENT: an argument is null, out of range or misaligned";
    case NNCC_ERR_ABI: return "NNCC_ERR_ABI: the library has another version of the interface";
    case NNCC_ERR_CPU: return "NNCC_ERR_CPU: the processor lacks instructions that the model was compiled for";
    case NNCC_ERR_MEMORY: return "NNCC_ERR_MEMORY: out of memory";
    case NNCC_ERR_SHAPE: return "NNCC_ERR_SHAPE: a buffer or its dims do not fit the tensor";
    case NNCC_ERR_BUSY: return "NNCC_ERR_BUSY: the context is running on another thread";
    case NNCC_ERR_DEVICE: return "NNCC_ERR_DEVICE: the accelerator's driver is absent or failed";
    case NNCC_ERR_CANCELLED: return "NNCC_ERR_CANCELLED: the run was cancelled";
    case NNCC_ERR_CORRUPT: return "NNCC_ERR_CORRUPT: the weight file is missing or has another size";
    case NNCC_ERR_UNSUPPORTED: return "NNCC_ERR_UNSUPPORTED: the library cannot do this";
    case NNCC_ERR_INDEX: return "NNCC_ERR_INDEX: the data holds an index outside its tensor";
    case NNCC_ERR_INTERNAL: return "NNCC_ERR_INTERNAL: the plan of the library is inconsistent";
    default: return "unknown status";
  }
}
