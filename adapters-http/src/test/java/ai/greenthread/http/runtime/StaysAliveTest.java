package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.HttpStep;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The domain says of a spec what its runtime does, without one being made. */
class StaysAliveTest {
  private static final List<HttpStep> STEPS = List.of(HttpStep.post("/x"));

  @Test
  void theDomainKnowsWhichServersSurviveSleep(@TempDir Path folder) {
    List<RuntimeSpec> all =
        List.of(
            RuntimeSpec.Vllm.DEFAULT,
            RuntimeSpec.Simulated.DEFAULT,
            RuntimeSpec.LlamaCpp.of("/m.gguf"),
            RuntimeSpec.Builtin.of("/m.gguf"),
            RuntimeSpec.Command.of("serve"),
            command(List.of("serve"), "", STEPS),
            command(List.of(), "http://127.0.0.1:9", STEPS),
            command(List.of(), "http://127.0.0.1:9", List.of()));
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (RuntimeSpec spec : all) {
        var runtime =
            new PodRuntime(
                    Model.of("m", ModelSpec.builder("acme/m").runtime(spec).build()),
                    List.of(new GpuId("n", 0)),
                    new PodHost(
                        http, URI.create("http://127.0.0.1:9"), folder, devices -> Map.of()))
                .runtime();
        assertThat(spec.staysAliveAsleep())
            .as("%s", spec)
            .isEqualTo(runtime.capabilities().staysAliveAsleep());
      }
    }
    assertThat(all).extracting(RuntimeSpec::staysAliveAsleep).contains(true, false);
  }

  private static RuntimeSpec command(List<String> command, String url, List<HttpStep> steps) {
    return new RuntimeSpec.Command(
        command,
        Map.of(),
        url,
        RuntimeSpec.DEFAULT_HEALTH_PATH,
        steps,
        steps,
        List.of(),
        RuntimeTimeouts.DEFAULT,
        Quantity.of(Bytes.ofGiB(1)));
  }
}
