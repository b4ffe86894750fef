package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.fail;

import dev.nncc.codegen.llvm.emit.Agreement.Tolerance;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.text.Printer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Random kernels, compiled and interpreted. A failure names the seed and prints the kernel. */
class FuzzTest {
  private static final int KERNELS = Integer.getInteger("nncc.fuzz", 40);
  private static final long FIRST = Long.getLong("nncc.fuzz.first", 1000);

  @TestFactory
  List<DynamicTest> randomKernels() {
    List<DynamicTest> tests = new ArrayList<>();
    for (LlvmTarget t : Compiled.targets()) {
      for (boolean unaligned : new boolean[] {false, true}) {
        String name = t.cpu() + (unaligned ? " any alignment" : "");
        tests.add(DynamicTest.dynamicTest(name, () -> check(t, unaligned)));
      }
    }
    return tests;
  }

  private static void check(LlvmTarget target, boolean unaligned) {
    List<Kernel> kernels = new ArrayList<>();
    for (long seed = FIRST; seed < FIRST + KERNELS; seed++) {
      kernels.add(RandomKernels.of(seed));
    }
    Compiled code = Compiled.of(kernels, target, unaligned);
    for (int i = 0; i < KERNELS; i++) {
      Kernel k = kernels.get(i);
      try {
        long par = parallel(k.body());
        Agreement.check(k, code, i, Agreement.dims("n", 3), par, Tolerance.EXACT, target.cpu());
      } catch (AssertionError | RuntimeException e) {
        fail("%s\n%s", e, Printer.print(k));
      }
    }
  }

  private static long parallel(Stmt s) {
    return s instanceof Stmt.For f && f.kind() == Stmt.Kind.PAR ? f.trip() : 1;
  }
}
