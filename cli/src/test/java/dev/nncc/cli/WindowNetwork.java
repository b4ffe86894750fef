package dev.nncc.cli;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.text.GraphFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Two convolutions of 3x3, the second of which takes filters in frequencies. */
final class WindowNetwork {
  private WindowNetwork() {}

  /** Writes it as text. */
  static Path write(Path file) throws IOException {
    GraphBuilder b = new GraphBuilder("windows");
    Random random = new Random(7);
    Value x = b.input("x", TensorType.of(DType.F32, 1, 3, 24, 24));
    Value y = conv(b, x, random, 64, 3);
    b.output("y", conv(b, y, random, 64, 64));
    Graph g = b.build();
    GraphFiles.write(g, file);
    return file;
  }

  private static Value conv(GraphBuilder b, Value x, Random random, long out, long in) {
    List<Long> one = List.of(1L, 1L);
    TensorBuilder w = new TensorBuilder(new TensorType(DType.F32, Shape.of(out, in, 3, 3)));
    for (long i = 0; i < out * in * 9; i++) {
      w.set(i, random.nextGaussian());
    }
    return b.add(Origin.NONE, new Conv(one, one, one, one, 1), x, b.constant(w.build()));
  }
}
