package ai.greenthread.k8s.render;

/** Names that the engine's objects carry. */
public final class Naming {
  public static final String MANAGER = "greenthread-controller";

  /** Finalizer of a Model: its pods end and what they held is cleared before it goes. */
  public static final String FINALIZER = "greenthread.ai/controller";

  public static final String APP = "app.kubernetes.io/name";
  public static final String APP_MODEL = "greenthread-model";
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  public static final String GREENTHREAD = "greenthread";
  public static final String MODEL = "greenthread.ai/model";
  public static final String REPLICA = "greenthread.ai/replica";

  /** Names of a pod's GPU objects, comma-separated. */
  public static final String GPUS = "greenthread.ai/gpus";

  /** Of the spec that the pod was made from. */
  public static final String SPEC_HASH = "greenthread.ai/spec-hash";

  /** Of what a pod has to be replaced for. */
  public static final String REPLACE_HASH = "greenthread.ai/replace-hash";

  /** Of a Service or route as it was applied: another one may also say less. */
  public static final String APPLIED_HASH = "greenthread.ai/applied-hash";

  public static final int SIDECAR_PORT = 8080;
  public static final int RUNTIME_PORT = 8000;
  public static final String RUN_FOLDER = "/greenthread/run";
  public static final String SIDECAR = "sidecar";
  public static final String INFERENCE = "inference";

  private Naming() {}
}
