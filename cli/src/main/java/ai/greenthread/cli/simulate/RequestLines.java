package ai.greenthread.cli.simulate;

import java.util.Optional;

/** Understands the lines of one file, once it is known what kind of file it is. */
interface RequestLines {
  /** What is wrong with a line, in words. */
  final class BadLineException extends Exception {
    private static final long serialVersionUID = 1L;

    BadLineException(String message) {
      super(message);
    }

    String message() {
      return String.valueOf(getMessage());
    }
  }

  RequestFile.Format format();

  /** The fields of a line, as texts. */
  Values values(String line) throws BadLineException;

  /** Whether times that are numbers are milliseconds, whatever they look like. */
  boolean timesAreMillis();

  /** One line's fields. */
  interface Values {
    /** Empty where the line has no such field, or nothing in it. */
    Optional<String> get(RequestField field);
  }
}
