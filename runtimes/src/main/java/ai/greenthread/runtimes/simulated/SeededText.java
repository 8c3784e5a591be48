package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.surface.GenerationRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * The words of a simulated model. The same prompt, seed and model give the same answer at
 * temperature 0, and a different model gives a different one, so that an answer is as good a
 * fingerprint as a real model's.
 */
final class SeededText {
  private static final List<String> WORDS =
      List.of(
          ("amber anchor apple arrow autumn basket beacon birch blossom bridge brook candle canyon cedar"
                  + " chalk cherry cliff clover cobalt copper coral cotton crystal dawn delta desert ember"
                  + " feather fern field flint forest fountain garden glacier granite harbor hazel hollow"
                  + " indigo island ivory jasmine juniper lagoon lantern lavender lemon linen maple marble"
                  + " meadow mirror mist moss mountain oak ocean olive orchard pebble pine prairie quartz"
                  + " rain reef ribbon river saffron sage sand shadow silver slate snow spruce stone summer"
                  + " sunset thistle thunder timber topaz tulip valley velvet violet walnut water willow wind")
              .split(" ", -1));

  /** Words of the prompt that an answer begins with. */
  private static final int ECHOED = 4;

  private SeededText() {}

  /** Every token of the answer; each is a word with the space before it. */
  static List<String> answer(
      SimulatorConfig config,
      GenerationRequest request,
      RandomGenerator unseeded,
      boolean garbage) {
    GenerationRequest.Sampling sampling = request.sampling();
    int natural = sampling.ignoreEnd() ? Integer.MAX_VALUE : config.get(Knobs.ANSWER_TOKENS);
    int length = Math.min(natural, request.maxTokens());
    List<String> tokens = new ArrayList<>(length);
    if (garbage) {
      for (int i = 0; i < length; i++) {
        tokens.add("!");
      }
      return tokens;
    }
    long seed =
        config.get(Knobs.SEED) * 31 + hash(config.get(Knobs.SERVED_MODEL_NAME).list().getFirst());
    if (sampling.temperature() > 0) {
      seed ^= sampling.seed().orElseGet(unseeded::nextLong);
    }
    SplittableRandom random = new SplittableRandom(seed ^ hash(request.prompt()));
    List<String> echo = lastWords(request.prompt());
    for (int i = 0; i < length; i++) {
      String word = i < echo.size() ? echo.get(i) : WORDS.get(random.nextInt(WORDS.size()));
      tokens.add(i == 0 ? word : " " + word);
    }
    return tokens;
  }

  private static List<String> lastWords(String prompt) {
    String said = prompt.strip();
    int end = said.lastIndexOf("\nassistant:");
    List<String> words =
        List.of((end < 0 ? said : said.substring(0, end)).strip().split("\\s+", -1));
    return words.subList(Math.max(0, words.size() - ECHOED), words.size());
  }

  /** A vector of length 1 that is closer to those of texts with the same words. */
  static float[] vector(SimulatorConfig config, String text) {
    float[] sum = new float[config.get(Knobs.EMBEDDING_SIZE)];
    for (String word : text.toLowerCase(Locale.ROOT).split("\\W+", -1)) {
      if (word.isEmpty()) {
        continue;
      }
      SplittableRandom random = new SplittableRandom(hash(word) ^ config.get(Knobs.SEED));
      for (int i = 0; i < sum.length; i++) {
        sum[i] += (float) random.nextGaussian();
      }
    }
    double square = 0;
    for (float number : sum) {
      square += number * number;
    }
    if (square == 0) {
      sum[0] = 1;
      return sum;
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] = (float) (sum[i] / Math.sqrt(square));
    }
    return sum;
  }

  /** Three bytes of UTF-8 a token, so that tokens can be turned back into their text. */
  static int[] tokens(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[(bytes.length + 2) / 3];
    for (int i = 0; i < bytes.length; i++) {
      tokens[i / 3] |= (bytes[i] & 0xff) << (8 * (i % 3));
    }
    if (bytes.length % 3 != 0) {
      tokens[tokens.length - 1] |= (bytes.length % 3) << 24;
    }
    return tokens;
  }

  static String text(int[] tokens) {
    byte[] bytes = new byte[tokens.length * 3];
    int length = 0;
    for (int token : tokens) {
      int count = (token >> 24) == 0 ? 3 : (token >> 24) & 3;
      for (int i = 0; i < count; i++) {
        bytes[length++] = (byte) (token >> (8 * i));
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** FNV-1a: the same in every JVM. */
  static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
