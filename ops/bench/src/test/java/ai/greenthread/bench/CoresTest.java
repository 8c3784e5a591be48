package ai.greenthread.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoresTest {

  @Test
  void whereThereAreCoresEnoughNobodySharesOne() {
    Cores cores = Cores.among(Cores.expand("0-2,8"));

    assertThat(cores).isEqualTo(new Cores(List.of(0, 1), List.of(2), List.of(8)));
    assertThat(Cores.bound(cores.gateway(), List.of("nginx", "-v")))
        .containsExactly("taskset", "-c", "0,1", "nginx", "-v");
  }

  @Test
  void onFewerCoresAllShareThem() {
    Cores cores = Cores.among(Cores.expand("0-2"));

    assertThat(Cores.bound(cores.load(), List.of("load"))).containsExactly("load");
    assertThat(cores.inWords()).contains("share");
  }
}
