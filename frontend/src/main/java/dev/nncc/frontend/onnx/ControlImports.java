package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Concat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Control flow that is decided while importing: branches taken, short loops written out. */
final class ControlImports {
  /** Nodes that a loop may become. */
  private static final long UNROLLED = 20_000;

  private ControlImports() {}

  static void addTo(OperatorTable t) {
    t.add("If", 1, ControlImports::decide);
    t.add("Loop", 1, ControlImports::loop);
    t.add("Scan", 9, ControlImports::scan);
    t.limit("If", "constant condition");
    t.limit("Loop", "constant number of iterations, written out");
    t.limit("Scan", "written out");
  }

  private static List<Operand> decide(OnnxNode n) {
    boolean yes = condition(n, n.in(0), 0);
    GraphProto branch = n.attrs().graph(yes ? "then_branch" : "else_branch");
    return n.importer().inline(branch, n, List.of(), "");
  }

  private static boolean condition(OnnxNode n, Operand o, int input) {
    Tensor t = o.tensor();
    if (t == null) {
      throw n.notConstant(input, "the condition");
    }
    require(t.elements() == 1, "the condition is %s, not one element", t.type());
    return t.reader().integer(0) != 0;
  }

  private static void checkLength(GraphProto body, long iterations) {
    UnsupportedFeature.when(
        iterations > UNROLLED / Math.max(1, body.getNodeCount()),
        "a loop of %s iterations over %d nodes is too long to be written out",
        iterations == Long.MAX_VALUE ? "endless" : Long.toString(iterations),
        body.getNodeCount());
  }

  private static Operand flag(OnnxNode n, boolean value) {
    TensorBuilder b = new TensorBuilder(new TensorType(DType.BOOL, Shape.SCALAR));
    b.set(0, value ? 1L : 0L);
    return n.constant(b.build());
  }

  private static List<Operand> loop(OnnxNode n) {
    GraphProto body = n.attrs().graph("body");
    long most = n.has(0) ? n.knownInteger(0, "M") : Long.MAX_VALUE;
    boolean go = !n.has(1) || condition(n, n.in(1), 1);
    int carried = n.inputs() - 2;
    require(carried >= 0 && body.getInputCount() == carried + 2, "the body does not fit the loop");
    int scans = body.getOutputCount() - 1 - carried;
    require(scans >= 0, "the body does not fit the loop");
    List<Operand> state = new ArrayList<>();
    for (int i = 0; i < carried; i++) {
      state.add(n.in(i + 2));
    }
    List<List<Operand>> collected = lists(scans);
    for (long i = 0; i < most && go; i++) {
      // A loop whose end is decided inside shows its length only on the way.
      checkLength(body, n.has(0) && most <= UNROLLED ? most : i);
      List<Operand> in = new ArrayList<>();
      in.add(n.constant(Tensor.ofLongs(Shape.SCALAR, i)));
      in.add(flag(n, true));
      in.addAll(state);
      List<Operand> out = n.importer().inline(body, n, in, "#" + i);
      if (out.contains(Scope.UNAVAILABLE)) {
        return Collections.nCopies(n.outputs(), Scope.UNAVAILABLE);
      }
      Tensor next = out.get(0).tensor();
      if (next == null) {
        throw UnsupportedFeature.notConstant(
            "the condition of the loop", n.importer().emitter().inputsOf(out.get(0)));
      }
      go = condition(n, out.get(0), 1);
      state = new ArrayList<>(out.subList(1, 1 + carried));
      for (int k = 0; k < scans; k++) {
        collected.get(k).add(out.get(1 + carried + k));
      }
    }
    List<Operand> results = new ArrayList<>(state);
    for (int k = 0; k < scans; k++) {
      results.add(stacked(n, collected.get(k), 0));
    }
    return results;
  }

  private static List<List<Operand>> lists(int count) {
    List<List<Operand>> out = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      out.add(new ArrayList<>());
    }
    return out;
  }

  /** Values of all iterations along a new axis. */
  private static Operand stacked(OnnxNode n, List<Operand> values, long axisAttribute) {
    UnsupportedFeature.when(values.isEmpty(), "a loop without iterations collects nothing");
    int axis = OnnxNode.axis(axisAttribute, values.get(0).rank() + 1);
    List<Operand> rows = new ArrayList<>();
    for (Operand v : values) {
      List<Long> extents = new ArrayList<>();
      for (long d : v.shape().toArray()) {
        extents.add(d);
      }
      extents.add(axis, 1L);
      rows.add(n.reshape(v, Shape.of(extents)));
    }
    return rows.size() == 1 ? rows.get(0) : n.emitAll(new Concat(axis), rows).get(0);
  }

  private static long at(List<Long> list, int i) {
    return i < list.size() ? list.get(i) : 0;
  }

  private static List<Operand> scan(OnnxNode n) {
    GraphProto body = n.attrs().graph("body");
    int scanned = (int) n.attrs().integer("num_scan_inputs");
    int carried = n.inputs() - scanned;
    require(
        scanned >= 1 && carried >= 0 && body.getInputCount() == n.inputs(),
        "the body does not fit the scan");
    List<Operand> state = new ArrayList<>();
    for (int i = 0; i < carried; i++) {
      state.add(n.in(i));
    }
    List<Long> axes = n.attrs().integers("scan_input_axes");
    List<Long> reversed = n.attrs().integers("scan_input_directions");
    Operand first = n.in(carried);
    long length = first.dim(OnnxNode.axis(at(axes, 0), first.rank()));
    checkLength(body, length);
    int scans = body.getOutputCount() - carried;
    require(scans >= 0, "the body does not fit the scan");
    List<List<Operand>> collected = lists(scans);
    for (long i = 0; i < length; i++) {
      List<Operand> in = new ArrayList<>(state);
      for (int k = 0; k < scanned; k++) {
        in.add(element(n, n.in(carried + k), at(axes, k), at(reversed, k) != 0, i, length));
      }
      List<Operand> out = n.importer().inline(body, n, in, "#" + i);
      if (out.contains(Scope.UNAVAILABLE)) {
        return Collections.nCopies(n.outputs(), Scope.UNAVAILABLE);
      }
      state = new ArrayList<>(out.subList(0, carried));
      for (int k = 0; k < scans; k++) {
        collected.get(k).add(out.get(carried + k));
      }
    }
    List<Operand> results = new ArrayList<>(state);
    List<Long> outAxes = n.attrs().integers("scan_output_axes");
    List<Long> outReversed = n.attrs().integers("scan_output_directions");
    for (int k = 0; k < scans; k++) {
      if (at(outReversed, k) != 0) {
        Collections.reverse(collected.get(k));
      }
      results.add(stacked(n, collected.get(k), at(outAxes, k)));
    }
    return results;
  }

  private static Operand element(
      OnnxNode n, Operand x, long axisAttribute, boolean reversed, long i, long length) {
    int axis = OnnxNode.axis(axisAttribute, x.rank());
    require(x.dim(axis) == length, "%s along axis %d, not %d long", x.type(), axis, length);
    long at = reversed ? length - 1 - i : i;
    Operand row = new SliceImports.Part(x).take(axis, at, 1, 1).of(n, x);
    return ShapeImports.withoutAxes(n, row, List.of(axis));
  }
}
