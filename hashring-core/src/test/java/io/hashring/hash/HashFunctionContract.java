package io.hashring.hash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hashring.Depth;
import java.math.BigInteger;
import java.nio.CharBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link HashFunction} does. The test of an implementation says how to make it, what its
 * digest is by an implementation of somebody else, and its golden checksum.
 */
public abstract class HashFunctionContract {

  /** For the tests of implementations. */
  protected HashFunctionContract() {}

  /** The function under test, made anew. */
  protected abstract HashFunction function();

  /** The position that another implementation gives. */
  protected abstract long reference(byte[] input);

  /** The number of the function's own width of which a slot is the remainder. */
  protected abstract BigInteger referenceNumber(byte[] input);

  /**
   * The sum over the {@link #input inputs} of 0 to 300 bytes, times 31 at each step, of the
   * positions. Computed by other implementations in another language.
   */
  protected abstract long goldenChecksum();

  public static byte[] input(int length) {
    byte[] input = new byte[length];
    for (int i = 0; i < length; i++) {
      input[i] = (byte) (i * 37 + length * 101);
    }
    return input;
  }

  protected static BigInteger unsigned(long value) {
    return new BigInteger(Long.toUnsignedString(value));
  }

  @Test
  final void hash_lengthsToThreeHundred_hasTheGoldenChecksum() {
    long checksum = 0;
    for (int length = 0; length <= 300; length++) {
      checksum = checksum * 31 + function().hash(input(length));
    }
    assertThat(checksum).isEqualTo(goldenChecksum());
  }

  @Test
  final void hash_randomBytes_agreesWithTheReference() {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      byte[] input = new byte[random.nextInt(301)];
      random.nextBytes(input);
      assertThat(function().hash(input)).isEqualTo(reference(input));
    }
  }

  @Test
  final void hash_bytes_areNotChanged() {
    for (int length : new int[] {0, 1, 16, 17, 240, 300}) {
      byte[] input = input(length);
      function().hash(input);
      function().slot(input, 512);
      assertThat(input).isEqualTo(input(length));
    }
  }

  @Test
  final void hash_sameBytesAgain_isTheSame() {
    HashFunction function = function();
    long first = function.hash(input(33));
    function.hash(input(34));

    assertThat(function.hash(input(33))).isEqualTo(first);
  }

  @Test
  final void hash_text_isThatOfItsUtf8Bytes() {
    for (String text : List.of(
        "",
        "a",
        "user:42",
        "\u0000",
        "\u007F\u0080",
        "naïve café",
        "\u00FF",
        "\u07FF\u0800",
        "ключ",
        "節点",
        "\uD7FF\uE000\uFFFF",
        "𐀀",
        "a🚀b",
        "\uDBFF\uDFFF",
        "e\u0301")) {
      assertThatTextHashesAsBytes(text, text.getBytes(UTF_8));
    }
  }

  @Test
  final void hash_unpairedSurrogate_entersAsAQuestionMark() {
    assertThatTextHashesAsBytes("\uD800", "?".getBytes(UTF_8));
    assertThatTextHashesAsBytes("\uDC00", "?".getBytes(UTF_8));
    assertThatTextHashesAsBytes("a\uD83Db", "a?b".getBytes(UTF_8));
    assertThatTextHashesAsBytes("a\uDE80", "a?".getBytes(UTF_8));
    assertThatTextHashesAsBytes("\uDE80\uD83D", "??".getBytes(UTF_8));
    assertThatTextHashesAsBytes("\uD83D\uD83D\uDE80", "?🚀".getBytes(UTF_8));
    assertThatTextHashesAsBytes(
        "x".repeat(299) + "\uD83D", ("x".repeat(299) + "?").getBytes(UTF_8));
  }

  /** Each kind of character at each place: at the ends of blocks, of buffers and of the text. */
  @ParameterizedTest
  @ValueSource(strings = {"b", "ÿ", "߿", "語", "🚀", "\uD83D", "\uDE80"})
  final void hash_textsToThreeHundredCharacters_isThatOfItsUtf8Bytes(String odd) {
    for (int length = 0; length <= 300; length++) {
      assertThatTextHashesAsBytes("a".repeat(length) + odd);
      assertThatTextHashesAsBytes(odd + "a".repeat(length));
      assertThatTextHashesAsBytes("a".repeat(length / 2) + odd + "a".repeat(length - length / 2));
      assertThatTextHashesAsBytes(odd.repeat(length));
    }
  }

  @Test
  final void hash_randomChars_isThatOfItsUtf8Bytes() {
    Random random = new Random(1);
    char[] ends = {0, 0x7F, 0x80, 0xFF, 0x7FF, 0x800, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFF
    };
    for (int i = 0; i < 3_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(60); length > 0; length--) {
        text.append(random.nextBoolean() ? ends[random.nextInt(ends.length)] : 'a');
      }
      assertThatTextHashesAsBytes(text.toString());
    }
  }

  /** Each character that one byte of ASCII does not hold, and each kind of surrogate, anywhere. */
  @Test
  final void hash_oneCharacterThatIsNotAscii_isThatOfItsUtf8Bytes() {
    for (int length = 0; length < 44; length++) {
      for (int at = 0; at <= length; at++) {
        String front = "kappa-lambda-".repeat(4).substring(0, at);
        String back = "0123456789".repeat(5).substring(at, length);
        for (int c = 0x80; c < 0x180; c += 256 / Depth.of(256)) {
          assertThatTextHashesAsBytes(front, Character.toString(c), back);
        }
        for (String odd : List.of(
            "\uD83D",
            "\uDC00",
            "\uDE80",
            "\uDE80\uD83D",
            "\uFFFF",
            "\uFF21",
            "\uD841\uDC41",
            Character.toString(0x10000),
            Character.toString(0x10041),
            Character.toString(0x1F680),
            Character.toString(0x10FFFF))) {
          assertThatTextHashesAsBytes(front, odd, back);
        }
      }
    }
  }

  private void assertThatTextHashesAsBytes(String front, String odd, String back) {
    String text = front + odd + back;
    long expected = function().hash(text.getBytes(UTF_8));
    if (function().hash(text) != expected) {
      assertThat(function().hash(text)).as(text).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 4_095, 10_000})
  final void hash_longText_isThatOfItsUtf8Bytes(int length) {
    assertThatTextHashesAsBytes("a".repeat(length));
    assertThatTextHashesAsBytes("ü".repeat(length));
    assertThatTextHashesAsBytes("a".repeat(length - 1) + "語");
  }

  private void assertThatTextHashesAsBytes(String text) {
    assertThatTextHashesAsBytes(text, text.getBytes(UTF_8));
  }

  private void assertThatTextHashesAsBytes(String text, byte[] bytes) {
    long expected = function().hash(bytes);
    for (CharSequence form : List.of(
        text,
        new StringBuilder(text),
        CharBuffer.wrap("<" + text + ">", 1, 1 + text.length()),
        new Text(text))) {
      if (function().hash(form) != expected) { // an assertion takes longer than the hash
        assertThat(function().hash(form)).as("%s: %s", form.getClass(), text).isEqualTo(expected);
      }
    }
  }

  /** Text of a type that nobody knows. */
  private record Text(String text) implements CharSequence {
    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Text(text.substring(start, end));
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        1,
        2,
        3,
        7,
        10,
        271,
        512,
        1000,
        1L << 20,
        (1L << 32) - 1,
        1L << 32,
        (1L << 32) + 1,
        1_000_000_000_007L,
        Long.MAX_VALUE
      })
  final void slot_anyCount_isTheRemainderOfTheWholeNumber(long slots) {
    for (int length = 0; length < 200; length++) {
      byte[] input = input(length);
      long slot = function().slot(input, slots);

      assertThat(slot).isBetween(0L, slots - 1);
      assertThat(BigInteger.valueOf(slot))
          .isEqualTo(referenceNumber(input).mod(BigInteger.valueOf(slots)));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  final void slot_lessThanOne_isRefused(long slots) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> function().slot(new byte[1], slots))
        .withMessage("slots must be at least 1: " + slots);
  }

  @Test
  final void equals_sameFunctionMadeAgain_isTrue() {
    assertThat(function()).isEqualTo(function()).hasSameHashCodeAs(function());
    assertThat(function()).isNotEqualTo(null).isNotEqualTo((HashFunction) input -> 0);
    assertThat(function().toString()).isEqualTo(function().toString());
  }
}
