package dev.nncc.models.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Buffered sink for tensor elements in the byte order of ONNX raw data; counts what it was given.
 */
public final class LittleEndianOutput {
  private final OutputStream out;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private long flushed;

  public LittleEndianOutput(OutputStream out) {
    this.out = out;
  }

  public void putFloat(float value) throws IOException {
    reserve(Float.BYTES);
    buffer.putFloat(value);
  }

  public void putInt(int value) throws IOException {
    reserve(Integer.BYTES);
    buffer.putInt(value);
  }

  public void putLong(long value) throws IOException {
    reserve(Long.BYTES);
    buffer.putLong(value);
  }

  public void putByte(byte value) throws IOException {
    reserve(Byte.BYTES);
    buffer.put(value);
  }

  /** Bytes put so far, flushed or not. */
  public long count() {
    return flushed + buffer.position();
  }

  /** Hands everything to the stream below, which is neither flushed nor closed. */
  public void flush() throws IOException {
    out.write(buffer.array(), 0, buffer.position());
    flushed += buffer.position();
    buffer.clear();
  }

  private void reserve(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
  }
}
