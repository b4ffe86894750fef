/* What the processor can do.  Feature names are LLVM's.  The system must save the registers too (XCR0). */
#include "nncc_internal.h"

#if defined(__x86_64__)
enum { EAX, EBX, ECX, EDX };
enum { ANY, YMM, ZMM, AMX }; /* state that the system must save */

typedef struct {
  const char *name;
  uint32_t leaf, subleaf;
  uint8_t reg, bit, state;
} feature;

static const feature features[] = {
    {"sse3", 1, 0, ECX, 0, ANY},          {"pclmul", 1, 0, ECX, 1, ANY},        {"ssse3", 1, 0, ECX, 9, ANY},
    {"fma", 1, 0, ECX, 12, YMM},          {"cx16", 1, 0, ECX, 13, ANY},         {"sse4.1", 1, 0, ECX, 19, ANY},
    {"sse4.2", 1, 0, ECX, 20, ANY},       {"movbe", 1, 0, ECX, 22, ANY},        {"popcnt", 1, 0, ECX, 23, ANY},
    {"avx", 1, 0, ECX, 28, YMM},          {"f16c", 1, 0, ECX, 29, YMM},         {"bmi", 7, 0, EBX, 3, ANY},
    {"avx2", 7, 0, EBX, 5, YMM},          {"bmi2", 7, 0, EBX, 8, ANY},          {"avx512f", 7, 0, EBX, 16, ZMM},
    {"avx512dq", 7, 0, EBX, 17, ZMM},     {"adx", 7, 0, EBX, 19, ANY},          {"avx512ifma", 7, 0, EBX, 21, ZMM},
    {"avx512cd", 7, 0, EBX, 28, ZMM},     {"avx512bw", 7, 0, EBX, 30, ZMM},     {"avx512vl", 7, 0, EBX, 31, ZMM},
    {"avx512vbmi", 7, 0, ECX, 1, ZMM},    {"avx512vbmi2", 7, 0, ECX, 6, ZMM},   {"gfni", 7, 0, ECX, 8, ANY},
    {"vaes", 7, 0, ECX, 9, YMM},          {"vpclmulqdq", 7, 0, ECX, 10, YMM},   {"avx512vnni", 7, 0, ECX, 11, ZMM},
    {"avx512bitalg", 7, 0, ECX, 12, ZMM}, {"avx512vpopcntdq", 7, 0, ECX, 14, ZMM},
    {"avx512vp2intersect", 7, 0, EDX, 8, ZMM},
    {"amx-bf16", 7, 0, EDX, 22, AMX},     {"avx512fp16", 7, 0, EDX, 23, ZMM},   {"amx-tile", 7, 0, EDX, 24, AMX},
    {"amx-int8", 7, 0, EDX, 25, AMX},     {"avxvnni", 7, 1, EAX, 4, YMM},       {"avx512bf16", 7, 1, EAX, 5, ZMM},
    {"amx-fp16", 7, 1, EAX, 21, AMX},     {"avxifma", 7, 1, EAX, 23, YMM},      {"avxvnniint8", 7, 1, EDX, 4, YMM},
    {"avxneconvert", 7, 1, EDX, 5, YMM},  {"avxvnniint16", 7, 1, EDX, 10, YMM}, {"sahf", 0x80000001u, 0, ECX, 0, ANY},
    {"lzcnt", 0x80000001u, 0, ECX, 5, ANY},
};

static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4]) {
  __asm__ volatile("cpuid" : "=a"(r[EAX]), "=b"(r[EBX]), "=c"(r[ECX]), "=d"(r[EDX]) : "a"(leaf), "c"(subleaf));
}

static int saved(uint8_t state) {
  if (state == ANY) return 1;
  uint32_t r[4], low, high;
  cpuid(1, 0, r);
  if ((r[ECX] >> 27 & 1) == 0) return 0; /* no OSXSAVE */
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  uint32_t need = state == YMM ? 0x6u : state == ZMM ? 0xe6u : 0x60006u;
  return (low & need) == need;
}

int nncc_cpu_has(const char *name) {
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    const feature *f = &features[i];
    if (strcmp(f->name, name) != 0) continue;
    uint32_t r[4];
    cpuid(f->leaf & 0x80000000u, 0, r);
    if (r[EAX] < f->leaf) return 0;
    if (f->leaf == 7 && f->subleaf != 0) {
      cpuid(7, 0, r);
      if (r[EAX] < f->subleaf) return 0;
    }
    cpuid(f->leaf, f->subleaf, r);
    return (int)(r[f->reg] >> f->bit & 1) && saved(f->state);
  }
  return 0; /* a name that this runtime does not know: better a refusal than an illegal instruction */
}

#else

typedef struct {
  const char *name;
  uint8_t word, bit; /* of AT_HWCAP, AT_HWCAP2 */
} feature;

static const feature features[] = {
    {"fp-armv8", 0, 0}, {"neon", 0, 1},    {"aes", 0, 3},   {"sha2", 0, 6},  {"crc", 0, 7},      {"lse", 0, 8},
    {"fullfp16", 0, 10}, {"rdm", 0, 12},   {"rcpc", 0, 15}, {"sha3", 0, 17}, {"dotprod", 0, 20}, {"fp16fml", 0, 23},
    {"sve", 0, 22},     {"sve2", 1, 1},    {"i8mm", 1, 13}, {"bf16", 1, 14},
};

int nncc_cpu_has(const char *name) {
  unsigned long words[2] = {getauxval(16), getauxval(26)};
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    if (strcmp(features[i].name, name) == 0) return (int)(words[features[i].word] >> features[i].bit & 1);
  }
  return 0;
}
#endif
