package dev.nncc.frontend.caffe;

import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.frontend.importing.ProtoText;
import java.util.List;
import java.util.Set;

/** Networks in the text form of protobuf. */
final class NetText {
  /** They choose between implementations of one meaning, or steer training. */
  private static final Set<String> HARMLESS =
      Set.of("engine", "variance_norm", "share_mode", "debug_info", "loss_param", "accuracy_param");

  private NetText() {}

  static NetParameter parse(String text, List<String> notes) {
    NetParameter.Builder net = NetParameter.newBuilder();
    Set<String> skipped = ProtoText.merge(text, net);
    skipped.removeIf(field -> HARMLESS.contains(field.substring(field.lastIndexOf('.') + 1)));
    if (!skipped.isEmpty()) {
      notes.add("fields that are not known were skipped: " + String.join(", ", skipped));
    }
    return net.build();
  }
}
