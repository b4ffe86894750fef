package dev.nncc.digits.train;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;

/**
 * Trains the digits model and writes it, its held-out set and one example picture into the folder
 * given. Digits are drawn afresh for every epoch; the held-out ones are in font families that
 * training never sees.
 */
public final class TrainDigits {
  /** Families of the Debian packages that models/digits/README.md lists. */
  private static final List<String> TRAINING_FONTS =
      List.of(
          "C059",
          "Courier Prime",
          "DejaVu Sans",
          "DejaVu Sans Condensed",
          "DejaVu Sans Mono",
          "FreeMono",
          "FreeSans",
          "FreeSerif",
          "GFS Didot",
          "Liberation Mono",
          "Liberation Sans",
          "Liberation Sans Narrow",
          "Liberation Serif",
          "Nimbus Mono PS",
          "Nimbus Roman",
          "Nimbus Sans Narrow",
          "P052",
          "Roboto",
          "Roboto Condensed",
          "URW Gothic",
          "Z003");

  private static final List<String> HELD_OUT_FONTS =
      List.of("Comic Neue", "DejaVu Serif", "Open Sans", "URW Bookman");

  private static final int SIZE = DigitsNetwork.SIZE;
  private static final int EPOCHS = 6;
  private static final int EPOCH_IMAGES = 48_000;
  private static final int BATCH = 64;
  private static final int HELD_OUT = 2000;
  private static final int SHEET_COLUMNS = 50;

  /** Pictures one after the other, and what they show. */
  private record Digits(byte[] pixels, int[] labels) {
    static Digits rendered(DigitRenderer renderer, int count, long seed) {
      Random random = new Random(seed);
      byte[] pixels = new byte[count * SIZE * SIZE];
      int[] labels = new int[count];
      for (int i = 0; i < count; i++) {
        labels[i] = random.nextInt(10);
        byte[] picture = renderer.render(labels[i], SIZE, random);
        System.arraycopy(picture, 0, pixels, i * picture.length, picture.length);
      }
      return new Digits(pixels, labels);
    }

    /** Sixteen grey levels: the sheet takes a third of the bytes. */
    Digits coarse() {
      byte[] result = new byte[pixels.length];
      for (int i = 0; i < result.length; i++) {
        result[i] = (byte) (((pixels[i] & 0xff) >> 4) * 17);
      }
      return new Digits(result, labels);
    }

    NDArray images(NDManager manager, int from, int count) {
      float[] values = new float[count * SIZE * SIZE];
      for (int i = 0; i < values.length; i++) {
        values[i] = ((pixels[from * SIZE * SIZE + i] & 0xff) - 127.5f) * (1 / 127.5f);
      }
      return manager.create(values, new Shape(count, 1, SIZE, SIZE));
    }

    NDArray labels(NDManager manager, int from, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = labels[from + i];
      }
      return manager.create(values, new Shape(count, 1));
    }
  }

  private TrainDigits() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Engine.getEngine("PyTorch").setRandomSeed(1);
    DigitRenderer training = new DigitRenderer(TRAINING_FONTS);
    DigitRenderer unseen = new DigitRenderer(HELD_OUT_FONTS);
    Digits heldOut = Digits.rendered(unseen, HELD_OUT, 999).coarse();
    Files.createDirectories(folder.resolve("held-out"));
    writeSheet(heldOut, folder.resolve("held-out"));
    writeExample(unseen, folder.resolve("three.png"));
    DigitsNetwork network = new DigitsNetwork();
    try (Model model = Model.newInstance("digits", "PyTorch")) {
      model.setBlock(network.block());
      train(model, training, heldOut);
      network.write(folder.resolve("digits.onnx"));
    }
  }

  private static void train(Model model, DigitRenderer renderer, Digits heldOut) {
    int steps = EPOCHS * EPOCH_IMAGES / BATCH;
    Tracker rate = step -> (float) (1e-5 + 2e-3 * (1 + Math.cos(Math.PI * step / steps)) / 2);
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(
                Optimizer.adam().optLearningRateTracker(rate).optWeightDecays(1e-4f).build());
    try (Trainer trainer = model.newTrainer(config)) {
      trainer.initialize(new Shape(BATCH, 1, SIZE, SIZE));
      CompletableFuture<Digits> next = rendering(renderer, 1);
      for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        Digits digits = next.join();
        next = rendering(renderer, epoch + 1);
        double loss = 0;
        for (int from = 0; from < EPOCH_IMAGES; from += BATCH) {
          loss += step(trainer, digits, from);
        }
        System.out.printf(
            "epoch %d: loss %.4f, held out %.2f %%%n",
            epoch, loss / (EPOCH_IMAGES / BATCH), 100 * accuracy(trainer, heldOut));
      }
      next.join();
    }
  }

  /** The next epoch's digits, drawn while the current one is trained. */
  private static CompletableFuture<Digits> rendering(DigitRenderer renderer, int epoch) {
    return CompletableFuture.supplyAsync(() -> Digits.rendered(renderer, EPOCH_IMAGES, epoch));
  }

  private static double step(Trainer trainer, Digits digits, int from) {
    double result;
    try (NDManager manager = trainer.getManager().newSubManager()) {
      try (GradientCollector collector = trainer.newGradientCollector()) {
        NDList scores = trainer.forward(new NDList(digits.images(manager, from, BATCH)));
        scores.attach(manager);
        NDList labels = new NDList(digits.labels(manager, from, BATCH));
        NDArray loss = trainer.getLoss().evaluate(labels, scores);
        loss.attach(manager);
        collector.backward(loss);
        result = loss.getFloat();
      }
      trainer.step();
    }
    return result;
  }

  private static double accuracy(Trainer trainer, Digits digits) {
    int right = 0;
    int count = digits.labels().length;
    for (int from = 0; from < count; from += 100) {
      try (NDManager manager = trainer.getManager().newSubManager()) {
        NDList scores = trainer.evaluate(new NDList(digits.images(manager, from, 100)));
        scores.attach(manager);
        long[] best = scores.head().argMax(1).toLongArray();
        for (int i = 0; i < best.length; i++) {
          right += best[i] == digits.labels()[from + i] ? 1 : 0;
        }
      }
    }
    return (double) right / count;
  }

  /** All pictures in one, row by row, and a text file with a line of labels for each row. */
  private static void writeSheet(Digits digits, Path folder) throws IOException {
    int rows = digits.labels().length / SHEET_COLUMNS;
    byte[] sheet = new byte[digits.pixels().length];
    StringBuilder labels = new StringBuilder();
    int width = SHEET_COLUMNS * SIZE;
    for (int i = 0; i < digits.labels().length; i++) {
      int row = i / SHEET_COLUMNS;
      int column = i % SHEET_COLUMNS;
      for (int y = 0; y < SIZE; y++) {
        int target = (row * SIZE + y) * width + column * SIZE;
        System.arraycopy(digits.pixels(), (i * SIZE + y) * SIZE, sheet, target, SIZE);
      }
      labels.append(digits.labels()[i]).append(column == SHEET_COLUMNS - 1 ? "\n" : "");
    }
    writePng(sheet, width, rows * SIZE, folder.resolve("digits.png"));
    Files.writeString(folder.resolve("labels.txt"), labels);
  }

  /** A three, four times as large as the network's input so that people can see it. */
  private static void writeExample(DigitRenderer renderer, Path file) throws IOException {
    writePng(renderer.render(3, 4 * SIZE, new Random(3)), 4 * SIZE, 4 * SIZE, file);
  }

  private static void writePng(byte[] grey, int width, int height, Path file) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    byte[] target = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    System.arraycopy(grey, 0, target, 0, grey.length);
    if (!ImageIO.write(image, "png", file.toFile())) {
      throw new IOException("this Java can't write PNG");
    }
  }
}
