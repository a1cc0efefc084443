package io.hashring.demo.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hashring.demo.membership.MembershipRequest;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.RefusedException.Reason;
import io.hashring.demo.replica.ReplicaNames;
import io.hashring.demo.replica.ReplicaSpec;
import io.vertx.core.buffer.Buffer;

/**
 * Any body of {@code /add}, {@code /rm} and {@code PATCH} is a request that keeps all rules, or is
 * refused as wrong. To look for others: {@code ./mvnw -Pfuzz test -pl hashring-core,hashring-demo
 * -Dtest=MembershipJsonFuzzTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dhashring.fuzz.seconds=600}.
 */
final class MembershipJsonFuzzTest {

  @FuzzTest
  void anyBody_isARequestOrIsRefused(byte[] input) {
    Buffer body = Buffer.buffer(input);
    try {
      assertKeepsTheRules(MembershipJson.parse(body));
    } catch (RefusedException e) {
      assertIsWrong(e);
    }
    try {
      assertThat(ReplicaSpec.isWeight(MembershipJson.parseWeight(body))).isTrue();
    } catch (RefusedException e) {
      assertIsWrong(e);
    }
  }

  private static void assertIsWrong(RefusedException e) {
    assertThat(e.reason()).isEqualTo(Reason.INVALID);
    assertThat(e.getMessage()).isNotBlank();
  }

  private static void assertKeepsTheRules(MembershipRequest request) {
    assertThat(request.n()).isPositive();
    assertThat(request.replicas()).extracting(ReplicaSpec::name).doesNotHaveDuplicates();
    assertThat(request.replicas()).allSatisfy(replica -> {
      assertThat(ReplicaNames.isValid(replica.name())).isTrue();
      assertIsWeight(replica.weight());
      if (replica.address() != null) {
        assertThat(replica.address().port()).isBetween(1, 65_535);
        assertThat(replica.address().host()).isNotBlank();
      }
    });
    assertIsWeight(request.weight());
    request.weights().values().forEach(MembershipJsonFuzzTest::assertIsWeight);
  }

  private static void assertIsWeight(Double weight) {
    assertThat(weight == null || ReplicaSpec.isWeight(weight))
        .as("weight %s", weight)
        .isTrue();
  }
}
