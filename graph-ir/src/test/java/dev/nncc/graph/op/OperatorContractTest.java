package dev.nncc.graph.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Samples.Sample;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OperatorContractTest {
  static List<Sample> samples() {
    return Samples.all();
  }

  @Test
  void everyOperatorHasASample() {
    List<String> sampled = samples().stream().map(s -> s.op().name()).distinct().toList();
    assertThat(sampled).containsAll(Ops.names());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void inferenceSaysWhatEvaluationGives(Sample s) {
    List<TensorType> types = s.op().infer(s.operands().stream().map(Tensor::type).toList());
    List<Tensor> results = s.op().evaluate(s.operands());
    assertThat(results).extracting(Tensor::type).isEqualTo(types);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void attributesParseBack(Sample s) {
    if (s.op() instanceof Fused) {
      return;
    }
    Op parsed = Ops.parse(s.op().name(), s.op().attributes());
    assertThat(parsed).isEqualTo(s.op());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void oneOperandMoreIsRefused(Sample s) {
    if (s.op() instanceof Concat) {
      return;
    }
    List<TensorType> types = s.operands().stream().map(Tensor::type).toList();
    List<TensorType> more =
        java.util.stream.Stream.concat(
                types.stream(), java.util.Collections.nCopies(2, types.get(0)).stream())
            .toList();
    assertThatThrownBy(() -> s.op().infer(more)).isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> s.op().infer(List.of())).isInstanceOf(ModelException.class);
  }

  @Test
  void unknownNamesAndAttributesAreRefused() {
    assertThatThrownBy(() -> Ops.parse("Foo", Attributes.NONE)).hasMessage("no operator Foo");
    assertThatThrownBy(() -> Ops.parse("Softmax", Attributes.of("axis", 1, "beta", 2.0)))
        .hasMessage("Softmax has no attribute beta, it has [axis]");
    assertThatThrownBy(() -> Ops.parse("Softmax", Attributes.NONE))
        .isInstanceOf(ModelException.class);
  }
}
