package ai.greenthread.scheduling.lab;

/**
 * One request of a trace.
 *
 * @param micros when it arrives, in microseconds after the start of the trace
 * @param model which model it asks for: an index into the fleet's models
 * @param contextTokens length of the prompt
 * @param generatedTokens length of the answer
 */
public record Arrival(long micros, int model, int contextTokens, int generatedTokens) {
  public Arrival {
    if (micros < 0 || model < 0 || contextTokens < 0 || generatedTokens < 0) {
      throw new IllegalArgumentException(
          "nothing of an arrival is negative: "
              + micros
              + " µs, model "
              + model
              + ", tokens "
              + contextTokens
              + " and "
              + generatedTokens);
    }
  }
}
