package dev.nncc.codegen.llvm.toolchain;

import static org.bytedeco.llvm.global.LLVM.LLVMAssemblyFile;
import static org.bytedeco.llvm.global.LLVM.LLVMCodeGenLevelAggressive;
import static org.bytedeco.llvm.global.LLVM.LLVMCodeModelSmall;
import static org.bytedeco.llvm.global.LLVM.LLVMContextCreate;
import static org.bytedeco.llvm.global.LLVM.LLVMContextDispose;
import static org.bytedeco.llvm.global.LLVM.LLVMCreateMemoryBufferWithMemoryRangeCopy;
import static org.bytedeco.llvm.global.LLVM.LLVMCreatePassBuilderOptions;
import static org.bytedeco.llvm.global.LLVM.LLVMCreateTargetDataLayout;
import static org.bytedeco.llvm.global.LLVM.LLVMCreateTargetMachine;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeMemoryBuffer;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeMessage;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeModule;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposePassBuilderOptions;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeTargetData;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeTargetMachine;
import static org.bytedeco.llvm.global.LLVM.LLVMGetBufferSize;
import static org.bytedeco.llvm.global.LLVM.LLVMGetBufferStart;
import static org.bytedeco.llvm.global.LLVM.LLVMGetErrorMessage;
import static org.bytedeco.llvm.global.LLVM.LLVMGetTargetFromTriple;
import static org.bytedeco.llvm.global.LLVM.LLVMObjectFile;
import static org.bytedeco.llvm.global.LLVM.LLVMParseIRInContext;
import static org.bytedeco.llvm.global.LLVM.LLVMRelocPIC;
import static org.bytedeco.llvm.global.LLVM.LLVMReturnStatusAction;
import static org.bytedeco.llvm.global.LLVM.LLVMRunPasses;
import static org.bytedeco.llvm.global.LLVM.LLVMSetModuleDataLayout;
import static org.bytedeco.llvm.global.LLVM.LLVMSetTarget;
import static org.bytedeco.llvm.global.LLVM.LLVMTargetMachineEmitToMemoryBuffer;
import static org.bytedeco.llvm.global.LLVM.LLVMVerifyModule;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.llvm.LLVM.LLVMContextRef;
import org.bytedeco.llvm.LLVM.LLVMErrorRef;
import org.bytedeco.llvm.LLVM.LLVMMemoryBufferRef;
import org.bytedeco.llvm.LLVM.LLVMModuleRef;
import org.bytedeco.llvm.LLVM.LLVMPassBuilderOptionsRef;
import org.bytedeco.llvm.LLVM.LLVMTargetDataRef;
import org.bytedeco.llvm.LLVM.LLVMTargetMachineRef;
import org.bytedeco.llvm.LLVM.LLVMTargetRef;

/**
 * One compilation on the current thread: parse, verify, promote memory to registers, generate code.
 */
final class LlvmJob {
  /** The emitter decides everything else (widths, unrolling, addresses, reuse). */
  private static final String PASSES = "function(mem2reg)";

  private final Llvm.Unit unit;
  private final LlvmTarget target;
  private final LLVMContextRef context;
  private final List<String> errors;

  private LlvmJob(Llvm.Unit unit, LlvmTarget target, LLVMContextRef context, List<String> errors) {
    this.unit = unit;
    this.target = target;
    this.context = context;
    this.errors = errors;
  }

  /** Compiles; {@code errors} is where the thread collects LLVM's reports. */
  static byte[] run(Llvm.Unit unit, LlvmTarget target, Llvm.Output output, List<String> errors) {
    LLVMContextRef context = LLVMContextCreate();
    try {
      LlvmLibrary.watch(context);
      return new LlvmJob(unit, target, context, errors).compile(output);
    } finally {
      LLVMContextDispose(context);
    }
  }

  private byte[] compile(Llvm.Output output) {
    LLVMModuleRef module = parse();
    try {
      LLVMTargetMachineRef machine = targetMachine();
      try {
        LLVMSetTarget(module, target.machine().triple());
        LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
        LLVMSetModuleDataLayout(module, layout);
        LLVMDisposeTargetData(layout);
        verify(module);
        optimise(module, machine);
        return generate(module, machine, output);
      } finally {
        LLVMDisposeTargetMachine(machine);
      }
    } finally {
      LLVMDisposeModule(module);
    }
  }

  private LLVMModuleRef parse() {
    byte[] text = unit.ir().getBytes(StandardCharsets.UTF_8);
    BytePointer message = noMessage();
    LLVMModuleRef module = new LLVMModuleRef();
    try (BytePointer bytes = new BytePointer(text.length + 1L);
        BytePointer name = new BytePointer(unit.name())) {
      bytes.put(text, 0, text.length).put(text.length, (byte) 0);
      LLVMMemoryBufferRef buffer =
          LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, text.length, name);
      if (LLVMParseIRInContext(context, buffer, module, message) != 0) { // takes the buffer over
        throw failure(message);
      }
    }
    return module;
  }

  private LLVMTargetMachineRef targetMachine() {
    LLVMTargetRef llvm = new LLVMTargetRef();
    BytePointer message = noMessage();
    try (BytePointer triple = new BytePointer(target.machine().triple())) {
      if (LLVMGetTargetFromTriple(triple, llvm, message) != 0) {
        throw failure(message);
      }
    }
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(
            llvm,
            target.machine().triple(),
            target.cpu(),
            target.features(),
            LLVMCodeGenLevelAggressive,
            LLVMRelocPIC,
            LLVMCodeModelSmall);
    if (machine == null) {
      throw failure("no code generator for " + target.text());
    }
    return machine;
  }

  private void verify(LLVMModuleRef module) {
    BytePointer message = noMessage();
    if (LLVMVerifyModule(module, LLVMReturnStatusAction, message) != 0) {
      throw failure(message);
    }
    LLVMDisposeMessage(message);
  }

  private void optimise(LLVMModuleRef module, LLVMTargetMachineRef machine) {
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef error = LLVMRunPasses(module, PASSES, machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (error != null) {
      throw failure(LLVMGetErrorMessage(error).getString());
    }
  }

  private byte[] generate(LLVMModuleRef module, LLVMTargetMachineRef machine, Llvm.Output output) {
    LLVMMemoryBufferRef out = new LLVMMemoryBufferRef();
    BytePointer message = noMessage();
    int kind = output == Llvm.Output.OBJECT ? LLVMObjectFile : LLVMAssemblyFile;
    if (LLVMTargetMachineEmitToMemoryBuffer(machine, module, kind, message, out) != 0) {
      throw failure(message);
    }
    byte[] bytes = new byte[Math.toIntExact(LLVMGetBufferSize(out))];
    LLVMGetBufferStart(out).get(bytes);
    LLVMDisposeMemoryBuffer(out);
    if (!errors.isEmpty()) {
      throw failure(String.join("\n", errors));
    }
    return bytes;
  }

  private static BytePointer noMessage() {
    return new BytePointer((Pointer) null);
  }

  private CodegenException failure(BytePointer message) {
    String text = message.isNull() ? String.join("\n", errors) : message.getString();
    LLVMDisposeMessage(message);
    return failure(text);
  }

  private CodegenException failure(String text) {
    return new CodegenException(
        "LLVM, " + unit.name() + " for " + target.text() + ": " + text.strip());
  }
}
