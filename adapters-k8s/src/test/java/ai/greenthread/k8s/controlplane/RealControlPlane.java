package ai.greenthread.k8s.controlplane;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of this class need a real control plane: a {@link ControlPlane} among their parameters
 * is the one that all classes of a run share. Where its programs are missing the class is skipped
 * with the reason; with {@code CI=true} in the environment it fails instead, unless only
 * controllers are missing among servers that {@code KUBEBUILDER_ASSETS} names.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ControlPlaneExtension.class)
public @interface RealControlPlane {
  /** With a kube-controller-manager and a kube-scheduler too; such classes share another one. */
  boolean controllers() default false;
}
