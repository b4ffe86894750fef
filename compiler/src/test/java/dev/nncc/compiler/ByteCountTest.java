package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ByteCountTest {
  @Test
  void bytesAreReadAsUsersWriteThem() {
    assertThat(ByteCount.parse("1000").bytes()).isEqualTo(1000);
    assertThat(ByteCount.parse("64M").bytes()).isEqualTo(64L << 20);
    assertThat(ByteCount.parse("64MiB").bytes()).isEqualTo(64L << 20);
    assertThat(ByteCount.parse("64MB").bytes()).isEqualTo(64_000_000);
    assertThat(ByteCount.parse(" 1.5g").bytes()).isEqualTo(3L << 29);
    assertThat(ByteCount.parse("2 kb").bytes()).isEqualTo(2000);
    for (String wrong : new String[] {"", "M", "12X", "-1", "1e9", "1,5G"}) {
      assertThatThrownBy(() -> ByteCount.parse(wrong))
          .as(wrong)
          .isInstanceOf(CompileException.class)
          .hasMessageContaining("write 64M, 1.5G or 800MB");
    }
  }

  @Test
  void bytesArePrintedInPowersOfThousand() {
    assertThat(new ByteCount(999).text()).isEqualTo("999 bytes");
    assertThat(new ByteCount(1000).text()).isEqualTo("1.00 kB");
    assertThat(new ByteCount(12_340_000).text()).isEqualTo("12.3 MB");
    assertThat(new ByteCount(999_499).text()).isEqualTo("999.5 kB");
    assertThat(new ByteCount(999_600).text()).isEqualTo("1.00 MB");
    assertThat(ByteCount.scaled(4.1e9, "FLOP")).isEqualTo("4.10 GFLOP");
    assertThat(ByteCount.scaled(5e18, "FLOP")).isEqualTo("5000.0 PFLOP");
  }
}
