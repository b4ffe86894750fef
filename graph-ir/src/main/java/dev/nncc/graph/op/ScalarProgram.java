package dev.nncc.graph.op;

import dev.nncc.graph.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link ScalarExpr} made ready to run over blocks of elements: a list of steps, each a loop over
 * the block, equal sub-expressions once. Not thread-safe.
 */
final class ScalarProgram {
  private final int block;

  /** A value of the program on all elements of the block. */
  private abstract static class Step {
    final DType type;
    final double[] numbers;
    final long[] integers;

    Step(DType type, int block) {
      this.type = type;
      this.numbers = new double[type.isFloat() ? block : 0];
      this.integers = new long[type.isFloat() ? 0 : block];
    }

    abstract void run(int n);
  }

  private final List<Step> args = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final Map<ScalarExpr, Step> known = new LinkedHashMap<>();
  private final Step result;

  /**
   * @param block most elements of one run
   */
  ScalarProgram(ScalarExpr e, List<DType> types, int block) {
    this.block = block;
    for (int i = 0; i < types.size(); i++) {
      Step arg =
          new Step(types.get(i), block) {
            @Override
            void run(int n) {}
          };
      args.add(arg);
      known.put(ScalarExpr.arg(i), arg);
    }
    result = step(e);
  }

  /** Where the caller puts the elements of a float operand. */
  double[] numbers(int arg) {
    return args.get(arg).numbers;
  }

  /** Where the caller puts the elements of an integer or bool operand. */
  long[] integers(int arg) {
    return args.get(arg).integers;
  }

  DType resultType() {
    return result.type;
  }

  void run(int n) {
    for (Step s : steps) {
      s.run(n);
    }
  }

  double[] numbers() {
    return result.numbers;
  }

  long[] integers() {
    return result.integers;
  }

  private Step step(ScalarExpr e) {
    Step s = known.get(e);
    if (s != null) {
      return s;
    }
    Step made;
    if (e instanceof ScalarExpr.Const c) {
      made = constant(c);
    } else if (e instanceof ScalarExpr.Unary u) {
      made = unary(u, step(u.a()));
    } else if (e instanceof ScalarExpr.Binary b) {
      made = binary(b, step(b.a()), step(b.b()));
    } else if (e instanceof ScalarExpr.Select x) {
      made = select(step(x.condition()), step(x.yes()), step(x.no()));
    } else if (e instanceof ScalarExpr.Cast c) {
      made = cast(c.to(), step(c.a()));
    } else {
      throw new IllegalStateException(e + " has no operand");
    }
    known.put(e, made);
    steps.add(made);
    return made;
  }

  /** Constants of 16-bit floats keep the precision of f32, in which such code computes. */
  private Step constant(ScalarExpr.Const c) {
    DType t = c.dtype();
    double number = t == DType.F64 ? c.value() : (float) c.value();
    long integer = t.isFloat() ? 0 : Scalars.toInteger(t, c.value());
    Step s =
        new Step(t, block) {
          @Override
          void run(int n) {}
        };
    Arrays.fill(s.numbers, number);
    Arrays.fill(s.integers, integer);
    return s;
  }

  private Step unary(ScalarExpr.Unary u, Step a) {
    boolean predicate = Scalars.isPredicate(u.fn());
    return new Step(predicate ? DType.BOOL : a.type, block) {
      @Override
      void run(int n) {
        for (int i = 0; i < n; i++) {
          if (predicate) {
            integers[i] = Scalars.test(u.fn(), a.numbers[i]) ? 1 : 0;
          } else if (type.isFloat()) {
            numbers[i] = Scalars.apply(u.fn(), a.numbers[i]);
          } else {
            integers[i] = Scalars.apply(u.fn(), type, a.integers[i]);
          }
        }
      }
    };
  }

  private Step binary(ScalarExpr.Binary e, Step a, Step b) {
    if (a.type != b.type) {
      throw new IllegalStateException(e.fn() + " of " + a.type + " and " + b.type);
    }
    if (Scalars.isPredicate(e.fn())) {
      return comparison(e.fn(), a, b);
    }
    return new Step(a.type, block) {
      @Override
      void run(int n) {
        if (type.isFloat()) {
          for (int i = 0; i < n; i++) {
            numbers[i] = Scalars.apply(e.fn(), a.numbers[i], b.numbers[i]);
          }
        } else {
          for (int i = 0; i < n; i++) {
            integers[i] = Scalars.apply(e.fn(), type, a.integers[i], b.integers[i]);
          }
        }
      }
    };
  }

  private Step comparison(ScalarExpr.BinaryFn fn, Step a, Step b) {
    return new Step(DType.BOOL, block) {
      @Override
      void run(int n) {
        for (int i = 0; i < n; i++) {
          boolean yes =
              a.type.isFloat()
                  ? Scalars.test(fn, a.numbers[i], b.numbers[i])
                  : Scalars.test(fn, a.type, a.integers[i], b.integers[i]);
          integers[i] = yes ? 1 : 0;
        }
      }
    };
  }

  private Step select(Step condition, Step yes, Step no) {
    if (condition.type != DType.BOOL || yes.type != no.type) {
      throw new IllegalStateException(
          "select " + condition.type + ", " + yes.type + ", " + no.type);
    }
    return new Step(yes.type, block) {
      @Override
      void run(int n) {
        for (int i = 0; i < n; i++) {
          Step from = condition.integers[i] != 0 ? yes : no;
          if (type.isFloat()) {
            numbers[i] = from.numbers[i];
          } else {
            integers[i] = from.integers[i];
          }
        }
      }
    };
  }

  private Step cast(DType to, Step a) {
    return new Step(to, block) {
      @Override
      void run(int n) {
        for (int i = 0; i < n; i++) {
          if (to.isFloat()) {
            numbers[i] =
                a.type.isFloat()
                    ? Scalars.round(to, a.numbers[i])
                    : Scalars.toFloat(a.type, to, a.integers[i]);
          } else {
            integers[i] =
                a.type.isFloat()
                    ? Scalars.toInteger(to, a.numbers[i])
                    : Scalars.wrap(to, a.integers[i]);
          }
        }
      }
    };
  }
}
