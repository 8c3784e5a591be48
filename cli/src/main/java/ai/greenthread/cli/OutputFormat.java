package ai.greenthread.cli;

import ai.greenthread.cli.client.Json;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The {@code -o} of commands that show API objects. */
final class OutputFormat {
  enum Kind {
    TABLE,
    WIDE,
    JSON,
    YAML
  }

  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("table", "wide", "json", "yaml").iterator();
    }
  }

  static final class KindConverter implements ITypeConverter<Kind> {
    @Override
    public Kind convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "table" -> Kind.TABLE;
        case "wide" -> Kind.WIDE;
        case "json" -> Kind.JSON;
        case "yaml" -> Kind.YAML;
        default ->
            throw new TypeConversionException("'" + value + "' is none of table, wide, json, yaml");
      };
    }
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      completionCandidates = Kinds.class,
      converter = KindConverter.class,
      description =
          "table (default), wide (more columns where there are any), json or yaml (the API's"
              + " objects, unchanged).")
  private Kind kind = Kind.TABLE;

  boolean wide() {
    return kind == Kind.WIDE;
  }

  boolean json() {
    return kind == Kind.JSON;
  }

  /** Whether the output is for a program rather than a person. */
  boolean structured() {
    return kind == Kind.JSON || kind == Kind.YAML;
  }

  /** The object in the structured format that was asked for. */
  String format(JsonNode object) {
    return kind == Kind.YAML ? Json.yaml(object).stripTrailing() : Json.pretty(object);
  }

  /** The object as one of a sequence: a line of JSON, or a YAML document with its marker. */
  String formatInSequence(JsonNode object) {
    return kind == Kind.YAML ? "---\n" + Json.yaml(object).stripTrailing() : Json.compact(object);
  }
}
