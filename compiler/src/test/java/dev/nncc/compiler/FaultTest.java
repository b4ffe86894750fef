package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.DType;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import dev.nncc.graph.op.ScatterNd;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Indices from data that are outside their tensor end the run with an error; the context stays
 * usable.
 */
class FaultTest {
  @TempDir Path folder;

  static Stream<Arguments> operators() {
    return Stream.of(
        Arguments.of(new Gather(0), new long[] {4}),
        Arguments.of(new GatherElements(0), new long[] {4, 3}),
        Arguments.of(new GatherNd(0), new long[] {2, 1}),
        Arguments.of(new ScatterElements(0, ScatterKind.ADD), new long[] {4, 3}),
        Arguments.of(new ScatterNd(ScatterKind.NONE), new long[] {2, 1}));
  }

  @ParameterizedTest
  @MethodSource("operators")
  void anIndexOutsideIsAnError(Op op, long[] indices) throws IOException {
    GraphBuilder b = new GraphBuilder("fault");
    Value x = b.input("x", TensorType.of(DType.F32, 5, 3));
    Value i = b.input("i", TensorType.of(DType.I64, indices));
    Value y =
        op instanceof ScatterElements || op instanceof ScatterNd
            ? b.add(Origin.NONE, op, x, i, b.input("u", TensorType.of(DType.F32, indices[0], 3)))
            : b.add(Origin.NONE, op, x, i);
    b.output("y", y);
    Path library =
        new Compiler(CompileListener.NONE)
                .compile("fault", b.build(), folder.resolve("out"), CompileOptions.DEFAULT)
                .files()
                .stream()
                .filter(f -> f.toString().endsWith(".so"))
                .findFirst()
                .orElseThrow();
    try (Model m = Model.load(library.toAbsolutePath());
        Context c = m.newContext()) {
      c.run();
      for (long bad : new long[] {5, -6, Long.MAX_VALUE, Long.MIN_VALUE}) {
        c.input(1).putLong(8, bad);
        assertThatThrownBy(c::run)
            .isInstanceOf(NnccException.class)
            .extracting(e -> ((NnccException) e).status())
            .isEqualTo(Status.INDEX);
      }
      c.input(1).putLong(8, -5);
      c.run();
      assertThat(c.output(0).getFloat(0)).isZero();
    }
  }
}
