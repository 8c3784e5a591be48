package ai.greenthread.engine.cluster;

import ai.greenthread.k8s.controlplane.Definitions;
import ai.greenthread.k8s.controlplane.RealControlPlane;

/** The same Model, whose objects the newest server keeps. */
@RealControlPlane(controllers = true, definitions = Definitions.NEWEST)
class NewestSmokeTest extends SmokeTest {}
