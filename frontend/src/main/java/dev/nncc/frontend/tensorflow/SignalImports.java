package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;

/** Sound to spectrograms and what speech recognition makes of them, as products with tables. */
final class SignalImports {
  private static final double LEAST_ENERGY = 1e-12;
  private static final double MEL_SCALE = 1127;
  private static final double MEL_BREAK = 700;

  private SignalImports() {}

  static void addTo(Operators t) {
    t.one("AudioSpectrogram", SignalImports::spectrogram);
    t.one("Mfcc", SignalImports::cepstrum);
    t.limit("Mfcc", "constant sample rate");
  }

  private static Operand table(TensorflowNode n, long rows, double[] values) {
    return n.constant(Tensor.of(TensorType.of(DType.F32, rows, values.length / rows), values));
  }

  /** Windows of [samples, channels], weighted as Hann says, to energies of their frequencies. */
  private static Operand spectrogram(TensorflowNode n) {
    Operand x = n.transpose(n.in(0), 1, 0);
    long window = n.attrs().integer("window_size", 0);
    long stride = n.attrs().integer("stride", 0);
    require(window > 1 && stride > 0, "window_size %d, stride %d", window, stride);
    long samples = x.dim(1);
    long frames = samples < window ? 0 : 1 + (samples - window) / stride;
    long length = Math.max(1, Long.highestOneBit(window - 1) << 1);
    long bins = length / 2 + 1;
    require(frames > 0, "%s is shorter than a window", n.in(0).type());
    long[] places = new long[TensorflowNode.table(frames, window)];
    for (int i = 0; i < places.length; i++) {
      places[i] = i / window * stride + i % window;
    }
    double[] cos = new double[TensorflowNode.table(window, bins)];
    double[] sin = new double[cos.length];
    for (int i = 0; i < cos.length; i++) {
      long k = i / bins;
      double weight = 0.5 - 0.5 * Math.cos(2 * Math.PI * k / window);
      double angle = 2 * Math.PI * (k * (i % bins) % length) / length;
      cos[i] = weight * Math.cos(angle);
      sin[i] = weight * Math.sin(angle);
    }
    Operand taken = n.gather(x, n.integers(DType.I64, places), 1);
    Operand all = n.reshape(taken, x.dim(0), frames, window);
    Operand real = n.matMul(all, table(n, window, cos));
    Operand imaginary = n.matMul(all, table(n, window, sin));
    Operand energy = n.add(n.mul(real, real), n.mul(imaginary, imaginary));
    return n.attrs().flag("magnitude_squared", false)
        ? energy
        : n.apply(ElementwiseKind.SQRT, energy);
  }

  private static double mel(double hertz) {
    return MEL_SCALE * Math.log1p(hertz / MEL_BREAK);
  }

  /** Triangles over the mel scale, logarithms of what they hold, and a cosine transform. */
  private static Operand cepstrum(TensorflowNode n) {
    // The spectrogram holds squares; the filters are for magnitudes.
    Operand x = n.apply(ElementwiseKind.SQRT, n.in(0));
    require(x.rank() == 3, "%s is no spectrogram", x.type());
    double rate = n.knownNumber(1, "sample_rate");
    int bins = Math.toIntExact(x.dim(2));
    int channels = Math.toIntExact(n.attrs().integer("filterbank_channel_count", 40));
    int results = Math.toIntExact(n.attrs().integer("dct_coefficient_count", 13));
    require(channels > 0 && results > 0 && bins > 1, "%d channels of %s", channels, x.type());
    double low = n.attrs().number("lower_frequency_limit", 20);
    double high = n.attrs().number("upper_frequency_limit", 4000);
    Operand bank = table(n, bins, filters(bins, channels, rate, low, high));
    Operand energies = n.with(ElementwiseKind.MAX, n.matMul(x, bank), LEAST_ENERGY);
    double[] cosines = new double[TensorflowNode.table(channels, results)];
    for (int i = 0; i < cosines.length; i++) {
      int channel = i / results;
      double angle = Math.PI * (i % results) * (channel + 0.5) / channels;
      cosines[i] = Math.sqrt(2.0 / channels) * Math.cos(angle);
    }
    return n.matMul(n.apply(ElementwiseKind.LOG, energies), table(n, channels, cosines));
  }

  /** How much each channel (column) takes of each frequency (row). */
  private static double[] filters(int bins, int channels, double rate, double low, double high) {
    List<Double> centres = new ArrayList<>();
    double spacing = (mel(high) - mel(low)) / (channels + 1);
    for (int c = 0; c <= channels; c++) {
      centres.add(mel(low) + spacing * (c + 1));
    }
    double hertz = 0.5 * rate / (bins - 1);
    int first = (int) (1.5 + low / hertz);
    int last = (int) (high / hertz);
    double[] weights = new double[TensorflowNode.table(bins, channels)];
    int channel = 0;
    for (int i = Math.max(0, first); i <= Math.min(last, bins - 1); i++) {
      double at = mel(i * hertz);
      while (channel < channels && centres.get(channel) < at) {
        channel++;
      }
      // The channel below falls where this one rises.
      double before = channel == 0 ? mel(low) : centres.get(channel - 1);
      double fall = (centres.get(channel) - at) / (centres.get(channel) - before);
      if (channel > 0) {
        weights[i * channels + channel - 1] += fall;
      }
      if (channel < channels) {
        weights[i * channels + channel] += 1 - fall;
      }
    }
    return weights;
  }
}
