/* Loads a compiled model, prints what it takes and gives, runs it on random input and prints the first results, for each
 * set of shapes that it was compiled for.
 *
 *   cc -O2 -I<folder of nncc.h> run_model.c -o run_model -ldl
 *   ./run_model ./libmodel.so [threads [runs]]
 *
 * A program that knows its model can link against the library instead of opening it, and include MODEL.h for the names
 * and sizes. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nncc.h"

static const char *type_name(nncc_dtype type) {
  switch (type) {
    case NNCC_F32: return "f32";
    case NNCC_F64: return "f64";
    case NNCC_F16: return "f16";
    case NNCC_BF16: return "bf16";
    case NNCC_I8: return "i8";
    case NNCC_U8: return "u8";
    case NNCC_I16: return "i16";
    case NNCC_U16: return "u16";
    case NNCC_I32: return "i32";
    case NNCC_U32: return "u32";
    case NNCC_I64: return "i64";
    case NNCC_U64: return "u64";
    case NNCC_BOOL: return "bool";
    default: return "?";
  }
}

static void describe(const char *side, const nncc_tensor_info *info) {
  printf("%s %s: %s[", side, info->name, type_name(info->dtype));
  for (uint32_t d = 0; d < info->rank; d++) {
    printf(d > 0 ? ", %lld%s" : "%lld%s", (long long)info->max_dims[d], info->dims[d] < 0 ? " at most" : "");
  }
  printf("], %zu bytes\n", info->max_bytes);
}

/* Memory for one tensor; inputs are filled as in RunModel.java: f32 in [-1, 1), others with 0 or 1 in the first byte. */
static void *tensor_memory(const nncc_tensor_info *info, int fill) {
  unsigned char *bytes = calloc(info->max_bytes > 0 ? info->max_bytes : 1, 1);
  static uint32_t seed = 1;
  if (bytes == NULL || !fill) return bytes;
  if (info->dtype == NNCC_F32) {
    for (size_t i = 0; i < info->max_bytes / 4; i++) {
      seed = seed * 1664525u + 1013904223u;
      float value = (float)(seed >> 8) / (float)(1 << 23) - 1.0f;
      memcpy(bytes + 4 * i, &value, 4);
    }
  } else {
    size_t elements = 1;
    for (uint32_t d = 0; d < info->rank; d++) elements *= (size_t)info->max_dims[d];
    size_t element = elements > 0 ? info->max_bytes / elements : 1;
    for (size_t i = 0; i < info->max_bytes; i += element) {
      seed = seed * 1664525u + 1013904223u;
      bytes[i] = seed >> 31;
    }
  }
  return bytes;
}

static int failed(const char *what, const nncc_error *error) {
  fprintf(stderr, "%s: %s\n", what, error->message);
  return 1;
}

/* One set of shapes: the dims of the inputs choose it. */
static int run_profile(const nncc_api *api, const nncc_model *model, nncc_context *context, uint32_t profile, int runs) {
  nncc_model_info info = {.size = sizeof info};
  nncc_error error = {.size = sizeof error};
  api->model_info(model, &info);
  nncc_buffer *inputs = calloc(info.inputs + 1, sizeof *inputs), *outputs = calloc(info.outputs + 1, sizeof *outputs);
  nncc_tensor_info *tensors = calloc(info.inputs + info.outputs + 1, sizeof *tensors);
  if (inputs == NULL || outputs == NULL || tensors == NULL) return 1;
  for (uint32_t i = 0; i < info.inputs + info.outputs; i++) {
    int input = i < info.inputs;
    nncc_tensor_info *tensor = &tensors[i];
    nncc_buffer *buffer = input ? &inputs[i] : &outputs[i - info.inputs];
    tensor->size = sizeof *tensor;
    if (input) api->profile_input(model, profile, i, tensor);
    else api->profile_output(model, profile, i - info.inputs, tensor);
    describe(input ? "input" : "output", tensor);
    buffer->size = sizeof *buffer;
    buffer->bytes = tensor->max_bytes;
    buffer->data = tensor_memory(tensor, input);
    buffer->dims = tensor->max_dims;
    if (buffer->data == NULL) return 1;
  }

  nncc_status status = NNCC_OK;
  for (int i = 0; i < runs && status == NNCC_OK; i++) {
    status = api->run(context, inputs, info.inputs, outputs, info.outputs);
  }
  if (status != NNCC_OK) {
    api->last_error(context, &error);
    return failed("run", &error);
  }
  printf("ran on %u threads\n", (unsigned)api->threads(context));
  for (uint32_t i = 0; i < info.outputs; i++) {
    const nncc_tensor_info *tensor = &tensors[info.inputs + i];
    printf("%s:", tensor->name);
    for (size_t k = 0; tensor->dtype == NNCC_F32 && k < 8 && k < outputs[i].bytes / 4; k++) {
      printf(" %g", (double)((const float *)outputs[i].data)[k]);
    }
    printf("\n");
  }
  for (uint32_t i = 0; i < info.inputs; i++) free(inputs[i].data);
  for (uint32_t i = 0; i < info.outputs; i++) free(outputs[i].data);
  free(inputs);
  free(outputs);
  free(tensors);
  return 0;
}

static int run(const nncc_api *api, const nncc_model *model, uint32_t threads, int runs) {
  nncc_model_info info = {.size = sizeof info};
  nncc_error error = {.size = sizeof error};
  nncc_options options = {.size = sizeof options, .threads = threads};
  nncc_context *context;
  api->model_info(model, &info);
  printf("%s for %s, compiled by nncc %s\n", info.name, info.target, info.compiler_version);
  if (api->context_create(model, &options, &context, &error) != NNCC_OK) return failed("context", &error);
  int result = 0;
  for (uint32_t p = 0; p < info.profiles && result == 0; p++) {
    nncc_profile_info profile = {.size = sizeof profile};
    api->profile_info(model, p, &profile);
    if (info.profiles > 1) printf("profile %s\n", profile.name);
    result = run_profile(api, model, context, p, runs);
  }
  api->context_destroy(context);
  return result;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s LIBRARY [THREADS [RUNS]]\n", argv[0]);
    return 2;
  }
  /* Maps the file: one that is cut off, a copy that did not end, would end the process here or later. */
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  const nncc_api *(*get_api)(uint32_t);
  *(void **)&get_api = dlsym(library, "nncc_get_api");
  const nncc_api *api = get_api != NULL ? get_api(NNCC_ABI_VERSION) : NULL;
  if (api == NULL) {
    fprintf(stderr, "%s is no model for this version of nncc.h\n", argv[1]);
    return 1;
  }
  const nncc_model *model;
  nncc_error error = {.size = sizeof error};
  if (api->model_open(&model, &error) != NNCC_OK) return failed(argv[1], &error);
  int result = run(api, model, argc > 2 ? (uint32_t)atoi(argv[2]) : 0, argc > 3 ? atoi(argv[3]) : 1);
  api->model_close(model); /* what its contexts shared */
  dlclose(library);
  return result;
}
