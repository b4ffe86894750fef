package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

class DropUnreadPartsTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 3);
  private final Value y = m.input("y", 2, 4);
  private final Value all = m.op(new Concat(1), m.relu(y), x, y, m.relu(x));
  private final RuleTester drop = of(new DropUnreadParts());

  private Value slice(Value v, long start, long size, long step) {
    return m.op(new Slice(List.of(0L, start), List.of(2L, size), List.of(1L, step)), v);
  }

  @Test
  void dropsPartsBeforeAndBehind() {
    drop.on(m.build(slice(all, 6, 3, 1)))
        .becomes(
            """
            in x: f64[2,3]
            in y: f64[2,4]
            %0 = Concat(x, y) {axis=1}
            %1 = Slice(%0) {starts=[0, 2], sizes=[2, 3]}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void joinsApartWhatSlicesReadApart() {
    drop.on(m.build(slice(all, 12, 3, -1), slice(all, 3, 2, 1), slice(all, 13, 2, -4)))
        .becomes(
            """
            in x: f64[2,3]
            in y: f64[2,4]
            %0 = Relu(y)
            %1 = Relu(x)
            %2 = Concat(y, %1) {axis=1}
            %3 = Slice(%2) {starts=[0, 5], sizes=[2, 3], steps=[1, -1]}
            %4 = Concat(%0, x) {axis=1}
            %5 = Slice(%4) {starts=[0, 3], sizes=[2, 2]}
            %6 = Concat(y, %1) {axis=1}
            %7 = Slice(%6) {starts=[0, 6], sizes=[2, 2], steps=[1, -4]}
            out %3, %5, %7
            """)
        .meansTheSame();
  }

  @Test
  void keepsPartsThatWouldBeJoinedTwice() {
    drop.on(m.build(slice(all, 12, 6, -1), slice(all, 3, 2, 1), slice(all, 6, 2, 1))).doesNotFire();
  }

  @Test
  void keepsPartsThatOthersRead() {
    drop.on(m.build(slice(all, 6, 3, 1), m.relu(all))).doesNotFire();
  }

  @Test
  void keepsPartsOfAnOutput() {
    drop.on(m.build(slice(all, 6, 3, 1), all)).doesNotFire();
  }

  @Test
  void keepsPartsThatAnotherSliceReads() {
    drop.on(m.build(slice(all, 3, 2, 1), slice(all, 5, 7, 1))).doesNotFire();
  }
}
