package dev.nncc.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
  @TempDir Path folder;

  record Figure(double milliseconds) {}

  /** Names one number, and fails at the next, as a disk does that is full. */
  private static Map<String, Object> cut() {
    return Map.of("a", List.of(1, new Object()));
  }

  @Test
  void recordsComeBackInTheOrderThatIsAskedFor() throws IOException {
    Store store = new Store(folder);
    store.put("speed", "a", new Figure(1));
    store.put("speed", "b", new Figure(2));
    store.put("speed", "b", new Figure(3));
    assertThat(store.get("speed", "b", Figure.class)).contains(new Figure(3));
    assertThat(store.all("speed", List.of("b"), Figure.class))
        .containsExactly(new Figure(3), new Figure(1));
    assertThat(store.get("speed", "c", Figure.class)).isEmpty();
  }

  @Test
  void aRecordThatCannotBeWrittenLeavesTheOldOne() throws IOException {
    Store store = new Store(folder);
    store.put("speed", "a", new Figure(1));
    assertThatThrownBy(() -> store.put("speed", "a", cut())).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store.put("speed", "b", cut())).isInstanceOf(IOException.class);
    assertThat(store.all("speed", List.of(), Figure.class)).containsExactly(new Figure(1));
    try (Stream<Path> files = Files.list(folder.resolve("speed"))) {
      assertThat(files).containsExactly(folder.resolve("speed/a.json"));
    }
  }
}
