package dev.nncc.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the ratios to ONNX Runtime should be. Floors have been reached by a prototype, or stand for
 * it.
 */
final class Goals {
  private Goals() {}

  /** Ratios for 1 and 2 threads. */
  record Goal(List<Double> floors, List<Double> targets) {
    static Goal of(double floor1, double floor2, double target1, double target2) {
      return new Goal(List.of(floor1, floor2), List.of(target1, target2));
    }

    /** Empty for other numbers of threads. */
    Optional<Double> floor(int threads) {
      return threads == 1 || threads == 2 ? Optional.of(floors.get(threads - 1)) : Optional.empty();
    }

    Optional<Double> target(int threads) {
      return threads == 1 || threads == 2
          ? Optional.of(targets.get(threads - 1))
          : Optional.empty();
    }
  }

  /** Networks for pictures with a prototype; their mean has a goal of its own. */
  static final List<String> PROTOTYPED =
      List.of(
          "resnet50",
          "resnet18",
          "vgg19",
          "squeezenet1.1",
          "googlenet",
          "inception-v3",
          "densenet121",
          "mobilenet-v2",
          "efficientnet-b0");

  /** Geometric mean of these. */
  static final Goal PROTOTYPED_MEAN = Goal.of(1.80, 1.75, 2.0, 2.0);

  /** Geometric mean over all networks for pictures. */
  static final Goal VISION_MEAN = Goal.of(1.65, 1.60, 2.0, 2.0);

  /** Of each trained model; the target is one for their geometric mean. */
  static final Goal TRAINED = Goal.of(1.1, 1.1, 2.0, 2.0);

  static Map<String, Goal> zoo() {
    Map<String, Goal> all = new LinkedHashMap<>();
    all.put("resnet50", Goal.of(1.40, 1.30, 1.50, 1.40));
    all.put("resnet18", Goal.of(2.10, 1.95, 2.30, 2.05));
    all.put("vgg19", Goal.of(2.80, 2.55, 2.95, 2.70));
    all.put("squeezenet1.1", Goal.of(1.50, 1.50, 1.60, 1.60));
    all.put("googlenet", Goal.of(3.90, 3.70, 4.10, 3.80));
    all.put("inception-v3", Goal.of(1.75, 1.70, 1.90, 1.80));
    all.put("densenet121", Goal.of(1.55, 1.50, 1.65, 1.60));
    all.put("mobilenet-v2", Goal.of(1.20, 1.25, 1.30, 1.35));
    all.put("efficientnet-b0", Goal.of(1.35, 1.45, 1.50, 1.55));
    all.put("resnet152", Goal.of(1.15, 1.15, 1.45, 1.45));
    all.put("mobilenet-v1", Goal.of(1.15, 1.15, 1.30, 1.30));
    all.put("mobilenet-v3-small", Goal.of(1.15, 1.15, 1.40, 1.40));
    all.put("shufflenet-v2", Goal.of(1.15, 1.15, 1.40, 1.40));
    all.put("unet", Goal.of(1.15, 1.15, 1.90, 1.90));
    all.put("bert-base", Goal.of(1.18, 1.15, 1.22, 1.20));
    all.put("bert-base-384", Goal.of(1.15, 1.15, 1.20, 1.20));
    all.put("gpt2-step", Goal.of(1.35, 1.30, 1.50, 1.41));
    all.put("lstm", Goal.of(1.0, 1.4, 1.05, 1.5));
    return all;
  }
}
