package ai.greenthread.scheduling.ledger;

/** The ledger could not be read or written; the caller tries again later. */
public final class LedgerUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LedgerUnavailable(String message) {
    super(message);
  }

  public LedgerUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
