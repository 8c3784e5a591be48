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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a fleet from a YAML or JSON file; what it does not say stays as the options have it. */
public final class FleetFileReader {
  /** Largest fleet file in bytes. */
  static final int MAX_BYTES = 3 * 1024 * 1024;

  private final Places places;
  private final InputProblems problems;

  private FleetFileReader(Places places, InputProblems problems) {
    this.places = places;
    this.problems = problems;
  }

  /**
   * A model of the file.
   *
   * @param path of the entry that describes it, and perhaps others like it
   * @param isKnown whether all of the entry was understood
   */
  private record Entry(String path, LabModel model, boolean isKnown) {}

  /**
   * What the file describes.
   *
   * @param defaults the fleet of the options
   * @param problems gets what is wrong with the file
   * @throws CliException when there is no such file, or it cannot be read at all
   */
  public static FleetPlan read(Path file, FleetPlan defaults, InputProblems problems) {
    String source = String.valueOf(file.getFileName());
    String text = text(file);
    List<ManifestDocument> documents;
    try {
      documents = YamlDocuments.parse(source, text);
    } catch (YamlDocuments.SyntaxException e) {
      problems.add(e.message());
      return defaults;
    }
    if (documents.size() != 1) {
      problems.add(source + ": has " + documents.size() + " documents; a fleet is one");
      return defaults;
    }
    return new FleetFileReader(new Places(source, text), problems)
        .plan(documents.getFirst().content(), defaults);
  }

  private FleetPlan plan(JsonNode content, FleetPlan defaults) {
    int before = problems.count();
    var fields = new TreeFields(places, "", content, problems);
    List<Bytes> gpus = gpus(fields, defaults.gpus());
    boolean gpusAreKnown = problems.count() == before;
    int beforeShape = problems.count();
    ModelShape shape = shape(fields.object("defaults"), defaults.shape(), true);
    boolean shapeIsKnown = problems.count() == beforeShape;
    double link = fields.rate("link", defaults.link());
    double hostLink = fields.rate("hostLink", defaults.hostLink());
    List<Entry> entries = entries(fields, shape);
    fields.refuseOthers();
    var plan =
        new FleetPlan(gpus, link, hostLink, entries.stream().map(Entry::model).toList(), shape);
    boolean allIsKnown = problems.count() == before;
    checkNames(entries);
    if (!entries.isEmpty() && allIsKnown && problems.count() == before) {
      FleetPlan.checkModels(plan.lab(), i -> places.of(entries.get(i).path()), problems);
    } else if (gpusAreKnown && shapeIsKnown) {
      checkSome(entries, gpus);
    }
    return plan;
  }

  /** Each entry that is understood, whatever is wrong elsewhere; its copies are all alike. */
  private void checkSome(List<Entry> entries, List<Bytes> gpus) {
    var checked = new HashSet<String>();
    entries.stream()
        .filter(entry -> entry.isKnown() && checked.add(entry.path()))
        .forEach(entry ->
            FleetPlan.whyNever(entry.model(), gpus)
                .ifPresent(why -> problems.add(places.of(entry.path()) + why)));
  }

  private void checkNames(List<Entry> entries) {
    Map<String, String> owners = new HashMap<>();
    for (Entry entry : entries) {
      String name = entry.model().name();
      String owner = name.isEmpty() ? null : owners.putIfAbsent(name, entry.path());
      if (owner != null) {
        problems.add(
            places.of(entry.path())
                + "there is a model called "
                + name
                + " in "
                + owner
                + " already; give each a name of its own");
      }
    }
  }

  private static String text(Path file) {
    InputFiles.check(List.of(file));
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new CliException(
            ExitCode.INVALID_MANIFEST, file + " is larger than 3 MiB", "is it a fleet?");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "cannot read " + file + ": " + InputFiles.reason(e),
          "check its mode",
          e);
    }
  }

  /** A number of equal devices, or the memory of each. */
  private List<Bytes> gpus(TreeFields fields, List<Bytes> before) {
    Bytes memory = fields.size("gpuMemory", before.getFirst());
    JsonNode given = fields.get("gpus");
    if (!given.isArray()) {
      return Collections.nCopies(fields.count("gpus", before.size(), FleetPlan.MAX_GPUS), memory);
    }
    if (given.isEmpty() || given.size() > FleetPlan.MAX_GPUS) {
      fields.problem(
          "gpus", "a fleet has 1 to " + FleetPlan.MAX_GPUS + " GPUs, this one has " + given.size());
      return before;
    }
    var gpus = new ArrayList<Bytes>();
    for (int i = 0; i < given.size(); i++) {
      String text = given.get(i).isValueNode() ? given.get(i).asText() : given.get(i).toString();
      Optional<Bytes> size = Sizes.parse(text);
      size.ifPresent(gpus::add);
      if (size.isEmpty()) {
        fields.problem(
            "gpus[" + i + "]",
            "'" + TreeFields.shorten(text) + "' is not a size; write it like 80GiB");
      }
    }
    return gpus.isEmpty() ? before : gpus;
  }

  private List<Entry> entries(TreeFields fields, ModelShape shape) {
    var entries = new ArrayList<Entry>();
    JsonNode given = fields.get("models");
    if (!given.isMissingNode() && !given.isNull() && !given.isArray()) {
      fields.problem("models", "is no list; begin each model with a dash: - name: NAME");
      return entries;
    }
    for (int i = 0; i < given.size(); i++) {
      String path = "models[" + i + "]";
      int before = problems.count();
      var one = new TreeFields(places, path, given.get(i), problems);
      String name = one.text("name");
      if (name.isEmpty() && problems.count() == before) {
        one.problem("name", "is missing; give the model a name");
      }
      int copies = one.count("count", 1, FleetPlan.MAX_MODELS);
      ModelShape own = shape(one, shape, false);
      one.refuseOthers();
      if (entries.size() + copies > FleetPlan.MAX_MODELS) {
        problems.add(
            places.of(path)
                + "is more than a fleet can have: "
                + FleetPlan.MAX_MODELS
                + " models at most, copies included");
        return entries;
      }
      boolean isKnown = problems.count() == before;
      if (copies == 1) {
        entries.add(new Entry(path, own.named(name), isKnown));
      } else {
        FleetPlan.madeUpNames(copies)
            .forEach(number ->
                entries.add(
                    new Entry(
                        path, own.named(name + number.substring("model".length())), isKnown)));
      }
    }
    return entries;
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
