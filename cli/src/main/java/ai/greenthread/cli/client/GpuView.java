package ai.greenthread.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A GPU object read for people. Whatever is absent reads as empty text or zero.
 *
 * @param json the object as the API gave it
 */
public record GpuView(JsonNode json) {

  /**
   * A replica that holds memory on the device, or may.
   *
   * @param json the entry as the API gave it
   */
  public record Occupant(JsonNode json) {
    public String pod() {
      return json.path("podName").asText("");
    }

    public String model() {
      return json.path("modelName").asText("");
    }

    public String state() {
      return json.path("state").asText("");
    }

    public long bytes(String field) {
      return json.path(field).asLong(0);
    }

    public boolean popular() {
      return json.path("popular").asBoolean(false);
    }

    /** Its last request, as an RFC 3339 time; empty where it had none. */
    public String lastAccessed() {
      return time("lastAccessed");
    }

    /** When it last woke, as an RFC 3339 time; empty where it never did. */
    public String becameServingAt() {
      return time("becameServingAt");
    }

    /** Ledgers write the beginning of time for never. */
    private String time(String field) {
      String text = json.path(field).asText("");
      return text.startsWith("1970-01-01T00:00:00") ? "" : text;
    }
  }

  /**
   * A replica that waits for room on the device.
   *
   * @param json the entry as the API gave it
   */
  public record Intent(JsonNode json) {
    public String pod() {
      return json.path("podName").asText("");
    }

    public String since() {
      return json.path("since").asText("");
    }

    public long needBytes() {
      return json.path("needMemoryBytes").asLong(0);
    }

    /** Those it puts to sleep, by replica. */
    public List<String> victims() {
      List<String> names = new ArrayList<>();
      json.path("victims").forEach(victim -> names.add(victim.path("podName").asText("")));
      return names;
    }
  }

  public String namespace() {
    return json.path("metadata").path("namespace").asText("greenthread-system");
  }

  public String name() {
    return json.path("metadata").path("name").asText("");
  }

  public String node() {
    return json.path("spec").path("nodeName").asText("");
  }

  public String index() {
    return json.path("spec").path("index").asText("");
  }

  public String uuid() {
    return json.path("spec").path("uuid").asText("");
  }

  public String product() {
    return json.path("spec").path("product").asText("");
  }

  public long totalBytes() {
    return json.path("spec").path("totalMemoryBytes").asLong(0);
  }

  /** Bytes that are never handed out. */
  public long headroomBytes() {
    return json.path("spec").path("headroomBytes").asLong(0);
  }

  /** What it is used for: {@code inference}, {@code shared} or {@code idle}. */
  public String mode() {
    return status().path("mode").asText("");
  }

  public String health() {
    return status().path("health").asText("");
  }

  public boolean virtual() {
    return json.path("spec").path("virtual").asBoolean(false);
  }

  public JsonNode status() {
    return json.path("status");
  }

  /** Bytes that may still be handed out. */
  public long availableBytes() {
    return status().path("availableMemoryBytes").asLong(0);
  }

  public JsonNode stats() {
    return status().path("stats");
  }

  public List<Occupant> occupants() {
    List<Occupant> occupants = new ArrayList<>();
    status().path("occupants").forEach(entry -> occupants.add(new Occupant(entry)));
    return occupants;
  }

  public List<Intent> intents() {
    List<Intent> intents = new ArrayList<>();
    status().path("preemptionIntents").forEach(entry -> intents.add(new Intent(entry)));
    return intents;
  }

  /** The replica that is being woken on the device; empty when none is. */
  public String wakeLockHolder() {
    return status().path("wakeLock").path("podName").asText("");
  }

  /** Replicas that keep a waiter out: everyone who holds memory there, but the waiter. */
  public String holders(Intent waiter) {
    return occupants().stream()
        .filter(o -> o.bytes("reservedMemoryBytes") > 0 && !o.pod().equals(waiter.pod()))
        .map(Occupant::pod)
        .collect(Collectors.joining(", "));
  }
}
