package ai.greenthread.runtimes.surface;

/** Observations in seconds, counted into buckets the way Prometheus wants them. */
final class Histogram {
  private final double[] bounds;
  private final long[] counts;
  private long total;
  private double sum;

  /**
   * @param bounds upper bounds in seconds, rising
   */
  Histogram(double... bounds) {
    this.bounds = bounds.clone();
    this.counts = new long[bounds.length];
  }

  synchronized void observe(double seconds) {
    total++;
    sum += seconds;
    for (int i = 0; i < bounds.length; i++) {
      if (seconds <= bounds[i]) {
        counts[i]++;
      }
    }
  }

  synchronized void write(StringBuilder page, String name, String labels) {
    page.append("# TYPE ").append(name).append(" histogram\n");
    for (int i = 0; i < bounds.length; i++) {
      bucket(page, name, labels, Double.toString(bounds[i]), counts[i]);
    }
    bucket(page, name, labels, "+Inf", total);
    page.append(name).append("_sum{").append(labels).append("} ").append(sum).append('\n');
    page.append(name).append("_count{").append(labels).append("} ").append(total).append('\n');
  }

  private static void bucket(
      StringBuilder page, String name, String labels, String le, long count) {
    page.append(name).append("_bucket{").append(labels).append(",le=\"").append(le).append("\"} ");
    page.append(count).append('\n');
  }
}
