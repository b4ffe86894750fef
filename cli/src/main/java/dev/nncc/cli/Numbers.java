package dev.nncc.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers that options take, with their limits. */
final class Numbers {
  /** More of anything is a slip of the finger. */
  private static final int MOST = 1_000_000;

  private Numbers() {}

  /** 0, 1, 2, .. */
  static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return integer(text, 0);
    }
  }

  /** 1, 2, .. */
  static final class AtLeastOne implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return integer(text, 1);
    }
  }

  /** Any whole number. */
  static final class Whole implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        return Long.valueOf(text);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is no whole number");
      }
    }
  }

  /** A number above 0. */
  static final class Positive implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      double n = number(text);
      if (n > 0 && n <= MOST) {
        return n;
      }
      throw new TypeConversionException("'" + text + "' is no number above 0");
    }
  }

  /** A number that is not negative. */
  static final class NotNegative implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      double n = number(text);
      if (n >= 0) {
        return n;
      }
      throw new TypeConversionException("'" + text + "' is no number of 0 or more");
    }
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static int integer(String text, int least) {
    if (text.matches("[0-9]{1,7}")) {
      int n = Integer.parseInt(text);
      if (n >= least && n <= MOST) {
        return n;
      }
    }
    throw new TypeConversionException("'" + text + "' is no whole number of " + least + " or more");
  }
}
