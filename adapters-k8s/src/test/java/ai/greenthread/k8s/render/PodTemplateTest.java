package ai.greenthread.k8s.render;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.EnvironmentSource;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.scheduling.policy.PolicyName;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodTemplateTest {
  private static final RenderSettings SETTINGS =
      new RenderSettings(
          "system",
          "engine",
          "vllm",
          "llama",
          List.of(),
          "",
          RenderSettings.DeviceSelection.ENV,
          9440,
          PolicyName.BOUNDED,
          0,
          "greenthread-model",
          Map.of(),
          RenderSettings.RouteSettings.NONE);

  private static JsonObject container(Model model, String name) {
    ReplicaPlace place = new ReplicaPlace("n", List.of(new GpuId("n", 0)), List.of("GPU-0"));
    JsonObject pod = PodTemplate.pod(model, new PodTemplate.Owner("uid"), 0, place, SETTINGS);
    return Trees.items(Trees.at(pod, "spec"), "containers").stream()
        .filter(each -> Trees.text(each, "name").equals(Optional.of(name)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aPodTellsTheModelThatItWasMadeFrom() {
    Model model =
        Model.of(
            "m",
            ModelSpec.builder("acme/m").extraArgs(List.of("--chat-template=$(cat x)")).build());
    ReplicaPlace place = new ReplicaPlace("n", List.of(new GpuId("n", 0)), List.of("GPU-0"));
    JsonObject pod = PodTemplate.pod(model, new PodTemplate.Owner("uid"), 0, place, SETTINGS);

    assertThat(PodTemplate.madeFrom(pod)).contains(model);
    assertThat(PodTemplate.madeFrom(new JsonObject())).isEmpty();
  }

  @Test
  void aVariableOfASecretReachesTheServerAloneAndByNameOnly() {
    Model model =
        Model.of(
            "m",
            ModelSpec.builder("acme/m")
                .env(
                    List.of(
                        new EnvironmentSource(
                            "HF_TOKEN", EnvironmentSource.Kind.SECRET, "hf", "token"),
                        new EnvironmentSource(
                            "HF_ENDPOINT", EnvironmentSource.Kind.CONFIG_MAP, "mirror", "url")))
                .build());

    assertThat(Trees.items(container(model, Naming.INFERENCE), "env"))
        .contains(
            Trees.object(
                "name",
                "HF_TOKEN",
                "valueFrom",
                Map.of("secretKeyRef", Trees.object("name", "hf", "key", "token"))),
            Trees.object(
                "name",
                "HF_ENDPOINT",
                "valueFrom",
                Map.of("configMapKeyRef", Trees.object("name", "mirror", "key", "url"))));
    assertThat(Trees.items(container(model, Naming.SIDECAR), "env"))
        .noneMatch(variable -> Trees.text(variable, "name").equals(Optional.of("HF_TOKEN")));
  }

  @Test
  void whatTheLauncherLivesOnIsNotForTheModelToSay() {
    Model model =
        Model.of(
            "m",
            ModelSpec.builder("acme/m")
                .runtime(
                    new RuntimeSpec.Vllm(
                        List.of(),
                        Map.of(
                            "GREENTHREAD_RUN", "/tmp",
                            "GREENTHREAD_LOOPBACK", "0.0.0.0",
                            "POD_UID", "another",
                            "MINE", "kept"),
                        "",
                        RuntimeSpec.DEFAULT_HEALTH_PATH,
                        SleepLevel.AUTO,
                        RuntimeTimeouts.DEFAULT,
                        null))
                .build());

    List<JsonObject> env = Trees.items(container(model, Naming.INFERENCE), "env");
    assertThat(env)
        .contains(
            Trees.object("name", "GREENTHREAD_RUN", "value", Naming.RUN_FOLDER),
            Trees.object("name", "GREENTHREAD_LOOPBACK", "value", "127.0.0.1"),
            Trees.object("name", "MINE", "value", "kept"),
            PodTemplate.field("POD_UID", "metadata.uid"));
    assertThat(env.stream().map(variable -> Trees.text(variable, "name").orElse("")))
        .doesNotHaveDuplicates();
  }
}
