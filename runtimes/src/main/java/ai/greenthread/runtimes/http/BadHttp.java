package ai.greenthread.runtimes.http;

/** A request that cannot be read as HTTP, with the status that says so. */
final class BadHttp extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  BadHttp(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
