package ai.greenthread.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * {@code up.json}: where an engine that is up can be reached. Written by whichever thread changed
 * something, one at a time and each with what holds then, so that the last to write says the
 * newest.
 */
final class UpFile {
  private static final System.Logger LOG = System.getLogger(UpFile.class.getName());
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Supplier<Map<String, Object>> content;
  private boolean open;

  /**
   * @param content what to write; strings, numbers and maps of them
   */
  UpFile(Path file, Supplier<Map<String, Object>> content) {
    this.file = file;
    this.content = content;
  }

  /**
   * Writes it for the first time: the engine is up.
   *
   * @throws UncheckedIOException when it cannot be written: nobody would find the engine
   */
  synchronized void open() {
    write();
    open = true;
  }

  /** Something has changed. The engine is the same if this cannot be written now. */
  synchronized void refresh() {
    if (!open) {
      return;
    }
    try {
      write();
    } catch (UncheckedIOException e) {
      LOG.log(System.Logger.Level.WARNING, "{0}; it tells of older models", e.getMessage());
    }
  }

  private void write() {
    try {
      DataFolder.replace(file, JSON.writeValueAsString(content.get()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings cannot be written as JSON", e);
    }
  }

  /** The engine is not up any more; a change that comes late brings the file back no more. */
  synchronized void close() throws IOException {
    open = false;
    Files.deleteIfExists(file);
  }
}
