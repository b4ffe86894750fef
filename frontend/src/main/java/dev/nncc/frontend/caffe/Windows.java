package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.ConvolutionParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import java.util.Collections;
import java.util.List;

/** Extents of windows over the axes behind batch and channels; pads are those of both sides. */
record Windows(List<Long> kernel, List<Long> strides, List<Long> pads, List<Long> dilations) {
  static Windows of(ConvolutionParameter p, Operand x) {
    UnsupportedFeature.when(p.getAxis() != 1, "axis=%d is not supported", p.getAxis());
    int rank = spatial(x);
    UnsupportedFeature.when(rank > 3, "more than 3 spatial axes are not supported");
    return new Windows(
        listed(
            "kernel_size",
            p.getKernelSizeList(),
            both(p.hasKernelH(), p.getKernelH(), p.getKernelW()),
            rank,
            0,
            1),
        listed(
            "stride",
            p.getStrideList(),
            both(p.hasStrideH(), p.getStrideH(), p.getStrideW()),
            rank,
            1,
            1),
        listed(
            "pad",
            p.getPadList(),
            both(p.hasPadH() || p.hasPadW(), p.getPadH(), p.getPadW()),
            rank,
            0,
            0),
        listed("dilation", p.getDilationList(), List.of(), rank, 1, 1));
  }

  static int spatial(Operand x) {
    require(x.rank() >= 3, "%s has no spatial axes", x.type());
    return x.rank() - 2;
  }

  private static List<Long> both(boolean said, long h, long w) {
    return said ? List.of(h, w) : List.of();
  }

  /** One number for all axes, one for each, or height and width by name. */
  private static List<Long> listed(
      String name, List<Long> list, List<Long> named, int rank, long otherwise, long least) {
    List<Long> said = named.isEmpty() ? list : named;
    require(named.isEmpty() || list.isEmpty(), "both %s and %s_h are given", name, name);
    List<Long> out =
        said.size() <= 1
            ? Collections.nCopies(rank, said.isEmpty() ? otherwise : said.get(0))
            : List.copyOf(said);
    require(out.size() == rank, "%s %s for %d spatial axes", name, said, rank);
    for (long v : out) {
      require(v >= least && v <= Integer.MAX_VALUE, "%s is %d", name, v);
    }
    return out;
  }
}
