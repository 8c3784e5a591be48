package ai.greenthread.cli.simulate;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads request traces and logs. What kind of file it is, its content says: Azure's CSV, Mooncake's
 * JSONL, or a log as CSV or JSONL with a time, a model, and the tokens of prompt and answer.
 */
public final class RequestFileReader {
  /** Most requests of one file; a larger one is to be cut, or memory would not do. */
  static final int MAX_REQUESTS = 5_000_000;

  /** Bad lines of one file that are shown; the rest is counted. */
  static final int SHOWN = 10;

  /** No prompt or answer is longer; a larger number is a mistake. */
  private static final long MAX_TOKENS = 10_000_000;

  private static final long MAX_SPAN_MICROS = 366L * 24 * 3600 * 1_000_000;

  private final boolean needsModels;
  private final boolean skipBadLines;
  private final InputProblems problems;

  /**
   * A reader for the files of one command.
   *
   * @param needsModels whether each request has to name its model
   * @param skipBadLines whether bad lines are left out rather than refused
   * @param problems gets what is wrong
   */
  public RequestFileReader(boolean needsModels, boolean skipBadLines, InputProblems problems) {
    this.needsModels = needsModels;
    this.skipBadLines = skipBadLines;
    this.problems = problems;
  }

  /**
   * Reads one file.
   *
   * @return empty where something was wrong that is among the problems now
   * @throws CliException when there is no such file, or it cannot be read at all
   */
  public Optional<RequestFile> read(Path file) {
    InputFiles.check(List.of(file));
    String source = String.valueOf(file.getFileName());
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(source, new BoundedLines(reader));
    } catch (CharacterCodingException e) {
      problems.add(source + ": is not UTF-8 text; is it compressed?");
      return Optional.empty();
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "cannot read " + file + ": " + InputFiles.reason(e),
          "check its mode",
          e);
    }
  }

  private Optional<RequestFile> read(String source, BoundedLines lines) throws IOException {
    Optional<String> first = nextWithText(lines);
    if (first.isEmpty()) {
      problems.add(source + ": is empty");
      return Optional.empty();
    }
    if (first.get().stripLeading().startsWith("[")) {
      problems.add(source + ": is one JSON list; write one object a line: jq -c '.[]' FILE");
      return Optional.empty();
    }
    boolean json = first.get().stripLeading().startsWith("{");
    if (json) {
      return new OneFile(source, new JsonRequestLines(first.get())).read(first, lines);
    }
    var csv = new CsvRequestLines(first.get());
    List<RequestField> missing = csv.missing(RequestField.needed(needsModels));
    for (RequestField field : missing) {
      problems.add(
          source
              + ", line "
              + lines.number()
              + ": no column has the "
              + field.words()
              + ": it would be called "
              + String.join(", ", field.names())
              + whatToDo(field, csv));
    }
    return missing.isEmpty()
        ? new OneFile(source, csv).read(nextWithText(lines), lines)
        : Optional.empty();
  }

  private static String whatToDo(RequestField field, CsvRequestLines csv) {
    if (field == RequestField.MODEL) {
      return "; --trace instead of --from-log spreads requests over made-up models";
    }
    String heading = csv.heading().stream().limit(12).collect(Collectors.joining(", "));
    return "; there are: " + heading.substring(0, Math.min(200, heading.length()));
  }

  private static Optional<String> nextWithText(BoundedLines lines) throws IOException {
    Optional<String> line = lines.next();
    while (line.isPresent() && line.get().isBlank()) {
      line = lines.next();
    }
    return line;
  }

  /** Collects what one file has. */
  private final class OneFile {
    private final String source;
    private final RequestLines kind;
    private final List<LoggedRequest> requests = new ArrayList<>();
    private final List<String> firstBad = new ArrayList<>();
    private int bad;
    private int failed;

    OneFile(String source, RequestLines kind) {
      this.source = source;
      this.kind = kind;
    }

    Optional<RequestFile> read(Optional<String> first, BoundedLines lines) throws IOException {
      for (Optional<String> line = first; line.isPresent(); line = nextWithText(lines)) {
        if (requests.size() == MAX_REQUESTS) {
          problems.add(
              source + ": has more than " + MAX_REQUESTS + " requests; cut it: head -n 1000000");
          return Optional.empty();
        }
        try {
          if (lines.isTooLong()) {
            throw new RequestLines.BadLineException("is longer than a million characters");
          }
          request(line.get()).ifPresentOrElse(requests::add, () -> failed++);
        } catch (RequestLines.BadLineException e) {
          if (++bad <= SHOWN) {
            firstBad.add(source + ", line " + lines.number() + ": " + e.message());
          }
        }
      }
      if (bad > 0 && !skipBadLines) {
        problems.addLines(source, firstBad, bad);
        return Optional.empty();
      }
      return inOrder();
    }

    private Optional<RequestFile> inOrder() {
      if (requests.isEmpty()) {
        problems.add(source + ": has no request that could be simulated");
        return Optional.empty();
      }
      requests.sort(Comparator.comparingLong(LoggedRequest::micros));
      long start = requests.getFirst().micros();
      long span = requests.getLast().micros() - start;
      if (span > MAX_SPAN_MICROS) {
        problems.add(
            source
                + ": the first and the last request are "
                + span / 86_400_000_000L
                + " days apart; is a time wrong, or in another unit?");
        return Optional.empty();
      }
      List<LoggedRequest> shifted =
          requests.stream()
              .map(r ->
                  new LoggedRequest(
                      r.micros() - start, r.model(), r.promptTokens(), r.generatedTokens()))
              .toList();
      return Optional.of(new RequestFile(source, kind.format(), shifted, failed, bad));
    }

    /** Empty for a request that its server refused: it took no time of a model. */
    private Optional<LoggedRequest> request(String line) throws RequestLines.BadLineException {
      RequestLines.Values values = kind.values(line);
      if (values.get(RequestField.STATUS).filter(OneFile::isFailure).isPresent()) {
        return Optional.empty();
      }
      String time = required(values, RequestField.TIME);
      long micros =
          Moments.micros(time, kind.timesAreMillis())
              .orElseThrow(() ->
                  new RequestLines.BadLineException(
                      shown(time) + " is no time; write ISO 8601 or seconds"));
      String model = needsModels ? required(values, RequestField.MODEL).strip() : "";
      if (model.length() > 200) {
        throw new RequestLines.BadLineException("its model's name is longer than 200 characters");
      }
      return Optional.of(
          new LoggedRequest(
              micros,
              Human.harmless(model),
              tokens(values, RequestField.PROMPT),
              tokens(values, RequestField.GENERATED)));
    }

    private static boolean isFailure(String status) {
      String plain = status.strip().toLowerCase(Locale.ROOT);
      return plain.matches("[45][0-9][0-9]") || plain.startsWith("err") || plain.startsWith("fail");
    }

    private static String required(RequestLines.Values values, RequestField field)
        throws RequestLines.BadLineException {
      return values
          .get(field)
          .orElseThrow(() -> new RequestLines.BadLineException("has no " + field.words()));
    }

    private static int tokens(RequestLines.Values values, RequestField field)
        throws RequestLines.BadLineException {
      String text = required(values, field).strip();
      if (text.matches("[0-9]{1,12}(\\.0*)?")) {
        long count = new BigDecimal(text).longValue();
        if (count <= MAX_TOKENS) {
          return (int) count;
        }
      }
      throw new RequestLines.BadLineException(
          shown(text) + " is no " + field.words() + "; write a whole number");
    }

    private static String shown(String text) {
      return "'" + Human.harmless(text.length() > 40 ? text.substring(0, 40) + "…" : text) + "'";
    }
  }
}
