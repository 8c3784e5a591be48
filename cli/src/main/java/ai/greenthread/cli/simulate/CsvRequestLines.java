package ai.greenthread.cli.simulate;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CSV with a heading: columns by name in any order, separated by comma, semicolon or tab. */
final class CsvRequestLines implements RequestLines {
  private final char separator;
  private final List<String> heading;
  private final Map<RequestField, Integer> columns = new EnumMap<>(RequestField.class);
  private final boolean azure;
  private final boolean millis;

  CsvRequestLines(String headingLine) {
    this.separator = separator(headingLine);
    this.heading = lenient(headingLine);
    List<String> keys = heading.stream().map(RequestField::key).toList();
    for (RequestField field : RequestField.values()) {
      field.keys().stream()
          .filter(keys::contains)
          .findFirst()
          .ifPresent(key -> columns.put(field, keys.indexOf(key)));
    }
    this.azure = keys.contains("contexttokens") && keys.contains("generatedtokens");
    this.millis = columns.containsKey(RequestField.TIME) && timeKey(keys).endsWith("ms");
  }

  private String timeKey(List<String> keys) {
    return keys.get(columns.getOrDefault(RequestField.TIME, 0));
  }

  private static char separator(String line) {
    for (char candidate : new char[] {',', ';', '\t'}) {
      if (line.indexOf(candidate) >= 0) {
        return candidate;
      }
    }
    return ',';
  }

  /** What the heading lacks; empty if all is there. */
  List<RequestField> missing(List<RequestField> needed) {
    return needed.stream().filter(field -> !columns.containsKey(field)).toList();
  }

  List<String> heading() {
    return heading;
  }

  @Override
  public RequestFile.Format format() {
    return azure ? RequestFile.Format.AZURE : RequestFile.Format.CSV_LOG;
  }

  @Override
  public boolean timesAreMillis() {
    return millis;
  }

  @Override
  public Values values(String line) throws BadLineException {
    List<String> cells = cells(line);
    if (cells.size() != heading.size()) {
      throw new BadLineException(
          "has " + cells.size() + " columns where the heading has " + heading.size());
    }
    return field ->
        Optional.ofNullable(columns.get(field)).map(cells::get).filter(text -> !text.isBlank());
  }

  private List<String> lenient(String line) {
    try {
      return cells(line);
    } catch (BadLineException e) {
      return List.of(line);
    }
  }

  /** Splits as RFC 4180 says, except that a quoted cell ends with its line. */
  private List<String> cells(String line) throws BadLineException {
    var cells = new ArrayList<String>();
    var cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        cell.append('"');
        i++;
      } else if (c == '"' && (quoted || cell.isEmpty())) {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    if (quoted) {
      throw new BadLineException("has a quote that nothing closes");
    }
    cells.add(cell.toString());
    return cells;
  }
}
