package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VisibleDevicesTest {
  @TempDir Path folder;

  @Test
  void aServerSeesTheDevicesOfTheLedgerInTheDriversOwnOrder() throws Exception {
    Path seen = folder.resolve("seen");
    var command =
        new RuntimeSpec.Command(
            List.of("sh", "-c", "echo $CUDA_DEVICE_ORDER $CUDA_VISIBLE_DEVICES > " + seen),
            Map.of(),
            "",
            RuntimeSpec.DEFAULT_HEALTH_PATH,
            List.of(),
            List.of(),
            List.of(),
            RuntimeTimeouts.DEFAULT,
            null);
    try (HttpClient http = HttpClient.newHttpClient()) {
      var host = new RuntimeHost(http, new ResidentMemory(), List.of(), List.of(), folder, false);
      InferenceRuntime runtime =
          new Runtimes(host)
              .create(
                  Model.of("m", ModelSpec.builder("org/m").runtime(command).build()),
                  new ServerHome(folder.resolve("log"), folder.resolve("pid")));
      assertThatThrownBy(() ->
              runtime.wake(List.of(new GpuId("n", 3), new GpuId("n", 1)), Duration.ofSeconds(20)))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessageContaining("ended with exit code 0");
    }
    assertThat(seen).hasContent("PCI_BUS_ID 3,1");
  }
}
