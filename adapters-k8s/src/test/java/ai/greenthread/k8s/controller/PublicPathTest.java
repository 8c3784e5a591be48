package ai.greenthread.k8s.controller;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublicPathTest {
  private static final ModelRef OURS = new ModelRef("team", "m");

  private static JsonObject model(String namespace, String created) {
    return Trees.object(
        "metadata",
        Trees.object("namespace", namespace, "name", "m", "creationTimestamp", created));
  }

  @Test
  void whoeverIsAloneHasIt() {
    assertThat(PublicPath.takenBy(OURS, List.of(model("team", "2026-11-23T10:00:00Z")))).isEmpty();
  }

  @Test
  void theOldestHasItWhateverItsNamespace() {
    JsonObject ours = model("team", "2026-11-23T10:00:00Z");
    JsonObject older = model("zoo", "2026-11-23T09:59:59Z");
    JsonObject newer = model("ant", "2026-11-23T10:00:01Z");

    assertThat(PublicPath.takenBy(OURS, List.of(newer, ours, older)))
        .contains(new ModelRef("zoo", "m"));
    assertThat(PublicPath.takenBy(OURS, List.of(newer, ours))).isEmpty();
  }

  @Test
  void ofTheSameSecondItIsTheFirstByNamespace() {
    JsonObject ours = model("team", "2026-11-23T10:00:00Z");
    assertThat(PublicPath.takenBy(OURS, List.of(ours, model("ant", "2026-11-23T10:00:00Z"))))
        .contains(new ModelRef("ant", "m"));
    assertThat(PublicPath.takenBy(OURS, List.of(ours, model("zoo", "2026-11-23T10:00:00Z"))))
        .isEmpty();
  }
}
