package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.CumSum;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.Lstm;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.graph.op.Rnn;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterNd;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Suppress;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.TopK;
import dev.nncc.graph.op.Transpose;
import dev.nncc.tensor.region.Region;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which lowering serves which operator, written out. Elementwise operators and casts need none: a
 * region without an anchor is one visit of its elements.
 */
public final class Lowerings {
  private final Map<Class<? extends Op>, Lowering> byOperator;
  private final Lowering elementwise = new ElementwiseLowering();

  private Lowerings(Map<Class<? extends Op>, Lowering> byOperator) {
    this.byOperator = byOperator;
  }

  public static Lowerings all() {
    Map<Class<? extends Op>, Lowering> m = new LinkedHashMap<>();
    m.put(Conv.class, new ConvLowering());
    m.put(ConvTranspose.class, new ConvTransposeLowering());
    m.put(MatMul.class, new MatMulLowering());
    m.put(Reduce.class, new ReduceLowering());
    m.put(ArgReduce.class, new ArgReduceLowering());
    m.put(CumSum.class, new CumSumLowering());
    m.put(Pool.class, new PoolLowering());
    m.put(Softmax.class, new RowLowering());
    m.put(LogSoftmax.class, new RowLowering());
    m.put(LayerNorm.class, new RowLowering());
    m.put(InstanceNorm.class, new RowLowering());
    m.put(RmsNorm.class, new RowLowering());
    m.put(BatchNorm.class, new MapLowering("batch_norm", BatchNorms::element));
    m.put(Lrn.class, new LrnLowering());
    m.put(Reshape.class, new MapLowering("reshape", Movements::reshape));
    m.put(Transpose.class, new MapLowering("transpose", Movements::transpose));
    m.put(Slice.class, new MapLowering("slice", Movements::slice));
    m.put(Pad.class, new MapLowering("pad", Movements::pad));
    m.put(Concat.class, new ConcatLowering());
    m.put(Expand.class, new MapLowering("expand", Movements::expand));
    m.put(Tile.class, new MapLowering("tile", Movements::tile));
    m.put(Resize.class, new ResizeLowering());
    m.put(Gather.class, new GatherLowering(new MapLowering("gather", Indexings::gather)));
    m.put(
        GatherElements.class,
        new GatherLowering(new MapLowering("gather_elements", Indexings::gatherElements)));
    m.put(GatherNd.class, new GatherLowering(new MapLowering("gather_nd", Indexings::gatherNd)));
    m.put(ScatterElements.class, new ScatterLowering());
    m.put(ScatterNd.class, new ScatterLowering());
    m.put(OneHot.class, new MapLowering("one_hot", Indexings::oneHot));
    m.put(TopK.class, new TopKLowering());
    m.put(Suppress.class, new SuppressLowering());
    m.put(Lstm.class, new RecurrentLowering());
    m.put(Gru.class, new RecurrentLowering());
    m.put(Rnn.class, new RecurrentLowering());
    return new Lowerings(m);
  }

  /** The operators that anchor a region, for the test that none is forgotten. */
  public java.util.Set<Class<? extends Op>> operators() {
    return byOperator.keySet();
  }

  /** The kernel calls of a node that is no constant. */
  public List<Phase> lower(Node node, LowerContext context) {
    Region region = Region.of(node);
    if (region.anchor().isEmpty()) {
      return elementwise.lower(region, context);
    }
    Op op = region.requireAnchor().op();
    if (op instanceof Fused) {
      return new ChainLowering(region, context).lower(this);
    }
    Lowering lowering = byOperator.get(op.getClass());
    if (lowering == null) {
      throw new IllegalStateException("no lowering for " + op.name());
    }
    return lowering.lower(region, context);
  }
}
