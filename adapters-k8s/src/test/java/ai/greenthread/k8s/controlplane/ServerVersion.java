package ai.greenthread.k8s.controlplane;

import com.google.gson.JsonObject;

/** Which Kubernetes a server is: what may be asked of it and which flags it knows. */
public record ServerVersion(int major, int minor) {
  /** Reads the answer of {@code /version}; a vendor's minor version may end in a plus sign. */
  static ServerVersion of(JsonObject answer) {
    return new ServerVersion(number(answer, "major"), number(answer, "minor"));
  }

  private static int number(JsonObject answer, String field) {
    return Integer.parseInt(answer.get(field).getAsString().replaceAll("[^0-9].*", ""));
  }

  public boolean atLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
