package io.hashring.demo;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

final class RequiredTest {

  private final String before = System.getProperty(Required.PROPERTY, "");

  @AfterEach
  void restore() {
    System.setProperty(Required.PROPERTY, before);
  }

  @Test
  void missingPart_skips_orFailsWhereItIsAskedFor() {
    System.setProperty(Required.PROPERTY, "docker, nginx");
    assertThatThrownBy(() -> Required.require("zookeeper", false, "install it"))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("zookeeper is missing: install it");
    assertThatThrownBy(() -> Required.require("nginx", false, "install it"))
        .isInstanceOf(AssertionError.class)
        .hasMessage("hashring.require asks for nginx, which is missing: install it");
    assertThatCode(() -> Required.require("nginx", true, "install it")).doesNotThrowAnyException();
  }
}
