package dev.nncc.graph.random;

import dev.nncc.graph.DType;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;

/** A graph while it grows: its values, what they are on the inputs, and random choices. */
final class Growth {
  /** Elements of a value, at most: the reference evaluator does not hurry. */
  private static final long MOST_ELEMENTS = 600;

  /** What the inputs and outputs of libraries may have. */
  private static final int MOST_DIMENSIONS = 8;

  /** Results beyond lead to overflow a few nodes later. */
  private static final double HUGE = 1e4;

  private static final long[] EXTENTS = {1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 11, 16, 17};

  final Random random;
  final DType floats;

  private final GraphBuilder builder = new GraphBuilder("random");
  private final boolean empty;
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> values = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Value, Tensor> known = new LinkedHashMap<>();

  Growth(Random random) {
    this.random = random;
    int kind = random.nextInt(20);
    floats = kind < 9 ? DType.F64 : kind < 18 ? DType.F32 : kind == 18 ? DType.F16 : DType.BF16;
    empty = random.nextInt(20) == 0;
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      DType t = random.nextInt(6) == 0 ? integers() : floats;
      input("x" + i, new TensorType(t, shape(random.nextInt(6))));
    }
  }

  private void input(String name, TensorType type) {
    Value v = builder.input(name, type);
    inputs.add(v);
    values.add(v);
    known.put(v, numbers(type, random.nextInt(8) == 0));
  }

  DType integers() {
    List<DType> all =
        List.of(DType.I64, DType.I64, DType.I32, DType.I8, DType.U8, DType.BOOL, DType.I16);
    return all.get(random.nextInt(all.size()));
  }

  Shape shape(int rank) {
    List<Long> extents = new ArrayList<>();
    long elements = 1;
    for (int i = 0; i < rank; i++) {
      long e = extent();
      e = elements * e > MOST_ELEMENTS / 2 ? 1 : e;
      elements *= e;
      extents.add(e);
    }
    return Shape.of(extents);
  }

  long extent() {
    return empty && random.nextInt(6) == 0 ? 0 : EXTENTS[random.nextInt(EXTENTS.length)];
  }

  /** Numbers from -4 to 4, zeros of both signs and, if special, infinities and NaN among them. */
  Tensor numbers(TensorType type, boolean special) {
    TensorBuilder b = new TensorBuilder(type);
    double[] odd = {
      0, -0.0, 1, -1, special ? Double.POSITIVE_INFINITY : 2, special ? Double.NaN : 3
    };
    for (long i = 0; i < type.shape().elements(); i++) {
      double x = random.nextInt(8) == 0 ? odd[random.nextInt(6)] : random.nextDouble() * 8 - 4;
      if (type.dtype().isFloat()) {
        b.set(i, x);
      } else {
        long whole = Double.isFinite(x) ? Math.round(2 * x) : 7;
        b.set(
            i,
            type.dtype() == DType.BOOL
                ? whole & 1
                : type.dtype().isSigned() ? whole : Math.abs(whole));
      }
    }
    return b.build();
  }

  /** Numbers from 0.5 to 1.5. */
  Value positive(DType type, long... extents) {
    TensorBuilder b = new TensorBuilder(TensorType.of(type, extents));
    for (long i = 0; i < Shape.of(extents).elements(); i++) {
      b.set(i, 0.5 + random.nextDouble());
    }
    return constant(b.build());
  }

  /** Small numbers of both signs. */
  Value weights(DType type, long... extents) {
    TensorBuilder b = new TensorBuilder(TensorType.of(type, extents));
    for (long i = 0; i < Shape.of(extents).elements(); i++) {
      b.set(i, random.nextInt(10) == 0 ? 0 : random.nextDouble() * 2 - 1);
    }
    return constant(b.build());
  }

  Value scalar(DType type, double number) {
    return constant(Tensor.filled(TensorType.of(type), number));
  }

  Value longs(long... numbers) {
    return constant(Tensor.ofLongs(Shape.of(numbers.length), numbers));
  }

  Value constant(Tensor t) {
    Value v = builder.constant(t);
    known.put(v, t);
    return v;
  }

  int nodes() {
    return nodes.size();
  }

  /** What a value is on the graph's inputs. */
  Tensor tensor(Value v) {
    return Objects.requireNonNull(known.get(v));
  }

  /** Any value, later ones rather. */
  Value any() {
    int n = values.size();
    int recent = Math.min(n, 4);
    return values.get(random.nextBoolean() ? n - 1 - random.nextInt(recent) : random.nextInt(n));
  }

  Optional<Value> any(Predicate<Value> fits) {
    List<Value> all = values.stream().filter(fits).toList();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
  }

  /** A float value, with this rank if there is one. */
  Optional<Value> floats(int rank) {
    Optional<Value> exact = any(v -> v.dtype().isFloat() && v.shape().rank() == rank);
    return exact.isPresent() ? exact : reshaped(rank);
  }

  /** A float value seen with another rank. */
  private Optional<Value> reshaped(int rank) {
    return any(v -> v.dtype().isFloat())
        .flatMap(
            v -> {
              List<Long> extents = new ArrayList<>();
              long left = v.shape().elements();
              for (int i = 0; i < rank - 1 && left > 0; i++) {
                long e = 1L + random.nextInt(8);
                e = left % e == 0 ? e : 1;
                extents.add(e);
                left /= e;
              }
              if (rank == 0 || left == 0) {
                return Optional.empty();
              }
              extents.add(random.nextInt(rank), left);
              return add(new dev.nncc.graph.op.Reshape(Shape.of(extents)), v);
            });
  }

  Optional<Value> add(Op op, Value... operands) {
    List<Value> results = addAll(op, List.of(operands));
    return results.isEmpty() ? Optional.empty() : Optional.of(results.get(0));
  }

  /** A node that must fit. */
  Value must(Op op, Value... operands) {
    return add(op, operands).orElseThrow(() -> new ModelException(op + " does not fit"));
  }

  /** Adds a node unless it does not fit the operands or its results are of no use. */
  List<Value> addAll(Op op, List<Value> operands) {
    try {
      List<TensorType> types = op.infer(operands.stream().map(Value::type).toList());
      if (types.stream()
          .anyMatch(t -> t.shape().elements() > MOST_ELEMENTS || t.rank() > MOST_DIMENSIONS)) {
        return List.of();
      }
      List<Tensor> results = op.evaluate(operands.stream().map(this::tensor).toList());
      if (results.stream().anyMatch(this::isUseless) && random.nextInt(12) != 0) {
        return List.of();
      }
      String name = "n" + nodes.size();
      List<Value> made = builder.add(Origin.of(name, op.name()), List.of(name), op, operands);
      for (int i = 0; i < made.size(); i++) {
        known.put(made.get(i), results.get(i));
      }
      values.addAll(made);
      nodes.add(new Node(op, operands, made, Origin.NONE));
      return made;
    } catch (ModelException e) {
      return List.of();
    }
  }

  private boolean isUseless(Tensor t) {
    if (!t.dtype().isFloat() || t.elements() == 0) {
      return false;
    }
    int fine = 0;
    for (double d : t.toDoubles()) {
      fine += Math.abs(d) < HUGE ? 1 : 0;
    }
    return 2L * fine < t.elements();
  }

  /** A node once more. */
  void again() {
    if (!nodes.isEmpty()) {
      Node n = nodes.get(random.nextInt(nodes.size()));
      addAll(n.op(), n.operands());
    }
  }

  RandomGraph done() {
    int outputs = 1 + random.nextInt(4);
    for (int i = 0; i < outputs; i++) {
      Value v = i == 0 ? values.get(values.size() - 1) : any();
      if (random.nextInt(60) == 0) {
        v = scalar(floats, 1.5);
      }
      builder.output("y" + i, v);
    }
    return new RandomGraph(builder.build(), inputs.stream().map(this::tensor).toList());
  }
}
