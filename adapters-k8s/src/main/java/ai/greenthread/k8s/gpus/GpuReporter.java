package ai.greenthread.k8s.gpus;

import ai.greenthread.domain.Bytes;
import ai.greenthread.k8s.client.JsonApi;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Keeps the GPU objects of one node as its devices are. Each round begins with what the server has,
 * and nothing is remembered from one to the next, so that neither a restart nor a lost reply makes
 * a difference. One thread reports for a node.
 *
 * @param api its time limit is how long each call of a round may take
 * @param namespace where GPU objects are
 * @param headroom of each device, never handed out
 * @param heartbeat longest time between two writes of a status; looked at in each round
 * @param clock for the heartbeats
 */
public record GpuReporter(
    JsonApi api, String namespace, Bytes headroom, Duration heartbeat, InstantSource clock) {
  /** Does what is needed now; what fails is said and is for the next round. */
  public ReportOutcome report(NodeView view) {
    ReportOutcome.Tally tally = new ReportOutcome.Tally();
    try {
      new ReportRound(this, view, tally).run();
    } catch (IOException e) {
      tally.failures.add("the API server does not answer: " + e.getMessage());
    }
    return tally.outcome();
  }
}
