package ai.greenthread.k8s.controller;

/**
 * One condition of a Model.
 *
 * @param type what is spoken of
 * @param holds whether it is so
 * @param reason one word, for programs
 * @param message for people
 */
record Condition(String type, boolean holds, String reason, String message) {}
