package ai.greenthread.k8s.render;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelDocument;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.ResourceRequirements;
import ai.greenthread.domain.model.Toleration;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.runtime.HostLink;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The pod of one replica: the sidecar, and the inference server that it starts and ends. */
public final class PodTemplate {
  /** Beyond the drain: the end of the server, politely and by force, and the proof of it. */
  private static final Duration END = Duration.ofSeconds(45);

  private static final String TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

  /** Tells the sidecar its Model. */
  private static final String WAKES_AT_ONCE_VARIABLE = "GREENTHREAD_WAKES_AT_ONCE";

  private static final String MODEL_VARIABLE = "GREENTHREAD_MODEL";

  private PodTemplate() {}

  /**
   * The Model that a pod belongs to, as an object on the cluster.
   *
   * @param uid of the object
   */
  public record Owner(String uid) {}

  /**
   * The Model as it was when a pod was made from it, which its sidecar goes by until it restarts;
   * empty for a pod that says none.
   */
  public static Optional<Model> madeFrom(JsonObject pod) {
    return variable(pod, MODEL_VARIABLE).flatMap(value -> read(value.replace("$$(", "$(")));
  }

  /** GPUs that may load at the same time, as the sidecar of a pod was told; 0 for all. */
  public static int wakesAtOnce(JsonObject pod) {
    try {
      return HostLink.require(Integer.parseInt(variable(pod, WAKES_AT_ONCE_VARIABLE).orElse("0")));
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }

  private static Optional<String> variable(JsonObject pod, String name) {
    return Trees.items(Trees.at(pod, "spec"), "containers").stream()
        .flatMap(container -> Trees.items(container, "env").stream())
        .filter(variable -> Trees.text(variable, "name").equals(Optional.of(name)))
        .flatMap(variable -> Trees.text(variable, "value").stream())
        .findFirst();
  }

  private static Optional<Model> read(String document) {
    try {
      return JsonParser.parseString(document) instanceof JsonObject object
              && ModelManifest.read(ManifestTree.of(object, Resource.MODEL.kind()))
                  instanceof Reading.Valid valid
          ? Optional.of(valid.model())
          : Optional.empty();
    } catch (JsonParseException e) {
      return Optional.empty();
    }
  }

  /** The pod of that replica on those devices. */
  public static JsonObject pod(
      Model model, Owner owner, int ordinal, ReplicaPlace place, RenderSettings settings) {
    ReplicaId replica = new ReplicaId(model.ref(), ordinal);
    Map<String, String> annotations = new LinkedHashMap<>();
    annotations.put(Naming.GPUS, names(place));
    annotations.put(Naming.SPEC_HASH, SpecHash.ofPod(model));
    annotations.put(Naming.REPLACE_HASH, SpecHash.ofServer(model));
    if (settings.selection() == RenderSettings.DeviceSelection.CDI) {
      annotations.put(
          "cdi.k8s.io/greenthread",
          place.uuids().stream()
              .map(uuid -> "nvidia.com/gpu=" + uuid)
              .collect(Collectors.joining(",")));
    }
    Map<String, String> labels = labels(model);
    labels.put(Naming.REPLICA, Integer.toString(ordinal));
    return Trees.object(
        "apiVersion",
        "v1",
        "kind",
        "Pod",
        "metadata",
        Trees.object(
            "name",
            replica.podName(),
            "namespace",
            model.ref().namespace(),
            "labels",
            labels,
            "annotations",
            annotations,
            "ownerReferences",
            List.of(owner(model, owner))),
        "spec",
        spec(model, ordinal, place, settings));
  }

  /** Names of the GPU objects, comma-separated. */
  private static String names(ReplicaPlace place) {
    return place.devices().stream().map(GpuId::objectName).collect(Collectors.joining(","));
  }

  /** Labels of everything that is made for a Model. */
  static Map<String, String> labels(Model model) {
    Map<String, String> labels = new LinkedHashMap<>(selector(model));
    labels.put(Naming.MANAGED_BY, Naming.GREENTHREAD);
    return labels;
  }

  /** Labels that tell the pods of a Model from all others in its namespace. */
  static Map<String, String> selector(Model model) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put(Naming.APP, Naming.APP_MODEL);
    labels.put(Naming.MODEL, model.ref().name());
    return labels;
  }

  static JsonObject owner(Model model, Owner owner) {
    return Trees.object(
        "apiVersion",
        Resource.API_VERSION,
        "kind",
        Resource.MODEL.kind(),
        "name",
        model.ref().name(),
        "uid",
        owner.uid(),
        "controller",
        true,
        "blockOwnerDeletion",
        true);
  }

  private static JsonObject spec(
      Model model, int ordinal, ReplicaPlace place, RenderSettings settings) {
    ModelSpec of = model.spec();
    JsonObject spec =
        Trees.object(
            "restartPolicy",
            "Always",
            "terminationGracePeriodSeconds",
            of.sleep().drainTimeout().plus(END).toSeconds(),
            "serviceAccountName",
            account(model, settings),
            "automountServiceAccountToken",
            false,
            "enableServiceLinks",
            false,
            "affinity",
            onNode(place.node()),
            "tolerations",
            tolerations(of.tolerations()),
            "volumes",
            volumes());
    if (!settings.runtimeClass().isEmpty()) {
      spec.addProperty("runtimeClassName", settings.runtimeClass());
    }
    if (!of.nodeSelector().isEmpty()) {
      spec.add("nodeSelector", Trees.tree(of.nodeSelector()));
    }
    if (!settings.pullSecrets().isEmpty()) {
      spec.add(
          "imagePullSecrets",
          Trees.tree(settings.pullSecrets().stream().map(name -> Map.of("name", name)).toList()));
    }
    List<JsonObject> containers = new ArrayList<>();
    containers.add(sidecar(model, ordinal, place, settings));
    ServerContainer.of(model, place, settings).ifPresent(containers::add);
    spec.add("containers", Trees.tree(containers));
    return spec;
  }

  /** The account whose token the sidecar gets. */
  public static String account(Model model, RenderSettings settings) {
    return model.spec().serviceAccountName().isEmpty()
        ? settings.account()
        : model.spec().serviceAccountName();
  }

  private static JsonObject onNode(String node) {
    return Trees.object(
        "nodeAffinity",
        Trees.object(
            "requiredDuringSchedulingIgnoredDuringExecution",
            Trees.object(
                "nodeSelectorTerms",
                List.of(
                    Map.of(
                        "matchFields",
                        List.of(
                            Trees.object(
                                "key",
                                "metadata.name",
                                "operator",
                                "In",
                                "values",
                                List.of(node))))))));
  }

  private static List<JsonObject> tolerations(List<Toleration> own) {
    List<JsonObject> tolerations = new ArrayList<>();
    tolerations.add(
        Trees.object("key", "nvidia.com/gpu", "operator", "Exists", "effect", "NoSchedule"));
    for (Toleration each : own) {
      JsonObject toleration = Trees.object("operator", each.operator().wireName());
      add(toleration, "key", each.key());
      add(toleration, "value", each.value());
      add(toleration, "effect", each.effect().wireName());
      each.tolerationSeconds()
          .ifPresent(seconds -> toleration.addProperty("tolerationSeconds", seconds));
      tolerations.add(toleration);
    }
    return tolerations;
  }

  private static void add(JsonObject to, String name, String value) {
    if (!value.isEmpty()) {
      to.addProperty(name, value);
    }
  }

  private static List<Object> volumes() {
    return List.of(
        Map.of("name", "run", "emptyDir", Map.of("medium", "Memory", "sizeLimit", "16Mi")),
        // vLLM's workers pass tensors through it, and the usual 64 MiB are too few.
        Map.of("name", "shm", "emptyDir", Map.of("medium", "Memory")),
        Map.of(
            "name",
            "token",
            "projected",
            Map.of(
                "sources",
                List.of(
                    Map.of(
                        "serviceAccountToken",
                        Trees.object("path", "token", "expirationSeconds", 3607)),
                    Map.of(
                        "configMap",
                        Trees.object(
                            "name",
                            "kube-root-ca.crt",
                            "items",
                            List.of(Map.of("key", "ca.crt", "path", "ca.crt")))),
                    Map.of(
                        "downwardAPI",
                        Map.of(
                            "items",
                            List.of(
                                Trees.object(
                                    "path",
                                    "namespace",
                                    "fieldRef",
                                    Trees.object(
                                        "apiVersion",
                                        "v1",
                                        "fieldPath",
                                        "metadata.namespace")))))))));
  }

  private static JsonObject sidecar(
      Model model, int ordinal, ReplicaPlace place, RenderSettings settings) {
    String image =
        model.spec().sidecarImage().isEmpty()
            ? settings.sidecarImage()
            : model.spec().sidecarImage();
    return Trees.object(
        "name",
        Naming.SIDECAR,
        "image",
        image,
        "command",
        List.of("greenthread-engine", "sidecar"),
        "ports",
        List.of(
            Trees.object("name", "http", "containerPort", Naming.SIDECAR_PORT, "protocol", "TCP")),
        "env",
        environment(model, ordinal, place, settings),
        "volumeMounts",
        List.of(
            Map.of("name", "run", "mountPath", Naming.RUN_FOLDER),
            Trees.object("name", "token", "mountPath", TOKEN_FOLDER, "readOnly", true)),
        "readinessProbe",
        // The door alone: whoever is asleep, or starts for the first time, parks requests.
        probe("/status", 2, 3),
        "livenessProbe",
        // Not /health: a first boot may take many minutes and is no reason to begin it anew.
        probe("/status", 10, 6),
        "resources",
        settings.sidecarResources(),
        "securityContext",
        Trees.object(
            "allowPrivilegeEscalation",
            false,
            "readOnlyRootFilesystem",
            true,
            "capabilities",
            Map.of("drop", List.of("ALL"))));
  }

  private static JsonObject probe(String path, int periodSeconds, int failures) {
    return Trees.object(
        "httpGet",
        Trees.object("path", path, "port", "http", "scheme", "HTTP"),
        "periodSeconds",
        periodSeconds,
        "timeoutSeconds",
        2,
        "failureThreshold",
        failures);
  }

  private static List<Object> environment(
      Model model, int ordinal, ReplicaPlace place, RenderSettings settings) {
    List<Object> environment = new ArrayList<>();
    environment.add(field("POD_NAME", "metadata.name"));
    environment.add(field("POD_UID", "metadata.uid"));
    environment.add(field("NODE_NAME", "spec.nodeName"));
    environment.add(field("HOST_IP", "status.hostIP"));
    Map<String, String> values = new LinkedHashMap<>();
    // Kubernetes would read $(…) in a user's command as a variable of its own.
    values.put(
        MODEL_VARIABLE, Trees.tree(ModelDocument.write(model)).toString().replace("$(", "$$("));
    values.put("GREENTHREAD_ORDINAL", Integer.toString(ordinal));
    values.put("GREENTHREAD_GPUS", names(place));
    values.put("GREENTHREAD_REPLACE_HASH", SpecHash.ofServer(model));
    values.put("GREENTHREAD_SYSTEM_NAMESPACE", settings.systemNamespace());
    values.put("GREENTHREAD_HOST", "0.0.0.0");
    values.put("GREENTHREAD_PORT", Integer.toString(Naming.SIDECAR_PORT));
    values.put("GREENTHREAD_LOOPBACK", "127.0.0.1");
    values.put("GREENTHREAD_RUNTIME_URL", "http://$(GREENTHREAD_LOOPBACK):" + Naming.RUNTIME_PORT);
    values.put("GREENTHREAD_AGENT_URL", "http://$(HOST_IP):" + settings.agentPort());
    values.put("GREENTHREAD_RUN", Naming.RUN_FOLDER);
    values.put("GREENTHREAD_POLICY", settings.policy().text());
    values.put(WAKES_AT_ONCE_VARIABLE, Integer.toString(settings.wakesAtOnce()));
    values.forEach((name, value) -> environment.add(Trees.object("name", name, "value", value)));
    return environment;
  }

  /** A variable with a value of the pod itself. */
  static JsonObject field(String name, String path) {
    return Trees.object(
        "name",
        name,
        "valueFrom",
        Map.of("fieldRef", Trees.object("apiVersion", "v1", "fieldPath", path)));
  }

  static JsonObject resources(ResourceRequirements of) {
    JsonObject resources = new JsonObject();
    Map<String, String> limits = new TreeMap<>();
    of.limits().forEach((name, amount) -> limits.put(name, amount.toString()));
    Map<String, String> requests = new TreeMap<>();
    of.requests().forEach((name, amount) -> requests.put(name, amount.toString()));
    if (!limits.isEmpty()) {
      resources.add("limits", Trees.tree(limits));
    }
    if (!requests.isEmpty()) {
      resources.add("requests", Trees.tree(requests));
    }
    if (!of.claims().isEmpty()) {
      resources.add(
          "claims",
          Trees.tree(
              of.claims().stream()
                  .map(claim -> {
                    JsonObject item = Trees.object("name", claim.name());
                    add(item, "request", claim.request());
                    return item;
                  })
                  .toList()));
    }
    return resources;
  }
}
