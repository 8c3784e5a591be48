package ai.greenthread.runtimes.testing;

import java.io.File;
import java.util.List;

/**
 * Starts the command it is given as a child, says which pid it got, and stays until it is killed.
 */
public final class ParentThatStartsAChild {
  private ParentThatStartsAChild() {}

  public static void main(String[] command) throws Exception {
    Process child =
        new ProcessBuilder(List.of(command))
            .redirectOutput(new File("/dev/null"))
            .redirectError(new File("/dev/null"))
            .start();
    System.out.println("ready " + child.pid());
    System.out.flush();
    child.waitFor();
  }
}
