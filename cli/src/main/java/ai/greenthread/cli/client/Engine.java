package ai.greenthread.cli.client;

import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What commands need of an engine, be it on this machine or on a cluster. Objects have the shape of
 * the Kubernetes API in both. Every failure is a {@link ai.greenthread.cli.outcome.CliException
 * CliException} that says what to do. Safe for use by many threads.
 */
public interface Engine extends AutoCloseable {

  /**
   * What {@code gtctl version} and {@code gtctl status} show of the engine itself; {@code version}
   * at least.
   */
  JsonNode version();

  /** All Models, as the API's list. */
  JsonNode modelList();

  /**
   * One Model as it was declared, its status as far as it is at hand; empty where there is none of
   * that name. Needs no right to see others.
   */
  Optional<ModelView> find(ModelRef model);

  /** All GPUs, as the API's list. */
  JsonNode gpuList();

  /**
   * Applies a manifest.
   *
   * @return the object as it is or would be, or a refusal, because the caller collects those of
   *     several manifests: violations (400, 422), or fields that others manage (409)
   */
  Answer put(ModelRef model, JsonNode manifest, PutMode mode);

  /** Deletes a Model and waits until it is gone; gives it as it was last. */
  JsonNode delete(ModelRef model);

  /** Wakes or puts to sleep and waits for it; {@code verb} is {@code wake} or {@code sleep}. */
  JsonNode transition(ModelRef model, String verb);

  /** The log of an inference server; close the stream to stop following. */
  InputStream logs(ModelRef model, LogQuery query);

  /**
   * Events of one Model or of all, the last {@code replay} past ones first, in order of time.
   *
   * @param replay as many that have happened already, at most
   */
  EventFeed events(Optional<ModelRef> model, int replay);

  /** The same Model with what its replicas say of themselves at this moment. */
  ModelView closeUp(ModelView model);

  /**
   * Where a Model is talked to.
   *
   * @param throughProxy rather than at its own front door
   */
  ChatApi chat(ModelView model, boolean throughProxy);

  /** Fails where the engine is gone, which may be why a connection ended. */
  void requireAlive();

  /** Where a manifest's Model goes that names no namespace. */
  default String defaultNamespace() {
    return "default";
  }

  default List<ModelView> models() {
    List<ModelView> models = new ArrayList<>();
    modelList().path("items").forEach(item -> models.add(new ModelView(item)));
    return models;
  }

  default List<GpuView> gpus() {
    List<GpuView> gpus = new ArrayList<>();
    gpuList().path("items").forEach(item -> gpus.add(new GpuView(item)));
    return gpus;
  }

  @Override
  void close();
}
