package io.hashring.demo.membership;

import java.util.List;

/**
 * What somebody asks to be added or removed.
 *
 * @param n how many replicas
 * @param hostnames the names that come first, each once; there may be more or fewer of them
 */
public record MembershipRequest(int n, List<String> hostnames) {

  /** The names that count: the first n. */
  List<String> named() {
    return hostnames.subList(0, Math.min(n, hostnames.size()));
  }
}
