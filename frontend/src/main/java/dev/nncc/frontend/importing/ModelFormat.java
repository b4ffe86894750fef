package dev.nncc.frontend.importing;

import java.util.Locale;

/** The formats of model files that can be read. */
public enum ModelFormat {
  ONNX("ONNX"),
  TENSORFLOW("TensorFlow"),
  CAFFE("Caffe");

  private final String title;

  ModelFormat(String title) {
    this.title = title;
  }

  /** What users call it. */
  public String title() {
    return title;
  }

  /** The word on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
