package ai.greenthread.scheduling.simulation;

import ai.greenthread.scheduling.policy.BoundedPolicy;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import ai.greenthread.scheduling.policy.WakePolicy;

/**
 * The policies that have to keep every promise: each goes through the simulation, the exhaustive
 * check and the planted bugs.
 */
public enum TestedPolicy {
  DOCUMENTED(PolicyOracle.Rule.DOCUMENTED),
  BOUNDED(PolicyOracle.Rule.BOUNDED);

  private final PolicyOracle.Rule rule;

  TestedPolicy(PolicyOracle.Rule rule) {
    this.rule = rule;
  }

  /** One for each life of a sidecar. */
  public WakePolicy fresh() {
    return switch (this) {
      case DOCUMENTED -> new DocumentedPolicy();
      case BOUNDED -> new BoundedPolicy();
    };
  }

  /** What its verdicts are held against. */
  public PolicyOracle.Rule rule() {
    return rule;
  }
}
