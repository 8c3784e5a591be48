package ai.greenthread.cli.simulate;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lab.LabModel;
import java.time.Duration;
import java.util.Optional;

/**
 * Everything about a model but its name.
 *
 * @param gpus how many devices it spans
 * @param size its weights, over all its devices
 * @param memory what it takes of each device while it serves; empty for its share of the weights
 * @param residual what stays on each device while it sleeps
 * @param unload time from its last request to the memory being back
 */
public record ModelShape(
    int gpus,
    Bytes size,
    Optional<Bytes> memory,
    Bytes residual,
    Duration unload,
    LabModel.Speed speed,
    Fairness fairness,
    SleepSettings sleep) {

  /** One such model. */
  public LabModel named(String name) {
    Bytes share = Bytes.of(Math.ceilDiv(size.count(), gpus));
    return new LabModel(
        name,
        gpus,
        memory.orElse(share),
        residual,
        share,
        unload,
        speed,
        fairness,
        sleep.idleTimeout(),
        sleep.drainTimeout());
  }
}
