package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.http.Exchange;
import ai.greenthread.runtimes.simulated.SleepControl.Mode;
import ai.greenthread.runtimes.simulated.SleepControl.Tag;
import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.Json;
import ai.greenthread.runtimes.surface.Replies;
import ai.greenthread.runtimes.surface.VllmSurface;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The routes of vLLM's development mode. */
final class ControlRoutes {
  private final SleepControl control;
  private final PrefixCache prefixes;

  ControlRoutes(SleepControl control, PrefixCache prefixes) {
    this.control = control;
    this.prefixes = prefixes;
  }

  void addTo(VllmSurface surface) {
    surface.route("POST /sleep", this::sleep);
    surface.route("POST /wake_up", this::wakeUp);
    surface.route(
        "GET /is_sleeping",
        exchange ->
            Replies.json(exchange, 200, Json.object("is_sleeping", control.saysSleeping())));
    surface.route("POST /collective_rpc", this::collectiveRpc);
    surface.route(
        "POST /reset_prefix_cache",
        exchange -> {
          prefixes.clear();
          Replies.empty(exchange, 200);
        });
  }

  private void sleep(Exchange exchange) throws IOException, InterruptedException {
    int level = level(exchange.request().queryValue("level").orElse("1"));
    Mode mode =
        switch (exchange.request().queryValue("mode").orElse("abort")) {
          case "abort" -> Mode.ABORT;
          case "wait" -> Mode.WAIT;
          case "keep" -> Mode.KEEP;
          default -> throw ApiError.badRequest("mode must be abort, wait or keep.", "mode");
        };
    control.sleep(level, mode, tags(exchange));
    Replies.empty(exchange, 200);
  }

  private static int level(String text) {
    int level;
    try {
      level = Integer.parseInt(text);
    } catch (NumberFormatException _) {
      // The real one does not check either, and fails inside.
      throw ApiError.of(500, "Internal server error: level is not a number.");
    }
    if (level < 0 || level > 2) {
      throw ApiError.badRequest("level must be 0, 1 or 2.", "level");
    }
    return level;
  }

  private void wakeUp(Exchange exchange) throws IOException, InterruptedException {
    control.wake(tags(exchange));
    Replies.empty(exchange, 200);
  }

  private static Set<Tag> tags(Exchange exchange) {
    Set<Tag> tags = EnumSet.noneOf(Tag.class);
    for (String name : exchange.request().queryValues("tags")) {
      tags.add(
          Tag.named(name)
              .orElseThrow(() -> ApiError.badRequest("tags are weights and kv_cache.", "tags")));
    }
    return tags;
  }

  private void collectiveRpc(Exchange exchange) throws IOException, InterruptedException {
    if (Json.parseObject(exchange.request().body())
        .requiredText("method")
        .equals("reload_weights")) {
      control.reloadWeights();
    }
    List<@Nullable Object> results = new ArrayList<>();
    results.add(null);
    Replies.json(exchange, 200, Json.object("results", results));
  }
}
