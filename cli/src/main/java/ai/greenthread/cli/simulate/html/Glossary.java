package ai.greenthread.cli.simulate.html;

import java.util.List;

/** The words of the page, for whoever meets them for the first time. */
final class Glossary {
  /** A word and what it means here. */
  private record Term(String word, String meaning) {}

  private static final List<Term> TERMS =
      List.of(
          new Term(
              "Model",
              "One of the AI models that share the GPUs. Awake it holds GPU memory and answers;"
                  + " asleep its weights lie in the host's memory."),
          new Term(
              "Policy",
              "The rule that says who is put to sleep when a model has to wake and there is no"
                  + " room."),
          new Term(
              "Wait",
              "From the arrival of a request until its model serves. 0 if the model was awake."),
          new Term(
              "TTFT",
              "Time to first token: the wait, a place in the server's batch, and reading the"
                  + " prompt."),
          new Term("TBT", "Time between two tokens of an answer, on average."),
          new Term(
              "SLO attainment",
              "Share of requests that were answered to the end as promised: TTFT and TBT both"
                  + " within the limits named above."),
          new Term(
              "p50, p95, p99",
              "So many of 100 requests waited no longer. p50 is the median; p99 is what the"
                  + " unluckiest of a hundred sees."),
          new Term(
              "Bound, over the bound",
              "The longest wait that GreenThread promises for a model, computed from the fleet's"
                  + " settings before anything runs. Requests that waited longer are counted; rivals"
                  + " promise nothing and are held against what bounded promises."),
          new Term(
              "Swap", "A wake: a model's weights are brought from the host's memory to its GPUs."),
          new Term("Swap work", "Time that all swaps take if each has the links for itself."),
          new Term(
              "Lower bound",
              "The least swap work with which any policy, even one that knows the future, can"
                  + " serve all these requests if none waits longer than the longest wait of the"
                  + " policy beside it. It assumes much in their favour (no time to answer, all"
                  + " GPUs one memory), so it cannot be reached; where waits are long it is far"
                  + " below what is possible."),
          new Term(
              "Clairvoyant",
              "Knows which request comes next. Nobody can run such a policy; it is shown for"
                  + " comparison."),
          new Term(
              "Dedicated",
              "Each model has GPUs of its own: no sharing, no waits but for the first load."),
          new Term(
              "GPU serving",
              "Share of the GPUs' time in which requests ran on them; the rest went on loading,"
                  + " unloading and idling."),
          new Term(
              "Jain index",
              "How evenly the models fare: 1 if the same share of each model's requests is"
                  + " answered as promised; 1/n if one of n models gets everything."),
          new Term(
              "Thrash",
              "Swaps of a model within 10 s of its going to sleep: it should have stayed."),
          new Term("Wasted wake", "A swap after which the model served nobody."),
          new Term(
              "Cut off, lost",
              "Cut off: the model had to leave before the answer was complete, and its drain"
                  + " timeout was over. Lost: never served at all."),
          new Term(
              "minRuntime, maxWaitTime",
              "Two settings of a model: how long it may serve before it can be sent away, and how"
                  + " long it waits before it sends away one that is in use."));

  private Glossary() {}

  static String html() {
    var html = new StringBuilder("<dl>");
    for (Term term : TERMS) {
      html.append("<dt>")
          .append(Markup.escape(term.word()))
          .append("</dt><dd>")
          .append(Markup.escape(term.meaning()))
          .append("</dd>\n");
    }
    return html.append("</dl>").toString();
  }
}
