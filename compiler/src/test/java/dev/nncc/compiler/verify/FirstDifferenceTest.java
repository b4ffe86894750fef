package dev.nncc.compiler.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FirstDifferenceTest {
  private static final Map<String, Tensor> OURS = Map.of("y", Tensor.ofFloats(Shape.of(2), 1, 0));
  private static final Map<String, Tensor> THEIRS =
      Map.of("y", Tensor.ofFloats(Shape.of(2), 1.01f, 0));

  @Test
  void theToleranceDecides() {
    assertThat(FirstDifference.of(OURS, THEIRS, "peer", FirstDifference.TOLERANCE).text())
        .hasValueSatisfying(
            t -> assertThat(t).startsWith("value 'y' (f32[2]): relative L2 0.0099"));
    FirstDifference wide = FirstDifference.of(OURS, THEIRS, "peer", 0x1p-5);
    assertThat(wide.text()).isEmpty();
    assertThat(wide.compared()).isEqualTo(1);
    assertThat(wide.largest()).isBetween(0.0098, 0.01);
  }
}
