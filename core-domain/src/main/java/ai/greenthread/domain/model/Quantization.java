package ai.greenthread.domain.model;

/**
 * Compression of the weights ({@code spec.quantization}). The values are the union of what the
 * product's editions documented.
 */
public enum Quantization implements Named {
  /** As the weights come; written as the empty string. */
  NONE(""),
  MXFP4("mxfp4"),
  AWQ("awq"),
  GPTQ("gptq"),
  FP8("fp8"),
  MARLIN("marlin"),
  SQUEEZELLM("squeezellm");

  private final String wireName;

  Quantization(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
