package dev.nncc.compiler;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.graph.op.Softmax;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/** Small graphs of every kernel family, with extents of one, primes, tails and whole blocks. */
final class FamilyCases {
  private static final long[] CHANNELS = {1, 3, 5, 16, 17, 24, 32, 48};
  private static final long[] EXTENTS = {1, 2, 5, 7, 8, 13, 16};

  final Random random;

  private FamilyCases(Random random) {
    this.random = random;
  }

  /** One family. */
  interface Family {
    Graph make(FamilyCases r, FamilyCase c);
  }

  static Map<String, Family> all() {
    Map<String, Family> m = new LinkedHashMap<>();
    m.put("conv", ConvCases::conv);
    m.put("conv-chain", ConvCases::convChain);
    m.put("conv-window", WindowCases::one);
    m.put("conv-few-results", ConvCases::convFewResults);
    m.put("conv-residual", ConvCases::convResidual);
    m.put("winograd", WinogradCases::anyAlgorithm);
    m.put("winograd-filters", WinogradCases::filtersInRun);
    m.put("winograd-picture", WinogradCases::picture);
    m.put("winograd-residual", WinogradCases::residual);
    m.put("winograd-siblings", WinogradCases::siblings);
    m.put("strassen", StrassenCases::one);
    m.put("strassen-prologue", StrassenCases::prologue);
    m.put("strassen-residual", StrassenCases::residual);
    m.put("strassen-siblings", StrassenCases::siblings);
    m.put("strassen-product", StrassenCases::product);
    m.put("strassen-square", StrassenCases::square);
    m.put("pixel-pairs", PairCases::one);
    m.put("pixel-pairs-residual", PairCases::residual);
    m.put("conv-gate", ConvCases::convGate);
    m.put("conv-1d", ConvCases::conv1d);
    m.put("conv-3d", ConvCases::conv3d);
    m.put("depthwise", ConvCases::depthwise);
    m.put("grouped", ConvCases::grouped);
    m.put("conv-dynamic-weight", ConvCases::convDynamicWeight);
    m.put("conv-transpose", ConvCases::convTranspose);
    m.put("concat-of-convs", ConvCases::concatOfConvs);
    m.put("pool-of-conv", FamilyCases::poolOfConv);
    m.put("pool", FamilyCases::pool);
    m.put("resize-of-conv", FamilyCases::resizeOfConv);
    m.put("resize of integers", FamilyCases::resizeOfIntegers);
    m.put("reduce-of-conv", FamilyCases::reduceOfConv);
    m.put("matmul", FamilyCases::matmul);
    m.put("matmul-batched", FamilyCases::matmulBatched);
    m.put("widened to f64", FamilyCases::widened);
    m.put("reduce", FamilyCases::reduce);
    m.put("arg-reduce", FamilyCases::argReduce);
    m.put("softmax", FamilyCases::softmax);
    m.put("norms", FamilyCases::norms);
    m.put("rms_norm", FamilyCases::rmsNorm);
    m.put("instance_norm", FamilyCases::instanceNorm);
    m.put("lrn", FamilyCases::lrn);
    m.put("movement", MovementCases::movement);
    m.put("pad", MovementCases::pad);
    m.put("channels-behind", MovementCases::channelsBehind);
    m.put("concat-slice", MovementCases::concatSlice);
    m.put("gather", MovementCases::gather);
    m.put("scatter", MovementCases::scatter);
    m.put("top-k", MovementCases::topK);
    m.put("suppress", MovementCases::suppress);
    m.put("cumsum", MovementCases::cumSum);
    m.put("elementwise", ElementwiseCases::elementwise);
    m.put("broadcast", ElementwiseCases::broadcast);
    m.put("integers", ElementwiseCases::integers);
    m.put("lstm", RecurrentCases::lstm);
    m.put("gru", RecurrentCases::gru);
    m.put("rnn", RecurrentCases::rnn);
    m.put("attention", RecurrentCases::attention);
    m.put("attention in rows", RecurrentCases::attentionInRows);
    m.put("attention of one product", RecurrentCases::attentionOfOneProduct);
    m.put("siblings", RegionCases::siblings);
    m.put("masked-attention", RegionCases::maskedAttention);
    m.put("moved", RegionCases::moved);
    m.put("heads", RegionCases::heads);
    m.put("followers", RegionCases::followers);
    m.put("normalised-conv", RegionCases::normalisedConv);
    m.put("prologues", RegionCases::prologues);
    m.put("bands", RegionCases::bands);
    return m;
  }

  static FamilyCases seeded(long seed) {
    return new FamilyCases(new Random(seed));
  }

  FamilyCase newCase() {
    return new FamilyCase(random);
  }

  long pick(long... from) {
    return from[random.nextInt(from.length)];
  }

  long channels() {
    return pick(CHANNELS);
  }

  long extent() {
    return pick(EXTENTS);
  }

  private static List<Long> same(int n, long v) {
    return Collections.nCopies(n, v);
  }

  Value convOf(FamilyCase c, Value x, long out, int groups, long kernel, boolean bias) {
    int spatial = x.shape().rank() - 2;
    long pad = kernel / 2;
    long stride = kernel == 1 ? 1 : pick(1, 1, 2);
    long[] w =
        LongStream.concat(
                LongStream.of(out, x.shape().dim(1) / groups),
                LongStream.generate(() -> kernel).limit(spatial))
            .toArray();
    Conv conv =
        new Conv(
            same(spatial, stride),
            same(spatial, pad),
            same(spatial, pad),
            same(spatial, 1),
            groups);
    return bias ? c.add(conv, x, c.constant(w), c.constant(out)) : c.add(conv, x, c.constant(w));
  }

  /** Products in f64 of what comes as f32: sums are f64 too. */
  private Graph widened(FamilyCase c) {
    Cast wide = new Cast(DType.F64);
    boolean product = random.nextBoolean();
    long[] of = product ? new long[] {20, 40} : new long[] {20, 17, 1, 3};
    Value x = c.add(wide, product ? c.input(7, 20) : c.input(1, 17, 6, 6));
    Value w = c.add(wide, c.constant(of));
    Conv conv = new Conv(same(2, 1), same(2, 0), same(2, 0), same(2, 1), 1);
    return c.graph(
        c.act(ElementwiseKind.RELU, c.add(product ? new MatMul(false, false) : conv, x, w)));
  }

  private Graph poolOfConv(FamilyCase c) {
    Value x = c.input(1, 3, extent() + 5, extent() + 5);
    Value y = convOf(c, x, channels(), 1, 1, true);
    y = random.nextBoolean() ? c.act(ElementwiseKind.RELU, y) : y;
    PoolKind kind = random.nextBoolean() ? PoolKind.MAX : PoolKind.AVERAGE;
    Pool pool =
        new Pool(
            kind,
            same(2, 3),
            same(2, pick(1, 2)),
            same(2, 1),
            same(2, 1),
            same(2, 1),
            random.nextBoolean(),
            random.nextBoolean());
    return c.graph(c.add(pool, y), c.act(ElementwiseKind.NEG, y));
  }

  private Graph pool(FamilyCase c) {
    Value x = c.input(2, channels(), extent() + 4, extent() + 4);
    PoolKind kind = random.nextBoolean() ? PoolKind.MAX : PoolKind.AVERAGE;
    Pool pool =
        new Pool(
            kind,
            List.of(3L, 2L),
            List.of(2L, 1L),
            List.of(1L, 0L),
            List.of(0L, 1L),
            same(2, 1),
            random.nextBoolean(),
            random.nextBoolean());
    return c.graph(c.add(pool, x));
  }

  /** Twice as many columns: the weights of neighbours, quarters, are exact. */
  private Graph resizeOfIntegers(FamilyCase c) {
    long w = extent() + 1;
    DType t = random.nextBoolean() ? DType.U8 : DType.I32;
    return c.graph(
        c.add(
            new Resize(
                ResizeMode.LINEAR,
                List.of(1L, 3L, 5L, 2 * w),
                List.of(1.0, 1.0, 1.0, 2.0),
                ResizeCoordinates.HALF_PIXEL,
                ResizeRounding.ROUND_PREFER_FLOOR,
                -0.75,
                false),
            c.input(t, 256, 1, 3, 5, w)));
  }

  private Graph resizeOfConv(FamilyCase c) {
    Value x = c.input(1, 3, extent() + 1, extent() + 1);
    Value y = convOf(c, x, channels(), 1, 1, true);
    ResizeMode mode = ResizeMode.values()[random.nextInt(3)];
    double f = random.nextBoolean() ? 2 : 1.5;
    long h = (long) (y.shape().dim(2) * f);
    long w = (long) (y.shape().dim(3) * f);
    List<Double> scales = List.of(1.0, 1.0, f, f);
    ResizeCoordinates k = ResizeCoordinates.values()[random.nextInt(5)];
    Resize r =
        new Resize(
            mode,
            List.of(1L, y.shape().dim(1), h, w),
            scales,
            k,
            ResizeRounding.ROUND_PREFER_FLOOR,
            -0.75,
            false);
    return c.graph(c.add(r, y));
  }

  private Graph reduceOfConv(FamilyCase c) {
    Value x = c.input(1, 3, extent() + 1, extent() + 1);
    Value y = convOf(c, x, channels(), 1, 3, true);
    Value mean = c.add(new Reduce(ReduceKind.MEAN, List.of(2, 3), true), y);
    Value gate = c.act(ElementwiseKind.SIGMOID, convOf(c, mean, y.shape().dim(1), 1, 1, true));
    return c.graph(
        c.add(Elementwise.of(ElementwiseKind.MUL), y, gate),
        c.add(new Reduce(ReduceKind.MAX, List.of(1), false), y));
  }

  private Graph matmul(FamilyCase c) {
    long k = pick(1, 7, 16, 33);
    long n = pick(1, 3, 10, 16, 48, 50);
    Value x = c.input(pick(1, 2, 8, 13), k);
    boolean t = random.nextBoolean();
    Value y = c.add(new MatMul(false, t), x, t ? c.constant(n, k) : c.constant(k, n));
    return c.graph(
        c.act(ElementwiseKind.GELU, c.add(Elementwise.of(ElementwiseKind.ADD), y, c.constant(n))));
  }

  private Graph matmulBatched(FamilyCase c) {
    long k = pick(1, 8, 17);
    long m = pick(1, 5, 16);
    long n = pick(3, 16, 20);
    boolean ta = random.nextBoolean();
    boolean tb = random.nextBoolean();
    Value x = ta ? c.input(2, 3, k, m) : c.input(2, 3, m, k);
    Value w = tb ? c.input(3, n, k) : c.input(3, k, n);
    return c.graph(c.add(new MatMul(ta, tb), x, w));
  }

  private Graph reduce(FamilyCase c) {
    Value x = c.input(extent(), extent(), channels());
    ReduceKind kind = ReduceKind.values()[random.nextInt(ReduceKind.values().length)];
    List<Integer> axes =
        List.of(List.of(0), List.of(1), List.of(2), List.of(0, 2), List.of(1, 2), List.of(0, 1, 2))
            .get(random.nextInt(6));
    return c.graph(
        c.act(ElementwiseKind.ABS, c.add(new Reduce(kind, axes, random.nextBoolean()), x)));
  }

  private Graph argReduce(FamilyCase c) {
    Value x = c.input(DType.I32, 4, extent(), extent(), extent());
    int axis = random.nextInt(3);
    return c.graph(
        c.add(
            new ArgReduce(random.nextBoolean(), axis, random.nextBoolean(), random.nextBoolean()),
            x));
  }

  private Graph softmax(FamilyCase c) {
    Value x = c.input(2, extent(), pick(1, 10, 16, 100, 37));
    int axis = random.nextInt(3);
    return c.graph(
        random.nextBoolean() ? c.add(new Softmax(axis), x) : c.add(new LogSoftmax(axis), x));
  }

  private Graph norms(FamilyCase c) {
    long n = pick(5, 16, 64, 100);
    Value x = c.input(2, 3, n);
    Value y = c.add(new LayerNorm(2, 1e-5), x, c.constant(n), c.constant(n));
    return c.graph(y, c.add(new InstanceNorm(1e-5), x, c.constant(3), c.constant(3)));
  }

  private Graph rmsNorm(FamilyCase c) {
    long n = pick(5, 16, 64, 100);
    Value x = c.input(2, 3, n);
    Value y = c.add(new RmsNorm(2, 1e-5, 0), x, c.constant(n));
    return c.graph(
        c.act(ElementwiseKind.RELU, y), c.add(new RmsNorm(1, 0, 0.7), x, c.constant(3, n)));
  }

  /** Over blocks of channels, whole ones and others. */
  private Graph instanceNorm(FamilyCase c) {
    long n = pick(16, 32, 20);
    Value y = convOf(c, c.input(pick(1, 2), 3, 5, 6), n, 1, 3, true);
    Value z = c.add(new InstanceNorm(1e-5), y, c.constant(n), c.constant(n));
    return c.graph(c.act(ElementwiseKind.RELU, z), convOf(c, z, 4, 1, 3, false));
  }

  private Graph lrn(FamilyCase c) {
    Value x = c.input(1, 3, 4, 5);
    Value y =
        random.nextBoolean() ? convOf(c, x, channels(), 1, 1, true) : c.input(1, channels(), 3, 4);
    return c.graph(c.add(new Lrn((int) pick(3, 4, 5), 1e-1, pick(0, 1) == 0 ? 0.75 : 0.6, 1.0), y));
  }
}
