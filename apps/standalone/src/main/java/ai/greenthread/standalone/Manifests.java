package ai.greenthread.standalone;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelDocument;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.domain.model.Violation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Models in YAML files: a file may hold several documents; JSON is YAML too. */
final class Manifests {
  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .build());

  private Manifests() {}

  /**
   * What a file or folder holds.
   *
   * @param models those that are valid
   * @param problems one sentence for each that is not, naming the file
   */
  record Found(List<Model> models, List<String> problems) {}

  /** Reads a file, or all {@code .yaml}, {@code .yml} and {@code .json} files of a folder. */
  static Found read(Path path) {
    var models = new ArrayList<Model>();
    var problems = new ArrayList<String>();
    for (Path file : files(path, problems)) {
      if (isEmpty(file)) {
        // An editor that saves empties a file first: that says nothing of its Models.
        problems.add(file + ": is empty; delete it if nothing is to be served from it");
        continue;
      }
      try (MappingIterator<Map<String, Object>> documents =
          YAML.readerFor(new TypeReference<Map<String, Object>>() {}).readValues(file.toFile())) {
        while (documents.hasNextValue()) {
          Map<String, Object> tree = documents.nextValue();
          if (tree != null) {
            read(tree, file, models, problems);
          }
        }
      } catch (JsonProcessingException e) {
        problems.add(file + ": " + e.getOriginalMessage() + " (" + where(e) + ")");
      } catch (IOException e) {
        problems.add(file + ": cannot be read: " + e.getMessage());
      }
    }
    return new Found(List.copyOf(models), List.copyOf(problems));
  }

  private static boolean isEmpty(Path file) {
    try {
      return Files.size(file) == 0;
    } catch (IOException _) {
      // The reader tells it better.
      return false;
    }
  }

  private static String where(JsonProcessingException e) {
    return e.getLocation() == null
        ? "place unknown"
        : "line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }

  private static void read(
      Map<String, Object> tree, Path file, List<Model> models, List<String> problems) {
    switch (ModelManifest.read(tree)) {
      case Reading.Valid valid ->
          models.add(
              valid
                  .model()
                  .resolveModelFile(name ->
                      Optional.ofNullable(file.toAbsolutePath().getParent())
                          .orElse(file)
                          .resolve(name)
                          .normalize()
                          .toString()));
      case Reading.Invalid invalid -> {
        for (Violation violation : invalid.violations()) {
          problems.add(file + ": " + violation);
        }
      }
    }
  }

  private static List<Path> files(Path path, List<String> problems) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.filter(Manifests::isManifest).sorted().toList();
    } catch (IOException e) {
      problems.add(path + ": cannot be listed: " + e.getMessage());
      return List.of();
    }
  }

  private static boolean isManifest(Path file) {
    String name = file.getFileName().toString();
    return Files.isRegularFile(file)
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  static String write(Model model) {
    try {
      return YAML.writeValueAsString(ModelDocument.write(model));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a Model cannot be written as YAML", e);
    }
  }
}
