package ai.greenthread.cli.manifest;

import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Reading;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Reads manifests. Every problem of every file is found before any of them is reported. */
public final class ManifestReader {
  /** Largest manifest file in bytes; a Model is a few hundred. */
  static final int MAX_BYTES = 3 * 1024 * 1024;

  /** Stands for the namespace of documents that name none, when they are compared. */
  private static final String UNSAID = "default";

  private final InputStream stdin;
  private final Optional<String> namespace;

  /**
   * A reader for the manifests of one command.
   *
   * @param stdin read where a source is {@code -}
   * @param namespace the only one that documents may name; empty where they may name any
   */
  public ManifestReader(InputStream stdin, Optional<String> namespace) {
    this.stdin = stdin;
    this.namespace = namespace;
  }

  /**
   * What was read.
   *
   * @param documents one Model each, in the order of the sources
   * @param warnings what is allowed there and probably not meant, a line each
   */
  public record Models(List<ManifestDocument> documents, List<String> warnings) {}

  /**
   * Reads all Models from files, directories (their {@code .yaml}, {@code .yml} and {@code .json}
   * files by name, sub-directories left out) and {@code -}, and checks them by every rule that
   * needs no engine. A {@code spec.runtime.modelFile} relative to its manifest becomes absolute.
   *
   * @throws CliException not found, or invalid with every problem in its hints
   */
  public Models read(List<String> sources) {
    List<String> warnings = new ArrayList<>();
    List<ManifestDocument> documents =
        read(
            sources,
            (document, problems) -> {
              Object tree = Json.mapper().convertValue(document.content(), Object.class);
              switch (ModelManifest.read(tree)) {
                case Reading.Valid valid ->
                    valid.warnings().forEach(w -> warnings.add(document.where() + ": " + w));
                case Reading.Invalid invalid ->
                    invalid.violations().forEach(v -> problems.add(v.toString()));
              }
            });
    return new Models(documents, warnings);
  }

  /** Reads which Models the sources declare, whether or not the rest of them is right. */
  public List<ManifestDocument> readIdentities(List<String> sources) {
    return read(sources, (document, problems) -> {});
  }

  private List<ManifestDocument> read(
      List<String> sources, BiConsumer<ManifestDocument, List<String>> check) {
    List<ManifestDocument> documents = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (String source : sources) {
      if (source.equals("-")) {
        parse("<stdin>", Path.of("<stdin>"), readStdin(), documents, problems);
      } else {
        for (Path file : files(Path.of(source))) {
          parse(file.toString(), file, readFile(file), documents, problems);
        }
      }
    }
    checkObjects(documents, check, problems);
    if (!problems.isEmpty()) {
      throw invalid(problems);
    }
    if (documents.isEmpty()) {
      throw new CliException(
          ExitCode.INVALID_MANIFEST,
          "there is no Model in " + String.join(", ", sources),
          "a manifest begins with: apiVersion: " + Model.API_VERSION + " and kind: Model");
    }
    return documents;
  }

  /** The failure that names every problem of a set of manifests. */
  public static CliException invalid(List<String> problems) {
    return new CliException(
        ExitCode.INVALID_MANIFEST,
        Human.count(problems.size(), "problem") + " in the manifests; nothing was applied",
        problems);
  }

  /** The manifest files that {@code path} stands for. */
  static List<Path> files(Path path) {
    if (!Files.exists(path)) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          "there is no file or directory " + path,
          "seen from " + Path.of("").toAbsolutePath());
    }
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> files =
          entries
              .filter(file -> file.getFileName().toString().matches("[^.].*\\.(yaml|yml|json)"))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            "there is no manifest in " + path,
            "manifests end in .yaml, .yml or .json; sub-directories are not searched");
      }
      return files;
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static void parse(
      String source,
      Path manifest,
      String text,
      List<ManifestDocument> documents,
      List<String> problems) {
    try {
      for (ManifestDocument document : YamlDocuments.parse(source, text)) {
        for (JsonNode item : items(document.content())) {
          documents.add(
              new ManifestDocument(
                  source, document.number(), document.line(), withAbsoluteFile(item, manifest)));
        }
      }
    } catch (YamlDocuments.SyntaxException e) {
      problems.add(e.message());
    }
  }

  /** A List, as {@code get -o yaml} prints it, stands for its items. */
  private static Iterable<JsonNode> items(JsonNode content) {
    return content.path("kind").asText("").endsWith("List") && content.path("items").isArray()
        ? content.path("items")
        : List.of(content);
  }

  /** The engine runs in a folder of its own, so a path has to be absolute before it gets it. */
  private static JsonNode withAbsoluteFile(JsonNode content, Path manifest) {
    String file = content.path("spec").path("runtime").path("modelFile").asText("");
    if (file.isEmpty() || file.contains("://")) {
      return content;
    }
    JsonNode copy = content.deepCopy();
    ((ObjectNode) copy.path("spec").path("runtime"))
        .put("modelFile", manifest.toAbsolutePath().resolveSibling(file).normalize().toString());
    return copy;
  }

  private void checkObjects(
      List<ManifestDocument> documents,
      BiConsumer<ManifestDocument, List<String>> check,
      List<String> problems) {
    Map<ModelRef, ManifestDocument> seen = new HashMap<>();
    for (ManifestDocument document : documents) {
      List<String> own = new ArrayList<>(identityProblems(document.content()));
      if (own.isEmpty()) {
        check.accept(document, own);
        ModelRef model = document.model(namespace.orElse(UNSAID));
        elsewhere(document).ifPresent(own::add);
        ManifestDocument first = seen.putIfAbsent(model, document);
        if (first != null) {
          own.add("Model " + model + " was declared before, in " + first.where());
        }
      }
      own.forEach(problem -> problems.add(document.where() + ": " + problem));
    }
  }

  /** That a document names another namespace than the command; a kubectl says the same. */
  private Optional<String> elsewhere(ManifestDocument document) {
    return document
        .namespace()
        .filter(named -> namespace.isPresent() && !namespace.get().equals(named))
        .map(named ->
            "metadata.namespace: is "
                + named
                + ", which does not match -n "
                + namespace.orElseThrow()
                + "; write -n "
                + named
                + " or leave -n out");
  }

  private static List<String> identityProblems(JsonNode content) {
    if (!content.isObject()) {
      return List.of("a manifest is a mapping of fields, this is " + kind(content));
    }
    List<String> problems = new ArrayList<>();
    identity(content, "apiVersion", Model.API_VERSION).ifPresent(problems::add);
    identity(content, "kind", Model.KIND).ifPresent(problems::add);
    JsonNode name = content.path("metadata").path("name");
    if (!name.isTextual() || name.asText().isBlank()) {
      problems.add("metadata.name: is missing or not a text; give the Model a name");
    }
    return problems;
  }

  private static Optional<String> identity(JsonNode content, String field, String wanted) {
    String given = content.path(field).asText("");
    if (given.equals(wanted)) {
      return Optional.empty();
    }
    String what = given.isEmpty() ? "is missing" : "\"" + given + "\" cannot be applied";
    return Optional.of(field + ": " + what + "; write " + wanted);
  }

  private static String kind(JsonNode content) {
    return switch (content.getNodeType()) {
      case ARRAY -> "a list";
      case STRING -> "a text";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      default -> "something else";
    };
  }

  private String readStdin() {
    try {
      return text("standard input", stdin.readNBytes(MAX_BYTES + 1));
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED, "cannot read standard input", "pipe a manifest into gtctl", e);
    }
  }

  private static String readFile(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return text(file.toString(), in.readNBytes(MAX_BYTES + 1));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static String text(String source, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new CliException(
          ExitCode.INVALID_MANIFEST,
          source + " is larger than " + Human.bytes(MAX_BYTES),
          "is it a manifest? Split it where it is");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CliException(
          ExitCode.INVALID_MANIFEST, source + " is not UTF-8 text", "is it a manifest?", e);
    }
  }

  private static CliException unreadable(Path path, IOException cause) {
    return new CliException(
        ExitCode.FAILED,
        "cannot read " + path + ": " + cause.getMessage(),
        "check its mode",
        cause);
  }
}
