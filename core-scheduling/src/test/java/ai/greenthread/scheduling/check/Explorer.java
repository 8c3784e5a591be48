package ai.greenthread.scheduling.check;

import ai.greenthread.scheduling.check.Moves.Move;
import ai.greenthread.scheduling.check.Sys.Client;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Visits every state that a setup can reach, breadth first, holds the rules against each state and
 * each step, and then looks whether everybody who waits can still be served.
 *
 * <p>What is exact: the product's state machine, ledger rules, ledger and policy; every order of
 * requests coming, leaving and ending, of answers, of ledger changes being seen and of clocks being
 * looked at. Any of the following may happen at any moment, as often as the setup allows in one
 * history: an answer lost or overtaken by other events, a question cut short after any of its
 * writes, a wake, sleep, stop or boot that fails or takes too long, a server that dies, a sidecar
 * that restarts.
 *
 * <p>What is simplified: each replica has at most one request; what takes milliseconds (questions
 * to the ledger, its changes being seen, clocks that ring) happens before a second passes; a
 * question reads and writes in one go; idleness counts from the wake; wake locks outlast the
 * history; use is not reported to the ledger, so the least recently used is the one that woke
 * first; nobody gives orders by hand. The simulation covers what is left out here.
 */
final class Explorer {
  private final Setup setup;
  private final Moves moves;
  private final Rules rules;
  private final int limit;
  private final Seen seen = new Seen();
  private final ArrayDeque<Sys> open = new ArrayDeque<>();

  /** For each state who waits and who is served, a bit each. */
  private byte[] waiting = new byte[1 << 16];

  private byte[] served = new byte[1 << 16];

  /** For each state the one from which it was first reached. */
  private int[] parent = new int[1 << 16];

  private int[] edgeFrom = new int[1 << 18];
  private int[] edgeTo = new int[1 << 18];

  /** Whose waiting client leaves along the edge; -1 for none. */
  private byte[] edgeLeaver = new byte[1 << 18];

  private int edges;

  /**
   * @param limit most states to visit; a setup beyond it has to be made smaller
   */
  Explorer(Setup setup, Moves moves, int limit) {
    this.setup = setup;
    this.moves = moves;
    this.rules = new Rules(setup);
    this.limit = limit;
  }

  /** What was found: {@code problem} is empty if every rule holds. */
  record Result(int states, int edges, String problem) {}

  Result explore() {
    var encoder = new Encoder(setup);
    Sys first = Normal.of(setup, moves.begin());
    meet(encoder, first, -1);
    for (int number = 0; !open.isEmpty(); number++) {
      Sys sys = open.remove();
      String broken = rules.broken(sys);
      if (!broken.isEmpty()) {
        return new Result(seen.size(), edges, broken + story(number));
      }
      for (Move move : moves.from(sys)) {
        String wrong = rules.broken(sys, move.next());
        if (!wrong.isEmpty()) {
          return new Result(seen.size(), edges, wrong + story(number) + "\n" + move.what());
        }
        edge(number, meet(encoder, Normal.of(setup, move.next()), number), move.leaver());
      }
      if (seen.size() > limit) {
        return new Result(seen.size(), edges, "more than " + limit + " states");
      }
    }
    return new Result(seen.size(), edges, hopeless());
  }

  private int meet(Encoder encoder, Sys sys, int from) {
    int number = seen.add(encoder.encode(sys));
    if (number >= 0) {
      return number;
    }
    int fresh = ~number;
    if (fresh == waiting.length) {
      waiting = Arrays.copyOf(waiting, fresh * 2);
      served = Arrays.copyOf(served, fresh * 2);
      parent = Arrays.copyOf(parent, fresh * 2);
    }
    parent[fresh] = from;
    waiting[fresh] = bits(sys, Client.WAITING);
    served[fresh] = bits(sys, Client.SERVED);
    open.add(sys);
    return fresh;
  }

  private static byte bits(Sys sys, Client client) {
    int bits = 0;
    for (int i = 0; i < sys.parts().size(); i++) {
      bits |= sys.part(i).client() == client ? 1 << i : 0;
    }
    return (byte) bits;
  }

  private void edge(int from, int to, int leaver) {
    if (edges == edgeFrom.length) {
      edgeFrom = Arrays.copyOf(edgeFrom, edges * 2);
      edgeTo = Arrays.copyOf(edgeTo, edges * 2);
      edgeLeaver = Arrays.copyOf(edgeLeaver, edges * 2);
    }
    edgeFrom[edges] = from;
    edgeTo[edges] = to;
    edgeLeaver[edges++] = (byte) leaver;
  }

  /** A state in which somebody waits and from which no path leads to its being served. */
  private String hopeless() {
    int[][] into = incoming();
    for (int replica = 0; replica < setup.members().size(); replica++) {
      int bit = 1 << replica;
      var hope = new BitSet(seen.size());
      var todo = new ArrayDeque<Integer>();
      for (int state = 0; state < seen.size(); state++) {
        if ((served[state] & bit) != 0) {
          hope.set(state);
          todo.add(state);
        }
      }
      while (!todo.isEmpty()) {
        for (int edge : into[todo.remove()]) {
          if (edgeLeaver[edge] != replica && !hope.get(edgeFrom[edge])) {
            hope.set(edgeFrom[edge]);
            todo.add(edgeFrom[edge]);
          }
        }
      }
      for (int state = 0; state < seen.size(); state++) {
        if ((waiting[state] & bit) != 0 && !hope.get(state)) {
          String who = setup.members().get(replica).id().podName();
          return "L1: " + who + " waits and can never be served" + story(state);
        }
      }
    }
    return "";
  }

  private int[][] incoming() {
    int[] count = new int[seen.size()];
    for (int edge = 0; edge < edges; edge++) {
      count[edgeTo[edge]]++;
    }
    int[][] into = new int[seen.size()][];
    for (int state = 0; state < into.length; state++) {
      into[state] = new int[count[state]];
    }
    for (int edge = 0; edge < edges; edge++) {
      into[edgeTo[edge]][--count[edgeTo[edge]]] = edge;
    }
    return into;
  }

  /** How the state was reached, told by walking the way again. */
  private String story(int state) {
    var way = new ArrayList<Integer>();
    for (int at = state; at >= 0; at = parent[at]) {
      way.addFirst(at);
    }
    var encoder = new Encoder(setup);
    var told = new StringBuilder();
    Sys sys = Normal.of(setup, moves.begin());
    for (int next : way.subList(1, way.size())) {
      for (Move move : moves.from(sys)) {
        Sys reached = Normal.of(setup, move.next());
        if (seen.add(encoder.encode(reached)) == next) {
          told.append('\n').append(move.what());
          sys = reached;
          break;
        }
      }
    }
    return told.append("\n→ ").append(sys).toString();
  }
}
