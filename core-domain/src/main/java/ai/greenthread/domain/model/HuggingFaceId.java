package ai.greenthread.domain.model;

import java.util.regex.Pattern;

/** The syntax of a repository id of the Hugging Face hub. */
final class HuggingFaceId {
  static final String RULE =
      "must be a Hugging Face id such as Qwen/Qwen3-8B: a name, or an owner and a name with '/'"
          + " between them; each at most 96 letters, digits, '-', '_' and '.', neither starting nor"
          + " ending with '-' or '.', without '--' or '..', and not ending with .git";

  private static final Pattern PART =
      Pattern.compile("[A-Za-z0-9_]([-A-Za-z0-9_.]{0,94}[A-Za-z0-9_])?");

  private HuggingFaceId() {}

  static boolean isValid(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? isPart(text)
        : isPart(text.substring(0, slash)) && isPart(text.substring(slash + 1));
  }

  private static boolean isPart(String text) {
    return PART.matcher(text).matches()
        && !text.contains("--")
        && !text.contains("..")
        && !text.endsWith(".git");
  }
}
