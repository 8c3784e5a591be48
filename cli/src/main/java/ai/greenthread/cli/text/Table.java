package ai.greenthread.cli.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Columns of text, padded to the widest cell, three blanks between them, none at a line's end. */
public final class Table {
  private static final String GAP = "   ";

  /**
   * One column.
   *
   * @param title heading
   * @param right whether cells sit at the right edge, as numbers do
   * @param style applied to a cell after it was padded, so that escapes never count as width
   */
  public record Column(String title, boolean right, UnaryOperator<String> style) {
    public static Column left(String title) {
      return new Column(title, false, UnaryOperator.identity());
    }

    public static Column right(String title) {
      return new Column(title, true, UnaryOperator.identity());
    }

    public Column styled(UnaryOperator<String> newStyle) {
      return new Column(title, right, newStyle);
    }
  }

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  public Table(List<Column> columns) {
    this.columns = List.copyOf(columns);
  }

  /** Adds a row; an empty cell shows as {@code -} so that columns stay countable by a script. */
  public Table row(List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "a row of " + cells.size() + " cells in a table of " + columns.size() + " columns");
    }
    rows.add(cells.stream().map(Table::clean).toList());
    return this;
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** The cells of each row, without padding or style. */
  public List<List<String>> cells() {
    return List.copyOf(rows);
  }

  /** The heading and all rows. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    List<String> titles = columns.stream().map(Column::title).toList();
    int[] widths = widths();
    lines.add(line(titles, widths, false));
    lines.addAll(rowLines());
    return lines;
  }

  /** The rows alone, for an output that goes on below a heading printed before. */
  public List<String> rowLines() {
    int[] widths = widths();
    return rows.stream().map(row -> line(row, widths, true)).toList();
  }

  private int[] widths() {
    int[] widths = new int[columns.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = width(columns.get(i).title());
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    return widths;
  }

  private String line(List<String> cells, int[] widths, boolean styled) {
    int last = cells.size() - 1;
    StringBuilder line = new StringBuilder();
    for (int i = 0; i <= last; i++) {
      Column column = columns.get(i);
      String pad = " ".repeat(Math.max(0, widths[i] - width(cells.get(i))));
      String cell = styled ? column.style().apply(cells.get(i)) : cells.get(i);
      line.append(i == 0 ? "" : GAP).append(column.right() ? pad + cell : cell);
      if (!column.right() && i < last) {
        line.append(pad);
      }
    }
    return line.toString();
  }

  private static String clean(String cell) {
    String one = Human.harmless(cell).replace('\n', ' ').replace('\t', ' ').strip();
    return one.isEmpty() ? "-" : one;
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
