package dev.nncc.compiler;

import dev.nncc.codegen.llvm.toolchain.CpuTable;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import java.util.Arrays;
import java.util.List;

/** The machines and processors that libraries can be made for. */
public final class Targets {
  private Targets() {}

  /** A machine and the names that {@code --cpu} takes for it, sorted. */
  public record Family(String machine, List<String> cpus) {}

  public static List<Family> all() {
    CpuTable table = CpuTable.load();
    return Arrays.stream(Machine.values())
        .map(m -> new Family(m.targetName(), table.names(m)))
        .toList();
  }

  /** This machine. */
  public record Host(String machine, String cpu, List<String> features) {}

  /** Loads LLVM to ask it. */
  public static Host host() {
    LlvmTarget t = HostCpu.target();
    return new Host(t.machine().targetName(), t.cpu(), t.required());
  }
}
