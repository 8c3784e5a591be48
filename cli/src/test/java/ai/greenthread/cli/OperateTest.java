package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Json;
import ai.greenthread.domain.model.ModelRef;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** wake, sleep, logs and events. */
class OperateTest extends WithEngine {

  @Test
  void wakeAndSleepSayWhatChangedAndHowLongItTook() {
    assertThat(gtctl("wake", "big").out()).isEqualTo("big: sleeping → serving in 1.3 s\n");
    assertThat(gtctl("sleep", "big").out()).isEqualTo("big: serving → sleeping in 1.3 s\n");
    assertThat(gtctl("sleep", "big").out()).isEqualTo("big: is sleeping already\n");
    assertThat(gtctl("wake", "big", "tiny-chat").out().lines()).hasSize(2);
  }

  @Test
  void aWakeThatTimesOutFails() {
    engine.wakeTimesOut = true;
    Run.Result result = gtctl("wake", "big");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEqualTo("big: still pending after 1.3 s (gave up waiting)\n");
  }

  @Test
  void wakeInJsonIsTheAnswer() throws Exception {
    assertThat(Json.parse(gtctl("wake", "big", "-o", "json").out()).path("new_state").asText())
        .isEqualTo("serving");
  }

  @Test
  void aNameInSeveralNamespacesHasToBeToldApart() {
    var twin = engine.model("big").deepCopy();
    ((com.fasterxml.jackson.databind.node.ObjectNode) twin.path("metadata")).put("namespace", "b");
    engine.models.put(new ModelRef("b", "big"), twin);
    Run.Result result = gtctl("describe", "model", "big");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("b/big", "default/big", "--namespace");
    assertThat(gtctl("describe", "model", "b/big").code()).isZero();
    assertThat(gtctl("describe", "model", "big", "-n", "b").out()).contains("Namespace:      b");
  }

  @Test
  void anEngineWithoutModelsSaysHowToGetOne() {
    engine.models.clear();
    Run.Result result = gtctl("wake", "big");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err()).contains("this engine has none at all", "gtctl apply -f FILE");
  }

  @Test
  void logsPassThroughWithoutTerminalCommands() {
    engine.logs.put("big", "line one\n\u001b[31mline two\u001b[0m\r\n");
    assertThat(gtctl("logs", "big").out()).isEqualTo("line one\n[31mline two[0m\n");
    gtctl("logs", "big", "--tail", "5", "-f");
    assertThat(engine.requests).last().asString().contains("tail=5", "follow=true");
    assertThat(gtctl("logs", "big", "--tail", "-1").code()).isEqualTo(2);
    assertThat(gtctl("logs", "bog").err()).contains("did you mean big?");
  }

  @Test
  void eventsShowThePastAndEnd() {
    engine.addEvent(11_000, "wake_started", "big", "room for 1.5 GiB");
    engine.addEvent(12_200, "wake_completed", "big", "awake");
    engine.addEvent(12_300, "wake_started", "tiny-chat", "other");
    DateTimeFormatter local =
        DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
    String first = local.format(Instant.ofEpochMilli(1_795_363_191_000L));
    String second = local.format(Instant.ofEpochMilli(1_795_363_192_200L));
    assertThat(gtctl("events", "--model", "big").out())
        .isEqualTo(
            first
                + "  wake_started        big               room for 1.5 GiB (1.2 s)\n"
                + second
                + "  wake_completed      big               awake (1.2 s)\n");
    assertThat(gtctl("events", "--tail", "1").out().lines()).hasSize(1);
    assertThat(gtctl("events", "--model", "bog").code()).isEqualTo(4);
    assertThat(gtctl("events", "--tail", "-1").code()).isEqualTo(2);
  }

  @Test
  void followedEventsGoOnAndInJsonAreTheEnvelopesWithTheState() throws Exception {
    Run run = new Run(data);
    var following = CompletableFuture.supplyAsync(() -> run.gtctl("events", "-f", "-o", "json"));
    run.until("the state", () -> run.out().contains("system_state"));
    engine.addEvent(11_000, "sleep_started", "big", "idle");
    run.until("the live event", () -> run.out().contains("sleep_started"));
    engine.close();
    Run.Result result = following.get();
    assertThat(result.code()).isEqualTo(3);
    assertThat(Json.parse(result.out().lines().toList().get(1)).toString())
        .isEqualTo(engine.events.getFirst());
  }
}
