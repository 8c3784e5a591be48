package ai.greenthread.cli.simulate;

import ai.greenthread.cli.text.DidYouMean;
import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.DurationText;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The fields of one object in a file, read one by one; what is wrong is collected. */
final class TreeFields {
  private final Places places;
  private final String path;
  private final JsonNode object;
  private final InputProblems problems;
  private final List<String> known = new ArrayList<>();

  TreeFields(Places places, String path, JsonNode object, InputProblems problems) {
    this.places = places;
    this.path = path;
    this.problems = problems;
    if (object.isObject() || object.isMissingNode() || object.isNull()) {
      this.object = object;
    } else {
      this.object = JsonNodeFactory.instance.objectNode();
      problems.add(
          path.isEmpty()
              ? places.of(path) + "is no mapping of names to values"
              : places.of(path) + "is no mapping; write a field a line, like name: value");
    }
  }

  boolean has(String name) {
    return !get(name).isMissingNode() && !get(name).isNull();
  }

  JsonNode get(String name) {
    known.add(name);
    return object.path(name);
  }

  /** Where a field stands, for messages. */
  String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  TreeFields object(String name) {
    return new TreeFields(places, at(name), get(name), problems);
  }

  Bytes size(String name, Bytes otherwise) {
    return read(name, otherwise, Sizes::parse, "a size; write it like 30GiB");
  }

  double rate(String name, double otherwise) {
    return read(name, otherwise, Sizes::parseRate, "a rate; write it like 25GB/s");
  }

  Duration duration(String name, Duration otherwise) {
    return read(
        name,
        otherwise,
        text -> DurationText.parse(text).filter(duration -> !duration.isNegative()),
        "a duration; write it like 10s or 1m30s");
  }

  double positive(String name, double otherwise) {
    return read(
        name,
        otherwise,
        text -> Numbers.parse(text).filter(value -> value > 0 && value <= 1e12),
        "a number above 0");
  }

  double share(String name, double otherwise) {
    return read(
        name,
        otherwise,
        text -> Numbers.parse(text).filter(value -> value >= 0 && value <= 10),
        "a number from 0 to 10");
  }

  int count(String name, int otherwise, int most) {
    return read(
        name,
        otherwise,
        text ->
            Optional.of(text)
                .filter(digits -> digits.matches("[0-9]{1,9}"))
                .map(Integer::valueOf)
                .filter(value -> value >= 1 && value <= most),
        "a whole number from 1 to " + most);
  }

  boolean flag(String name, boolean otherwise) {
    return read(
        name,
        otherwise,
        text ->
            Optional.of(text)
                .filter(word -> word.equals("true") || word.equals("false"))
                .map(Boolean::valueOf),
        "true or false");
  }

  String text(String name) {
    return read(
        name,
        "",
        text -> Optional.of(text.strip()).filter(name1 -> name1.length() <= 200),
        "a text of 200 characters at most");
  }

  private <T> T read(
      String name, T otherwise, Function<String, Optional<T>> parse, String whatItIs) {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode value = get(name);
    Optional<T> read = value.isValueNode() ? parse.apply(value.asText()) : Optional.empty();
    if (read.isEmpty()) {
      problem(name, "'" + shorten(value) + "' is not " + whatItIs);
    }
    return read.orElse(otherwise);
  }

  private static String shorten(JsonNode value) {
    return shorten(value.isValueNode() ? value.asText() : value.toString());
  }

  static String shorten(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }

  void problem(String name, String what) {
    problems.add(places.of(at(name)) + what);
  }

  /** To be called last: whatever nobody asked for is a mistake. */
  void refuseOthers() {
    object
        .fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            String close =
                DidYouMean.among(known, name)
                    .map(word -> "; did you mean " + word + "?")
                    .orElse("");
            problem(name, "is not known" + close);
          }
        });
  }
}
