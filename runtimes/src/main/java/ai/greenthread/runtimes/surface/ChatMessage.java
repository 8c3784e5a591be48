package ai.greenthread.runtimes.surface;

/**
 * One turn of a conversation, its content as plain text.
 *
 * @param role system, developer, user, assistant or tool
 */
public record ChatMessage(String role, String content) {}
