package dev.nncc.runtime;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece of native memory that holds a C struct of {@code nncc.h}, read and written by offset.
 *
 * <p>It lives as long as the block is reachable: whoever hands out {@link #address} reads the block
 * after the call, or says {@link #keep} there. (A method that takes the call as a lambda would do
 * that by itself, but the first lambdas of a process take 12 ms, more than a library.)
 */
final class Block {
  private final ByteBuffer bytes;
  private final long address;

  private Block(int size) {
    this.bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    this.address = Native.address(bytes);
  }

  static Block of(int size) {
    return new Block(size);
  }

  /** A struct whose first member is its size. */
  static Block struct(int size) {
    return of(size).putLong(0, size);
  }

  /** A zero-terminated string. */
  static Block string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    Block block = of(utf8.length + 1);
    block.bytes.put(0, utf8);
    return block;
  }

  long address() {
    return address;
  }

  /** The memory is there until here. Callers stand in a finally block. */
  @SuppressWarnings("ReachabilityFenceUsage")
  void keep() {
    Reference.reachabilityFence(this);
  }

  Block putInt(int offset, int value) {
    bytes.putInt(offset, value);
    return this;
  }

  Block putLong(int offset, long value) {
    bytes.putLong(offset, value);
    return this;
  }

  int getInt(int offset) {
    return bytes.getInt(offset);
  }

  long getLong(int offset) {
    return bytes.getLong(offset);
  }

  double getDouble(int offset) {
    return bytes.getDouble(offset);
  }

  List<Long> getLongs(int offset, int count) {
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(bytes.getLong(offset + 8 * i));
    }
    return values;
  }

  /** The string that the pointer at {@code offset} points to; empty for null. */
  String getString(int offset) {
    return string(getLong(offset));
  }

  /** The string embedded at {@code offset}. */
  String getText(int offset) {
    int end = offset;
    while (end < bytes.capacity() && bytes.get(end) != 0) {
      end++;
    }
    byte[] utf8 = new byte[end - offset];
    bytes.get(offset, utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  static String string(long address) {
    int length = Native.length(address);
    if (length == 0) {
      return "";
    }
    byte[] utf8 = new byte[length];
    Native.view(address, length).get(0, utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
