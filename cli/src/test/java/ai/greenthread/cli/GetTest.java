package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class GetTest extends WithEngine {

  @Test
  void modelsHaveThePublishedColumns() {
    Run.Result result = gtctl("get", "models");
    assertThat(result.code()).isZero();
    assertThat(stable(result.out()))
        .isEqualTo(
            """
            NAMESPACE   NAME        PHASE   REPLICAS   SERVING   SLEEPING   NODE   GPUS   VRAM/GPU   URL
            default     big         Ready          1         0          1   box    0       1.5 GiB   http://127.0.0.1:_PORT/v1
            default     tiny-chat   Ready          1         1          0   box    0      96.4 MiB   http://127.0.0.1:_PORT/v1
            """);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void wideAddsWhatAModelIsDoing() {
    assertThat(stable(gtctl("get", "models", "-o", "wide").out()))
        .isEqualTo(
            """
            NAMESPACE   NAME        PHASE   REPLICAS   SERVING   SLEEPING   NODE   GPUS   VRAM/GPU   URL                         STATE      QUEUE   IN-FLIGHT   WAIT-BOUND   LAST-EVENT
            default     big         Ready          1         0          1   box    0       1.5 GiB   http://127.0.0.1:_PORT/v1   sleeping       0           0       18.0 s   wake_completed
            default     tiny-chat   Ready          1         1          0   box    0      96.4 MiB   http://127.0.0.1:_PORT/v1   serving        0           0       18.0 s   wake_completed
            """);
  }

  @Test
  void gpusHaveThePublishedColumnsAndTheirSize() {
    assertThat(gtctl("get", "gpus").out())
        .isEqualTo(
            """
            NAMESPACE            NAME        NODE   INDEX   PRODUCT        AVAILABLE   TOTAL
            greenthread-system   gpu-box-0   box        0   Virtual-2GiB     1.9 GiB   2 GiB
            """);
  }

  @Test
  void wideAddsWhatAGpuIsUsedForAndBytesAreInTheObjects() {
    ((ObjectNode) engine.gpus.get(0).path("spec")).put("headroomBytes", 1L << 29);
    assertThat(gtctl("get", "gpus", "-o", "wide").out())
        .isEqualTo(
            """
            NAMESPACE            NAME        NODE   INDEX   PRODUCT        AVAILABLE   TOTAL   HEADROOM   MODE        HEALTH
            greenthread-system   gpu-box-0   box        0   Virtual-2GiB     1.9 GiB   2 GiB    512 MiB   inference   Healthy
            """);
    assertThat(gtctl("get", "gpus", "-o", "json").out())
        .contains("\"availableMemoryBytes\": 2046400922");
    assertThat(gtctl("describe", "gpu", "0").out())
        .contains("Memory:         2 GiB, of which 512 MiB of headroom are never handed out");
  }

  @Test
  void anUnboundedWaitAndAnUnmeasuredModelSaySo() {
    ObjectNode status = (ObjectNode) engine.model("big").path("status");
    status.putNull("waitBoundSeconds");
    status.remove("servingMemoryPerGPU");
    status.remove("node");
    String line = gtctl("get", "models", "-o", "wide").out().lines().toList().get(1);
    assertThat(line).contains("unbounded").containsPattern("0 +1 +- +0 +- +http");
  }

  @Test
  void aBoundThatTheEngineDoesNotTellIsNotCalledUnbounded() {
    ((ObjectNode) engine.model("big").path("status")).remove("waitBoundSeconds");
    assertThat(gtctl("get", "models", "big", "-o", "wide").out())
        .contains("WAIT-BOUND")
        .containsPattern("0 +0 +- +wake_completed");
    assertThat(gtctl("describe", "model", "big").out()).doesNotContain("Wait bound");
  }

  @Test
  void jsonAndYamlAreTheObjectsUnchanged() throws Exception {
    JsonNode model = engine.model("big");
    ObjectNode list = Json.mapper().createObjectNode();
    list.put("apiVersion", "greenthread.ai/v1alpha1").put("kind", "ModelList");
    list.putArray("items").add(model).add(engine.model("tiny-chat"));
    assertSame(gtctl("get", "models", "-o", "json").out(), list);
    assertThat(new YAMLMapper().readTree(gtctl("get", "models", "-o", "yaml").out()).toString())
        .isEqualTo(list.toString());
    assertSame(gtctl("get", "models", "big", "-o", "json").out(), model);
    assertThat(Json.parse(gtctl("get", "gpus", "-o", "json").out()).path("items").toString())
        .isEqualTo(engine.gpus.toString());
  }

  @Test
  void yamlKeepsTextsThatLookLikeSomethingElse() throws Exception {
    ObjectNode spec = (ObjectNode) engine.model("big").path("spec");
    spec.put("yes", "no").put("number", "0.90").put("colon", "a: b").put("nothing", "null");
    spec.put("hash", "# x")
        .put("exponent", "1e3")
        .put("octal", "0123")
        .put("empty", "")
        .put("time", "1:30")
        .put("hex", "0x1F")
        .put("duration", "10m");
    String yaml = gtctl("get", "models", "big", "-o", "yaml").out();
    assertSame(new YAMLMapper().readTree(yaml).toString(), engine.model("big"));
    assertThat(yaml).contains("duration: 10m\n", "exponent: \"1e3\"\n", "Timestamp: \"2026-");
    Run.Result applied = new Run(data).in(yaml).gtctl("delete", "-f", "-");
    assertThat(applied.out()).isEqualTo("model/big deleted\n");
  }

  @Test
  void aNameNarrowsTheListAndAnUnknownOneFindsItsNeighbour() {
    assertThat(gtctl("get", "model", "big").out().lines()).hasSize(2);
    Run.Result result = gtctl("get", "models", "tiny-caht");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err())
        .isEqualTo(
            """
            error: there is no Model tiny-caht; did you mean tiny-chat?
              there are: big, tiny-chat
            """);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aNamespaceNarrowsTheList() {
    assertThat(gtctl("get", "models", "-n", "default").out().lines()).hasSize(3);
    Run.Result result = gtctl("get", "models", "-n", "other");
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("no Models in namespace other; of all namespaces: gtctl get models -A");
  }

  @Test
  void allNamespacesAreListedWhateverElseIsSaid() {
    engine.addModel("team", "theirs");
    for (String all : new String[] {"-A", "--all-namespaces"}) {
      assertThat(gtctl("get", "models", all).out().lines())
          .hasSize(4)
          .anyMatch(line -> line.startsWith("NAMESPACE "))
          .anyMatch(line -> line.matches("team +theirs .*"));
      assertThat(gtctl("get", "models", all, "-n", "team").out().lines()).hasSize(4);
    }
    assertThat(gtctl("get", "models", "-n", "team").out().lines()).hasSize(2);
    assertThat(gtctl("get", "models", "theirs", "-A").out().lines()).hasSize(2);
  }

  @Test
  void eventsAreThoseOfANamespaceToo() {
    gtctl("events", "-n", "team");
    assertThat(engine.requests)
        .anyMatch(line -> line.contains("/api/events?replay=20&namespace=team"));
  }

  @Test
  void watchPrintsARowWheneverItChangesAndEndsWithTheEngine() throws Exception {
    Run run = new Run(data);
    var watching = CompletableFuture.supplyAsync(() -> run.gtctl("get", "models", "-w"));
    run.until("the first rows", () -> run.out().contains("tiny-chat"));
    engine.setState("big", "serving", 1_610_612_736L);
    run.until("a third row", () -> run.out().lines().count() == 4);
    engine.close();
    Run.Result result = watching.get();
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.out().lines().toList().get(3)).matches("default +big +Ready +1 +1 +0 .*");
    assertThat(result.err()).contains("does not answer").doesNotContain("\tat ");
  }

  @Test
  void watchInJsonPrintsOneObjectALine() throws Exception {
    Run run = new Run(data);
    var watching =
        CompletableFuture.supplyAsync(() -> run.gtctl("get", "models", "-w", "-o", "json"));
    run.until("both objects", () -> run.out().lines().count() == 2);
    engine.close();
    for (String line : watching.get().out().lines().toList()) {
      assertThat(Json.parse(line).path("kind").asText()).isEqualTo("Model");
    }
  }

  @Test
  void coloursAreForTerminalsOnlyAndCanBeSwitchedOff() {
    String escape = "\u001b[";
    assertThat(new Run(data).terminal(true, true, true).gtctl("get", "models").out())
        .contains(escape + "32mReady");
    assertThat(new Run(data).terminal(true, true, true).gtctl("--no-color", "get", "models").out())
        .doesNotContain(escape);
    assertThat(
            new Run(data)
                .terminal(true, true, true)
                .env("NO_COLOR", "1")
                .gtctl("get", "models", "nope")
                .err())
        .doesNotContain(escape);
    assertThat(gtctl("get", "models").out()).doesNotContain(escape);
  }

  @Test
  void textFromAModelCannotCommandTheTerminal() {
    ((ObjectNode) engine.model("big").path("status").path("replicaStatuses").path(0))
        .put("lastEvent", "evil\u001b]0;title\u0007\nrow");
    assertThat(gtctl("get", "models", "-o", "wide").out())
        .contains("evil]0;title row")
        .doesNotContain("\u001b", "\u0007");
  }
}
