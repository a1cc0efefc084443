package io.hashring.interop;

/** HAProxy's own function, by Willy Tarreau. */
enum Wt6 implements HashFunction32 {
  INSTANCE;

  @Override
  public int hash32(byte[] input) {
    int h0 = 0xA53C965A;
    int h1 = 0x5CA6953A;
    int step0 = 6;
    int step1 = 18;
    for (byte b : input) {
      int unit = b & 0xFF;
      int a = ~(h0 ^ unit);
      int c = ~(h1 + unit);
      h0 = Integer.rotateLeft(c, step0);
      h1 = Integer.rotateLeft(a, step1);
      int t = (h0 >>> 16 ^ h1) & 0xFFFF;
      step0 = t & 31;
      step1 = t >>> 11;
    }
    return h0 ^ h1;
  }

  @Override
  public String toString() {
    return "wt6";
  }
}
