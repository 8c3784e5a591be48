package ai.greenthread.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "10Gi, 10737418240, 10Gi",
    "1.5Gi, 1610612736, 1536Mi",
    "500M, 500000000, 500M",
    "0.5G, 500000000, 500M",
    "1024, 1024, 1024",
    "1024Ki, 1048576, 1Mi",
    "1.5Ki, 1536, 1536",
    "1000, 1000, 1k",
    "2e3, 2000, 2k",
    "2E3, 2000, 2k",
    "1E, 1000000000000000000, 1E",
    "0, 0, 0",
    "0Gi, 0, 0",
    "-1Gi, -1073741824, -1Gi",
    ".5Ti, 549755813888, 512Gi",
    "100n, 0.0000001, 100n",
    "12e6, 12000000, 12M"
  })
  void readsAndPrintsAsKubernetesDoes(String text, BigDecimal value, String canonical) {
    Quantity quantity = Quantity.parse(text).orElseThrow();

    assertThat(quantity.value()).isEqualByComparingTo(value);
    assertThat(quantity.toString()).isEqualTo(canonical);
    assertThat(Quantity.parse(canonical)).contains(quantity);
  }

  @ParameterizedTest
  @CsvSource({"100m, 1", "1.2, 2", "4k, 4000", "1Gi, 1073741824"})
  void memoryIsRoundedUpToAWholeByte(String text, long bytes) {
    assertThat(Quantity.parse(text).orElseThrow().bytes()).isEqualTo(Bytes.of(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "Gi", "10gi", "10GiB", "10 Gi", "10GB", "1K", "ten", "1e", "1e9999", "0x10", "--1",
        "1.2.3", "10Ei", "1e30", "NaN"
      })
  void refusesWhatKubernetesRefuses(String text) {
    assertThat(Quantity.parse(text)).isEmpty();
  }

  @Test
  void equalAmountsAreEqualHoweverTheyWereSpelled() {
    assertThat(Quantity.parse("1.5Gi")).isEqualTo(Quantity.parse("1536Mi"));
    assertThat(Quantity.parse("1000m")).isEqualTo(Quantity.parse("1"));
    assertThat(Quantity.parse("1.50")).isEqualTo(Quantity.parse("1500m"));
  }

  @Test
  void whatIsSmallerThanABillionthIsRoundedUp() {
    assertThat(Quantity.parse("1e-12")).isEqualTo(Quantity.parse("1n"));
  }

  @Test
  void whatIsPrintedIsReadBackUnchanged() {
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      BigDecimal value =
          BigDecimal.valueOf(random.nextLong() >> random.nextInt(63), random.nextInt(10));
      for (boolean binary : new boolean[] {true, false}) {
        Quantity quantity = new Quantity(value, binary);
        assertThat(Quantity.parse(quantity.toString()))
            .as("seed %d, round %d, %s", seed, i, value)
            .contains(quantity);
      }
    }
    Bytes bytes = Bytes.ofGiB(80);
    assertThat(Quantity.of(bytes).toString()).isEqualTo("80Gi");
    assertThat(Quantity.of(bytes).bytes()).isEqualTo(bytes);
  }
}
