package ai.greenthread.standalone;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Applied Models on disk, one file each, so that a later engine serves them again. */
final class AppliedModels {
  private final Path folder;

  AppliedModels(Path folder) {
    this.folder = folder;
  }

  Manifests.Found load() {
    return Manifests.read(folder);
  }

  void save(Model model) {
    DataFolder.replace(file(model.ref()), Manifests.write(model));
  }

  void delete(ModelRef ref) {
    try {
      Files.deleteIfExists(file(ref));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file(ref), e);
    }
  }

  private Path file(ModelRef ref) {
    return folder.resolve(ref.namespace() + "." + ref.name() + ".yaml");
  }
}
