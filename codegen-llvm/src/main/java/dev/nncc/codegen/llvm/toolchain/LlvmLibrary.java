package dev.nncc.codegen.llvm.toolchain;

import static org.bytedeco.llvm.global.LLVM.LLVMContextSetDiagnosticHandler;
import static org.bytedeco.llvm.global.LLVM.LLVMDSError;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeMessage;
import static org.bytedeco.llvm.global.LLVM.LLVMGetDiagInfoDescription;
import static org.bytedeco.llvm.global.LLVM.LLVMGetDiagInfoSeverity;
import static org.bytedeco.llvm.global.LLVM.LLVMInitializeAllAsmParsers;
import static org.bytedeco.llvm.global.LLVM.LLVMInitializeAllAsmPrinters;
import static org.bytedeco.llvm.global.LLVM.LLVMInitializeAllTargetInfos;
import static org.bytedeco.llvm.global.LLVM.LLVMInitializeAllTargetMCs;
import static org.bytedeco.llvm.global.LLVM.LLVMInitializeAllTargets;
import static org.bytedeco.llvm.global.LLVM.LLVMInstallFatalErrorHandler;
import static org.bytedeco.llvm.global.LLVM.LLVMParseCommandLineOptions;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.llvm.LLVM.LLVMContextRef;
import org.bytedeco.llvm.LLVM.LLVMDiagnosticHandler;
import org.bytedeco.llvm.LLVM.LLVMDiagnosticInfoRef;
import org.bytedeco.llvm.LLVM.LLVMFatalErrorHandler;

/**
 * LLVM in this process: loaded and set up once, by whoever needs it first. Its options and its
 * fatal error handler are process-wide in LLVM itself.
 */
final class LlvmLibrary {
  // Native code keeps its address: it must not be collected.
  private static final LLVMFatalErrorHandler ON_FATAL_ERROR = new FatalErrors();
  // One for all contexts: JavaCPP has room for ten handlers of a kind.
  private static final LLVMDiagnosticHandler ON_DIAGNOSTIC = new Diagnostics();

  static {
    LLVMInitializeAllTargetInfos();
    LLVMInitializeAllTargets();
    LLVMInitializeAllTargetMCs();
    LLVMInitializeAllAsmPrinters();
    LLVMInitializeAllAsmParsers();
    // Loop strength reduction would undo the addresses that the emitter has placed, spill pointers
    // and take most of the compile time. The machine scheduler would hoist a tile's loads above its
    // multiply-adds and spill the accumulators: 3x3 convolutions run at half their speed. Hoisting
    // constants out of one nest of a kernel keeps them in registers through all its other nests,
    // and accumulators are spilled for them.
    String[] options = {"nncc", "-disable-lsr", "-enable-misched=0", "-disable-machine-licm"};
    LLVMParseCommandLineOptions(
        options.length, new PointerPointer<BytePointer>(options), (BytePointer) null);
    LLVMInstallFatalErrorHandler(ON_FATAL_ERROR);
  }

  private LlvmLibrary() {}

  /** Returns when LLVM is ready. */
  static void load() {}

  /** Reports the errors of a context to the thread that runs its compilation. */
  static void watch(LLVMContextRef context) {
    // Without a handler LLVM prints an error and leaves the process.
    LLVMContextSetDiagnosticHandler(context, ON_DIAGNOSTIC, null);
  }

  private static final class Diagnostics extends LLVMDiagnosticHandler {
    @Override
    public void call(LLVMDiagnosticInfoRef info, Pointer unused) {
      if (LLVMGetDiagInfoSeverity(info) == LLVMDSError
          && Thread.currentThread() instanceof LlvmThread thread) {
        BytePointer text = LLVMGetDiagInfoDescription(info);
        thread.errors().add(text.getString());
        LLVMDisposeMessage(text);
      }
    }
  }

  /**
   * LLVM calls it where it would abort. Returning or throwing would end the process, so the
   * compilation is failed and its thread sleeps for ever; nothing holds a lock there.
   */
  private static final class FatalErrors extends LLVMFatalErrorHandler {
    @Override
    public void call(BytePointer reason) {
      String text = reason == null ? "unknown reason" : reason.getString();
      if (Thread.currentThread() instanceof LlvmThread thread) {
        thread.abandon(text);
      }
    }
  }
}
