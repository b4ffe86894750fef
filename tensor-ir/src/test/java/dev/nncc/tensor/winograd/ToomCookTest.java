package dev.nncc.tensor.winograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToomCookTest {
  private final Random random = new Random(7);

  /** In f64 the points up to 4 lose a few digits of sixteen. */
  private static final double ROUNDING = 1e-11;

  @ParameterizedTest
  @CsvSource({
    "2,3,1", "3,3,1", "4,3,1", "2,5,1", "2,7,1", "3,7,1", "4,7,1", "2,2,1", "1,3,1", "4,1,1",
    "2,3,2", "3,3,2", "4,3,2", "2,7,2", "4,7,2", "3,5,2"
  })
  void filtersAsTheSumDoes(int m, int r, int stride) {
    filters(ToomCook.of(m, r, stride), r, stride);
    filters(ToomCook.of(m, r, stride).withSimpleFilters(), r, stride);
  }

  private void filters(ToomCook t, int r, int stride) {
    double[] filter = random.doubles(r, -1, 1).toArray();
    double[] samples = random.doubles(t.samples(), -1, 1).toArray();
    double[] g = times(t.g(), filter);
    double[] b = times(t.b(), samples);
    for (int f = 0; f < b.length; f++) {
      b[f] *= g[f];
    }
    double[] y = times(t.a(), b);
    for (int i = 0; i < t.m(); i++) {
      double sum = 0;
      for (int k = 0; k < r; k++) {
        sum += filter[k] * samples[i * stride + k];
      }
      assertThat(y[i]).isCloseTo(sum, within(ROUNDING));
    }
  }

  @ParameterizedTest
  @CsvSource({"2,3,1", "4,3,1", "4,3,2", "2,5,1"})
  void simpleFiltersBeginWithOne(int m, int r, int stride) {
    for (List<Double> filter : ToomCook.of(m, r, stride).withSimpleFilters().g()) {
      assertThat(filter.stream().filter(c -> c != 0).findFirst()).hasValue(1.0);
    }
  }

  @ParameterizedTest
  @CsvSource({"2,3,1,4,1", "4,3,1,6,1", "2,3,2,5,2", "4,3,2,9,2", "4,7,2,13,1", "3,1,1,3,1"})
  void frequenciesShareFiltersInRuns(int m, int r, int stride, int frequencies, int runs) {
    ToomCook t = ToomCook.of(m, r, stride);
    assertThat(t.frequencies()).isEqualTo(frequencies);
    assertThat(t.runs()).hasSize(runs);
    int own = t.runs().get(0).count();
    for (int f = 0; f < frequencies; f++) {
      int filter = r == 1 ? 0 : f < own ? f : own;
      assertThat(t.filters().get(filter)).isEqualTo(t.g().get(f));
    }
  }

  @ParameterizedTest
  @CsvSource({"2,3,1", "4,3,1", "4,7,1", "4,3,2", "4,7,2"})
  void straightCodeIsTheMatrix(int m, int r, int stride) {
    ToomCook t = ToomCook.of(m, r, stride);
    for (List<List<Double>> matrix : List.of(t.a(), t.b(), t.withSimpleFilters().g())) {
      double[] x = random.doubles(matrix.get(0).size(), -1, 1).toArray();
      List<Expr> in = new ArrayList<>();
      for (double v : x) {
        in.add(Exprs.number(DType.F64, v));
      }
      Linear code = Linear.of(matrix, in, "x");
      List<Expr> values = code.inlined();
      double[] y = times(matrix, x);
      for (int i = 0; i < y.length; i++) {
        assertThat(value(values.get(i))).isCloseTo(y[i], within(ROUNDING));
      }
    }
  }

  private static double value(Expr e) {
    if (e instanceof Expr.Const c) {
      return c.number();
    }
    Expr.Bin b = (Expr.Bin) e;
    double p = value(b.a());
    double q = value(b.b());
    return switch (b.op()) {
      case ADD -> p + q;
      case SUB -> p - q;
      default -> p * q;
    };
  }

  private static double[] times(List<List<Double>> matrix, double[] x) {
    return matrix.stream()
        .mapToDouble(
            row -> {
              double sum = 0;
              for (int k = 0; k < x.length; k++) {
                sum += row.get(k) * x[k];
              }
              return sum;
            })
        .toArray();
  }
}
