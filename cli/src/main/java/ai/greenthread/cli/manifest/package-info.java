/**
 * Manifests as people write them: files and directories of YAML or JSON, several documents each.
 */
@NullMarked
package ai.greenthread.cli.manifest;

import org.jspecify.annotations.NullMarked;
