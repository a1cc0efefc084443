package io.hashring.demo.analysis;

import io.hashring.placement.Placement;

/** Starts the balancers that are analysed. */
public interface Balancers {

  /**
   * Starts one on a free port of the loopback address, and returns once it serves.
   *
   * @param placement where its ring has its points
   * @param options as on the command line
   */
  Started start(Placement placement, String... options) throws Exception;

  /** A balancer that runs until it is closed. */
  interface Started extends AutoCloseable {

    int port();

    @Override
    void close();
  }
}
