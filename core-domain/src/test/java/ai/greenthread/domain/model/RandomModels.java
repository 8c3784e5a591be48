package ai.greenthread.domain.model;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Models that keep every rule and are otherwise of any sort. */
final class RandomModels {
  private final Random random;

  private RandomModels(Random random) {
    this.random = random;
  }

  static Model model(Random random) {
    return new RandomModels(random).model();
  }

  private Model model() {
    return new Model(new ModelRef(name(), name()), texts(this::name), texts(this::text), spec());
  }

  private ModelSpec spec() {
    ModelSpecBuilder spec = ModelSpec.builder(name() + "/" + name());
    List<Endpoint> endpoints = new ArrayList<>(Arrays.asList(Endpoint.values()));
    if (random.nextBoolean()) {
      ModelType type = any(ModelType.values());
      spec.modelType(type);
      endpoints.removeIf(endpoint -> !endpoint.suits(type));
    }
    Collections.shuffle(endpoints, random);
    RuntimeSpec runtime = runtime();
    return spec.dtype(any(DataType.values()))
        .loadFormat(any(LoadFormat.values()))
        .endpoints(endpoints.subList(0, random.nextInt(endpoints.size() + 1)))
        .parallelism(parallelism())
        .replicas(random.nextInt(2))
        .product(random.nextBoolean() ? "" : name())
        .gpuMemoryUtilization(BigDecimal.valueOf(1 + random.nextInt(1000), 3))
        .quantization(any(Quantization.values()))
        .extraArgs(some(this::text))
        .sleep(new SleepSettings(duration(), duration()))
        .fairness(new Fairness(duration(), duration(), random.nextBoolean()))
        .staging(new Staging(random.nextBoolean()))
        .lora(new Lora(random.nextBoolean(), 1 + random.nextInt(512), maybe(), duration()))
        .kvCache(new KvCache(random.nextBoolean(), memoryOrNull()))
        .nodeSelector(texts(this::name))
        .tolerations(some(this::toleration))
        .serviceAccountName(random.nextBoolean() ? "" : name())
        .sidecarImage(random.nextBoolean() ? "" : name() + ":" + name())
        .vllmImage(random.nextBoolean() ? "" : name() + "/" + name())
        .resources(
            new ResourceRequirements(
                Map.of("memory", memory(), "cpu", new Quantity(BigDecimal.valueOf(7, 1), false)),
                Map.of("cpu", new Quantity(BigDecimal.valueOf(random.nextInt(700), 3), false)),
                List.of()))
        .env(
            random.nextBoolean()
                ? List.of()
                : List.of(
                    new EnvironmentSource(
                        "B_" + number(), any(EnvironmentSource.Kind.values()), name(), name())))
        .queue(
            new QueueSettings(1 + random.nextInt(1_000_000), duration(), any(DuringDrain.values())))
        .runtime(runtime)
        .build();
  }

  private Parallelism parallelism() {
    int tensor = 1 << random.nextInt(7);
    return new Parallelism(tensor, 1 + random.nextInt(64 / tensor));
  }

  private RuntimeSpec runtime() {
    RuntimeTimeouts timeouts = new RuntimeTimeouts(duration(), duration(), duration());
    Map<String, String> env = random.nextBoolean() ? Map.of() : Map.of("A_" + number(), text());
    String url = "http://host-" + number() + ":" + (1 + random.nextInt(65535));
    boolean attaches = random.nextBoolean();
    List<String> command = List.of("serve", "{port}", text());
    return switch (any(RuntimeType.values())) {
      case VLLM ->
          new RuntimeSpec.Vllm(
              attaches ? List.of() : command,
              env,
              attaches ? url : "",
              "/" + number(),
              any(SleepLevel.values()),
              timeouts,
              attaches ? memory() : memoryOrNull());
      case LLAMACPP ->
          new RuntimeSpec.LlamaCpp(
              name() + ".gguf", command, env, "/" + number(), timeouts, memoryOrNull());
      case BUILTIN -> new RuntimeSpec.Builtin(name() + ".gguf", env, timeouts, memoryOrNull());
      case COMMAND -> {
        boolean steps = attaches || random.nextBoolean();
        yield new RuntimeSpec.Command(
            attaches && random.nextBoolean() ? List.of() : command,
            env,
            attaches ? url : "",
            "/" + number(),
            steps ? List.of(step()) : List.of(),
            steps ? List.of(step(), step()) : List.of(),
            some(this::step),
            timeouts,
            attaches ? memory() : memoryOrNull());
      }
      case SIMULATED ->
          new RuntimeSpec.Simulated(
              texts(this::text), env, any(SleepLevel.values()), timeouts, memoryOrNull());
    };
  }

  private HttpStep step() {
    return new HttpStep(
        any(HttpStep.Method.values()),
        "/" + number() + "?x=" + number(),
        maybe(),
        100 + random.nextInt(500),
        Duration.ofMillis(1 + random.nextInt(3_600_000)),
        random.nextInt(101));
  }

  private Toleration toleration() {
    Toleration.Operator operator = any(Toleration.Operator.values());
    Toleration.Effect effect = any(Toleration.Effect.values());
    boolean seconds = effect == Toleration.Effect.NO_EXECUTE && random.nextBoolean();
    return new Toleration(
        name(),
        operator,
        operator == Toleration.Operator.EXISTS ? "" : name(),
        effect,
        seconds ? random.nextLong() : null);
  }

  /** From a nanosecond to a day, of any precision. */
  private Duration duration() {
    long day = Duration.ofDays(1).toNanos();
    return Duration.ofNanos(1 + Math.floorMod(random.nextLong(), day >> random.nextInt(40)));
  }

  private Quantity memory() {
    return Quantity.of(Bytes.of(1 + (random.nextLong() >>> (2 + random.nextInt(60)))));
  }

  private @Nullable Quantity memoryOrNull() {
    return random.nextBoolean() ? null : memory();
  }

  private <T> List<T> some(Supplier<T> make) {
    List<T> items = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      items.add(make.get());
    }
    return items;
  }

  private Map<String, String> texts(Supplier<String> value) {
    Map<String, String> map = new TreeMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      map.put(name(), value.get());
    }
    return map;
  }

  private String maybe() {
    return random.nextBoolean() ? "" : text();
  }

  /** Text with everything in it that a format might stumble over. */
  private String text() {
    String[] odd = {"--x", " = ", "\n", "{", "ünï", "\"", "'", "#", "true", "1.0", "\t\\", "💡"};
    return "t" + any(odd) + number() + any(odd);
  }

  private String name() {
    return "n" + number() + (random.nextBoolean() ? "" : "-x");
  }

  private int number() {
    return random.nextInt(10_000);
  }

  private <T> T any(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
