package ai.greenthread.k8s.ingress;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.ingress.Rule.Backend;
import ai.greenthread.k8s.node.Addresses;
import ai.greenthread.k8s.node.ObjectCache;
import ai.greenthread.k8s.node.Tree;
import com.google.gson.JsonObject;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What Ingresses, HTTPRoutes, Services and Endpoints say, put together. */
final class Routes implements AutoCloseable {
  private final ObjectCache ingresses;
  private final ObjectCache httpRoutes;
  private final ObjectCache services;
  private final ObjectCache endpoints;
  private final AtomicInteger turn = new AtomicInteger();
  private volatile List<Rule> rules = List.of();

  Routes(JsonApi api) {
    ingresses = new ObjectCache(api, "/apis/networking.k8s.io/v1/ingresses", this::readRules);
    httpRoutes =
        new ObjectCache(api, "/apis/gateway.networking.k8s.io/v1/httproutes", this::readRules);
    services = new ObjectCache(api, "/api/v1/services", () -> {});
    endpoints = new ObjectCache(api, "/api/v1/endpoints", () -> {});
  }

  void start() {
    all().forEach(ObjectCache::start);
  }

  private List<ObjectCache> all() {
    return List.of(ingresses, httpRoutes, services, endpoints);
  }

  boolean listed() {
    return all().stream().allMatch(ObjectCache::listed);
  }

  private synchronized void readRules() {
    List<Rule> found = new ArrayList<>();
    ingresses.all().forEach(ingress -> addIngress(ingress, found));
    httpRoutes.all().forEach(route -> addHttpRoute(route, found));
    found.sort(Comparator.comparingInt(Rule::rank).reversed());
    rules = List.copyOf(found);
  }

  private static void addIngress(JsonObject ingress, List<Rule> found) {
    String namespace = Tree.text("", ingress, "metadata", "namespace");
    if (Tree.has(ingress, "spec", "defaultBackend")) {
      JsonObject backend = Tree.object(ingress, "spec", "defaultBackend");
      found.add(new Rule("", "/", false, List.of(ingressBackend(namespace, backend))));
    }
    for (JsonObject rule : Tree.objects(ingress, "spec", "rules")) {
      for (JsonObject path : Tree.objects(rule, "http", "paths")) {
        found.add(
            new Rule(
                Tree.text("", rule, "host"),
                Tree.text("/", path, "path"),
                Tree.text("", path, "pathType").equals("Exact"),
                List.of(ingressBackend(namespace, Tree.object(path, "backend")))));
      }
    }
  }

  private static Backend ingressBackend(String namespace, JsonObject backend) {
    JsonObject port = Tree.object(backend, "service", "port");
    return new Backend(
        namespace,
        Tree.text("", backend, "service", "name"),
        Tree.text(port, "name").orElse(Tree.text("", port, "number")),
        1);
  }

  private static void addHttpRoute(JsonObject route, List<Rule> found) {
    String namespace = Tree.text("", route, "metadata", "namespace");
    List<String> named = Tree.texts(route, "spec", "hostnames");
    List<String> hosts = named.isEmpty() ? List.of("") : named;
    for (JsonObject rule : Tree.objects(route, "spec", "rules")) {
      List<Backend> backends =
          Tree.objects(rule, "backendRefs").stream()
              .map(one ->
                  new Backend(
                      Tree.text(namespace, one, "namespace"),
                      Tree.text("", one, "name"),
                      Tree.text("", one, "port"),
                      Tree.number(1, one, "weight")))
              .filter(one -> one.weight() > 0)
              .toList();
      List<JsonObject> some = Tree.objects(rule, "matches");
      List<JsonObject> matches = some.isEmpty() ? List.of(new JsonObject()) : some;
      for (String host : hosts) {
        for (JsonObject match : matches) {
          found.add(
              new Rule(
                  host,
                  Tree.text("/", match, "path", "value"),
                  Tree.text("", match, "path", "type").equals("Exact"),
                  backends));
        }
      }
    }
  }

  /** The rule for a request; the host may carry a port. */
  Optional<Rule> find(String host, String path) {
    String name = host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]*$", "");
    return rules.stream().filter(rule -> rule.fits(name, path)).findFirst();
  }

  /** Where the next request by a rule goes; empty when nobody is there for it. */
  Optional<InetSocketAddress> next(Rule rule) {
    int weights = rule.backends().stream().mapToInt(Backend::weight).sum();
    if (weights == 0) {
      return Optional.empty();
    }
    int count = turn.getAndIncrement() & Integer.MAX_VALUE;
    int left = count % weights;
    for (Backend backend : rule.backends()) {
      left -= backend.weight();
      if (left < 0) {
        List<InetSocketAddress> targets = resolve(backend);
        return targets.isEmpty()
            ? Optional.empty()
            : Optional.of(targets.get(count / weights % targets.size()));
      }
    }
    return Optional.empty();
  }

  private List<InetSocketAddress> resolve(Backend backend) {
    Optional<JsonObject> service = services.byName(backend.namespace(), backend.service());
    Optional<JsonObject> endpoint = endpoints.byName(backend.namespace(), backend.service());
    if (service.isEmpty() || endpoint.isEmpty()) {
      return List.of();
    }
    Optional<JsonObject> port =
        Tree.objects(service.get(), "spec", "ports").stream()
            .filter(one ->
                Tree.text("", one, "name").equals(backend.port())
                    || Tree.text("", one, "port").equals(backend.port()))
            .findFirst();
    if (port.isEmpty()) {
      return List.of();
    }
    String name = Tree.text("", port.get(), "name");
    List<InetSocketAddress> targets = new ArrayList<>();
    // Where a Service publishes those that are not ready, its Endpoints call them ready.
    for (JsonObject subset : Tree.objects(endpoint.get(), "subsets")) {
      for (JsonObject target : Tree.objects(subset, "ports")) {
        if (Tree.text("", target, "name").equals(name)) {
          for (JsonObject address : Tree.objects(subset, "addresses")) {
            targets.add(
                new InetSocketAddress(
                    Addresses.loopback(Tree.text("", address, "ip")),
                    Tree.number(0, target, "port")));
          }
        }
      }
    }
    return List.copyOf(targets);
  }

  @Override
  public void close() {
    all().forEach(ObjectCache::close);
  }
}
