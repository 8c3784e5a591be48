package ai.greenthread.cli.simulate;

import java.util.List;

/**
 * The requests of one file.
 *
 * @param source name of the file, without its folders
 * @param format what kind of file it is
 * @param requests in order of time; the first comes at 0
 * @param failed requests that their server refused, which are left out
 * @param unreadable bad lines, which are left out where that is asked for
 */
public record RequestFile(
    String source, Format format, List<LoggedRequest> requests, int failed, int unreadable) {
  public RequestFile {
    requests = List.copyOf(requests);
  }

  /** What a file was taken for. */
  public enum Format {
    AZURE("Azure LLM inference trace"),
    MOONCAKE("Mooncake trace"),
    CSV_LOG("CSV log"),
    JSON_LOG("JSONL log");

    private final String words;

    Format(String words) {
      this.words = words;
    }

    /** For people. */
    public String words() {
      return words;
    }
  }
}
