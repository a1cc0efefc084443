package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hashring.placement.Placement;

/**
 * Any text is the definition of a placement or is refused; and a placement has a definition that
 * makes an equal one. To look for texts of which that is not so: {@code ./mvnw -Pfuzz test -pl
 * hashring-core -Dtest=DefinitionFuzzTest -Dhashring.fuzz.seconds=600}.
 */
final class DefinitionFuzzTest {

  @FuzzTest
  void anyText_isAPlacementOrIsRefused(byte[] input) {
    String text = new String(input, UTF_8);
    Placement placement;
    try {
      placement = RingText.placement(text);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    Placement again = RingText.placement(placement.definition());
    assertThat(again).isEqualTo(placement).hasSameHashCodeAs(placement);
    assertThat(again.definition()).isEqualTo(placement.definition());
    byte[] key = text.getBytes(UTF_8);
    assertThat(again.keyFunction().hash(key)).isEqualTo(placement.keyFunction().hash(key));
    assertThat(again.keyFunction().hash(text)).isEqualTo(again.keyFunction().hash(key));
  }
}
