package ai.greenthread.cli.client;

/**
 * How a manifest is applied.
 *
 * @param dryRun only validate, and answer what would be
 * @param force take over fields that somebody else manages, where the engine keeps account of who
 *     does; the one of this machine does not
 */
public record PutMode(boolean dryRun, boolean force) {
  /** What nobody else manages is changed. */
  public static final PutMode USUAL = new PutMode(false, false);

  /** Nothing is changed. */
  public static final PutMode DRY_RUN = new PutMode(true, false);

  /** The same without changing anything. */
  public PutMode dry() {
    return new PutMode(true, force);
  }
}
