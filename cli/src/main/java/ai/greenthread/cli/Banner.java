package ai.greenthread.cli;

import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.text.Palette;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a person needs once an engine is up: where it is, and a first request to paste. */
final class Banner {
  private final Session session;
  private final UpFile up;
  private final List<ModelView> models;

  Banner(Session session, UpFile up, List<ModelView> models) {
    this.session = session;
    this.up = up;
    this.models = models;
  }

  List<String> lines() {
    Palette palette = session.palette();
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(palette.bold("GreenThread " + up.version() + " is up"));
    lines.add("  OpenAI API   " + up.proxy() + "/v1");
    lines.add("  engine API   " + up.engine());
    firstChat()
        .ifPresent(model -> {
          lines.add("");
          lines.add("Try it:");
          lines.add("  " + curl(model));
          // As it was called here, so that the line can be copied.
          lines.add(
              "  " + System.getProperty("greenthread.command", "gtctl") + " chat " + model.name());
        });
    lines.add("");
    return lines;
  }

  private Optional<ModelView> firstChat() {
    return models.stream()
        .filter(model -> !model.unusable())
        .filter(model -> model.modelType().isEmpty() || model.modelType().equals("chat"))
        .findFirst();
  }

  private String curl(ModelView model) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("model", model.modelId());
    body.putArray("messages").addObject().put("role", "user").put("content", "Hello!");
    String json = Json.compact(body).replace("'", "'\\''");
    return "curl -s "
        + up.proxy()
        + "/v1/chat/completions -H 'Content-Type: application/json' -d '"
        + json
        + "'";
  }
}
