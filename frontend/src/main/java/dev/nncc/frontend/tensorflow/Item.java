package dev.nncc.frontend.tensorflow;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an edge of a TensorFlow graph carries while the graph is imported. */
sealed interface Item {
  /** What nodes behind something that cannot be imported give. */
  Item UNAVAILABLE = new Absent(false);

  /** What a branch that is not taken gives. */
  Item DEAD = new Absent(true);

  record Numbers(Operand operand) implements Item {}

  record Strings(List<ByteString> elements) implements Item {
    public Strings {
      elements = List.copyOf(elements);
    }
  }

  /** A variable by the name of its node; read, it is the tensor of the checkpoint. */
  record Variable(String name) implements Item {}

  /** The handle of a TensorArray; its elements travel with the flow. */
  record ArrayHandle(DType dtype) implements Item {}

  /** The elements of a TensorArray or TensorList; null: never written. */
  record Elements(DType dtype, List<@Nullable Operand> list) implements Item {
    public Elements {
      list = Collections.unmodifiableList(new ArrayList<>(list));
    }
  }

  record Absent(boolean dead) implements Item {}
}
