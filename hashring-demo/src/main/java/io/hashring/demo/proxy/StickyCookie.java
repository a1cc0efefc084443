package io.hashring.demo.proxy;

import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import java.nio.charset.StandardCharsets;

/** The cookie by which the next requests of a client come to the node that had the first. */
final class StickyCookie {

  /** So that a node of little weight is not looked for long. */
  private static final int TRIES_PER_NODE = 100;

  private StickyCookie() {}

  /**
   * The value of {@code Set-Cookie}: the issued key, or if another node than its owner had the
   * request, a key that this one owns, for the application may have its session there by now.
   */
  static String of(Key issued, Members members, Backend backend, boolean secure) {
    Key key = issued;
    for (int i = 0; i < TRIES_PER_NODE * members.size() && !owns(members, backend, key); i++) {
      key = Key.random();
    }
    String name = String.valueOf(issued.cookie());
    // browsers take names with these prefixes from nobody else
    boolean mustBeSecure = name.startsWith("__Secure-") || name.startsWith("__Host-");
    return name + "=" + new String(key.bytes(), StandardCharsets.US_ASCII)
        + "; Path=/; HttpOnly; SameSite=Lax" + (secure || mustBeSecure ? "; Secure" : "");
  }

  private static boolean owns(Members members, Backend backend, Key key) {
    return members
        .locateAt(members.ring().position(key.bytes()), any -> true)
        .filter(owner -> owner.name().equals(backend.name()))
        .isPresent();
  }
}
