package io.hashring;

/** A node with an address that may change under its id. */
record Node(String id, int address) {}
