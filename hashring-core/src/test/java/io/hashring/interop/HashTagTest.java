package io.hashring.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HashTagTest {

  private final HashFunction function = InteropFunctions.hashTag(HashFunctions.xxh3_64(), '{', '}');

  @ParameterizedTest
  @CsvSource({
    "user:{42}:name, 42",
    "{42}, 42",
    "a{b}c{d}, b",
    "a}b{c}d, c",
    "a{{b}}, '{b'",
    "a{}b{c}, a{}b{c}",
    "a{b, a{b",
    "a}b, a}b",
    "a, a",
    "'', ''",
    "é{ключ}é, ключ"
  })
  void hash_keyWithATag_isThatOfTheTag(String key, String tag) {
    assertThat(function.hash(key)).isEqualTo(HashFunctions.xxh3_64().hash(tag));
    assertThat(function.slot(key.getBytes(UTF_8), 512))
        .isEqualTo(HashFunctions.xxh3_64().slot(tag.getBytes(UTF_8), 512));
  }

  @Test
  void hash_oneCharacterForBoth_isWhatStandsBetweenTheFirstTwo() {
    assertThat(InteropFunctions.hashTag(InteropFunctions.md5(), '$', '$').hash("a$b$c$d"))
        .isEqualTo(InteropFunctions.md5().hash("b"));
  }
}
