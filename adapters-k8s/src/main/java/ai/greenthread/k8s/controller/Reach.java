package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.ModelRef;
import java.util.Optional;

/**
 * How a Model is reached.
 *
 * @param service it has a Service; without one none of its pods is reached
 * @param pathTakenBy the older Model of its name that has the public path
 * @param url where requests go; empty where they cannot
 */
record Reach(boolean service, Optional<ModelRef> pathTakenBy, String url) {}
