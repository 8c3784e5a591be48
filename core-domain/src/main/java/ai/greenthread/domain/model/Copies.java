package ai.greenthread.domain.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Copies that cannot change and always come in the same order. */
final class Copies {
  private Copies() {}

  static <V> Map<String, V> sorted(Map<String, V> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }
}
