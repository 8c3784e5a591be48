package ai.greenthread.cli.up;

import ai.greenthread.domain.Bytes;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an engine was last started with in a data directory: a later {@code gtctl up} without flags
 * serves the same fleet on the same devices.
 *
 * @param manifests files and directories that are served and watched
 * @param demo the demo fleet is served
 * @param virtualGpus sizes of the virtual devices
 */
public record RememberedSettings(List<Path> manifests, boolean demo, List<Bytes> virtualGpus) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "settings.json";

  public RememberedSettings {
    manifests = List.copyOf(manifests);
    virtualGpus = List.copyOf(virtualGpus);
  }

  /** Empty at the first start, or when the file is damaged: then the defaults hold. */
  public static Optional<RememberedSettings> read(Path data) {
    Path file = data.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode tree = JSON.readTree(Files.readString(file));
      var manifests = new ArrayList<Path>();
      tree.path("manifests").forEach(path -> manifests.add(Path.of(path.asText())));
      var sizes = new ArrayList<Bytes>();
      tree.path("virtualGpus").forEach(size -> sizes.add(Bytes.of(size.asLong())));
      return Optional.of(new RememberedSettings(manifests, tree.path("demo").asBoolean(), sizes));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** The next start in this data directory is as the first. */
  public static void forget(Path data) {
    Path file = data.resolve(FILE);
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + file, e);
    }
  }

  /** The flags of {@code gtctl up} that say the same. */
  public List<String> arguments() {
    var flags = new ArrayList<String>();
    manifests.forEach(path -> flags.add("--models " + path));
    // --models alone means no demo fleet already.
    if (demo || manifests.isEmpty()) {
      flags.add(demo ? "--demo" : "--no-demo");
    }
    virtualGpus.forEach(size -> flags.add("--virtual-gpu " + typed(size)));
    return flags;
  }

  /** Exactly that size, in the largest unit in which it is a whole number. */
  private static String typed(Bytes size) {
    long mebibyte = Bytes.ofMiB(1).count();
    long gibibyte = Bytes.ofGiB(1).count();
    return size.count() % gibibyte == 0
        ? size.count() / gibibyte + "GiB"
        : size.count() % mebibyte == 0
            ? size.count() / mebibyte + "MiB"
            : Long.toString(size.count());
  }

  /** Replaces what was remembered; the file is old or new, never half. */
  public void write(Path data) {
    ObjectNode tree = JSON.createObjectNode();
    var paths = tree.putArray("manifests");
    manifests.forEach(path -> paths.add(path.toString()));
    tree.put("demo", demo);
    var sizes = tree.putArray("virtualGpus");
    virtualGpus.forEach(size -> sizes.add(size.count()));
    Path file = data.resolve(FILE);
    Path draft = data.resolve(FILE + ".new");
    try {
      Files.createDirectories(data);
      Files.writeString(draft, tree.toPrettyString());
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
