package ai.greenthread.k8s.controlplane;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of this class need a real control plane: a {@link ControlPlane} among their parameters
 * is the one that all classes of a run share; a class that starts one of its own takes {@link
 * Definitions}. Where its programs are missing the class is skipped with the reason; with {@code
 * CI=true} in the environment it fails instead, unless only controllers are missing among servers
 * that {@code KUBEBUILDER_ASSETS} names. Nested classes are like the one around them.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ControlPlaneExtension.class)
public @interface RealControlPlane {
  /** With a kube-controller-manager and a kube-scheduler too; such classes share another one. */
  boolean controllers() default false;

  /**
   * Who serves GreenThread's own resources. Classes with {@link Definitions#NEWEST} share control
   * planes among themselves; where that server is missing they are skipped, also with {@code
   * CI=true}.
   */
  Definitions definitions() default Definitions.BUILT_IN;
}
