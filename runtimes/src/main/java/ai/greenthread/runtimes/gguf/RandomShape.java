package ai.greenthread.runtimes.gguf;

import java.util.ArrayList;
import java.util.List;

/**
 * Measures of a random model.
 *
 * @param embedding width, a multiple of {@code heads}
 * @param feedForward width between
 * @param context tokens it claims to have been trained for
 * @param half stores weights in two bytes instead of four
 */
public record RandomShape(
    int embedding, int layers, int heads, int feedForward, int context, boolean half, long seed) {

  /** 152 thousand parameters, 0.6 MB. */
  public static final RandomShape SMALL = new RandomShape(64, 2, 4, 192, 2048, false, 7);

  private static final int HEAD_SIZE = 64;

  public RandomShape {
    if (embedding < 1 || layers < 1 || heads < 1 || feedForward < 1 || embedding % heads != 0) {
      throw new IllegalArgumentException(
          "a model needs at least one of everything, and a width that its heads divide");
    }
  }

  /**
   * One tensor of the file.
   *
   * @param dimensions the fastest-running one first
   * @param deviation of its numbers
   * @param ones all numbers are 1
   */
  record Tensor(
      String name, List<Integer> dimensions, boolean half, double deviation, boolean ones) {
    long elements() {
      return dimensions.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    long bytes() {
      return elements() * (half ? 2 : 4);
    }
  }

  /** A shape whose file comes within a few percent of a size, from 1 MB on much closer. */
  public static RandomShape ofBytes(long bytes, boolean half, int context, long seed) {
    double parameters = Math.max(150_000, bytes / (half ? 2.0 : 4.0));
    int embedding =
        Math.max(HEAD_SIZE, (int) Math.round(Math.sqrt(parameters / 156) / HEAD_SIZE) * HEAD_SIZE);
    double body = parameters - 2.0 * RandomVocabulary.SIZE * embedding - embedding;
    double layer = 13.0 * embedding * embedding + 2 * embedding;
    int layers = Math.max(1, (int) Math.round(body / layer));
    double rest = body / layers - 4.0 * embedding * embedding - 2.0 * embedding;
    int feedForward = Math.max(8, (int) Math.round(rest / (3.0 * embedding) / 8) * 8);
    return new RandomShape(
        embedding, layers, embedding / HEAD_SIZE, feedForward, context, half, seed);
  }

  public long parameters() {
    return tensors().stream().mapToLong(Tensor::elements).sum();
  }

  List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(matrix("token_embd", embedding, RandomVocabulary.SIZE, 1));
    tensors.add(matrix("output", embedding, RandomVocabulary.SIZE, scale(embedding)));
    tensors.add(norm("output_norm"));
    for (int n = 0; n < layers; n++) {
      String block = "blk." + n + ".";
      tensors.add(norm(block + "attn_norm"));
      tensors.add(norm(block + "ffn_norm"));
      for (String part : List.of("attn_q", "attn_k", "attn_v", "attn_output")) {
        tensors.add(matrix(block + part, embedding, embedding, scale(embedding)));
      }
      tensors.add(matrix(block + "ffn_gate", embedding, feedForward, scale(embedding)));
      tensors.add(matrix(block + "ffn_up", embedding, feedForward, scale(embedding)));
      tensors.add(matrix(block + "ffn_down", feedForward, embedding, scale(feedForward)));
    }
    return List.copyOf(tensors);
  }

  private static double scale(int inputs) {
    return 1 / Math.sqrt(inputs);
  }

  private Tensor matrix(String name, int inputs, int outputs, double deviation) {
    return new Tensor(name + ".weight", List.of(inputs, outputs), half, deviation, false);
  }

  private Tensor norm(String name) {
    return new Tensor(name + ".weight", List.of(embedding), false, 0, true);
  }
}
