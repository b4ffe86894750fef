package dev.nncc.codegen.llvm.link;

/** Kernels as LLVM text that make a plan's walk visible. */
final class PlanKernels {
  /**
   * Appends {@code hi * 10000 + dims[0] * 100 + dims[1]} to the list of i64 at args[0], whose
   * length is its head.
   */
  static final String TRACE =
      """
      define hidden void @trace(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) {
        %list = load ptr, ptr %args
        %n = load i64, ptr %list
        %n1 = add i64 %n, 1
        store i64 %n1, ptr %list
        %at = getelementptr i64, ptr %list, i64 %n1
        %d0 = load i64, ptr %dims
        %p1 = getelementptr i64, ptr %dims, i64 1
        %d1 = load i64, ptr %p1
        %a = mul i64 %hi, 10000
        %b = mul i64 %d0, 100
        %c = add i64 %a, %b
        %v = add i64 %c, %d1
        store i64 %v, ptr %at
        ret void
      }
      """;

  /** The byte at args[0] becomes {@code dims[0] < 2}. */
  static final String CONDITION =
      """
      define hidden void @condition(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) {
        %p = load ptr, ptr %args
        %d0 = load i64, ptr %dims
        %c = icmp slt i64 %d0, 2
        %b = zext i1 %c to i8
        store i8 %b, ptr %p
        ret void
      }
      """;

  /** {@code args[0][0] += 1; args[1][0] = args[0][0]}, both i64. */
  static final String COUNT =
      """
      define hidden void @count(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) {
        %p = load ptr, ptr %args
        %q1 = getelementptr ptr, ptr %args, i64 1
        %q = load ptr, ptr %q1
        %n = load i64, ptr %p
        %n1 = add i64 %n, 1
        store i64 %n1, ptr %p
        store i64 %n1, ptr %q
        ret void
      }
      """;

  /** A fault unless the i64 at args[1] is below 10. */
  static final String CHECK =
      """
      define hidden void @check(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) {
        %fault = load ptr, ptr %args
        %q1 = getelementptr ptr, ptr %args, i64 1
        %q = load ptr, ptr %q1
        %n = load i64, ptr %q
        %c = icmp uge i64 %n, 10
        %b = zext i1 %c to i32
        %old = atomicrmw or ptr %fault, i32 %b monotonic
        ret void
      }
      """;

  /**
   * {@code args[0][i] = scratch, lo, hi, i} for each i of the range: which range and scratch a
   * chunk had.
   */
  static final String RANGES =
      """
      define hidden void @ranges(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) {
      entry:
        %out = load ptr, ptr %args
        %s = ptrtoint ptr %scratch to i64
        store i64 %lo, ptr %scratch
        br label %loop
      loop:
        %i = phi i64 [ %lo, %entry ], [ %next, %loop ]
        %at = getelementptr [4 x i64], ptr %out, i64 %i
        store i64 %s, ptr %at
        %l = load i64, ptr %scratch
        %at1 = getelementptr i64, ptr %at, i64 1
        store i64 %l, ptr %at1
        %at2 = getelementptr i64, ptr %at, i64 2
        store i64 %hi, ptr %at2
        %at3 = getelementptr i64, ptr %at, i64 3
        store i64 %i, ptr %at3
        %next = add i64 %i, 1
        %more = icmp slt i64 %next, %hi
        br i1 %more, label %loop, label %end
      end:
        ret void
      }
      """;

  private PlanKernels() {}
}
