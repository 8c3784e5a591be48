package ai.greenthread.k8s.client;

import java.io.InputStream;

/**
 * An answer whose body is read as it comes: a log, or what a pod sends through the server.
 *
 * @param status the HTTP status
 * @param body to be closed by whoever asked, which may be another thread than the one that reads
 */
public record OpenAnswer(int status, InputStream body) {
  public boolean ok() {
    return status >= 200 && status < 300;
  }
}
