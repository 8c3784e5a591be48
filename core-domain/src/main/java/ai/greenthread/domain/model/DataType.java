package ai.greenthread.domain.model;

/** Number format of the weights at run time ({@code spec.dtype}). */
public enum DataType implements Named {
  BFLOAT16("bfloat16"),
  FLOAT16("float16"),
  FLOAT32("float32");

  private final String wireName;

  DataType(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
