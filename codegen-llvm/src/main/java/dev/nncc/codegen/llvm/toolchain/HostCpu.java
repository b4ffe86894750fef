package dev.nncc.codegen.llvm.toolchain;

import static org.bytedeco.llvm.global.LLVM.LLVMDisposeMessage;
import static org.bytedeco.llvm.global.LLVM.LLVMGetDefaultTargetTriple;
import static org.bytedeco.llvm.global.LLVM.LLVMGetHostCPUFeatures;
import static org.bytedeco.llvm.global.LLVM.LLVMGetHostCPUName;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;

/** The processor that nncc runs on, as LLVM sees it. */
public final class HostCpu {
  private HostCpu() {}

  /**
   * The target of this machine. The features are those that the processor reports: in a virtual
   * machine they may be fewer than its name promises.
   */
  public static LlvmTarget target() {
    LlvmLibrary.load();
    Machine machine = machine();
    String cpu = take(LLVMGetHostCPUName());
    String features = take(LLVMGetHostCPUFeatures());
    Set<String> known = CpuTable.load().known(machine);
    List<String> required = new ArrayList<>();
    for (String feature : features.split(",", -1)) {
      if (feature.startsWith("+") && known.contains(feature.substring(1))) {
        required.add(feature.substring(1));
      }
    }
    Collections.sort(required);
    return new LlvmTarget(machine, cpu, features, required);
  }

  /** The machine of this process. */
  public static Machine machine() {
    LlvmLibrary.load();
    String triple = take(LLVMGetDefaultTargetTriple());
    String arch = triple.substring(0, triple.indexOf('-'));
    return Machine.ofJvm(arch)
        .orElseThrow(
            () -> new CodegenException("nncc runs on x86-64 and aarch64 Linux, not on " + triple));
  }

  private static String take(BytePointer message) {
    String text = message.getString();
    LLVMDisposeMessage(message);
    return text;
  }
}
