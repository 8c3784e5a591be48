package ai.greenthread.k8s.admission;

import ai.greenthread.k8s.client.Trees;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The {@code ValidatingWebhookConfiguration}: what the API server asks about, and whom. */
public final class WebhookConfiguration {
  /** Where the API server keeps configurations. */
  public static final String PATH =
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

  /** Where the webhook is asked. */
  public static final String VALIDATE = "/validate";

  public static final String NAME = "greenthread";

  private static final String FILE = "/admission/webhooks.yaml";

  private WebhookConfiguration() {}

  /** For a webhook behind a Service; the tree is the caller's own. */
  public static JsonObject atService(String namespace, String service, int port) {
    return at(
        Trees.object(
            "service",
            Map.of("namespace", namespace, "name", service, "port", port, "path", VALIDATE)));
  }

  /** For a webhook that the API server reaches by itself, such as on a developer's machine. */
  public static JsonObject atUrl(String base) {
    return at(Trees.object("url", base + VALIDATE));
  }

  private static JsonObject at(JsonObject clientConfig) {
    JsonObject configuration = read();
    for (JsonObject webhook : Trees.items(configuration, "webhooks")) {
      webhook.add("clientConfig", clientConfig.deepCopy());
    }
    return configuration;
  }

  private static JsonObject read() {
    try (InputStream yaml = WebhookConfiguration.class.getResourceAsStream(FILE)) {
      if (yaml == null) {
        throw new IllegalStateException(FILE + " is not on the class path");
      }
      Map<String, Object> tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
      return new Gson().toJsonTree(tree).getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FILE, e);
    }
  }
}
