/* What Java calls.  The same in every library, and every function takes the table of the library that is meant: the
 * first library loaded serves all models.  No jni.h: of the table of JNI functions a few entries are used, their
 * places are part of the JNI specification. */
#include "nncc_internal.h"

typedef const void *const *const *jni_env;
typedef void *jni_object;
typedef int64_t jlong;
typedef int32_t jint;
enum {
  GET_OBJECT_CLASS = 31,
  GET_METHOD_ID = 33,
  CALL_BOOLEAN_METHOD_A = 39,
  EXCEPTION_CHECK = 228,
  NEW_DIRECT_BYTE_BUFFER = 229,
  GET_DIRECT_BUFFER_ADDRESS = 230
};

#define NATIVE(type, name, ...)                                  \
  __attribute__((visibility("default"))) type                    \
      Java_dev_nncc_runtime_Native_##name(jni_env env, jni_object cls, ##__VA_ARGS__); \
  type Java_dev_nncc_runtime_Native_##name(jni_env env, jni_object cls, ##__VA_ARGS__)
#define UNUSED (void)env, (void)cls
#define PTR(type, address) ((type)(uintptr_t)(address))
#define API(address) PTR(const nncc_api *, address)

/* dev.nncc.runtime.Layout reads these. */
#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)
AT(nncc_tensor_info, name, 8);
AT(nncc_tensor_info, dtype, 16);
AT(nncc_tensor_info, rank, 20);
AT(nncc_tensor_info, dims, 24);
AT(nncc_tensor_info, max_dims, 88);
AT(nncc_tensor_info, max_bytes, 152);
_Static_assert(sizeof(nncc_tensor_info) == 176, "nncc_tensor_info");
AT(nncc_model_info, inputs, 12);
AT(nncc_model_info, outputs, 16);
AT(nncc_model_info, kernels, 20);
AT(nncc_model_info, name, 24);
AT(nncc_model_info, compiler_version, 32);
AT(nncc_model_info, target, 40);
AT(nncc_model_info, source_hash, 48);
AT(nncc_model_info, weight_bytes, 56);
AT(nncc_model_info, arena_bytes, 64);
AT(nncc_model_info, flops, 80);
AT(nncc_model_info, profiles, 88);
AT(nncc_model_info, default_profile, 92);
AT(nncc_model_info, variants, 96);
AT(nncc_model_info, variant, 100);
AT(nncc_model_info, states, 104);
AT(nncc_model_info, prepared_bytes, 112);
_Static_assert(sizeof(nncc_model_info) == 120, "nncc_model_info");
AT(nncc_profile_info, name, 8);
AT(nncc_profile_info, arena_bytes, 16);
AT(nncc_profile_info, flops, 24);
AT(nncc_profile_info, first_kernel, 32);
AT(nncc_profile_info, kernels, 36);
_Static_assert(sizeof(nncc_profile_info) == 40, "nncc_profile_info");
AT(nncc_variant_info, cpu, 8);
AT(nncc_variant_info, target, 16);
AT(nncc_variant_info, usable, 24);
_Static_assert(sizeof(nncc_variant_info) == 32, "nncc_variant_info");
AT(nncc_options, flags, 8);
AT(nncc_options, threads, 12);
AT(nncc_options, arena, 40);
AT(nncc_options, arena_bytes, 48);
AT(nncc_options, step_hook, 64);
AT(nncc_options, step_user, 72);
AT(nncc_options, profile, 88);
_Static_assert(sizeof(nncc_options) == 96, "nncc_options");
AT(nncc_kernel_stat, name, 8);
AT(nncc_kernel_stat, source_nodes, 16);
AT(nncc_kernel_stat, calls, 24);
AT(nncc_kernel_stat, ns_total, 32);
AT(nncc_kernel_stat, ns_min, 40);
AT(nncc_kernel_stat, flops, 48);
AT(nncc_kernel_stat, bytes, 56);
_Static_assert(sizeof(nncc_kernel_stat) == 64, "nncc_kernel_stat");
AT(nncc_error, message, 16);
_Static_assert(sizeof(nncc_error) == 1024, "nncc_error");
AT(nncc_buffer, data, 8);
AT(nncc_buffer, bytes, 16);
AT(nncc_buffer, dims, 24);
_Static_assert(sizeof(nncc_buffer) == 40, "nncc_buffer");

/* The address of a direct buffer, 0 for another one. */
NATIVE(jlong, address, jni_object buffer) {
  (void)cls;
  void *(*get)(jni_env, jni_object) = PTR(void *(*)(jni_env, jni_object), (*env)[GET_DIRECT_BUFFER_ADDRESS]);
  return (jlong)(uintptr_t)get(env, buffer);
}

/* A view of memory; the caller keeps it alive. */
NATIVE(jni_object, view, jlong address, jlong bytes) {
  (void)cls;
  jni_object (*make)(jni_env, void *, jlong) =
      PTR(jni_object(*)(jni_env, void *, jlong), (*env)[NEW_DIRECT_BYTE_BUFFER]);
  return make(env, PTR(void *, address), bytes);
}

/* Bytes of a C string. */
NATIVE(jint, length, jlong address) {
  UNUSED;
  return address == 0 ? 0 : (jint)strlen(PTR(const char *, address));
}

static void why(jlong error, const char *text) {
  nncc_text message = nncc_message(PTR(nncc_error *, error), NNCC_ERR_ARGUMENT);
  nncc_add(&message, text != NULL ? text : "unknown reason");
}

/* dlopen; 0 and a message in *error. */
NATIVE(jlong, open, jlong path, jlong error) {
  UNUSED;
  if (dlopen == NULL || dlsym == NULL || dlerror == NULL) {
    why(error, "the process has no dlopen (libdl is not loaded)");
    return 0;
  }
  void *handle = dlopen(PTR(const char *, path), NNCC_RTLD_NOW);
  if (handle == NULL) why(error, dlerror());
  return (jlong)(uintptr_t)handle;
}

NATIVE(void, close, jlong handle) {
  UNUSED;
  if (dlclose != NULL) dlclose(PTR(void *, handle));
}

/* The table of an opened library; 0: it has none, -1: of another version. */
NATIVE(jlong, api, jlong handle, jint version) {
  UNUSED;
  const nncc_api *(*get)(uint32_t) = PTR(const nncc_api *(*)(uint32_t), dlsym(PTR(void *, handle), "nncc_get_api"));
  if (get == NULL) return 0;
  const nncc_api *table = get((uint32_t)version);
  return table != NULL ? (jlong)(uintptr_t)table : -1;
}

NATIVE(jlong, statusText, jlong table, jint status) {
  UNUSED;
  return (jlong)(uintptr_t)API(table)->status_text(status);
}

NATIVE(jint, modelOpen, jlong table, jlong out, jlong error) {
  UNUSED;
  return API(table)->model_open(PTR(const nncc_model **, out), PTR(nncc_error *, error));
}

NATIVE(jint, modelOpenFor, jlong table, jlong cpu, jlong out, jlong error) {
  UNUSED;
  if ((API(table)->abi_version & 0xffff) < 2) {
    why(error, "the library is older than variants");
    return NNCC_ERR_UNSUPPORTED;
  }
  return API(table)->model_open_for(PTR(const char *, cpu), PTR(const nncc_model **, out), PTR(nncc_error *, error));
}

NATIVE(jint, variantInfo, jlong table, jint i, jlong out) {
  UNUSED;
  if ((API(table)->abi_version & 0xffff) < 2) return NNCC_ERR_UNSUPPORTED;
  return API(table)->variant_info((uint32_t)i, PTR(nncc_variant_info *, out));
}

NATIVE(jint, modelClose, jlong table, jlong model) {
  UNUSED;
  return API(table)->model_close(PTR(const nncc_model *, model));
}

NATIVE(jint, modelInfo, jlong table, jlong model, jlong out) {
  UNUSED;
  return API(table)->model_info(PTR(const nncc_model *, model), PTR(nncc_model_info *, out));
}

NATIVE(jint, inputInfo, jlong table, jlong model, jint i, jlong out) {
  UNUSED;
  return API(table)->input_info(PTR(const nncc_model *, model), (uint32_t)i, PTR(nncc_tensor_info *, out));
}

NATIVE(jint, outputInfo, jlong table, jlong model, jint i, jlong out) {
  UNUSED;
  return API(table)->output_info(PTR(const nncc_model *, model), (uint32_t)i, PTR(nncc_tensor_info *, out));
}

NATIVE(jint, profileInfo, jlong table, jlong model, jint profile, jlong out) {
  UNUSED;
  return API(table)->profile_info(PTR(const nncc_model *, model), (uint32_t)profile, PTR(nncc_profile_info *, out));
}

NATIVE(jint, profileInput, jlong table, jlong model, jint profile, jint i, jlong out) {
  UNUSED;
  return API(table)->profile_input(PTR(const nncc_model *, model), (uint32_t)profile, (uint32_t)i,
                                   PTR(nncc_tensor_info *, out));
}

NATIVE(jint, profileOutput, jlong table, jlong model, jint profile, jint i, jlong out) {
  UNUSED;
  return API(table)->profile_output(PTR(const nncc_model *, model), (uint32_t)profile, (uint32_t)i,
                                    PTR(nncc_tensor_info *, out));
}

NATIVE(jint, contextCreate, jlong table, jlong model, jlong options, jlong out, jlong error) {
  UNUSED;
  return API(table)->context_create(PTR(const nncc_model *, model), PTR(const nncc_options *, options),
                                    PTR(nncc_context **, out), PTR(nncc_error *, error));
}

NATIVE(void, contextDestroy, jlong table, jlong context) {
  UNUSED;
  API(table)->context_destroy(PTR(nncc_context *, context));
}

NATIVE(jint, runRaw, jlong table, jlong context, jlong inputs, jlong outputs) {
  UNUSED;
  return API(table)->run_raw(PTR(nncc_context *, context), PTR(const void *const *, inputs),
                             PTR(void *const *, outputs));
}

NATIVE(jint, run, jlong table, jlong context, jlong inputs, jint ins, jlong outputs, jint outs) {
  UNUSED;
  return API(table)->run(PTR(nncc_context *, context), PTR(const nncc_buffer *, inputs), (uint32_t)ins,
                         PTR(const nncc_buffer *, outputs), (uint32_t)outs);
}

/* Memory of a context that a Java object listens to; filled while runListened runs, on its thread. */
typedef struct {
  jni_env env;
  jni_object listener;
  void *after;
} java_listener;
_Static_assert(sizeof(java_listener) == 24, "java_listener");

typedef union {
  jint i;
  jlong j;
} jni_value;

/* A step hook: asks boolean after(int step, int kernel), which stops the run by true or an exception. */
static int ask_listener(void *user, uint32_t step, uint32_t kernel) {
  const java_listener *l = user;
  if (l->env == NULL) return 0;
  uint8_t (*call)(jni_env, jni_object, void *, const jni_value *) =
      PTR(uint8_t(*)(jni_env, jni_object, void *, const jni_value *), (*l->env)[CALL_BOOLEAN_METHOD_A]);
  uint8_t (*thrown)(jni_env) = PTR(uint8_t(*)(jni_env), (*l->env)[EXCEPTION_CHECK]);
  const jni_value arguments[2] = {{.i = (jint)step}, {.i = (jint)kernel}};
  const uint8_t stop = call(l->env, l->listener, l->after, arguments);
  return thrown(l->env) != 0 || stop != 0;
}

NATIVE(jlong, stepHook) {
  UNUSED;
  return (jlong)(uintptr_t)ask_listener;
}

/* run, or run_raw where ins is negative, of a context made with stepHook and the memory of `hook`. */
NATIVE(jint, runListened, jlong table, jlong context, jlong inputs, jint ins, jlong outputs, jint outs, jlong hook,
       jni_object listener) {
  (void)cls;
  java_listener *l = PTR(java_listener *, hook);
  jni_object (*class_of)(jni_env, jni_object) = PTR(jni_object(*)(jni_env, jni_object), (*env)[GET_OBJECT_CLASS]);
  void *(*method)(jni_env, jni_object, const char *, const char *) =
      PTR(void *(*)(jni_env, jni_object, const char *, const char *), (*env)[GET_METHOD_ID]);
  l->after = method(env, class_of(env, listener), "after", "(II)Z");
  if (l->after == NULL) return NNCC_ERR_INTERNAL; /* an exception is pending */
  l->listener = listener;
  l->env = env;
  nncc_context *c = PTR(nncc_context *, context);
  const nncc_status status =
      ins < 0 ? API(table)->run_raw(c, PTR(const void *const *, inputs), PTR(void *const *, outputs))
              : API(table)->run(c, PTR(const nncc_buffer *, inputs), (uint32_t)ins, PTR(const nncc_buffer *, outputs),
                                (uint32_t)outs);
  l->env = NULL;
  return status;
}

/* dims: 8 longs, then the rank as an int. */
NATIVE(jint, outputDims, jlong table, jlong context, jint i, jlong dims) {
  UNUSED;
  int64_t *out = PTR(int64_t *, dims);
  return API(table)->output_dims(PTR(const nncc_context *, context), (uint32_t)i, out, (uint32_t *)(out + NNCC_MAX_RANK));
}

NATIVE(void, cancel, jlong table, jlong context) {
  UNUSED;
  API(table)->cancel(PTR(nncc_context *, context));
}

NATIVE(jint, lastError, jlong table, jlong context, jlong error) {
  UNUSED;
  return API(table)->last_error(PTR(const nncc_context *, context), PTR(nncc_error *, error));
}

NATIVE(jint, resetState, jlong table, jlong context) {
  UNUSED;
  return API(table)->reset_state(PTR(nncc_context *, context));
}

NATIVE(jint, stateInfo, jlong table, jlong model, jint i, jlong out) {
  UNUSED;
  return API(table)->state_info(PTR(const nncc_model *, model), (uint32_t)i, PTR(nncc_tensor_info *, out));
}

NATIVE(jint, stateRead, jlong table, jlong context, jint i, jlong data, jlong bytes) {
  UNUSED;
  return API(table)->state_read(PTR(nncc_context *, context), (uint32_t)i, PTR(void *, data), (size_t)bytes);
}

NATIVE(jint, stateWrite, jlong table, jlong context, jint i, jlong data, jlong bytes) {
  UNUSED;
  return API(table)->state_write(PTR(nncc_context *, context), (uint32_t)i, PTR(const void *, data), (size_t)bytes);
}

NATIVE(jint, statePosition, jlong table, jlong context, jint i, jlong out) {
  UNUSED;
  return API(table)->state_position(PTR(const nncc_context *, context), (uint32_t)i, PTR(uint64_t *, out));
}

NATIVE(jint, kernelStat, jlong table, jlong context, jint i, jlong out) {
  UNUSED;
  return API(table)->kernel_stat(PTR(const nncc_context *, context), (uint32_t)i, PTR(nncc_kernel_stat *, out));
}

NATIVE(jint, threads, jlong table, jlong context) {
  UNUSED;
  return (jint)API(table)->threads(PTR(const nncc_context *, context));
}
