package io.hashring.demo.membership;

import io.hashring.demo.http.StatusCodes;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;

/**
 * How members are checked.
 *
 * @param kind what has to succeed
 * @param path of the request, for {@link Kind#HTTP}
 * @param accepted the status codes that pass, for {@link Kind#HTTP}
 * @param port to check at; 0 for that of the requests
 * @param interval between two checks of one member
 * @param timeout how long a member may take to accept, and how long to answer
 */
public record CheckRules(
    Kind kind, String path, StatusCodes accepted, int port, Duration interval, Duration timeout) {

  /** What has to succeed. */
  public enum Kind {
    /** A GET. */
    HTTP,
    /** A connection. */
    TCP,
    /** Nothing: members are up. */
    NONE
  }

  SocketAddress target(Backend backend) {
    SocketAddress address = backend.resolved();
    return port == 0 ? address : SocketAddress.inetSocketAddress(port, address.host());
  }

  /** In words, as in "GET /health". */
  String what() {
    String where = port == 0 ? "" : " at port " + port;
    return (kind == Kind.HTTP ? "GET " + path : "a connection") + where;
  }
}
