package ai.greenthread.runtimes.builtin;

import ai.greenthread.runtimes.surface.ChatMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Renders conversations with the template inside the model's file. The rendering itself is
 * llama.cpp's; this class stands between it and two of its habits: a template without a place for
 * system prompts gets them glued to the first question, where vLLM leaves them out; and the binding
 * hands text over in a form that breaks characters beyond the basic plane.
 */
final class ChatTemplate {
  private static final char FIRST_STAND_IN = '\uE000';
  private static final char LAST_STAND_IN = '\uF8FF';

  private final Function<List<ChatMessage>, String> renderer;
  private final boolean keepsSystem;

  ChatTemplate(Function<List<ChatMessage>, String> renderer) {
    this.renderer = renderer;
    this.keepsSystem = !gluesSystem(renderer);
  }

  /**
   * True where a system prompt comes out exactly as if the user had said it before the question.
   */
  private static boolean gluesSystem(Function<List<ChatMessage>, String> renderer) {
    String apart =
        renderer.apply(
            List.of(new ChatMessage("system", "sys-tem"), new ChatMessage("user", "ques-tion")));
    String together = renderer.apply(List.of(new ChatMessage("user", "sys-tem\nques-tion")));
    return apart.equals(together);
  }

  String render(List<ChatMessage> messages) {
    StandIns standIns = new StandIns();
    List<ChatMessage> ready = new ArrayList<>();
    for (ChatMessage message : messages) {
      String role = message.role().equals("developer") ? "system" : message.role();
      if (keepsSystem || !role.equals("system")) {
        ready.add(new ChatMessage(role, standIns.hide(message.content())));
      }
    }
    return standIns.restore(renderer.apply(ready));
  }

  /**
   * Private-use characters that stand for those beyond the basic plane while the text is with the
   * binding.
   */
  private static final class StandIns {
    private final Map<Integer, Character> byCodePoint = new HashMap<>();
    private final Map<Character, Integer> byStandIn = new HashMap<>();
    private char next = FIRST_STAND_IN;

    String hide(String text) {
      StringBuilder out = new StringBuilder(text.length());
      text.codePoints()
          .forEach(point -> {
            boolean fragile =
                Character.isSupplementaryCodePoint(point)
                    || point == 0
                    || (point >= FIRST_STAND_IN && point <= LAST_STAND_IN);
            out.appendCodePoint(fragile ? standIn(point) : point);
          });
      return out.toString();
    }

    private int standIn(int point) {
      Character known = byCodePoint.get(point);
      if (known != null) {
        return known;
      }
      if (next > LAST_STAND_IN) {
        return '\uFFFD';
      }
      char standIn = next++;
      byCodePoint.put(point, standIn);
      byStandIn.put(standIn, point);
      return standIn;
    }

    String restore(String text) {
      if (byStandIn.isEmpty()) {
        return text;
      }
      StringBuilder out = new StringBuilder(text.length());
      text.chars()
          .forEach(c -> {
            Integer point = byStandIn.get((char) c);
            out.appendCodePoint(point == null ? c : point);
          });
      return out.toString();
    }
  }
}
