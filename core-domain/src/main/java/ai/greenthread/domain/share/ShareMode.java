package ai.greenthread.domain.share;

import ai.greenthread.domain.model.Named;

/** How a claim has its devices. */
public enum ShareMode implements Named {
  /** A part of each device, beside others. */
  SHARED("shared"),
  /** Whole devices, alone. */
  EXCLUSIVE("exclusive");

  private final String wireName;

  ShareMode(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
