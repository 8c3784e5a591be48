package ai.greenthread.cli.simulate;

/**
 * One request as a file tells it.
 *
 * @param micros when it came, in microseconds after the first one of its file
 * @param model the model it asked for; empty where the file names none
 * @param promptTokens length of the prompt
 * @param generatedTokens length of the answer
 */
public record LoggedRequest(long micros, String model, int promptTokens, int generatedTokens) {}
