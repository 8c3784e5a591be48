package ai.greenthread.engine.controller;

import ai.greenthread.k8s.render.RenderSettings;
import java.time.Duration;

/**
 * What a controller is told at its start.
 *
 * @param render what an operator decides for all Models
 * @param identity of this process, unlike that of any other
 * @param workers Models looked after side by side
 * @param host address to listen on
 * @param port port to listen on, 0 for any free one
 * @param apiTimeout longest time for one call to the API server; below what a leader has left after
 *     its renew deadline, so that one that lost its lease writes nothing any more
 */
record ControllerConfig(
    RenderSettings render,
    String identity,
    int workers,
    String host,
    int port,
    Duration apiTimeout) {
  ControllerConfig {
    if (identity.isBlank()) {
      throw new IllegalArgumentException(
          "the controller has to know who it is: set POD_NAME from metadata.name, or --identity");
    }
    if (workers < 1 || workers > 1_000) {
      throw new IllegalArgumentException("--workers has to be from 1 to 1000");
    }
  }
}
