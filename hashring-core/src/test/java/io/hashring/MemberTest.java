package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;

@Domain(RingDomain.class)
final class MemberTest {

  @Property(seed = "1", tries = 5000)
  void compareIds_anyIds_isTheOrderOfTheirUtf8Bytes(@ForAll String a, @ForAll String b) {
    assertThat(Integer.signum(Member.compareIds(a, b)))
        .isEqualTo(Integer.signum(RingModel.BY_UTF8.compare(a, b)));
  }

  @Property(seed = "2", tries = 2000)
  void compareIds_sharedPrefix_isTheOrderOfTheirUtf8Bytes(
      @ForAll String prefix, @ForAll String a, @ForAll String b) {
    compareIds_anyIds_isTheOrderOfTheirUtf8Bytes(prefix + a, prefix + b);
    compareIds_anyIds_isTheOrderOfTheirUtf8Bytes(prefix, prefix + b);
  }

  @Example
  void compareIds_surrogatesAndTheLastOfTheBasicPlane_followsUtf8AndNotUtf16() {
    assertThat(Member.compareIds("\uE000", "𐀀")).isNegative();
    assertThat(Member.compareIds("\uFFFF", "𐀀")).isNegative();
    assertThat(Member.compareIds("\uD7FF", "𐀀")).isNegative();
    assertThat(Member.compareIds("𐀀", "𐀁")).isNegative();
    assertThat("\uE000".compareTo("𐀀")).as("UTF-16").isPositive();
  }
}
