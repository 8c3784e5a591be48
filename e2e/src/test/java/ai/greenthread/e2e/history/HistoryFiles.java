package ai.greenthread.e2e.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what a run left in its folder: {@code clients}, {@code engine} and {@code runtimes}. */
public final class HistoryFiles {
  public static final String CLIENTS = "clients.jsonl";
  static final String ENGINE = "engine.jsonl";
  static final String RUNTIMES = "runtimes.jsonl";

  private static final ObjectMapper JSON = new ObjectMapper();

  private HistoryFiles() {}

  /**
   * Reads all files of a folder.
   *
   * @throws IOException where one is missing or a line is not one of ours: then nothing can be said
   */
  public static History read(Path folder) throws IOException {
    var all = new ArrayList<Seen>();
    for (String name : List.of(CLIENTS, ENGINE, RUNTIMES)) {
      int number = 0;
      for (String line : Files.readAllLines(folder.resolve(name))) {
        number++;
        try {
          seen(JSON.readTree(line)).ifPresent(all::add);
        } catch (JsonProcessingException | IllegalArgumentException e) {
          throw new IOException(name + ", line " + number + ": " + e.getMessage(), e);
        }
      }
    }
    return new History(all);
  }

  /** Empty for a line of a kind that no rule asks for. */
  private static Optional<Seen> seen(JsonNode line) {
    long at = line.path("at").asLong();
    return switch (text(line, "by")) {
      case "client" -> Optional.of(ofClient(line, at));
      case "engine" -> ofEngine(line, at);
      case "runtime" -> Optional.of(ofRuntime(line, at));
      default -> throw unknown(line);
    };
  }

  private static Seen ofClient(JsonNode line, long at) {
    return switch (text(line, "what")) {
      case "sent" -> new Seen.Sent(at, text(line, "request"), text(line, "model"));
      case "first_byte" -> new Seen.FirstByte(at, text(line, "request"));
      case "answered" ->
          new Seen.Answered(
              at,
              text(line, "request"),
              text(line, "answer_to"),
              text(line, "answer_model"),
              text(line, "digest"));
      case "refused" ->
          new Seen.Refused(
              at, text(line, "request"), line.path("status").asInt(), text(line, "code"));
      case "cut" -> new Seen.Cut(at, text(line, "request"), text(line, "how"));
      case "unreached" -> new Seen.Unreached(at, text(line, "request"), text(line, "how"));
      case "killed" -> new Seen.Killed(at, line.path("pid").asLong(), text(line, "model"));
      case "engine_up" -> new Seen.EngineUp(at);
      default -> throw unknown(line);
    };
  }

  private static Optional<Seen> ofEngine(JsonNode line, long at) {
    String life = text(line, "life");
    return switch (text(line, "what")) {
      case "life" -> Optional.of(new Seen.EngineLife(at, life, line.path("pid").asLong()));
      case "step" ->
          Optional.of(
              new Seen.Step(
                  at,
                  life,
                  text(line, "replica"),
                  text(line, "event"),
                  text(line, "after"),
                  text(line, "phase"),
                  line.path("generation").asLong()));
      case "received" ->
          Optional.of(
              new Seen.Received(
                  at, life, text(line, "request"), text(line, "replica"), text(line, "model")));
      case "forwarded" ->
          Optional.of(
              new Seen.Forwarded(
                  at,
                  life,
                  text(line, "request"),
                  text(line, "replica"),
                  text(line, "model"),
                  line.path("generation").asLong()));
      case "closed" ->
          Optional.of(
              new Seen.Closed(
                  at, life, text(line, "request"), text(line, "replica"), text(line, "how")));
      case "parked", "returned" -> Optional.empty();
      default -> throw unknown(line);
    };
  }

  private static Seen ofRuntime(JsonNode line, long at) {
    String life = text(line, "life");
    return switch (text(line, "what")) {
      case "life" -> {
        var models = new ArrayList<String>();
        line.path("models").forEach(model -> models.add(model.asText()));
        yield new Seen.RuntimeLife(at, life, line.path("pid").asLong(), models);
      }
      case "begun" -> new Seen.Begun(at, life, text(line, "request"));
      case "ended" ->
          new Seen.Ended(at, life, text(line, "request"), text(line, "how").equals("finished"));
      case "handed_over" -> new Seen.HandedOver(at, life, text(line, "request"));
      default -> throw unknown(line);
    };
  }

  private static String text(JsonNode line, String field) {
    JsonNode value = line.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("no " + field + " in " + line);
    }
    return value.textValue();
  }

  private static IllegalArgumentException unknown(JsonNode line) {
    return new IllegalArgumentException("a line of an unknown kind: " + line);
  }
}
