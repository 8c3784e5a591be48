package ai.greenthread.cli.simulate;

import ai.greenthread.cli.manifest.ManifestDocument;
import ai.greenthread.cli.manifest.YamlDocuments;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lab.LabModel;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reads a fleet from a YAML or JSON file; what it does not say stays as the options have it. */
public final class FleetFileReader {
  /** Largest fleet file in bytes. */
  static final int MAX_BYTES = 3 * 1024 * 1024;

  private FleetFileReader() {}

  /**
   * What the file describes.
   *
   * @param defaults the fleet of the options
   * @param problems gets what is wrong with the file
   * @throws CliException when there is no such file, or it cannot be read at all
   */
  public static FleetPlan read(Path file, FleetPlan defaults, InputProblems problems) {
    String source = String.valueOf(file.getFileName());
    List<ManifestDocument> documents;
    try {
      documents = YamlDocuments.parse(source, text(file));
    } catch (YamlDocuments.SyntaxException e) {
      problems.add(e.message());
      return defaults;
    }
    if (documents.size() != 1) {
      problems.add(source + ": has " + documents.size() + " documents; a fleet is one");
      return defaults;
    }
    var fields = new TreeFields(source, "", documents.getFirst().content(), problems);
    ModelShape shape = shape(fields.object("defaults"), defaults.shape(), true);
    FleetPlan plan =
        new FleetPlan(
            gpus(fields, defaults.gpus(), problems),
            fields.rate("link", defaults.link()),
            fields.rate("hostLink", defaults.hostLink()),
            models(source, fields, shape, problems),
            shape);
    fields.refuseOthers();
    return plan;
  }

  private static String text(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          "there is no file " + file,
          "seen from " + Path.of("").toAbsolutePath());
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new CliException(
            ExitCode.INVALID_MANIFEST, file + " is larger than 3 MiB", "is it a fleet?");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED, "cannot read " + file + ": " + e.getMessage(), "check its mode", e);
    }
  }

  /** A number of equal devices, or the memory of each. */
  private static List<Bytes> gpus(TreeFields fields, List<Bytes> before, InputProblems problems) {
    Bytes memory = fields.size("gpuMemory", before.getFirst());
    JsonNode given = fields.get("gpus");
    if (!given.isArray()) {
      return Collections.nCopies(fields.count("gpus", before.size(), FleetPlan.MAX_GPUS), memory);
    }
    var gpus = new ArrayList<Bytes>();
    for (JsonNode one : given) {
      Optional<Bytes> size = Sizes.parse(one.asText());
      size.ifPresentOrElse(
          gpus::add,
          () ->
              fields.problem("gpus", "'" + one.asText() + "' is not a size; write it like 80GiB"));
    }
    return gpus.isEmpty() && problems.count() > 0 ? before : gpus;
  }

  private static List<LabModel> models(
      String source, TreeFields fields, ModelShape shape, InputProblems problems) {
    var models = new ArrayList<LabModel>();
    JsonNode given = fields.get("models");
    if (!given.isMissingNode() && !given.isArray()) {
      fields.problem("models", "is no list");
    }
    for (int i = 0; i < given.size(); i++) {
      var one = new TreeFields(source, "models[" + i + "]", given.get(i), problems);
      String name = one.text("name");
      if (name.isEmpty()) {
        one.problem("name", "is missing; give the model a name");
      }
      int copies = one.count("count", 1, FleetPlan.MAX_MODELS);
      ModelShape own = shape(one, shape, false);
      if (copies == 1) {
        models.add(own.named(name));
      } else {
        FleetPlan.madeUpNames(copies)
            .forEach(number -> models.add(own.named(name + number.substring("model".length()))));
      }
      one.refuseOthers();
    }
    return models;
  }

  private static ModelShape shape(TreeFields fields, ModelShape before, boolean alone) {
    TreeFields speed = fields.object("speed");
    TreeFields fairness = fields.object("fairness");
    TreeFields sleep = fields.object("sleep");
    var shape =
        new ModelShape(
            fields.count("gpus", before.gpus(), FleetPlan.MAX_GPUS),
            fields.size("size", before.size()),
            fields.has("memory")
                ? Optional.of(fields.size("memory", before.size()))
                : fields.has("size") ? Optional.empty() : before.memory(),
            fields.has("residual") && fields.get("residual").asText().equals("0")
                ? Bytes.ZERO
                : fields.size("residual", before.residual()),
            fields.duration("unload", before.unload()),
            new LabModel.Speed(
                speed.positive("promptTokensPerSecond", before.speed().promptTokensPerSecond()),
                speed.duration("tokenTime", before.speed().token()),
                speed.share("slowdown", before.speed().slowdown()),
                speed.count("batch", before.speed().batch(), 100_000)),
            new Fairness(
                fairness.duration("minRuntime", before.fairness().minRuntime()),
                fairness.duration("maxWaitTime", before.fairness().maxWaitTime()),
                fairness.flag("popular", before.fairness().popular())),
            new SleepSettings(
                sleep.duration("idleTimeout", before.sleep().idleTimeout()),
                sleep.duration("drainTimeout", before.sleep().drainTimeout())));
    speed.refuseOthers();
    fairness.refuseOthers();
    sleep.refuseOthers();
    if (alone) {
      fields.refuseOthers();
    }
    return shape;
  }
}
