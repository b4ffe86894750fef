package dev.nncc.tensor.winograd;

/**
 * Cycles of a convolution by the model that was fitted to measurements of a machine with 32 vector
 * registers of 16 lanes, two multiply-adds a cycle and 1 MB of second level cache. Only ratios
 * matter, so it decides for other machines too.
 */
final class Costs {
  private static final int BLOCK = 16;
  private static final int REGISTERS = 32;
  private static final long L2 = 1 << 20;
  private static final long L3 = 12 << 20;

  /** Cycles a vector of 16 channels and frequency of the transforms. */
  private static final double OF_SAMPLES = 2.6;

  private static final double OF_RESULTS = 2.2;

  /** More for results whose products went beyond the second level in between. */
  private static final double FAR = 12;

  /** Cycles of a step in which a row's filters are made, beside its products. */
  private static final double OF_FILTERS = 5;

  /** Cycles a vector of sums of samples, and of results, of a pair of pixels. */
  private static final double OF_SUMS = 10;

  private static final double OF_PAIRS = 25;

  /**
   * The same for a vector of sums on two levels: 49 arrays, which are written beyond the caches.
   */
  private static final double OF_SUMS_OF_SUMS = 200;

  /** Of bytes that come from memory while products are computed, what is not hidden. */
  private static final double EXPOSED = 0.35;

  /** Accumulators of a row of frequencies, for some tiles, beside its filters. */
  private static final int ACCUMULATORS = REGISTERS - 6;

  private final long channels;
  private final long inBlocks;
  private final long outBlocks;

  Costs(long inChannels, long outChannels) {
    channels = inChannels;
    inBlocks = (inChannels + BLOCK - 1) / BLOCK;
    outBlocks = (outChannels + BLOCK - 1) / BLOCK;
  }

  /** Blocks of result channels in one register tile. */
  static int group(long blocks) {
    return blocks % 2 == 0 ? 2 : blocks % 3 == 0 ? 3 : 1;
  }

  /** One register tile of {@code n} pixels. */
  private static double tile(long n, int b, double steps) {
    double weights = b > 1 ? 1 + 0.02 * Math.max(0, 11 - n) : 1;
    double cycles = Math.max(Math.max(n * b / 2.0 * weights, 1.02 * (n + b) / 2), 4);
    return steps * cycles + 16 + 1.5 * n * b;
  }

  /** A row of pixels in tiles of nearly equal size, for all result channels. */
  private double row(long pixels, long height, double steps) {
    int b = group(outBlocks);
    long most = b == 1 ? REGISTERS - 2 : (REGISTERS - 1 - b) / b;
    double best = Double.MAX_VALUE;
    for (long n = 1; n * height <= most; n++) {
      long tiles = (pixels + n - 1) / n;
      long size = (pixels + tiles - 1) / tiles;
      long large = pixels - tiles * (size - 1);
      double c = large * tile(size * height, b, steps);
      if (tiles > large) {
        c += (tiles - large) * tile((size - 1) * height, b, steps);
      }
      best = Math.min(best, c);
    }
    return best * outBlocks / b;
  }

  /**
   * @param steps of the reduction
   */
  double direct(long height, long width, double steps) {
    double best = Double.MAX_VALUE;
    for (long th = 1; th <= Math.min(8, height); th++) {
      if (height % th == 0) {
        long rows = height / th;
        best = Math.min(best, rows * row(width, th, steps));
      }
    }
    return best;
  }

  /**
   * Products against the traffic of the filters, which come from memory once and from a cache for
   * every further block, and of the samples.
   */
  double winograd(Winograd w) {
    double f = w.frequencies();
    double blocks = w.blocks();
    double tiles = w.tilesInBlock();
    long taps = w.filtersInRun() ? (long) w.rows().r() * w.columns().r() : w.filters();
    double filters = (double) taps * channels * outBlocks * BLOCK * Float.BYTES;
    double samples = f * inBlocks * BLOCK * Float.BYTES * tiles;
    double products = w.filtersInRun() ? rows(w) : blocks * f * row(w.tilesInBlock(), 1, channels);
    double speed = filters + samples < 0.9 * L2 ? 50 : filters < L3 ? 20 : 10;
    double stream = filters / 8 + (blocks - 1) * filters / speed;
    double visits = samples < 0.4 * L2 ? 48 : samples < L3 ? 20 : 9;
    double groups = outBlocks / (double) group(outBlocks);
    double cycles =
        Math.max(products, stream)
            + EXPOSED * Math.min(products, stream)
            + blocks * samples / visits * (1 + 0.5 * groups);
    double there = f * tiles * group(outBlocks) * BLOCK * Float.BYTES;
    double ofResults = there < 0.6 * L2 ? OF_RESULTS : OF_RESULTS + FAR;
    double transforms = f * (OF_SAMPLES * inBlocks + ofResults * outBlocks);
    return cycles + blocks * tiles * transforms;
  }

  /**
   * Products of halves, or of halves of these; more bytes of weights pass than in the direct form.
   */
  double strassen(Strassen s) {
    long parts = s.parts();
    long outPart = (outBlocks + parts - 1) / parts;
    Costs part = new Costs(channels / parts, outPart * BLOCK);
    double products = s.products() * s.blocks() * part.row(s.pairs(), 1, part.channels);
    double times = s.products() / (double) (parts * parts);
    double more = (times - 1) * channels * outBlocks * BLOCK * Float.BYTES / 10;
    double sums =
        s.levels() == 1
            ? OF_SUMS * part.inBlocks + OF_PAIRS * outPart
            : OF_SUMS_OF_SUMS * part.inBlocks + Strassen.PRODUCTS * OF_PAIRS * outPart;
    return products + EXPOSED * more + s.blocks() * s.pairs() * sums;
  }

  /** Products that make their filters: again for every few tiles. */
  private double rows(Winograd w) {
    long width = w.columns().frequencies();
    long together = Math.max(1, Math.min(w.tilesInBlock(), ACCUMULATORS / width));
    long times = (w.tilesInBlock() + together - 1) / together;
    double step = width * together / 2.0 + OF_FILTERS;
    return w.rows().frequencies() * times * channels * outBlocks * step;
  }
}
