package ai.greenthread.domain.model;

import java.time.Duration;

/**
 * One HTTP call on the way to sleep or back ({@code spec.runtime.sleepSteps[]}, {@code
 * wakeSteps[]}, {@code verifySteps[]}).
 *
 * @param method default {@code POST}
 * @param path path and query on the inference server, starting with a slash
 * @param body sent as it stands, as JSON; empty for none
 * @param expectStatus the status that counts as success; default 200
 * @param timeout for one attempt; default 30 s
 * @param retries further attempts after the first one failed; default 0
 */
public record HttpStep(
    Method method, String path, String body, int expectStatus, Duration timeout, int retries) {

  /** The HTTP methods that a step may use. */
  public enum Method implements Named {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE;

    @Override
    public String wireName() {
      return name();
    }
  }

  public static final Method DEFAULT_METHOD = Method.POST;
  public static final int DEFAULT_STATUS = 200;
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** A POST without body that has to answer 200 at its first attempt. */
  public static HttpStep post(String path) {
    return new HttpStep(DEFAULT_METHOD, path, "", DEFAULT_STATUS, DEFAULT_TIMEOUT, 0);
  }

  /** A GET that has to answer 200 at its first attempt. */
  public static HttpStep get(String path) {
    return new HttpStep(Method.GET, path, "", DEFAULT_STATUS, DEFAULT_TIMEOUT, 0);
  }
}
