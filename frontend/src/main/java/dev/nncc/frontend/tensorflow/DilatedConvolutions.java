package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A convolution between SpaceToBatchND and BatchToSpaceND is a dilated one: every b-th pixel is in
 * a batch of its own there. Also with an axis of extent 1 that is there for the convolution only.
 */
final class DilatedConvolutions {
  private static final Set<String> CONVOLUTIONS = Set.of("Conv2D", "DepthwiseConv2dNative");

  private final TensorflowNode n;
  private final Body body;

  private DilatedConvolutions(TensorflowNode n) {
    this.n = n;
    this.body = n.frame().body();
  }

  /** What a BatchToSpaceND gives if it ends such a convolution; null for others. */
  static @Nullable Operand of(TensorflowNode n) {
    return new DilatedConvolutions(n).whole();
  }

  private @Nullable NodeDef before(NodeDef node, String... ops) {
    List<Ref> in = body.inputs(node);
    if (in.isEmpty() || !body.has(in.get(0).node())) {
      return null;
    }
    NodeDef found = body.node(in.get(0).node());
    return Arrays.asList(ops).contains(found.getOp()) ? found : null;
  }

  private @Nullable Operand whole() {
    NodeDef node = body.node(n.name().substring(n.frame().prefix().length()));
    NodeDef squeeze = before(node, "Squeeze");
    NodeDef conv = before(squeeze == null ? node : squeeze, CONVOLUTIONS.toArray(String[]::new));
    if (conv == null) {
      return null;
    }
    NodeDef expand = before(conv, "ExpandDims");
    NodeDef split = before(expand == null ? conv : expand, "SpaceToBatchND");
    if (split == null || (expand == null) != (squeeze == null)) {
      return null;
    }
    List<Long> blocks = integers(split, 1);
    List<Long> paddings = integers(split, 2);
    List<Long> crops = integers(node, 2);
    Operand x = operand(split, 0);
    Operand w = operand(conv, 1);
    if (blocks == null
        || paddings == null
        || crops == null
        || x == null
        || w == null
        || !blocks.equals(integers(node, 1))
        || paddings.size() != 2 * blocks.size()
        || crops.size() != 2 * blocks.size()) {
      return null;
    }
    int axis = -1;
    if (expand != null) {
      List<Long> at = integers(expand, 1);
      axis = at == null ? 0 : (int) (at.get(0) < 0 ? at.get(0) + x.rank() + 1 : at.get(0));
      if (axis != 1 && axis != 2) {
        return null;
      }
    }
    return dilated(conv, x, w, blocks, paddings, crops, axis);
  }

  private @Nullable Operand dilated(
      NodeDef conv,
      Operand x,
      Operand w,
      List<Long> blocks,
      List<Long> paddings,
      List<Long> crops,
      int axis) {
    int spatial = axis < 0 ? 2 : 1;
    if (blocks.size() != spatial || x.rank() != spatial + 2 || w.rank() != 4) {
      return null;
    }
    Origin origin = Origin.of(n.frame().prefix() + conv.getName(), conv.getOp());
    Attributes attrs = new Attributes(conv, n.frame().call());
    TensorflowNode c =
        new TensorflowNode(n.walk(), n.frame(), origin, conv.getOp(), attrs, List.of());
    List<Long> dilations = new ArrayList<>(blocks);
    List<Long> begin = new ArrayList<>();
    List<Long> end = new ArrayList<>();
    for (int i = 0; i < spatial; i++) {
      begin.add(paddings.get(2 * i) - crops.get(2 * i));
      end.add(paddings.get(2 * i + 1) - crops.get(2 * i + 1));
    }
    if (axis >= 0) {
      dilations.add(axis - 1, 1L);
      begin.add(axis - 1, 0L);
      end.add(axis - 1, 0L);
    }
    boolean plain =
        c.channelsLast()
            && attrs.text("padding", "").equals("VALID")
            && Windows.spatial(c, "strides", 2).stream().allMatch(s -> s == 1)
            && Windows.spatial(c, "dilations", 2).stream().allMatch(d -> d == 1)
            && begin.stream().allMatch(p -> p >= 0)
            && end.stream().allMatch(p -> p >= 0);
    if (!plain) {
      return null;
    }
    Windows v = new Windows(ContractionImports.kernel(w), List.of(1L, 1L), dilations, begin, end);
    Operand wide = axis < 0 ? x : c.unsqueeze(x, axis);
    Operand y =
        conv.getOp().equals("Conv2D")
            ? ContractionImports.conv(c, wide, w, v)
            : ContractionImports.depthwise(c, wide, w, v);
    return axis < 0 ? y : c.squeeze(y, List.of(axis));
  }

  /** What a node has been given already; null if that is no tensor. */
  private @Nullable Operand operand(NodeDef node, int input) {
    List<Ref> in = body.inputs(node);
    if (input >= in.size()) {
      return null;
    }
    Token t = n.walk().value(in.get(input), n.frame());
    return t.item() instanceof Item.Numbers o ? o.operand() : null;
  }

  private @Nullable List<Long> integers(NodeDef node, int input) {
    Operand o = operand(node, input);
    Tensor t = o == null ? null : o.tensor();
    return t == null || t.dtype().isFloat() ? null : Arrays.stream(t.toLongs()).boxed().toList();
  }
}
