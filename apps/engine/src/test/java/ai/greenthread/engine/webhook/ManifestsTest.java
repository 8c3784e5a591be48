package ai.greenthread.engine.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.Binaries;
import ai.greenthread.k8s.controlplane.Binaries.Program;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** No wrong manifest gets in, and no right one is kept out: definition and webhook together. */
@RealControlPlane
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(300)
class ManifestsTest {
  private static final long SEED = 20261122;
  private static final int GENERATED = 120;
  private static final Path DOCUMENTATION = Path.of("../../docs/models.md");
  private static final Path EXAMPLES = Path.of("../../examples/kubernetes");

  private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);

  private final ControlPlane plane;
  private final String namespace;
  private final Asked asked;

  ManifestsTest(ControlPlane plane) throws IOException, InterruptedException {
    this.plane = plane;
    this.namespace = plane.newNamespace("manifests");
    this.asked = new Asked(plane, InstantSource.system());
  }

  @BeforeAll
  void nothingIsThereThatCouldClash() throws IOException {
    assertThat(Trees.items(plane.api().get("/apis/greenthread.ai/v1alpha1/models").body(), "items"))
        .isEmpty();
  }

  @AfterAll
  void stop() throws IOException {
    asked.close();
  }

  private static Iterable<Object> documents(InputStream in) {
    return new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(in);
  }

  private static InputStream resource(String name) {
    InputStream in = ManifestsTest.class.getResourceAsStream("/admission/" + name);
    if (in == null) {
      throw new IllegalStateException(name + " is missing");
    }
    return in;
  }

  @TestFactory
  Stream<DynamicTest> aWrongManifestIsRefusedWithFieldAndAdvice() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (InputStream in = resource("bad.yaml")) {
      JsonArray entries = Trees.tree(documents(in).iterator().next()).getAsJsonArray();
      for (JsonElement entry : entries) {
        JsonObject bad = entry.getAsJsonObject();
        List<String> says =
            bad.getAsJsonArray("says").asList().stream().map(JsonElement::getAsString).toList();
        JsonObject object =
            Asked.object(
                Trees.text(bad, "kind").orElseThrow(),
                Trees.text(bad, "name").orElse("bad"),
                bad.getAsJsonObject("spec"));
        tests.add(
            DynamicTest.dynamicTest(
                String.join(" … ", says),
                () -> {
                  Answer answer = asked.dryRun(namespace, object);
                  assertThat(answer.status()).as(answer.describe()).isEqualTo(422);
                  assertThat(answer.message()).contains(says);
                  assertThat(Trees.items(Trees.at(answer.body(), "details"), "causes"))
                      .as("for programs")
                      .isNotEmpty();
                }));
      }
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(60);
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> aRightManifestIsTaken() throws IOException {
    List<JsonObject> good = new ArrayList<>();
    try (InputStream in = resource("recipes.yaml")) {
      documents(in).forEach(document -> good.add(Trees.tree(document).getAsJsonObject()));
    }
    good.addAll(documented());
    good.addAll(examples());
    assertThat(good).hasSizeGreaterThanOrEqualTo(15);
    RandomManifests random = new RandomManifests(SEED);
    Set<RandomManifests.Manifest> different = new HashSet<>();
    while (different.size() < GENERATED) {
      RandomManifests.Manifest manifest = random.next();
      if (different.add(manifest)) {
        good.add(Asked.object(manifest.kind(), "good-" + different.size(), manifest.spec()));
      }
    }
    return good.stream()
        .map(object ->
            DynamicTest.dynamicTest(
                "seed " + SEED + ": " + object.get("kind") + " " + Trees.name(object),
                () -> {
                  Answer answer = asked.dryRun(namespace, object);
                  assertThat(answer.status())
                      .as("%s: %s", object, answer.describe())
                      .isEqualTo(201);
                }));
  }

  /** Every manifest that people are told to begin with. */
  private static List<JsonObject> examples() throws IOException {
    List<JsonObject> manifests = new ArrayList<>();
    try (Stream<Path> files = Files.walk(EXAMPLES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (InputStream in = Files.newInputStream(file)) {
          documents(in).forEach(document -> manifests.add(Trees.tree(document).getAsJsonObject()));
        }
      }
    }
    assertThat(manifests).extracting(Trees::name).contains("first", "qwen");
    return manifests;
  }

  /** Every whole manifest of this project's own page on Models. */
  private static List<JsonObject> documented() throws IOException {
    List<JsonObject> manifests = new ArrayList<>();
    Matcher blocks = YAML.matcher(Files.readString(DOCUMENTATION));
    while (blocks.find()) {
      Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(blocks.group(1));
      if (document instanceof Map<?, ?> map && "Model".equals(map.get("kind"))) {
        manifests.add(Trees.tree(map).getAsJsonObject());
      }
    }
    return manifests;
  }

  /** What a user types: the client checks against the published schema, then the webhook judges. */
  @Test
  void kubectlAppliesEveryRecipeTwiceAndShowsARefusalFieldByField(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path recipes = folder.resolve("recipes.yaml");
    try (InputStream in = resource("recipes.yaml")) {
      Files.copy(in, recipes);
    }
    assertThat(kubectl("apply", "-f", recipes.toString()))
        .contains(
            "model.greenthread.ai/gpt-oss-20b created", "model.greenthread.ai/speech created");
    assertThat(kubectl("apply", "-f", recipes.toString())).doesNotContain("error");
    Path clash =
        Files.writeString(
            folder.resolve("clash.yaml"),
            """
            apiVersion: greenthread.ai/v1alpha1
            kind: Model
            metadata: {name: second}
            spec: {modelName: openai/gpt-oss-20b, sleep: {drainTimeout: 48h}}
            """);

    assertThat(kubectl("apply", "-f", clash.toString()))
        .contains("spec.sleep.drainTimeout", "must be from 0s to 24h")
        .contains("spec.modelName", "gpt-oss-20b serves it already", "raise spec.replicas there");
    assertThat(kubectl("delete", "-f", recipes.toString())).contains("deleted");
  }

  private String kubectl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Binaries.here().find(Program.KUBECTL).orElseThrow().toString());
    command.add("--kubeconfig=" + plane.kubeconfig());
    command.add("--namespace=" + namespace);
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
