package ai.greenthread.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.FaultProxy;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@RealControlPlane
@Timeout(180)
class AgentTest {
  // Nobody else's processes on this machine may count.
  private static final String POD = UUID.randomUUID().toString();
  private static final Duration PERIOD = Duration.ofMillis(200);

  private final ControlPlane plane;
  private final String namespace;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();

  @TempDir private Path folder;

  AgentTest(ControlPlane plane) throws IOException {
    this.plane = plane;
    this.namespace = plane.newNamespace("agent");
  }

  @BeforeEach
  @AfterEach
  void endAll() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
    started.clear();
  }

  private AgentConfig config(Optional<Path> library, Bytes... virtual) {
    return new AgentConfig(
        "n1",
        namespace,
        "agent-x",
        "127.0.0.1",
        0,
        PERIOD,
        Duration.ofSeconds(1),
        Optional.empty(),
        library,
        List.of(virtual),
        Optional.empty(),
        Duration.ofSeconds(10));
  }

  private Agent start(FakeDriver driver) {
    return Agent.start(config(Optional.of(driver.library())), plane.api());
  }

  private long process(Map<String, String> variables, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("POD_UID");
    builder.environment().putAll(variables);
    Process process = builder.start();
    started.add(process);
    return process.pid();
  }

  private HttpResponse<String> get(Agent agent, String path) {
    try {
      URI uri = agent.uri().resolve(path);
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private JsonObject memory(Agent agent, String uid) {
    HttpResponse<String> answer = get(agent, "/v1/pods/" + uid + "/memory");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private Optional<JsonObject> gpu(int index) {
    try {
      Answer answer = plane.api().get(Resource.GPU.path(namespace, "gpu-n1-" + index));
      return answer.ok() ? Optional.of(answer.body()) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String health(int index) {
    return gpu(index)
        .flatMap(object -> Trees.text(Trees.at(object, "status"), "health"))
        .orElse("none");
  }

  @Test
  void aPodsMemoryIsMeasuredForEachRequest() throws Exception {
    FakeDriver driver = FakeDriver.compile(folder);
    long server = process(Map.of("POD_UID", POD), "sleep", "100");
    driver.says(FakeDriver.A100, FakeDriver.L4, "proc 0 " + server + " 5000000000");
    try (Agent agent = start(driver)) {
      assertThat(memory(agent, POD).toString())
          .isEqualTo(
              """
              {"pod":"%s","devices":{"gpu-n1-0":5000000000,"gpu-n1-1":0},"complete":true}\
              """
                  .formatted(POD));

      driver.says(FakeDriver.A100, FakeDriver.L4);
      assertThat(memory(agent, POD.toUpperCase(Locale.ROOT)).toString())
          .contains("\"gpu-n1-0\":0", "\"complete\":true");
      assertThat(memory(agent, UUID.randomUUID().toString()).toString())
          .contains("{\"gpu-n1-0\":0,\"gpu-n1-1\":0}");
    }
  }

  @Test
  void whatCannotBeToldIsSaidAndIsNotZero() throws Exception {
    FakeDriver driver = FakeDriver.compile(folder);
    driver.says(FakeDriver.A100, "proc 0 4194305 1000");
    try (Agent agent = start(driver)) {
      JsonObject memory = memory(agent, POD);

      assertThat(Trees.flag(memory, "complete")).isFalse();
      assertThat(Trees.text(memory, "reason").orElseThrow()).contains("4194305", "hostPID");
    }
  }

  @Test
  void aDeviceThatIsOutOfOrderLeavesTheOthersAnswersWhole() throws Exception {
    FakeDriver driver = FakeDriver.compile(folder);
    long server = process(Map.of("POD_UID", POD), "sleep", "100");
    driver.says(
        FakeDriver.A100,
        FakeDriver.L4,
        "proc 0 " + server + " 4096",
        "fail nvmlDeviceGetComputeRunningProcesses_v3 15 1");
    try (Agent agent = start(driver)) {
      String path = "/v1/pods/" + POD + "/memory";
      assertThat(get(agent, path + "?gpus=gpu-n1-0").body())
          .endsWith("{\"gpu-n1-0\":4096},\"complete\":true}");
      assertThat(get(agent, path + "?gpus=gpu-n1-0,gpu-n1-1").body())
          .contains("\"complete\":false", "gpu-n1-1: the GPU is lost");
      assertThat(get(agent, path + "?gpus=gpu-n1-7").body())
          .contains("\"devices\":{},\"complete\":false", "gpu-n1-7 is not seen");
      assertThat(get(agent, path).body()).contains("\"complete\":false");
    }
  }

  @Test
  void aWrongUrlIsToldWhatIsRight() throws Exception {
    FakeDriver driver = FakeDriver.compile(folder);
    try (Agent agent = start(driver)) {
      HttpResponse<String> wrong = get(agent, "/v1/pods/my-pod/memory");
      assertThat(wrong.statusCode()).isEqualTo(400);
      assertThat(wrong.body()).contains("metadata.uid");
      assertThat(get(agent, "/v1/pods/" + POD).statusCode()).isEqualTo(404);
      assertThat(get(agent, "/v1/pods/" + POD + "/cpu").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void devicesAreReportedAndTheLeaseIsRenewed() throws Exception {
    FakeDriver driver = FakeDriver.compile(folder);
    driver.says(FakeDriver.A100, FakeDriver.L4);
    try (Agent agent = start(driver)) {
      Await.until("both objects", () -> health(0).equals("Healthy") && health(1).equals("Healthy"));
      JsonObject spec = Trees.at(gpu(0).orElseThrow(), "spec");
      assertThat(Trees.text(spec, "product")).contains("Fake-A100");
      assertThat(Trees.number(spec, "headroomBytes")).isEqualTo(Bytes.ofMiB(512).count());
      String renewed = renewed();
      Await.until("a renewal", () -> !renewed().equals(renewed));

      driver.says(FakeDriver.A100, FakeDriver.L4, "xid 1 79");
      Await.until("the fault", () -> health(1).equals("Unhealthy"));
      assertThat(health(0)).isEqualTo("Healthy");

      assertThat(get(agent, "/health").statusCode()).isEqualTo(200);
      assertThat(get(agent, "/ready").statusCode()).isEqualTo(200);
      assertThat(get(agent, "/metrics").body())
          .contains(
              "gthread_agent_gpus 2.0",
              "gthread_agent_gpu_memory_total_bytes{gpu=\"gpu-n1-0\"} 8.589934592E10",
              "gthread_agent_gpu_memory_used_bytes{gpu=\"gpu-n1-0\"} 0.0",
              "gthread_agent_gpu_utilization_percent{gpu=\"gpu-n1-0\"} 37.0",
              "gthread_agent_gpu_temperature_celsius{gpu=\"gpu-n1-1\"} 31.0",
              "gthread_agent_gpu_power_watts{gpu=\"gpu-n1-1\"} 17.0",
              "gthread_agent_gpu_health{gpu=\"gpu-n1-1\",health=\"Healthy\"} 0.0",
              "gthread_agent_gpu_health{gpu=\"gpu-n1-1\",health=\"Unhealthy\"} 1.0",
              "gthread_agent_report_failures_total 0.0",
              "gthread_agent_report_duration_seconds_count");
    }
  }

  private String renewed() {
    String path =
        "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/greenthread-agent-n1";
    try {
      return Trees.text(Trees.at(plane.api().get(path).body(), "spec"), "renewTime").orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aDriverThatComesLaterIsFound() throws Exception {
    FakeDriver driver = FakeDriver.compile(folder);
    driver.says("fail nvmlInit_v2 9");
    try (Agent agent = start(driver)) {
      Await.until("the first look", () -> get(agent, "/ready").statusCode() == 200);
      assertThat(memory(agent, POD).toString()).contains("\"complete\":false", "not loaded");

      driver.says(FakeDriver.L4);
      Await.until("the device", () -> health(0).equals("Healthy"));
    }
    driver.says("fail nvmlInit_v2 9");
    try (Agent again = start(driver)) {
      // The object stays: that no driver answers does not mean that the device has gone.
      Await.until("the reason", () -> health(0).equals("Unhealthy"));
      assertThat(Trees.text(Trees.at(gpu(0).orElseThrow(), "status"), "healthReason").orElseThrow())
          .contains("driver is not loaded");
      assertThat(again.uri().getPort()).isPositive();
    }
  }

  @Test
  void withoutTheApiServerMemoryIsToldAllTheSameAndReportsComeAfterwards() throws Exception {
    FakeDriver driver = FakeDriver.compile(folder);
    long server = process(Map.of("POD_UID", POD), "sleep", "100");
    driver.says(FakeDriver.L4, "proc 0 " + server + " 4096");
    try (FaultProxy proxy = new FaultProxy(plane.port())) {
      proxy.refuse();
      var api = new JsonApi(plane.client(proxy.port()), Duration.ofSeconds(10));
      try (Agent agent = Agent.start(config(Optional.of(driver.library())), api)) {
        Await.until(
            "a failed report",
            () -> !get(agent, "/metrics").body().contains("report_failures_total 0.0"));
        assertThat(memory(agent, POD).toString()).contains("{\"gpu-n1-0\":4096}");
        assertThat(get(agent, "/health").statusCode()).isEqualTo(200);

        proxy.heal();
        Await.until("the object", () -> health(0).equals("Healthy"));
      }
    }
  }

  @Test
  void onVirtualDevicesAPodHoldsItsServersMainMemory() throws Exception {
    process(Map.of("POD_UID", POD, "GREENTHREAD_GPUS", "gpu-n1-1"), "sleep", "100");
    try (Agent agent =
        Agent.start(config(Optional.empty(), Bytes.ofGiB(8), Bytes.ofGiB(4)), plane.api())) {
      assertThat(memory(agent, POD).toString()).contains("{\"gpu-n1-0\":0,\"gpu-n1-1\":0}");

      process(Map.of("POD_UID", POD), "sleep", "100");

      JsonObject devices = Trees.at(memory(agent, POD), "devices");
      assertThat(Trees.number(devices, "gpu-n1-0")).isZero();
      assertThat(Trees.number(devices, "gpu-n1-1")).isBetween(100_000L, 16_000_000L);
      Await.until("the object", () -> health(1).equals("Healthy"));
      assertThat(Trees.flag(Trees.at(gpu(1).orElseThrow(), "spec"), "virtual")).isTrue();
    }
  }
}
