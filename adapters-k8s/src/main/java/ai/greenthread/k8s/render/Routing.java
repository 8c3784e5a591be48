package ai.greenthread.k8s.render;

import ai.greenthread.domain.model.Model;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How a Model is reached: its Service, its route from outside, and its URL. */
public final class Routing {
  private static final int SERVICE_PORT = 80;

  private Routing() {}

  /** The Service of a Model. It leads to all pods whose sidecar listens and does not end. */
  public static JsonObject service(Model model, PodTemplate.Owner owner) {
    return hashed(
        Trees.object(
            "apiVersion",
            "v1",
            "kind",
            "Service",
            "metadata",
            metadata(model, owner, Map.of()),
            "spec",
            Trees.object(
                "type",
                "ClusterIP",
                "selector",
                PodTemplate.selector(model),
                "ports",
                List.of(
                    Trees.object(
                        "name",
                        "http",
                        "port",
                        SERVICE_PORT,
                        "protocol",
                        "TCP",
                        "targetPort",
                        "http")))));
  }

  /** The route from outside, as values choose; the sidecar takes the prefix off. */
  public static Optional<JsonObject> route(
      Model model, PodTemplate.Owner owner, RenderSettings.RouteSettings settings) {
    return switch (settings.kind()) {
      case INGRESS -> Optional.of(hashed(ingress(model, owner, settings)));
      case HTTP_ROUTE -> Optional.of(hashed(httpRoute(model, owner, settings)));
      case NONE -> Optional.empty();
    };
  }

  /** Where the objects of that kind are, in a namespace; in all where it is empty. */
  public static String path(RenderSettings.RouteKind kind, String namespace) {
    String in = namespace.isEmpty() ? "" : "namespaces/" + namespace + "/";
    return switch (kind) {
      case INGRESS -> "/apis/networking.k8s.io/v1/" + in + "ingresses";
      case HTTP_ROUTE -> "/apis/gateway.networking.k8s.io/v1/" + in + "httproutes";
      case NONE -> throw new IllegalArgumentException("there are no routes");
    };
  }

  /** Where requests for the Model go: {@code status.url}. */
  public static String url(Model model, RenderSettings.RouteSettings settings) {
    if (settings.kind() == RenderSettings.RouteKind.NONE || settings.host().isEmpty()) {
      return urlInside(model);
    }
    return settings.scheme() + "://" + settings.host() + "/" + model.ref().name() + "/v1";
  }

  /** Where requests for the Model go that come from within the cluster. */
  public static String urlInside(Model model) {
    return "http://" + model.ref().name() + "." + model.ref().namespace() + ".svc/v1";
  }

  private static JsonObject ingress(
      Model model, PodTemplate.Owner owner, RenderSettings.RouteSettings settings) {
    JsonObject rule =
        Trees.object(
            "http",
            Map.of(
                "paths",
                List.of(
                    Trees.object(
                        "path",
                        "/" + model.ref().name(),
                        "pathType",
                        "Prefix",
                        "backend",
                        Map.of(
                            "service",
                            Trees.object(
                                "name", model.ref().name(), "port", Map.of("name", "http")))))));
    if (!settings.host().isEmpty()) {
      rule.addProperty("host", hostName(settings.host()));
    }
    JsonObject spec = Trees.object("rules", List.of(rule));
    if (!settings.className().isEmpty()) {
      spec.addProperty("ingressClassName", settings.className());
    }
    return Trees.object(
        "apiVersion",
        "networking.k8s.io/v1",
        "kind",
        "Ingress",
        "metadata",
        metadata(model, owner, settings.annotations()),
        "spec",
        spec);
  }

  private static JsonObject httpRoute(
      Model model, PodTemplate.Owner owner, RenderSettings.RouteSettings settings) {
    JsonObject spec =
        Trees.object(
            "parentRefs",
            List.of(
                Trees.object(
                    "name", settings.className(), "namespace", settings.gatewayNamespace())),
            "rules",
            List.of(
                Trees.object(
                    "matches",
                    List.of(
                        Map.of(
                            "path",
                            Trees.object("type", "PathPrefix", "value", "/" + model.ref().name()))),
                    "backendRefs",
                    List.of(Trees.object("name", model.ref().name(), "port", SERVICE_PORT)))));
    if (!settings.host().isEmpty()) {
      spec.add("hostnames", Trees.tree(List.of(hostName(settings.host()))));
    }
    return Trees.object(
        "apiVersion",
        "gateway.networking.k8s.io/v1",
        "kind",
        "HTTPRoute",
        "metadata",
        metadata(model, owner, settings.annotations()),
        "spec",
        spec);
  }

  /**
   * The same with a hash of itself. What is live may say more than is wanted, as servers fill in
   * defaults; only by the hash does it show that something is wanted no more.
   */
  private static JsonObject hashed(JsonObject object) {
    String hash = SpecHash.of(object.toString());
    JsonObject metadata = Trees.at(object, "metadata");
    JsonObject annotations = Trees.at(metadata, "annotations");
    annotations.addProperty(Naming.APPLIED_HASH, hash);
    metadata.add("annotations", annotations);
    return object;
  }

  /** A rule knows names only; a port is part of the URL. */
  private static String hostName(String host) {
    int port = host.indexOf(':');
    return port < 0 ? host : host.substring(0, port);
  }

  private static JsonObject metadata(
      Model model, PodTemplate.Owner owner, Map<String, String> annotations) {
    JsonObject metadata =
        Trees.object(
            "name",
            model.ref().name(),
            "namespace",
            model.ref().namespace(),
            "labels",
            PodTemplate.labels(model),
            "ownerReferences",
            List.of(PodTemplate.owner(model, owner)));
    if (!annotations.isEmpty()) {
      // The order of a Map.copyOf differs from process to process.
      metadata.add("annotations", Trees.tree(new TreeMap<>(annotations)));
    }
    return metadata;
  }
}
