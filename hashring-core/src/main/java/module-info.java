/** Consistent hashing: an immutable ring of weighted nodes. */
module io.hashring {
  requires transitive com.dynatrace.hash4j;
  requires transitive com.google.common;
  requires static transitive org.jspecify;

  exports io.hashring;
  exports io.hashring.hash;
  exports io.hashring.interop;
  exports io.hashring.placement;
}
