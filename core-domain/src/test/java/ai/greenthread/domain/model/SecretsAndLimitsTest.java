package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.list;
import static ai.greenthread.domain.model.Manifests.map;
import static ai.greenthread.domain.model.Manifests.runtime;
import static ai.greenthread.domain.model.Manifests.spec;
import static ai.greenthread.domain.model.Manifests.violations;
import static ai.greenthread.domain.model.Manifests.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SecretsAndLimitsTest {
  private static final String SECRET = "hf_s3cr3t";

  @Test
  void noFindingRepeatsWhatMayBeSecret() {
    List<Object> manifests =
        List.of(
            runtime("env", map("HF_TOKEN", list(SECRET))),
            runtime("env", map("BAD-NAME", SECRET)),
            runtime("env", map("VLLM_SERVER_DEV_MODE", SECRET)),
            runtime("env", map("PYTORCH_ALLOC_CONF", "expandable_segments:True " + SECRET)),
            runtime("url", "http://me:" + SECRET + "@host:1/v1"),
            runtime("url", "http://host:1/?token=" + SECRET),
            runtime("url", "not a url " + SECRET),
            runtime("env", SECRET.length()),
            spec("extraArgs", list("--api-key " + SECRET, "")),
            runtime("command", list("{oops} " + SECRET, "")),
            with("secret", SECRET));
    for (Object manifest : manifests) {
      assertThat(violations(manifest)).isNotEmpty();
      assertThat(ModelManifest.read(manifest).toString()).doesNotContain(SECRET);
    }
    Reading.Valid oddArgument = Manifests.valid(spec("extraArgs", list("--api-key " + SECRET)));
    assertThat(oddArgument.warnings()).isNotEmpty();
    assertThat(oddArgument.warnings().toString()).doesNotContain(SECRET);
  }

  @Test
  void everyMistakeIsReportedAtOnce() {
    Object manifest =
        map(
            "apiVersion",
            "v1",
            "kind",
            "Modle",
            "metadata",
            map("name", "Qwen", "labels", map("a", 1)),
            "spec",
            map(
                "modelName", "a/b/c",
                "replicas", -1,
                "sleep", map("idleTimeout", "later", "drain", "1s"),
                "fairness", map("minRuntime", 5),
                "endpoints", list("chat_completions", "nope"),
                "runtime", map("type", "builtin", "url", "x")));

    assertThat(violations(manifest))
        .extracting(Violation::field)
        .containsExactlyInAnyOrder(
            "apiVersion",
            "kind",
            "metadata.name",
            "metadata.labels[a]",
            "spec.modelName",
            "spec.replicas",
            "spec.sleep.idleTimeout",
            "spec.sleep.drain",
            "spec.fairness.minRuntime",
            "spec.endpoints[1]",
            "spec.runtime.url",
            "spec.runtime.modelFile");
  }

  @Test
  void oneMistakeIsReportedOnce() {
    Object manifest = runtime("type", "builtin", "modelFile", list("a.gguf"));

    assertThat(violations(manifest))
        .extracting(Violation::field)
        .containsExactly("spec.runtime.modelFile");
  }

  @Test
  void longValuesAreShownShortened() {
    Violation violation = violations(spec("modelName", "x".repeat(5000))).getFirst();

    assertThat(violation.value()).hasSizeLessThan(100).endsWith("…\"");
  }

  @Test
  void whatIsTooLargeIsRefusedAndNotRepeated() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i <= Fields.MOST_ENTRIES; i++) {
      many.put("K" + i, "v");
    }
    String tooLong = "x".repeat(Fields.LONGEST_TEXT + 1);
    assertThat(violations(runtime("env", many)).toString()).contains("has 1001 entries");
    assertThat(violations(spec("modelName", tooLong)).toString())
        .contains("longer than 262144 characters")
        .hasSizeLessThan(500);
    assertThat(violations(runtime("env", map("N".repeat(513), "v"))).toString())
        .contains("a name of more than 512 characters")
        .hasSizeLessThan(500);
    assertThat(violations(spec("replicas", new BigDecimal("1e999999999")))).hasSize(1);
    assertThat(violations(spec("gpuMemoryUtilization", new BigDecimal("1e999999999")))).hasSize(1);
    assertThat(violations(spec("modelName", new BigDecimal("1e999999999")))).hasSize(1);
  }

  @Test
  void manyUnknownFieldsAreAllNamedThoughNotAllGuessedAt() {
    Map<String, Object> fields = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      fields.put("modelNam" + i, i);
    }

    List<Violation> violations = violations(with("spec", fields));

    assertThat(violations).hasSize(1001);
    assertThat(violations).filteredOn(v -> v.message().contains("did you mean")).hasSize(50);
  }

  @Test
  void noTreeMakesTheReaderFail() {
    long seed = 42;
    Random random = new Random(seed);
    Map<String, Object> sample = ModelDocument.write(RandomModels.model(new Random(seed)));
    for (int i = 0; i < 1000; i++) {
      Object damaged =
          damage(i % 10 == 0 ? ModelDocument.write(RandomModels.model(random)) : sample, random);
      assertThat(ModelManifest.read(damaged)).as("seed %d, round %d", seed, i).isNotNull();
    }
  }

  /** The same tree with some values replaced by values of other types. */
  private static @Nullable Object damage(@Nullable Object tree, Random random) {
    if (random.nextInt(30) == 0) {
      Object[] others = {
        null, true, 3, -1L, 0.5, Double.NaN, "", "x", list(), map(), list((Object) null), map("", 1)
      };
      return others[random.nextInt(others.length)];
    }
    return switch (tree) {
      case Map<?, ?> map -> {
        Map<Object, @Nullable Object> copy = new HashMap<>();
        map.forEach(
            (key, value) -> copy.put(random.nextInt(60) == 0 ? 7 : key, damage(value, random)));
        yield copy;
      }
      case List<?> items -> {
        List<@Nullable Object> copy = new ArrayList<>();
        items.forEach(item -> copy.add(damage(item, random)));
        yield copy;
      }
      case null, default -> tree;
    };
  }
}
