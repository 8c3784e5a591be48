package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Json;
import ai.greenthread.domain.model.ModelRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ApplyTest extends WithEngine {
  private static final String ONE =
      """
      apiVersion: greenthread.ai/v1alpha1
      kind: Model
      metadata:
        name: one
      spec:
        modelName: org/one
        modelType: chat
      """;
  private static final String TWO = ONE.replace("one", "two");

  private String file(String name, String text) throws IOException {
    Path file = data.resolve("manifests").resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text).toString();
  }

  private boolean exists(String name) {
    return engine.models.containsKey(new ModelRef("default", name));
  }

  @Test
  void reportsCreatedConfiguredAndUnchanged() throws IOException {
    assertThat(gtctl("apply", "-f", file("one.yaml", ONE)).out()).isEqualTo("model/one created\n");
    String changed = ONE + "  replicas: 2\n---\n" + TWO;
    assertThat(gtctl("apply", "-f", file("both.yaml", changed)).out())
        .isEqualTo("model/one configured\nmodel/two created\n");
    assertThat(gtctl("apply", "-f", file("both.yaml", changed)).out())
        .isEqualTo("model/one unchanged\nmodel/two unchanged\n");
  }

  @Test
  void aDirectoryAndStandardInputAreReadToo() throws IOException {
    file("b.yml", TWO);
    file("a.yaml", ONE);
    file("notes.txt", "not a manifest");
    String directory = Path.of(file("c.json", "[]").replace("c.json", "")).toString();
    Files.delete(data.resolve("manifests/c.json"));
    assertThat(gtctl("apply", "-f", directory).out())
        .isEqualTo("model/one created\nmodel/two created\n");
    Run.Result piped = new Run(data).in(ONE.replace("one", "three")).gtctl("apply", "-f", "-");
    assertThat(piped.out()).isEqualTo("model/three created\n");
  }

  @Test
  void dryRunChangesNothing() throws IOException {
    assertThat(gtctl("apply", "--dry-run", "-f", file("one.yaml", ONE)).out())
        .isEqualTo("model/one created (dry run)\n");
    assertThat(exists("one")).isFalse();
  }

  @Test
  void aManifestThatNamesNoNamespaceGoesToTheOneOfTheCommand() throws IOException {
    String both = ONE + "---\n" + TWO.replace("name: two", "name: two\n  namespace: team");
    Run.Result result = gtctl("apply", "-n", "team", "-f", file("both.yaml", both));
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).isEqualTo("model/team/one created\nmodel/team/two created\n");
    assertThat(engine.models).containsKey(new ModelRef("team", "one"));
    assertThat(exists("one")).isFalse();
    assertThat(gtctl("apply", "-n", "team", "-f", file("both.yaml", both)).out())
        .isEqualTo("model/team/one unchanged\nmodel/team/two unchanged\n");
    assertThat(gtctl("delete", "-n", "team", "-f", file("both.yaml", both)).out())
        .isEqualTo("model/team/one deleted\nmodel/team/two deleted\n");
  }

  @Test
  void aManifestThatNamesAnotherNamespaceThanTheCommandIsRefused() throws IOException {
    String both = ONE + "---\n" + TWO.replace("name: two", "name: two\n  namespace: other");
    for (String command : new String[] {"apply", "delete"}) {
      Run.Result result = gtctl(command, "-n", "team", "-f", file("both.yaml", both));
      assertThat(result.code()).isEqualTo(5);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .contains("both.yaml, document 2 (line 9): metadata.namespace: is other")
          .contains("does not match -n team; write -n other or leave -n out");
    }
    assertThat(engine.requests).isEmpty();
  }

  @Test
  void aNamespaceBeforeTheWordModelCountsToo() {
    engine.addModel("team", "theirs");
    Run.Result result = gtctl("delete", "-n", "other", "model", "theirs");
    assertThat(result.code()).isEqualTo(4);
    assertThat(engine.models).containsKey(new ModelRef("team", "theirs"));
    assertThat(gtctl("delete", "-n", "team", "model", "theirs").out())
        .isEqualTo("model/team/theirs deleted\n");
    Run.Result both = gtctl("delete", "-f", "x.yaml", "model", "big");
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.err()).contains("by name or by their manifests, not by both");
    assertThat(exists("big")).isTrue();
  }

  @Test
  void forcingHasNoEffectOnThisMachine() throws IOException {
    gtctl("apply", "-f", file("one.yaml", ONE));
    assertThat(gtctl("apply", "--force-conflicts", "-f", file("one.yaml", ONE)).out())
        .isEqualTo("model/one unchanged\n");
  }

  @Test
  void everyViolationOfEveryDocumentIsNamedAndNothingIsApplied() throws IOException {
    String first = file("a.yaml", ONE + "---\n" + TWO.replace("chat", "chut"));
    String second =
        file("b.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n---\n- a\n---\n" + ONE);
    Run.Result result = gtctl("apply", "-f", first, "-f", second);
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("5 problems in the manifests; nothing was applied")
        .contains(first + ", document 2 (line 9): spec.modelType: Unsupported value: \"chut\"")
        .contains("did you mean \"chat\"?")
        .contains(second + ", document 1 (line 1): apiVersion: \"v1\" cannot be applied")
        .contains(second + ", document 1 (line 1): kind: \"Pod\" cannot be applied; write Model")
        .contains(
            second + ", document 2 (line 5): a manifest is a mapping of fields, this is a list")
        .contains(
            second + ", document 3 (line 7): Model default/one was declared before, in " + first);
    assertThat(exists("one")).isFalse();
    assertThat(engine.requests).isEmpty();
  }

  @Test
  void whatOnlyTheEngineKnowsIsAskedBeforeAnythingIsApplied() throws IOException {
    String file = file("a.yaml", ONE + "---\n" + TWO + "  product: NoSuchGPU\n");
    Run.Result result = gtctl("apply", "-f", file);
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err())
        .contains(file + ", document 2 (line 9), Model default/two: spec.product: no GPU here");
    assertThat(exists("one")).isFalse();
    assertThat(engine.requests).noneMatch(r -> r.startsWith("PUT") && !r.contains("dryRun"));
  }

  @Test
  void aSyntaxErrorIsFoundWithLineAndColumn() throws IOException {
    Run.Result result = gtctl("apply", "-f", file("bad.yaml", ONE + "   odd: 1\n"));
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err())
        .contains("bad.yaml, line 8, column 7: not valid YAML")
        .doesNotContain("\tat ");
    assertThat(gtctl("apply", "-f", file("tab.yaml", "a:\n\tb: 1\n")).err())
        .contains("tab.yaml, line 2, column 1: not valid YAML");
    assertThat(gtctl("apply", "-f", file("twice.yaml", ONE + "kind: Model\n")).err())
        .contains("twice.yaml, line 8, column 1: not valid YAML")
        .contains("duplicate key kind");
  }

  @Test
  void aFileOfAnotherFileSyntaxIsNotLost() throws IOException {
    String good = file("good.yaml", ONE.replace("chat", "chut"));
    Run.Result result = gtctl("apply", "-f", file("bad.yaml", "a: [1"), "-f", good);
    assertThat(result.err()).contains("2 problems", "bad.yaml, line", "good.yaml, document 1");
  }

  @Test
  void whatDoesNotExistIsNotFound() {
    Run.Result result = gtctl("apply", "-f", data.resolve("nowhere").toString());
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err()).contains("there is no file or directory " + data.resolve("nowhere"));
    assertThat(gtctl("apply", "-f", data.resolve("models").toString()).code()).isEqualTo(4);
  }

  @Test
  void nothingToApplyIsAnError() throws IOException {
    Run.Result empty = gtctl("apply", "-f", file("empty.yaml", "# only a comment\n---\n"));
    assertThat(empty.code()).isEqualTo(5);
    assertThat(empty.err()).contains("there is no Model in", "kind: Model");
    Files.createDirectory(data.resolve("hollow"));
    Run.Result hollow = gtctl("apply", "-f", data.resolve("hollow").toString());
    assertThat(hollow.code()).isEqualTo(4);
    assertThat(hollow.err()).contains("there is no manifest in");
    assertThat(gtctl("apply").code()).isEqualTo(2);
  }

  @Test
  void binaryAndHugeFilesAreRefused() throws IOException {
    Path binary = data.resolve("binary.yaml");
    Files.write(binary, new byte[] {(byte) 0xc3, (byte) 0x28});
    assertThat(gtctl("apply", "-f", binary.toString()).err()).contains("is not UTF-8 text");
    String huge = file("huge.yaml", "#".repeat(3 * 1024 * 1024 + 1));
    Run.Result result = gtctl("apply", "-f", huge);
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err()).contains("is larger than 3 MiB");
  }

  @Test
  void aModelFileBecomesAbsoluteFromItsManifestsFolder() throws IOException {
    String text = ONE + "  runtime: {type: llamacpp, modelFile: weights/x.gguf}\n";
    assertThat(gtctl("apply", "-f", file("one.yaml", text)).code()).isZero();
    assertThat(engine.model("one").path("spec").path("runtime").path("modelFile").asText())
        .isEqualTo(data.resolve("manifests/weights/x.gguf").toString());
  }

  @Test
  void aliasesMergeKeysAndDatesMeanWhatYamlSays() throws IOException {
    String text =
        """
        apiVersion: greenthread.ai/v1alpha1
        kind: Model
        metadata: {name: one, labels: &l {a: b}, annotations: {<<: *l, day: 2026-11-22}}
        spec: {modelName: org/one, modelType: chat}
        """;
    assertThat(gtctl("apply", "-f", file("one.yaml", text)).err()).isEmpty();
    assertThat(engine.model("one").path("metadata").path("annotations").toString())
        .isEqualTo("{\"a\":\"b\",\"day\":\"2026-11-22\"}");
  }

  @Test
  void structuredOutputIsWhatTheEngineHolds() throws Exception {
    Run.Result one = gtctl("apply", "-o", "json", "-f", file("one.yaml", ONE));
    assertThat(Json.parse(one.out())).isEqualTo(engine.model("one"));
    Run.Result two = gtctl("apply", "-o", "json", "-f", file("two.yaml", ONE + "---\n" + TWO));
    assertThat(Json.parse(two.out()).path("kind").asText()).isEqualTo("List");
    assertThat(Json.parse(two.out()).path("items")).hasSize(2);
  }

  @Test
  void jsonManifestsWorkWithTabsAndAll() throws IOException {
    String json =
        "{\n\t\"apiVersion\": \"greenthread.ai/v1alpha1\",\n\t\"kind\": \"Model\","
            + "\"metadata\": {\"name\": \"one\"}, \"spec\": {\"modelName\": \"org/one\"}}";
    assertThat(gtctl("apply", "-f", file("one.json", json)).out()).isEqualTo("model/one created\n");
  }

  @Test
  void deleteByNameAndByManifest() throws IOException {
    assertThat(gtctl("delete", "model", "big").out()).isEqualTo("model/big deleted\n");
    assertThat(exists("big")).isFalse();
    gtctl("apply", "-f", file("one.yaml", ONE));
    assertThat(gtctl("delete", "-f", file("one.yaml", ONE)).out()).isEqualTo("model/one deleted\n");
    assertThat(exists("one")).isFalse();
  }

  @Test
  void deleteLooksUpEveryNameBeforeItDeletesTheFirst() {
    Run.Result result = gtctl("delete", "model", "big", "tiny");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err()).contains("there is no Model tiny; did you mean tiny-chat?");
    assertThat(exists("big")).isTrue();
    Run.Result lenient = gtctl("delete", "model", "big", "tiny", "--ignore-not-found");
    assertThat(lenient.code()).isZero();
    assertThat(lenient.out()).isEqualTo("model/big deleted\n");
  }

  @Test
  void deleteOfNothingSaysWhatToWrite() {
    Run.Result result = gtctl("delete");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("gtctl delete model NAME");
    assertThat(gtctl("delete", "model").code()).isEqualTo(2);
  }
}
