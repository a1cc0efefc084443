package io.hashring.demo.membership;

import java.time.Duration;

/**
 * Whether a backend may be sent requests: down after {@code fall} failed checks in a row or one
 * refused connection, up again after {@code rise} passed checks in a row.
 */
public final class Health {

  private final int rise;
  private final int fall;
  private volatile boolean up = true;
  private volatile long since = System.nanoTime();
  private int streak;

  public Health(int rise, int fall) {
    this.rise = rise;
    this.fall = fall;
  }

  public boolean isUp() {
    return up;
  }

  synchronized void passed() {
    streak = up ? 0 : streak + 1;
    if (streak >= rise) {
      become(true);
    }
  }

  synchronized void failed() {
    streak = up ? streak + 1 : 0;
    if (streak >= fall) {
      become(false);
    }
  }

  /** Nobody listens there: no need to wait for more evidence. */
  public synchronized void connectFailed() {
    become(false);
  }

  /** Whether it is down, and has been for so long. */
  public boolean isDownFor(Duration time) {
    return !up && System.nanoTime() - since >= time.toNanos();
  }

  private void become(boolean state) {
    if (up != state) {
      since = System.nanoTime();
    }
    up = state;
    streak = 0;
  }
}
