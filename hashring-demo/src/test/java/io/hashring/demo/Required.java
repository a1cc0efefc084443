package io.hashring.demo;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.common.base.Splitter;

/**
 * Programs that a test runs and that a machine may lack. The test is skipped then; it fails instead
 * where the system property {@code hashring.require} lists the part, as in
 * {@code -Dhashring.require=docker,zookeeper}.
 */
public final class Required {

  public static final String PROPERTY = "hashring.require";

  private Required() {}

  /**
   * @param isThere whether the machine has the part
   * @param how what to do where it has not
   */
  public static void require(String part, boolean isThere, String how) {
    if (isThere) {
      return;
    }
    if (isAskedFor(part)) {
      fail(PROPERTY + " asks for " + part + ", which is missing: " + how);
    }
    abort(part + " is missing: " + how);
  }

  /** For a test that is not to run for its part being there. */
  public static boolean isAskedFor(String part) {
    return Splitter.on(',')
        .trimResults()
        .omitEmptyStrings()
        .splitToList(System.getProperty(PROPERTY, ""))
        .contains(part);
  }
}
