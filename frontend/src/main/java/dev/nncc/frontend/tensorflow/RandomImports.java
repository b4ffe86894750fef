package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Random numbers with seeds: the constants that a first run of TensorFlow on a CPU makes of them.
 * Without seeds, or in a loop that would draw again, there is nothing that a compiled model could
 * repeat.
 */
final class RandomImports {
  private static final String LIMIT = "a seed, outside of loops; as in a first run";

  private RandomImports() {}

  static void addTo(Operators t) {
    t.one("RandomUniform", RandomImports::uniform);
    t.one("RandomUniformInt", RandomImports::integers);
    t.one("RandomStandardNormal", RandomImports::normal);
    t.one("RandomShuffle", RandomImports::shuffled);
    for (String op :
        List.of("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "RandomShuffle")) {
      t.limit(op, LIMIT);
    }
  }

  /** Whether a run draws the same numbers as the first run of any other process. */
  static boolean isSeeded(Attributes attrs) {
    return attrs.integer("seed", 0) != 0 || attrs.integer("seed2", 0) != 0;
  }

  private static Philox generator(TensorflowNode n) {
    UnsupportedFeature.when(!isSeeded(n.attrs()), "random numbers without a seed");
    UnsupportedFeature.when(!n.walk().isFirstDrawing(n), "random numbers in a loop");
    n.walk().assume("random numbers that have a seed are those of a first run");
    return new Philox(n.attrs().integer("seed", 0), n.attrs().integer("seed2", 0));
  }

  private static TensorType type(TensorflowNode n, DType dtype) {
    Shape shape = ConstantImports.shape(n, 0);
    TensorflowNode.table(shape.toArray());
    return new TensorType(dtype, shape);
  }

  /** From 0 to 1, which is never reached: as many random bits as the type has behind its first. */
  private static Operand uniform(TensorflowNode n) {
    TensorType type = type(n, n.attrs().dtype("dtype"));
    TensorBuilder b = new TensorBuilder(type);
    if (type.shape().elements() > 0) {
      Philox random = generator(n);
      for (int i = 0; i < type.shape().elements(); i++) {
        b.set(i, fraction(random, type.dtype(), i));
      }
    }
    return n.constant(b.build());
  }

  private static double fraction(Philox random, DType dtype, long i) {
    return switch (dtype) {
      case F16 -> (random.number(i) & 0x3ff) * 0x1p-10;
      case BF16 -> (random.number(i) & 0x7f) * 0x1p-7;
      case F32 -> (random.number(i) & 0x7fffff) * 0x1p-23;
      case F64 -> {
        long high = random.number(2 * i) & 0xfffff;
        yield (high << 32 | Integer.toUnsignedLong(random.number(2 * i + 1))) * 0x1p-52;
      }
      default -> throw new UnsupportedFeature("random numbers of type %s", dtype);
    };
  }

  /** Remainders of the generator's numbers; wide ones are made of two, the lower half first. */
  private static Operand integers(TensorflowNode n) {
    TensorType type = type(n, n.attrs().dtype("Tout", n.in(1).dtype()));
    TensorBuilder b = new TensorBuilder(type);
    if (type.shape().elements() > 0) {
      long low = n.knownInteger(1, "minval");
      long high = n.knownInteger(2, "maxval");
      require(low < high, "the range from %d to %d is empty", low, high);
      Philox random = generator(n);
      boolean wide = type.dtype() == DType.I64;
      for (int i = 0; i < type.shape().elements(); i++) {
        long drawn = Integer.toUnsignedLong(random.number(wide ? 2L * i : i));
        long upper = wide ? random.number(2L * i + 1) : 0;
        b.set(i, low + Long.remainderUnsigned(upper << 32 | drawn, high - low));
      }
    }
    return n.constant(b.build());
  }

  /** Two normal numbers of two uniform ones (Box and Muller), in f32 as TensorFlow does it. */
  private static Operand normal(TensorflowNode n) {
    TensorType type = type(n, n.attrs().dtype("dtype"));
    UnsupportedFeature.when(type.dtype() != DType.F32, "normal numbers of type %s", type.dtype());
    TensorBuilder b = new TensorBuilder(type);
    if (type.shape().elements() > 0) {
      Philox random = generator(n);
      for (int i = 0; i < type.shape().elements(); i++) {
        int pair = i - i % 2;
        double u = Math.max(fraction(random, DType.F32, pair), 1e-7f);
        double angle = 2 * Math.PI * fraction(random, DType.F32, pair + 1);
        double radius = Math.sqrt(-2 * Math.log(u));
        b.set(i, radius * (i % 2 == 0 ? Math.sin(angle) : Math.cos(angle)));
      }
    }
    return n.constant(b.build());
  }

  /** Each row in turn changes places with one of those from it on. */
  private static Operand shuffled(TensorflowNode n) {
    Operand x = n.in(0);
    if (x.rank() == 0 || x.dim(0) <= 1 || x.shape().elements() <= 1) {
      return x;
    }
    long[] rows = IntStream.range(0, TensorflowNode.table(x.dim(0))).asLongStream().toArray();
    Philox random = generator(n);
    for (int i = 0; i < rows.length - 1; i++) {
      int other = i + Integer.remainderUnsigned(random.number(i), rows.length - i);
      long row = rows[i];
      rows[i] = rows[other];
      rows[other] = row;
    }
    return n.gather(x, n.constant(Tensor.ofLongs(Shape.of(rows.length), rows)), 0);
  }
}
