package dev.nncc.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeTest {
  private static TensorType f32(String shape) {
    return new TensorType(DType.F32, Shape.parse(shape));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[1]", "[2,n]", "[3+2*n,a*b]", "[0]"})
  void textsParseBack(String text) {
    assertThat(Shape.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[", "2", "[1,]", "[n+]", "[99999999999999999999]"})
  void otherTextsAreRefused(String text) {
    assertThatThrownBy(() -> Shape.parse(text)).isInstanceOf(ModelException.class);
  }

  @Test
  void sumsAndProductsHaveOneForm() {
    Dim n = Dim.symbol("n");
    assertThat(n.plus(Dim.of(1)).times(n.plus(Dim.of(1)))).isEqualTo(Dim.parse("1+n*n+2*n"));
    assertThat(n.plus(n.times(Dim.of(-1)))).isEqualTo(Dim.of(0));
  }

  @Test
  void operatorsKeepSymbols() {
    Elementwise add = Elementwise.of(ElementwiseKind.ADD);
    assertThat(add.infer(List.of(f32("[n,1]"), f32("[7]")))).containsExactly(f32("[n,7]"));
    assertThat(new Concat(0).infer(List.of(f32("[n,2]"), f32("[3,2]"))))
        .containsExactly(f32("[3+n,2]"));
    assertThat(new MatMul(false, true).infer(List.of(f32("[b,n,4]"), f32("[m,4]"))))
        .containsExactly(f32("[b,n,m]"));
    assertThat(new Reshape(Shape.parse("[2*n,2]")).infer(List.of(f32("[n,4]"))))
        .containsExactly(f32("[2*n,2]"));
    assertThatThrownBy(() -> add.infer(List.of(f32("[n]"), f32("[m]"))))
        .isInstanceOf(ModelException.class);
  }
}
