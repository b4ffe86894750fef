package dev.nncc.codegen.llvm.toolchain;

import java.util.Locale;
import java.util.Optional;

/** The machines for which libraries are made. */
public enum Machine {
  X86_64("x86_64", 62, "elf_x86_64", "/lib64/ld-linux-x86-64.so.2", "GLIBC_2.2.5"),
  AARCH64("aarch64", 183, "aarch64linux", "/lib/ld-linux-aarch64.so.1", "GLIBC_2.17");

  private final String arch;
  private final int elfMachine;
  private final String emulation;
  private final String interpreter;
  private final String baseVersion;

  Machine(String arch, int elfMachine, String emulation, String interpreter, String baseVersion) {
    this.arch = arch;
    this.elfMachine = elfMachine;
    this.emulation = emulation;
    this.interpreter = interpreter;
    this.baseVersion = baseVersion;
  }

  /** First part of the triple. */
  public String arch() {
    return arch;
  }

  /** As users write it: {@code x86_64-linux}. */
  public String targetName() {
    return arch + "-linux";
  }

  public String triple() {
    return arch + "-unknown-linux-gnu";
  }

  /** {@code e_machine} of ELF files. */
  public int elfMachine() {
    return elfMachine;
  }

  /** lld's name for it, option {@code -m}. */
  public String emulation() {
    return emulation;
  }

  /** The dynamic loader of executables. */
  public String interpreter() {
    return interpreter;
  }

  /** The oldest symbol version of its glibc. */
  public String baseVersion() {
    return baseVersion;
  }

  /** The machine that users call {@code name}, such as {@code aarch64-linux}. */
  public static Optional<Machine> named(String name) {
    for (Machine m : values()) {
      if (m.targetName().equals(name)) {
        return Optional.of(m);
      }
    }
    return Optional.empty();
  }

  /** The machine with JVM property {@code os.arch}. */
  static Optional<Machine> ofJvm(String osArch) {
    switch (osArch.toLowerCase(Locale.ROOT)) {
      case "amd64":
      case "x86_64":
        return Optional.of(X86_64);
      case "aarch64":
        return Optional.of(AARCH64);
      default:
        return Optional.empty();
    }
  }
}
