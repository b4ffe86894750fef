package dev.nncc.passes.fold;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

class RemoveDeadChannelsTest {
  private final Model m = new Model();
  private final RuleTester dead =
      RuleTester.of(
          new DecomposeBatchNorm(), new DropPartsWithoutWeight(), new RemoveDeadChannels());

  /** Ones, but for zeros at some indices along an axis. */
  private Value weight(int axis, IntPredicate zero, long... extents) {
    return m.constant(
        Shape.of(extents),
        i -> zero.test((int) (i / Shape.of(extents).strides()[axis] % extents[axis])) ? 0 : 1 + i);
  }

  private Value conv(Value x, Value w) {
    return m.op(Model.convOp(x, w.type().dim(2)), x, w);
  }

  @Test
  void whatOneColumnDoesNotReadGoes() {
    Value x = m.input("x", 2, 7);
    Value y = m.matmul(m.matmul(x, m.weight(7, 2)), weight(0, i -> i == 1, 2, 1));
    dead.on(m.build(y))
        .becomes(
            """
            in x: f64[2,7]
            %0 = MatMul(x, #f64[7,1])
            %1 = MatMul(%0, [1.0])
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void removesWhatNoWeightMakes() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value c = conv(x, weight(0, i -> i == 1 || i == 4, 6, 3, 3, 3));
    Pool pool =
        new Pool(
            PoolKind.MAX,
            List.of(2L, 2L),
            List.of(2L, 2L),
            List.of(0L, 0L),
            List.of(0L, 0L),
            List.of(1L, 1L),
            false,
            false);
    dead.on(m.build(m.conv(m.op(pool, m.relu(c)), 7, 3)))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[4,3,3,3]) {pads=[1, 1, 1, 1]}
            %1 = Relu(%0)
            %2 = Pool(%1) {kind=max, kernel=[2, 2], strides=[2, 2]}
            %3 = Conv(%2, #f64[7,4,3,3]) {pads=[1, 1, 1, 1]}
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void removesWhatNoWeightReads() {
    Value x = m.input("x", 5, 3);
    Value h = m.add(m.matmul(x, m.weight(3, 8)), m.weight(8));
    Value act = m.op(ElementwiseKind.SIGMOID, h);
    dead.on(m.build(m.matmul(act, weight(0, i -> i < 2, 8, 4))))
        .becomes(
            """
            in x: f64[5,3]
            %0 = MatMul(x, #f64[3,6])
            %1 = Add(%0, #f64[6])
            %2 = Sigmoid(%1)
            %3 = MatMul(%2, #f64[6,4])
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void removesWhatABatchNormPruned() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value pruned = weight(0, i -> i % 2 == 0, 14);
    Value shift = weight(0, i -> i % 2 == 0 && i != 2, 14);
    Value y =
        m.op(new BatchNorm(1e-3), m.conv(x, 14, 3), pruned, shift, m.weight(14), m.weight(14));
    dead.on(m.build(m.conv(m.relu(y), 7, 1)))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[8,3,3,3]) {pads=[1, 1, 1, 1]}
            %1 = Mul(%0, #f64[8,1,1])
            %2 = Add(%1, #f64[8,1,1])
            %3 = Relu(%2)
            %4 = Conv(%3, #f64[7,8,1,1]) {strides=[1, 1]}
            out %4
            """)
        .meansTheSame();
  }

  @Test
  void keepsAMultipleOfSixteen() {
    Value x = m.input("x", 1, 3, 5, 5);
    dead.on(m.build(m.conv(conv(x, weight(0, i -> i > 2, 32, 3, 1, 1)), 7, 3)))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[16,3,1,1]) {strides=[1, 1]}
            %1 = Conv(%0, #f64[7,16,3,3]) {pads=[1, 1, 1, 1]}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void keepsOneOfAllDeadChannels() {
    Value x = m.input("x", 1, 3, 5, 5);
    dead.on(m.build(m.conv(conv(x, weight(0, i -> true, 5, 3, 1, 1)), 7, 3)))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, [0.0, 0.0, 0.0]) {strides=[1, 1]}
            %1 = Conv(%0, #f64[7,1,3,3]) {pads=[1, 1, 1, 1]}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void keepsChannelsWithABias() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value w = weight(0, i -> i == 1, 6, 3, 3, 3);
    Value c = m.op(Model.convOp(x, 3), x, w, m.weight(6));
    dead.on(m.build(m.conv(c, 7, 3))).doesNotFire();
  }

  @Test
  void keepsChannelsThatAFunctionMovesAwayFromZero() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value c = conv(x, weight(0, i -> i == 1, 6, 3, 3, 3));
    dead.on(m.build(m.conv(m.op(ElementwiseKind.SIGMOID, c), 7, 3))).doesNotFire();
  }

  @Test
  void keepsChannelsThatOthersRead() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value c = conv(x, weight(0, i -> i == 1, 6, 3, 3, 3));
    dead.on(m.build(c, m.conv(c, 7, 3))).doesNotFire();
  }

  @Test
  void keepsChannelsOfGroups() {
    Value x = m.input("x", 1, 6, 5, 5);
    List<Long> ones = List.of(1L, 1L);
    Value w = weight(0, i -> i == 1, 6, 1, 3, 3);
    Value c = m.op(new Conv(ones, ones, ones, ones, 6), x, w);
    dead.on(m.build(m.conv(c, 7, 3))).doesNotFire();
  }

  @Test
  void removesChannelsThroughADepthwiseConvolution() {
    Value x = m.input("x", 1, 3, 5, 5);
    List<Long> ones = List.of(1L, 1L);
    Value c = m.relu(conv(x, weight(0, i -> i == 1 || i == 2, 7, 3, 1, 1)));
    Value bias = weight(0, i -> i == 1, 7);
    Value d = m.op(new Conv(ones, ones, ones, ones, 7), c, m.weight(7, 1, 3, 3), bias);
    dead.on(m.build(conv(m.relu(d), weight(1, i -> i == 6, 6, 7, 1, 1))))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[5,3,1,1]) {strides=[1, 1]}
            %1 = Relu(%0)
            %2 = Conv(%1, #f64[5,1,3,3], #f64[5]) {pads=[1, 1, 1, 1], groups=5}
            %3 = Relu(%2)
            %4 = Conv(%3, #f64[6,5,1,1]) {strides=[1, 1]}
            out %4
            """)
        .meansTheSame();
  }

  @Test
  void dropsAPartThatNoWeightReads() {
    Value x = m.relu(m.input("x", 1, 3, 5, 5));
    Value y = m.input("y", 1, 2, 5, 5);
    Value all = m.op(new Concat(1), m.relu(y), x, m.op(ElementwiseKind.NEG, y));
    dead.on(m.build(conv(all, weight(1, i -> i < 2 || i == 3, 4, 7, 3, 3))))
        .becomes(
            """
            in x: f64[1,3,5,5]
            in y: f64[1,2,5,5]
            %0 = Relu(x)
            %1 = Neg(y)
            %2 = Concat(%0, %1) {axis=1}
            %3 = Conv(%2, #f64[4,5,3,3]) {pads=[1, 1, 1, 1]}
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void keepsAPartAlongAnotherAxis() {
    Value x = m.relu(m.input("x", 1, 3, 2, 5));
    Value all = m.op(new Concat(2), x, m.op(ElementwiseKind.NEG, x));
    dead.on(m.build(conv(all, weight(1, i -> i == 0, 4, 3, 3, 3)))).doesNotFire();
  }
}
