package ai.greenthread.k8s.crd;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Quantity;
import ai.greenthread.domain.model.DataType;
import ai.greenthread.domain.model.DuringDrain;
import ai.greenthread.domain.model.Endpoint;
import ai.greenthread.domain.model.EnvironmentSource;
import ai.greenthread.domain.model.HttpStep;
import ai.greenthread.domain.model.KvCache;
import ai.greenthread.domain.model.LoadFormat;
import ai.greenthread.domain.model.Lora;
import ai.greenthread.domain.model.ModelDocument;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.ModelType;
import ai.greenthread.domain.model.Parallelism;
import ai.greenthread.domain.model.Quantization;
import ai.greenthread.domain.model.ResourceRequirements;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.RuntimeType;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.domain.model.Toleration;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The schema of Models says what the domain says: no field, choice or default more or less. */
class ModelSchemaTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Quantity GIGABYTE = Quantity.parse("1Gi").orElseThrow();

  /** Read and never written: the old name of parallelism.tensor. */
  private static final String OLD_NAME = "tensorParallelSize";

  /**
   * Defaults that the domain fills in and the schema must not: one would contradict the old name,
   * the others are refused by the runtimes that do not know the field.
   */
  private static final Set<String> DEFAULTS_OF_THE_READER =
      Set.of("parallelism.tensor", "runtime.healthPath", "runtime.sleepLevel");

  private final Map<String, JsonObject> schema = new TreeMap<>();

  ModelSchemaTest() {
    JsonObject version =
        Resource.MODEL
            .definition()
            .getAsJsonObject("spec")
            .getAsJsonArray("versions")
            .get(0)
            .getAsJsonObject();
    JsonObject root = version.getAsJsonObject("schema").getAsJsonObject("openAPIV3Schema");
    collect("", root.getAsJsonObject("properties").getAsJsonObject("spec"));
  }

  /** Every field with its schema; the items of a list stand under the list's name. */
  private void collect(String path, JsonObject part) {
    if (part.get("items") instanceof JsonObject items) {
      collect(path, items);
    }
    if (part.get("properties") instanceof JsonObject properties) {
      for (Map.Entry<String, JsonElement> property : properties.entrySet()) {
        String below = path.isEmpty() ? property.getKey() : path + "." + property.getKey();
        schema.put(below, property.getValue().getAsJsonObject());
        collect(below, property.getValue().getAsJsonObject());
      }
    }
  }

  private static ModelSpec full(RuntimeSpec runtime) {
    var claim = new ResourceRequirements.Claim("gpu", "half");
    return ModelSpec.builder("owner/name")
        .modelType(ModelType.CHAT)
        .endpoints(List.of(Endpoint.CHAT_COMPLETIONS))
        .parallelism(new Parallelism(2, 2))
        .product("NVIDIA-A40")
        .gpuMemoryUtilization(new BigDecimal("0.5"))
        .extraArgs(List.of("--enforce-eager"))
        .lora(new Lora(true, 8, "/adapters", HOUR))
        .kvCache(new KvCache(true, GIGABYTE))
        .nodeSelector(Map.of("disk", "fast"))
        .tolerations(
            List.of(
                new Toleration(
                    "gpu", Toleration.Operator.EQUAL, "yes", Toleration.Effect.NO_EXECUTE, 60L)))
        .serviceAccountName("adapters")
        .sidecarImage("sidecar:1")
        .vllmImage("vllm:1")
        .resources(
            new ResourceRequirements(
                Map.of("memory", GIGABYTE), Map.of("memory", GIGABYTE), List.of(claim)))
        .env(
            List.of(
                new EnvironmentSource("A", EnvironmentSource.Kind.SECRET, "a", "b"),
                new EnvironmentSource("B", EnvironmentSource.Kind.CONFIG_MAP, "a", "b")))
        .runtime(runtime)
        .build();
  }

  /** Together they have every field of every runtime. */
  private static List<RuntimeSpec> runtimes() {
    var times = RuntimeTimeouts.DEFAULT;
    Map<String, String> some = Map.of("KEY", "value");
    List<String> command = List.of("serve");
    List<HttpStep> steps = List.of(new HttpStep(HttpStep.Method.POST, "/step", "{}", 200, HOUR, 1));
    return List.of(
        new RuntimeSpec.Vllm(
            command, some, "http://localhost", "/health", SleepLevel.ONE, times, GIGABYTE),
        new RuntimeSpec.LlamaCpp("m.gguf", command, some, "/health", times, GIGABYTE),
        new RuntimeSpec.Builtin("m.gguf", some, times, GIGABYTE),
        new RuntimeSpec.Command(
            command, some, "http://localhost", "/health", steps, steps, steps, times, GIGABYTE),
        new RuntimeSpec.Simulated(some, some, SleepLevel.ONE, times, GIGABYTE));
  }

  /** Every field of a document; the entries of a map that has no fixed fields are none. */
  private void fields(String path, Object value, Set<String> into) {
    switch (value) {
      case Map<?, ?> map -> {
        if (!path.isEmpty()) {
          into.add(path);
        }
        if (path.isEmpty()
            || !schema.getOrDefault(path, new JsonObject()).has("additionalProperties")) {
          map.forEach(
              (name, below) -> fields(path.isEmpty() ? "" + name : path + "." + name, below, into));
        }
      }
      case List<?> list -> {
        into.add(path);
        list.forEach(item -> {
          if (item instanceof Map<?, ?>) {
            fields(path, item, into);
          }
        });
      }
      default -> into.add(path);
    }
  }

  @Test
  void everyFieldOfTheDomainIsInTheSchemaAndTheReverse() {
    assertThat(runtimes())
        .as("a runtime of every type")
        .extracting(RuntimeSpec::type)
        .containsExactlyInAnyOrder(RuntimeType.values());
    Set<String> domain = new TreeSet<>(Set.of(OLD_NAME));
    for (RuntimeSpec runtime : runtimes()) {
      fields("", ModelDocument.spec(full(runtime)), domain);
    }
    assertThat(domain)
        .as("the full Models of this test say everything there is to say")
        .containsAll(
            Arrays.stream(ModelSpec.class.getRecordComponents())
                .map(RecordComponent::getName)
                .map(name -> name.replace("OrNull", ""))
                .toList());

    assertThat(schema.keySet()).containsExactlyElementsOf(domain);
  }

  @Test
  void everyChoiceOfTheDomainIsInTheSchemaAndTheReverse() {
    Map<String, List<String>> domain = new TreeMap<>();
    choices(domain, "modelType", ModelType.values(), ModelType::wireName);
    choices(domain, "dtype", DataType.values(), DataType::wireName);
    choices(domain, "loadFormat", LoadFormat.values(), LoadFormat::wireName);
    choices(domain, "endpoints", Endpoint.values(), Endpoint::wireName);
    choices(domain, "quantization", Quantization.values(), Quantization::wireName);
    choices(domain, "queue.duringDrain", DuringDrain.values(), DuringDrain::wireName);
    choices(domain, "runtime.type", RuntimeType.values(), RuntimeType::wireName);
    choices(domain, "runtime.sleepLevel", SleepLevel.values(), SleepLevel::wireName);
    choices(
        domain,
        "tolerations.operator",
        Toleration.Operator.values(),
        Toleration.Operator::wireName);
    choices(domain, "tolerations.effect", Toleration.Effect.values(), Toleration.Effect::wireName);
    for (String steps : List.of("sleepSteps", "wakeSteps", "verifySteps")) {
      choices(
          domain,
          "runtime." + steps + ".method",
          HttpStep.Method.values(),
          HttpStep.Method::wireName);
    }

    Map<String, List<String>> inSchema = new TreeMap<>();
    schema.forEach((path, field) -> {
      JsonObject one = field.get("items") instanceof JsonObject items ? items : field;
      if (one.has("enum") && !path.endsWith("tensor") && !path.equals(OLD_NAME)) {
        inSchema.put(
            path,
            one.getAsJsonArray("enum").asList().stream()
                .filter(value -> value.getAsJsonPrimitive().isString())
                .map(JsonElement::getAsString)
                .sorted()
                .toList());
      }
    });
    assertThat(inSchema).isEqualTo(domain);
  }

  private static <E> void choices(
      Map<String, List<String>> into, String path, E[] values, Function<E, String> name) {
    into.put(path, Stream.of(values).map(name).sorted().toList());
  }

  @Test
  void everyDefaultOfTheDomainIsInTheSchemaAndTheReverse() {
    JsonObject plain =
        new Gson().toJsonTree(ModelDocument.spec(ModelSpec.of("a/b"))).getAsJsonObject();
    Map<String, String> domain = new TreeMap<>();
    defaults("", plain, domain);
    domain.remove("modelName");
    // To the reader an empty text is the same as none, and API servers of 1.20 refuse this default.
    domain.values().removeIf("\"\""::equals);
    DEFAULTS_OF_THE_READER.forEach(
        path -> assertThat(domain.remove(path)).as("default of " + path).isNotNull());
    domain.put("tolerations.operator", "\"" + Toleration.Operator.EQUAL.wireName() + "\"");
    for (String steps : List.of("sleepSteps", "wakeSteps", "verifySteps")) {
      String path = "runtime." + steps;
      domain.put(path + ".method", "\"" + HttpStep.DEFAULT_METHOD.wireName() + "\"");
      domain.put(path + ".expectStatus", "" + HttpStep.DEFAULT_STATUS);
      domain.put(path + ".timeout", "\"" + HttpStep.DEFAULT_TIMEOUT.toSeconds() + "s\"");
      domain.put(path + ".retries", "0");
    }

    Map<String, String> inSchema = new TreeMap<>();
    schema.forEach((path, field) -> {
      if (field.has("default") && !field.has("properties")) {
        inSchema.put(path, field.get("default").toString());
      }
    });
    assertThat(inSchema).isEqualTo(domain);
    assertThat(schema.entrySet())
        .as("a part that is left out gets the defaults of its fields")
        .filteredOn(field -> field.getValue().has("properties"))
        // Which of the references it is shows by which one is there.
        .filteredOn(field -> !field.getKey().startsWith("env."))
        .allSatisfy(
            field -> assertThat(field.getValue().get("default")).isEqualTo(new JsonObject()));
  }

  private static void defaults(String path, JsonObject part, Map<String, String> into) {
    part.entrySet()
        .forEach(entry -> {
          String below = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
          if (entry.getValue() instanceof JsonObject object) {
            defaults(below, object, into);
          } else {
            into.put(below, entry.getValue().toString());
          }
        });
  }
}
