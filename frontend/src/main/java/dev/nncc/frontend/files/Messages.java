package dev.nncc.frontend.files;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;

/** Messages of protobuf that refer to the mapped file they were read from. */
public final class Messages {
  private Messages() {}

  /** Reads a message; its bytes fields are ranges of the buffer, not copies. */
  public static <T> T parse(ByteBuffer bytes, Parser<T> parser)
      throws InvalidProtocolBufferException {
    CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes.duplicate()).newCodedInput();
    in.enableAliasing(true);
    return parser.parseFrom(in);
  }

  /** Whether a message ended before it should. */
  public static boolean isCut(InvalidProtocolBufferException e) {
    String text = String.valueOf(e.getMessage());
    return text.contains("ended unexpectedly") || text.contains("truncated");
  }

  /** What protobuf's reader says, in the words of its users. */
  public static String damage(InvalidProtocolBufferException e) {
    return isCut(e) ? "the file ends in the middle" : "it is no protobuf file";
  }
}
