package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.text.Parser;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoopOrderTest {
  /** A convolution of 512 channels on a small map. */
  private static String script(Machine m) {
    Map<String, Integer> sizes = Map.of("IB", 32, "BO", 16, "OB", 32, "G", 2, "H", 14, "W", 14);
    return AutoSchedule.schedule(Parser.parse(Families.CONV.at(sizes)), m).script().toString();
  }

  /**
   * The weights of a block (295 KB) and two rows of the picture fill most of a cache of 512 KB: the
   * next row finds them there. With rows outside each row would read all weights (9.4 MB).
   */
  @Test
  void weightsThatFillACacheStayForTheNextRow() {
    assertThat(script(Machine.AVX2)).contains("reorder obo obi oh ow ");
  }
}
