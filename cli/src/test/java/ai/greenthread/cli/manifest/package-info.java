/** Tests of what manifests are read as. */
@org.jspecify.annotations.NullMarked
package ai.greenthread.cli.manifest;
