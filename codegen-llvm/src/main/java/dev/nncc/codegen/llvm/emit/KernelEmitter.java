package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A scheduled kernel to the text of an LLVM module.
 *
 * <p>The module defines {@code hidden void @NAME(ptr args, ptr scratch, ptr dims, i64 lo, i64 hi)};
 * it loads the pointers and calls an internal function whose arguments can be marked as not
 * overlapping.
 */
public final class KernelEmitter {
  private final Target target;

  public KernelEmitter(Target target) {
    this.target = target;
  }

  /**
   * @param unaligned arguments bound by the caller, of which only the element's alignment is known;
   *     all others start at multiples of 64 bytes
   * @throws EmitException when the kernel is not scheduled enough; the message names kernel, loops
   *     and buffer
   */
  public Emitted emit(Kernel k, Set<String> unaligned) {
    Code code = new Code();
    Env env = new Env(k);
    for (String d : k.dims()) {
      env.values.put(d, new Val("%d." + Spelling.name(d), DType.I64, 1));
      env.bounds.put(d, Range.NON_NEGATIVE);
    }
    ExprEmitter exprs = new ExprEmitter(code, env, target, unaligned);
    StmtEmitter stmts = new StmtEmitter(code, env, exprs);
    try {
      k.body().accept(stmts);
    } catch (EmitException e) {
      String why = String.valueOf(e.getMessage());
      throw why.startsWith("kernel ") ? e : env.refuse(why);
    }
    String text =
        "target triple = \""
            + target.triple()
            + "\"\n"
            + exprs.addresses().tables()
            + body(k, code, stmts.scratch(), unaligned)
            + entry(k, stmts.scratch())
            + code.declarations()
            + footer();
    return new Emitted(text, stmts.scratchBytes());
  }

  private static String body(
      Kernel k, Code code, Map<String, Long> scratch, Set<String> unaligned) {
    List<String> parameters = new ArrayList<>();
    for (Buffer b : k.args()) {
      int align = unaligned.contains(b.name()) ? b.type().bytes() : 64;
      parameters.add("ptr noalias nocapture align " + align + " %b." + Spelling.name(b.name()));
    }
    scratch
        .keySet()
        .forEach(n -> parameters.add("ptr noalias nocapture align 64 %b." + Spelling.name(n)));
    k.dims().forEach(d -> parameters.add("i64 %d." + Spelling.name(d)));
    parameters.add("i64 %lo");
    parameters.add("i64 %hi");
    return "define internal void @"
        + Spelling.name(k.name())
        + ".body("
        + String.join(", ", parameters)
        + ") #0 {\nentry:\n"
        + code.body()
        + "  ret void\n}\n";
  }

  private static String entry(Kernel k, Map<String, Long> scratch) {
    StringBuilder s = new StringBuilder();
    s.append("define hidden void @")
        .append(Spelling.name(k.name()))
        .append("(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) #0 {\n");
    List<String> values = new ArrayList<>();
    for (int i = 0; i < k.args().size(); i++) {
      s.append("  %p").append(i).append(" = getelementptr i8, ptr %args, i64 ").append(8 * i);
      s.append("\n  %a").append(i).append(" = load ptr, ptr %p").append(i).append('\n');
      values.add("ptr %a" + i);
    }
    int n = 0;
    for (long offset : scratch.values()) {
      s.append("  %s").append(n).append(" = getelementptr i8, ptr %scratch, i64 ").append(offset);
      s.append('\n');
      values.add("ptr %s" + n++);
    }
    for (int i = 0; i < k.dims().size(); i++) {
      s.append("  %q").append(i).append(" = getelementptr i8, ptr %dims, i64 ").append(8 * i);
      s.append("\n  %n").append(i).append(" = load i64, ptr %q").append(i).append('\n');
      values.add("i64 %n" + i);
    }
    values.add("i64 %lo");
    values.add("i64 %hi");
    return s.append("  call void @")
        .append(Spelling.name(k.name()))
        .append(".body(")
        .append(String.join(", ", values))
        .append(")\n  ret void\n}\n")
        .toString();
  }

  private String footer() {
    String features =
        target.features().isEmpty() ? "" : " \"target-features\"=\"" + target.features() + "\"";
    return "attributes #0 = { nounwind \"target-cpu\"=\""
        + target.cpu()
        + "\""
        + features
        + " }\n!0 = distinct !{!0, !1, !2}\n!1 = !{!\"llvm.loop.unroll.disable\"}\n"
        + "!2 = !{!\"llvm.loop.vectorize.enable\", i1 false}\n";
  }
}
