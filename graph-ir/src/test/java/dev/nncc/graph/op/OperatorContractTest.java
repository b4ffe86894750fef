package dev.nncc.graph.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Compare;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Samples.Sample;
import dev.nncc.graph.text.GraphParser;
import dev.nncc.graph.text.GraphPrinter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  void graphsOfItRoundTripThroughText(Sample s) {
    GraphBuilder b = new GraphBuilder(s.op().name());
    List<Value> operands = new ArrayList<>();
    for (Tensor t : s.operands()) {
      operands.add(operands.isEmpty() ? b.input("x", t.type()) : b.constant("w", t));
    }
    List<Value> results = b.add(Origin.of("n", "Op"), List.of("r"), s.op(), operands);
    results.forEach(v -> b.output("out" + v.id(), v));
    String text = GraphPrinter.print(b.build());
    Graph parsed = GraphParser.parse(text, hash -> Optional.empty());
    assertThat(GraphPrinter.print(parsed)).isEqualTo(text);
    List<Tensor> input = s.operands().subList(0, 1);
    List<Tensor> expected = s.op().evaluate(s.operands());
    List<Tensor> actual = Evaluator.evaluate(parsed, input);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(Compare.relativeL2(actual.get(i), expected.get(i))).isZero();
    }
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
