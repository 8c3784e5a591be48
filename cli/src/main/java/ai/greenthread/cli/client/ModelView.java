package ai.greenthread.cli.client;

import ai.greenthread.cli.text.Human;
import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Model object read for people. Whatever is absent reads as empty text or zero.
 *
 * @param json the object as the API gave it
 */
public record ModelView(JsonNode json) {

  /**
   * One replica of a Model ({@code status.replicaStatuses[]}).
   *
   * @param json the entry as the API gave it
   */
  public record Replica(JsonNode json) {
    public String name() {
      return json.path("name").asText("");
    }

    public String state() {
      return json.path("state").asText("");
    }

    /** Since when it has been in its state, as an RFC 3339 time; empty when unknown. */
    public String since() {
      return json.path("since").asText("");
    }

    public String url() {
      return json.path("url").asText("");
    }

    public String gpus() {
      return indices(json.path("gpus"));
    }

    public long memoryBytes() {
      return json.path("memoryBytes").asLong(0);
    }

    public long inFlight() {
      return json.path("inFlight").asLong(0);
    }

    public long queued() {
      return json.path("queued").asLong(0);
    }

    public String lastEvent() {
      return json.path("lastEvent").asText("");
    }

    public String reason() {
      return json.path("reason").asText("");
    }
  }

  public ModelRef ref() {
    return new ModelRef(namespace(), name());
  }

  public String namespace() {
    return json.path("metadata").path("namespace").asText("default");
  }

  public String name() {
    return json.path("metadata").path("name").asText("");
  }

  /** The id by which clients name it in a request body. */
  public String modelId() {
    return json.path("spec").path("modelName").asText("");
  }

  public String modelType() {
    return json.path("spec").path("modelType").asText("");
  }

  public JsonNode status() {
    return json.path("status");
  }

  public String phase() {
    return status().path("phase").asText("");
  }

  /**
   * Whether the engine has done what it can for it: it may be used, it failed, or no device here
   * can take it. Of a Model with replicas on devices already, those are still waited for.
   */
  public boolean settled() {
    return phase().equals("Ready")
        || phase().equals("Failed")
        || (phase().equals("Pending") && unplaced().isPresent());
  }

  /** Whether waiting for it is of no use, since none of its replicas will ever answer as it is. */
  public boolean unusable() {
    return settled() && !phase().equals("Ready");
  }

  /** Why replicas of it have no device, in the engine's words; empty where all have one. */
  public Optional<String> unplaced() {
    return whyNot("Placed");
  }

  /** Why it is not ready, in the engine's words; empty where it is. */
  public Optional<String> unready() {
    return whyNot("Ready");
  }

  private Optional<String> whyNot(String type) {
    for (JsonNode condition : status().path("conditions")) {
      if (condition.path("type").asText().equals(type)
          && condition.path("status").asText().equals("False")) {
        String message = condition.path("message").asText("");
        return Optional.of(message.isBlank() ? condition.path("reason").asText("") : message);
      }
    }
    return Optional.empty();
  }

  public String url() {
    return status().path("url").asText("");
  }

  public String node() {
    return status().path("node").asText("");
  }

  public String gpus() {
    return indices(status().path("gpus"));
  }

  public String number(String field) {
    JsonNode value = status().path(field);
    return value.isNumber() ? value.asText() : "0";
  }

  /** Replicas there are; before there are any, the number asked for. */
  public String replicas() {
    JsonNode known = status().path("replicas");
    return (known.isNumber() ? known : json.path("spec").path("replicas")).asText("1");
  }

  /** Memory that one device gives while the Model serves; empty before it was measured. */
  public String servingMemory() {
    String human = status().path("memory").path("servingHuman").asText("");
    long bytes = status().path("servingMemoryPerGPU").asLong(0);
    return !human.isEmpty() || bytes == 0 ? human : Human.bytes(bytes);
  }

  /**
   * The longest that a request may have to wait for its wake, or that no bound holds; empty where
   * the engine does not tell. A cluster tells no more where no bound holds.
   */
  public String waitBound() {
    JsonNode bound = status().path("waitBoundSeconds");
    return bound.isNumber() ? Human.seconds(bound.asDouble()) : bound.isNull() ? "unbounded" : "";
  }

  public List<Replica> replicaStatuses() {
    List<Replica> replicas = new ArrayList<>();
    status().path("replicaStatuses").forEach(entry -> replicas.add(new Replica(entry)));
    return replicas;
  }

  /** The replicas' states in one cell: {@code serving}, or {@code serving 2, sleeping 1}. */
  public String state() {
    return together(replicaStatuses().stream().map(Replica::state));
  }

  /** Several states in one text. */
  public static String together(Stream<String> states) {
    Map<String, Long> counts =
        states.collect(Collectors.groupingBy(each -> each, TreeMap::new, Collectors.counting()));
    if (counts.size() <= 1) {
      return counts.keySet().stream().findFirst().orElse("");
    }
    return counts.entrySet().stream()
        .map(e -> e.getKey() + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }

  public long queued() {
    return replicaStatuses().stream().mapToLong(Replica::queued).sum();
  }

  public long inFlight() {
    return replicaStatuses().stream().mapToLong(Replica::inFlight).sum();
  }

  public long memoryBytes() {
    return replicaStatuses().stream().mapToLong(Replica::memoryBytes).sum();
  }

  /** The last event of the replica that changed state last. */
  public String lastEvent() {
    return replicaStatuses().stream()
        .filter(replica -> !replica.lastEvent().isEmpty())
        .max(Comparator.comparing(Replica::since))
        .map(Replica::lastEvent)
        .orElse("");
  }

  /** The latest change of state among the replicas, as an RFC 3339 time; empty when unknown. */
  public String stateSince() {
    return replicaStatuses().stream().map(Replica::since).max(String::compareTo).orElse("");
  }

  private static String indices(JsonNode node) {
    if (!node.isArray()) {
      return node.asText("");
    }
    List<String> indices = new ArrayList<>();
    node.forEach(index -> indices.add(index.asText()));
    return String.join(",", indices);
  }
}
