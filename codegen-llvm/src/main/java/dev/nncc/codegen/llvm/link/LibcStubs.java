package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.toolchain.Machine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stand-ins for libc and libm at link time: shared libraries of empty functions with the names and
 * symbol versions of glibc. So no libc needs to be installed where nncc runs, libraries for other
 * machines link the same way, and the versions are the oldest that serve (glibc 2.17 or newer loads
 * them).
 */
final class LibcStubs {
  private static final String LIBC = "libc.so.6";
  private static final String LIBM = "libm.so.6";

  /**
   * What nncc_libc.h declares; pthread_* and dl* moved into libc.so.6 with glibc 2.34, the
   * references are weak.
   */
  private static final List<String> C_FUNCTIONS =
      List.of(
          "memcpy",
          "memmove",
          "memset",
          "memcmp",
          "strlen",
          "strcmp",
          "getenv",
          "mmap",
          "munmap",
          "madvise",
          "syscall",
          "open",
          "read",
          "lseek",
          "close",
          "pthread_create",
          "pthread_join",
          "dlopen",
          "dlsym",
          "dlclose",
          "dlerror",
          "dladdr");

  /** Newer on x86-64 than its first glibc; on aarch64 everything is as old as the port. */
  private static final Map<String, String> NEWER =
      Map.of("clock_gettime", "GLIBC_2.17", "sched_getcpu", "GLIBC_2.6");

  private static final List<String> MATH_FUNCTIONS =
      List.of(
          "acos",
          "acosh",
          "asin",
          "asinh",
          "atan",
          "atan2",
          "atanh",
          "cbrt",
          "ceil",
          "cos",
          "cosh",
          "erf",
          "erfc",
          "exp",
          "exp2",
          "expm1",
          "floor",
          "fma",
          "fmod",
          "log",
          "log10",
          "log1p",
          "log2",
          "nearbyint",
          "pow",
          "remainder",
          "rint",
          "round",
          "sin",
          "sinh",
          "sqrt",
          "tan",
          "tanh",
          "tgamma",
          "trunc");

  private LibcStubs() {}

  /**
   * A stub library.
   *
   * @param soname its name, also of the file
   * @param assembly source of its functions
   * @param versionScript for the linker
   */
  record Stub(String soname, String assembly, String versionScript) {}

  /** libc and libm of a machine. */
  static List<Stub> of(Machine machine) {
    Map<String, String> c = new LinkedHashMap<>();
    for (String name : C_FUNCTIONS) {
      c.put(name, machine.baseVersion());
    }
    for (Map.Entry<String, String> e : new TreeMap<>(NEWER).entrySet()) {
      c.put(e.getKey(), machine == Machine.X86_64 ? e.getValue() : machine.baseVersion());
    }
    if (machine == Machine.AARCH64) {
      c.put("getauxval", machine.baseVersion());
    }
    Map<String, String> m = new LinkedHashMap<>();
    for (String name : MATH_FUNCTIONS) {
      m.put(name, machine.baseVersion());
      m.put(name + "f", machine.baseVersion());
    }
    return List.of(stub(LIBC, c), stub(LIBM, m));
  }

  /** A stub of any functions, by name and version. */
  static Stub stub(String soname, Map<String, String> versions) {
    StringBuilder assembly = new StringBuilder(".text\n");
    Map<String, List<String>> names = new TreeMap<>();
    versions.forEach(
        (name, version) -> {
          assembly.append(
              String.format(
                  ".globl %s\n.type %s,%%function\n%s: .byte 0\n.size %s,1\n",
                  name, name, name, name));
          names.computeIfAbsent(version, v -> new ArrayList<>()).add(name);
        });
    assembly.append(".section .note.GNU-stack,\"\",%progbits\n");
    StringBuilder script = new StringBuilder();
    names.forEach(
        (version, list) ->
            script
                .append(version)
                .append(" { global: ")
                .append(String.join("; ", list))
                .append("; };\n"));
    return new Stub(soname, assembly.toString(), script.toString());
  }
}
