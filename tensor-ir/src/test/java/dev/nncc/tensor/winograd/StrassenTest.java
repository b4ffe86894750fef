package dev.nncc.tensor.winograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.MatMul;
import java.util.List;
import org.junit.jupiter.api.Test;

class StrassenTest {
  private static Node conv(long in, long out, long height, long width) {
    GraphBuilder b = new GraphBuilder("g");
    Value x = b.input("x", TensorType.of(DType.F32, 1, in, height, width));
    Value w = b.input("w", TensorType.of(DType.F32, out, in, 1, 1));
    List<Long> none = List.of(0L, 0L);
    Conv op = new Conv(List.of(1L, 1L), none, none, List.of(1L, 1L), 1);
    b.output("y", b.add(Origin.NONE, op, x, w));
    return b.build().nodes().get(0);
  }

  @Test
  void largeConvolutionsTakeIt() {
    assertThat(Winograd.AUTO.halves(conv(512, 1000, 13, 13)))
        .contains(new Strassen(2, false, 1, 43, 1));
    assertThat(Winograd.AUTO.halves(conv(1024, 512, 14, 14)))
        .contains(new Strassen(2, false, 1, 49, 1));
    assertThat(Winograd.AUTO.halves(conv(512, 512, 14, 14)))
        .contains(new Strassen(2, false, 1, 49, 1));
    assertThat(Winograd.OFF.halves(conv(512, 256, 28, 28))).isEmpty();
  }

  /** Sums of many pixels, or of many channels for few results, cost what a second level gains. */
  @Test
  void someTakeOneLevelOnly() {
    assertThat(Winograd.AUTO.halves(conv(512, 256, 28, 28)))
        .contains(new Strassen(1, true, 1, 28, 14));
    assertThat(Winograd.AUTO.halves(conv(1024, 256, 14, 14)))
        .contains(new Strassen(1, true, 1, 14, 7));
    assertThat(Winograd.AUTO.halves(conv(768, 192, 17, 17)))
        .contains(new Strassen(1, false, 1, 145, 1));
  }

  /** Where 4 does not divide the rows, a second level would keep products of all pixels at once. */
  @Test
  void largePicturesTakeASecondLevelByRowsOnly() {
    assertThat(Winograd.AUTO.halves(conv(512, 512, 64, 64)))
        .contains(new Strassen(2, true, 1, 64, 16));
    assertThat(Winograd.AUTO.halves(conv(512, 512, 62, 64)))
        .contains(new Strassen(1, true, 1, 64, 31));
    assertThat(Winograd.AUTO.halves(conv(512, 512, 26, 26)))
        .contains(new Strassen(2, false, 1, 169, 1));
  }

  /** Few channels pay for the sums badly; a map of 7x7 would wait for its weights. */
  @Test
  void othersStayDirect() {
    assertThat(Winograd.AUTO.halves(conv(128, 512, 28, 28))).isEmpty();
    assertThat(Winograd.AUTO.halves(conv(2048, 512, 7, 7))).isEmpty();
    assertThat(Winograd.AUTO.halves(conv(256, 1024, 14, 14))).isEmpty();
    assertThat(Strassen.candidates(conv(48, 512, 28, 28))).isEmpty();
  }

  private static Node product(long rows, long depth, long columns) {
    GraphBuilder b = new GraphBuilder("g");
    Value x = b.input("x", TensorType.of(DType.F32, 1, rows, depth));
    Value w = b.input("w", TensorType.of(DType.F32, depth, columns));
    b.output("y", b.add(Origin.NONE, new MatMul(false, false), x, w));
    return b.build().nodes().get(0);
  }

  @Test
  void largeProductsTakeIt() {
    assertThat(Winograd.AUTO.ofMatMul(product(384, 768, 3072)))
        .contains(new StrassenProduct(768, 3072, 48, 192, 1));
    assertThat(Winograd.AUTO.ofMatMul(product(197, 768, 768)))
        .contains(new StrassenProduct(768, 768, 48, 99, 1));
    assertThat(Winograd.AUTO.ofMatMul(product(1024, 1024, 1024)))
        .contains(new StrassenProduct(1024, 1024, 32, 256, 2));
    assertThat(Winograd.OFF.ofMatMul(product(384, 768, 3072))).isEmpty();
  }

  /**
   * Few rows, a small matrix, rows that no block divides, sums of many terms, halves that end
   * within a panel.
   */
  @Test
  void otherProductsStayAsTheyAre() {
    assertThat(Winograd.AUTO.ofMatMul(product(32, 768, 3072))).isEmpty();
    assertThat(Winograd.AUTO.ofMatMul(product(384, 256, 256))).isEmpty();
    assertThat(Winograd.AUTO.ofMatMul(product(2 * 521, 768, 768))).isEmpty();
    assertThat(Winograd.AUTO.ofMatMul(product(384, 25088, 4096))).isEmpty();
    assertThat(StrassenProduct.candidates(product(384, 768, 48 * 7))).isEmpty();
  }

  @Test
  void partsOverlapWhereTheyDoNotDivideThePixels() {
    assertThat(Strassen.candidates(conv(64, 64, 5, 7)))
        .containsExactly(new Strassen(1, false, 1, 18, 1), new Strassen(2, false, 1, 9, 1));
    assertThat(Strassen.candidates(conv(64, 64, 4, 7)))
        .containsExactly(
            new Strassen(1, true, 1, 7, 2),
            new Strassen(1, true, 2, 7, 1),
            new Strassen(2, true, 1, 7, 1));
    assertThat(Strassen.candidates(conv(64, 64, 6, 7)))
        .endsWith(new Strassen(1, true, 3, 7, 1), new Strassen(2, false, 1, 11, 1));
  }

  /** A quarter of the channels on each side is a block at least, of results the last but one. */
  @Test
  void aSecondLevelNeedsChannels() {
    assertThat(Strassen.candidates(conv(64, 33, 5, 7))).hasSize(2);
    assertThat(Strassen.candidates(conv(64, 32, 5, 7))).hasSize(1);
    assertThat(Strassen.candidates(conv(96, 64, 5, 7))).hasSize(1);
  }
}
