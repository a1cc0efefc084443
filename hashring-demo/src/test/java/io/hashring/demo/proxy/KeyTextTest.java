package io.hashring.demo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeyTextTest {

  @ParameterizedTest
  @CsvSource({
    "61, a",
    "c3a4, \u00e4",
    "'', ''",
    "61ff, a\\xff",
    "c3, \\xc3",
    "ff5c20, \\xff\\x5c\\x20",
    "ff0a, \\xff\\x0a",
    "eda080, \\xed\\xa0\\x80" // half of a pair of surrogates
  })
  void text_orBytes(String hex, String text) {
    assertThat(KeyText.of(HexFormat.of().parseHex(hex))).isEqualTo(text);
  }

  @Test
  void longKeys_areCut_atTheEndOfACharacter() {
    String key = "x".repeat(255) + "\u00e4" + "y";
    assertThat(KeyText.of(key.getBytes(StandardCharsets.UTF_8))).isEqualTo("x".repeat(255) + "...");
    assertThat(KeyText.of("x".repeat(256).getBytes(StandardCharsets.UTF_8))).hasSize(256);
    byte[] tails = new byte[1_000];
    Arrays.fill(tails, (byte) 0x80); // none of them begins a character
    assertThat(KeyText.of(tails)).isEqualTo("...");
  }

  @ParameterizedTest
  @CsvSource({
    "/x?key=a, 0, a",
    "/x?key=, 0, ''",
    "/x?key=, 1, ",
    "/x?key=&key=b, 1, b",
    "/x?key=a+b%2B%C3%A4, 0, a b+\u00e4",
    "/x?k%65y=a, 0, a",
    "/x?key=%zz, 0, ",
    "/x?key=%zz&key=b, 0, b",
    "/x?other=a, 0, ",
    "/x?key, 0, ",
    "/x?keys=a, 0, ",
    "/x, 0, ",
    "/key=a, 0, "
  })
  void parameter(String target, int least, String value) {
    byte[] found = QueryParameters.first(target, "key".getBytes(StandardCharsets.UTF_8), least);
    assertThat(found == null ? null : new String(found, StandardCharsets.UTF_8)).isEqualTo(value);
  }
}
