/**
 * The Model that a user declares: every field, its default, and every rule it has to keep.
 *
 * <p>What is absent: a text that may be absent is the empty string, as in the published schema
 * ({@code quantization: ""}), a list or map is empty. Where emptiness has no natural value ({@code
 * modelType}, {@code kvCache.maxSize}, {@code runtime.memory}, {@code tolerationSeconds}) the
 * record component is nullable, is named {@code …OrNull}, and a method without that suffix returns
 * an {@link java.util.Optional}; use the method.
 *
 * <p>How it fits together: {@link ai.greenthread.domain.model.ModelManifest} reads a generic tree,
 * {@link ai.greenthread.domain.model.ModelRules} judges one Model, {@link
 * ai.greenthread.domain.model.FleetRules} judges several together, and {@link
 * ai.greenthread.domain.model.ModelDocument} writes the tree again.
 *
 * <p>Two parts of {@code spec} are this project's extensions to the published schema: {@code
 * spec.runtime} ({@link ai.greenthread.domain.model.RuntimeSpec}), because the engine serves models
 * with servers other than vLLM and attaches to running ones, and {@code spec.queue} ({@link
 * ai.greenthread.domain.model.QueueSettings}), because the published product documents limits for
 * its queue but no field for them. A manifest without them means what it means to the product.
 */
@NullMarked
package ai.greenthread.domain.model;

import org.jspecify.annotations.NullMarked;
