package ai.greenthread.http.runtime;

import java.nio.file.Path;

/**
 * Where a server of one replica keeps its traces.
 *
 * @param log output of the server, appended to
 * @param pidFile tells a later engine which process to end if this one dies
 */
public record ServerHome(Path log, Path pidFile) {}
