package ai.greenthread.domain.model;

/** Which inference server serves a Model ({@code spec.runtime.type}). */
public enum RuntimeType implements Named {
  VLLM("vllm"),
  /** llama.cpp's {@code llama-server} as a process of its own. */
  LLAMACPP("llamacpp"),
  /** The small server that comes with GreenThread and reads a GGUF file. */
  BUILTIN("builtin"),
  /** Any server, put to sleep and woken by HTTP steps or by stopping and starting it. */
  COMMAND("command"),
  /** No model at all: answers made up at a given speed, for trials and tests. */
  SIMULATED("simulated");

  private final String wireName;

  RuntimeType(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
