package ai.greenthread.runtimes.gguf;

import ai.greenthread.runtimes.gguf.RandomGguf.LittleEndian;
import java.util.ArrayList;
import java.util.List;

/**
 * Metadata of a random model, its vocabulary among it: bytes and single characters, so that any
 * text can be read.
 */
final class RandomVocabulary {
  private static final int U32 = 4;
  private static final int I32 = 5;
  private static final int F32 = 6;
  private static final int BOOL = 7;
  private static final int TEXT = 8;
  private static final int ARRAY = 9;

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  private static final int BYTES_FROM = 3;
  private static final int CHARACTERS_FROM = BYTES_FROM + 256;
  private static final char FIRST_PRINTABLE = 33;
  private static final char LAST_PRINTABLE = 126;

  /** Number of tokens. */
  static final int SIZE = CHARACTERS_FROM + 1 + (LAST_PRINTABLE - FIRST_PRINTABLE + 1);

  private static final String TEMPLATE =
      "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";

  private RandomVocabulary() {}

  /** Number of key/value pairs that {@link #write} writes. */
  static int entries(RandomShape shape) {
    Pairs pairs = new Pairs(new LittleEndian());
    pairs.all(shape);
    return pairs.count;
  }

  static void write(LittleEndian out, RandomShape shape) {
    new Pairs(out).all(shape);
  }

  private static List<String> tokens() {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int i = 0; i < 256; i++) {
      tokens.add("<0x%02X>".formatted(i));
    }
    tokens.add("▁");
    for (char c = FIRST_PRINTABLE; c <= LAST_PRINTABLE; c++) {
      tokens.add(String.valueOf(c));
    }
    return tokens;
  }

  private static int type(int token) {
    if (token == 0) {
      return UNKNOWN;
    }
    return token < BYTES_FROM ? CONTROL : token < CHARACTERS_FROM ? BYTE : NORMAL;
  }

  private static final class Pairs {
    private final LittleEndian out;
    private int count;

    Pairs(LittleEndian out) {
      this.out = out;
    }

    void all(RandomShape shape) {
      key("general.architecture", TEXT).text("llama");
      key("general.name", TEXT).text("random-" + shape.embedding() + "x" + shape.layers());
      key("general.file_type", U32).u32(shape.half() ? 1 : 0);
      key("general.alignment", U32).u32(32);
      key("llama.context_length", U32).u32(shape.context());
      key("llama.embedding_length", U32).u32(shape.embedding());
      key("llama.block_count", U32).u32(shape.layers());
      key("llama.feed_forward_length", U32).u32(shape.feedForward());
      key("llama.attention.head_count", U32).u32(shape.heads());
      key("llama.attention.head_count_kv", U32).u32(shape.heads());
      key("llama.attention.layer_norm_rms_epsilon", F32).f32(1e-5f);
      key("llama.rope.dimension_count", U32).u32(shape.embedding() / shape.heads());
      key("llama.vocab_size", U32).u32(SIZE);
      key("tokenizer.ggml.model", TEXT).text("llama");
      key("tokenizer.ggml.pre", TEXT).text("default");
      array("tokenizer.ggml.tokens", TEXT);
      tokens().forEach(out::text);
      array("tokenizer.ggml.scores", F32);
      for (int i = 0; i < SIZE; i++) {
        out.f32(Math.min(0, CHARACTERS_FROM - i));
      }
      array("tokenizer.ggml.token_type", I32);
      for (int i = 0; i < SIZE; i++) {
        out.u32(type(i));
      }
      key("tokenizer.ggml.bos_token_id", U32).u32(1);
      key("tokenizer.ggml.eos_token_id", U32).u32(2);
      key("tokenizer.ggml.unknown_token_id", U32).u32(0);
      key("tokenizer.ggml.add_bos_token", BOOL).raw(new byte[] {1});
      key("tokenizer.ggml.add_space_prefix", BOOL).raw(new byte[] {0});
      key("tokenizer.chat_template", TEXT).text(TEMPLATE);
    }

    private LittleEndian key(String name, int type) {
      count++;
      return out.text(name).u32(type);
    }

    private void array(String name, int elementType) {
      key(name, ARRAY).u32(elementType).u64(SIZE);
    }
  }
}
