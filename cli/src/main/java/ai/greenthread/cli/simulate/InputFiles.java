package ai.greenthread.cli.simulate;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Optional;

/** What can be said of files by their names alone. */
public final class InputFiles {
  private InputFiles() {}

  /**
   * Makes sure that there is something to read. Pipes are: they are how one shell command's answer
   * is another's file.
   *
   * @throws CliException that names all that are missing or are directories
   */
  public static void check(Collection<Path> files) {
    var problems = new ArrayList<String>();
    for (Path file : files) {
      if (Files.isDirectory(file)) {
        problems.add(shown(file) + " is a directory: give a file in it");
      } else if (!Files.exists(file)) {
        problems.add("there is no file " + file);
      }
    }
    if (!problems.isEmpty()) {
      var hints = new ArrayList<>(problems.subList(1, problems.size()));
      hints.add("seen from " + Path.of("").toAbsolutePath());
      throw new CliException(ExitCode.NOT_FOUND, problems.getFirst(), hints);
    }
  }

  /** An empty name means the working directory; nobody would see it in a message. */
  private static String shown(Path file) {
    return file.toString().isEmpty() ? "''" : file.toString();
  }

  /** Why a file could not be read or written, where Java says little more than its name. */
  public static String reason(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof NoSuchFileException) {
      return "there can be no such file";
    }
    return Optional.of(failure)
        .filter(FileSystemException.class::isInstance)
        .map(FileSystemException.class::cast)
        .flatMap(known -> Optional.ofNullable(known.getReason()))
        .orElseGet(() -> String.valueOf(failure.getMessage()));
  }
}
