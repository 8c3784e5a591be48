package ai.greenthread.domain.model;

/** A choice that has a fixed spelling in manifests and APIs. */
public interface Named {
  /** The spelling, exactly as users write it. */
  String wireName();
}
