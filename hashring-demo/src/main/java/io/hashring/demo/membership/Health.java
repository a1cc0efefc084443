package io.hashring.demo.membership;

import com.google.common.base.Ascii;
import java.time.Duration;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Whether a backend may be sent requests, by what checks and requests say of it.
 *
 * <p>Checks: down after {@code fall} failed ones in a row, or at once where nobody listens; up
 * again after {@code rise} passed ones in a row. Where nothing is known of it at first, the first
 * check decides. Requests: {@linkplain Ejection ejected} after so many failures in a row, for a
 * pause that grows; then one request is let in as a trial, and decides.
 */
public final class Health {

  private static final Logger LOG = Logger.getLogger(Health.class.getName());

  /** Pauses double up to 32 times the first. */
  private static final int LONGEST_PAUSE_LOG2 = 5;

  /** What a backend may be. */
  public enum State {
    /** It may well be up, but no check has passed yet. */
    UNCHECKED,
    UP,
    /** Its checks say so, or nobody listens there. */
    DOWN,
    /** Its checks pass, and its requests fail. */
    EJECTED
  }

  /** The state since a moment, and why. */
  public record Status(State state, String reason, Instant since) {}

  /** What failed last. */
  public record Failure(String what, Instant at) {}

  private final String name;
  private final int rise;
  private final int fall;
  private final State initially;
  private final Ejection ejection;

  private volatile Status status;
  private volatile @Nullable Failure lastFailure;

  // What checks say; guarded by this.

  private State checked;
  private int streak;
  private long downSince = System.nanoTime();
  private volatile boolean unreachable;

  /** Nobody listened there, or the replica ended, and no check has passed since. */
  private volatile boolean gone;

  // What requests say; written while this is locked.

  private volatile int failures;
  private volatile boolean trial;
  private volatile long ejections;
  private Duration pause = Duration.ZERO; // of the present ejection or, if there is none, the last
  private boolean ejected;
  private long until;
  private long backSince;
  private int level;

  /**
   * A backend of which nothing is known, or that is up.
   *
   * @param rise how many checks in a row have to pass; positive
   * @param fall how many checks in a row have to fail; positive
   * @param initially {@link State#UNCHECKED} or {@link State#UP}
   */
  public Health(String name, int rise, int fall, State initially, Ejection ejection) {
    this.name = name;
    this.rise = rise;
    this.fall = fall;
    this.initially = initially;
    this.ejection = ejection;
    this.checked = initially;
    this.status = new Status(
        initially, initially == State.UP ? "it was started" : "no check yet", Instant.now());
  }

  public boolean isUp() {
    return status.state() == State.UP;
  }

  public Status status() {
    return status;
  }

  public @Nullable Failure lastFailure() {
    return lastFailure;
  }

  /** How often it was ejected, or stayed so after a trial. */
  public long ejections() {
    return ejections;
  }

  /** Whether it is down, and has been for so long. */
  public synchronized boolean isDownFor(Duration time) {
    return checked == State.DOWN && System.nanoTime() - downSince >= time.toNanos();
  }

  /** Whether it is down because no connection could be made, and not for what it answers. */
  public boolean isUnreachable() {
    return unreachable;
  }

  // Checks

  synchronized void passed(String what) {
    unreachable = false;
    gone = false;
    if (checked == State.UP) {
      streak = 0;
      return;
    }
    streak++;
    if (checked == State.UNCHECKED || streak >= rise) {
      become(State.UP, what);
    }
  }

  synchronized void failed(String why) {
    unreachable = false;
    lastFailure = new Failure(why, Instant.now());
    if (checked == State.DOWN) {
      streak = 0;
      return;
    }
    streak++;
    if (checked == State.UNCHECKED || streak >= fall) {
      become(State.DOWN, streak > 1 ? why + ", " + streak + " times in a row" : why);
    }
  }

  /**
   * Nobody listens there: no need to wait for more evidence, as long as checks tell when somebody
   * does.
   */
  public void connectFailed(String why) {
    if (!ejection.hasChecks()) {
      requestFailed(why);
      return;
    }
    synchronized (this) {
      unreachable = true;
      gone = true;
      lastFailure = new Failure(why, Instant.now());
      become(State.DOWN, why);
    }
  }

  private void become(State next, String why) {
    streak = 0;
    if (checked != next) {
      checked = next;
      downSince = System.nanoTime();
      show(why);
    }
  }

  // Requests

  /** Whether a request may be sent there now. */
  boolean mayBegin() {
    return isUp() || isTrialDue();
  }

  /**
   * Whether a request may be sent there if nobody is up. Checks of servers of others may ask for
   * what is not there. Those of a replica that was started here do not, but on a busy machine they
   * may come back too late; only where nobody listened any more its address may be somebody else's
   * by now.
   */
  boolean mayBeginUnwell() {
    State state = status.state();
    return state == State.EJECTED
        || (state == State.DOWN && (initially == State.UNCHECKED || !gone));
  }

  /** Lets a request in: any while it is up, and one after the pause of an ejection. */
  boolean begin() {
    if (isUp()) {
      return true;
    }
    synchronized (this) {
      if (!isTrialDue()) {
        return isUp();
      }
      trial = true;
      until = System.nanoTime() + pause.toNanos(); // whose client may leave, and decide nothing
      return true;
    }
  }

  private boolean isTrialDue() {
    if (status.state() != State.EJECTED) {
      return false;
    }
    synchronized (this) {
      return ejected && System.nanoTime() - until >= 0;
    }
  }

  /** A request has the head of its answer. */
  public void answered(int code) {
    if (ejection.isFailure(code)) {
      requestFailed("a request was answered " + code);
    } else if (trial) {
      readmit(code);
    }
  }

  private synchronized void readmit(int code) {
    if (ejected && trial) {
      ejected = false;
      trial = false;
      failures = 0;
      backSince = System.nanoTime();
      show("its trial request was answered " + code);
    }
  }

  /** A request has the whole of its answer. */
  public void completed(int code) {
    if (failures != 0 && !ejection.isFailure(code)) {
      failures = 0;
    }
  }

  /** A request failed, by a fault that is the backend's. */
  public void requestFailed(String why) {
    synchronized (this) {
      lastFailure = new Failure(why, Instant.now());
      if (ejected && !trial) {
        return; // what was under way before
      }
      failures++;
      if (!ejected && !ejection.isDue(failures)) {
        return;
      }
    }
    ejection.eject(this, why);
  }

  /** Called by the {@link Ejection} alone, which counts who is out. */
  synchronized void eject(Duration first, String why) {
    if (ejected && !trial) {
      return; // by another request that failed at the same time
    }
    long now = System.nanoTime();
    boolean again = ejected || (ejections > 0 && now - backSince < pause.toNanos());
    level = again ? Math.min(level + 1, LONGEST_PAUSE_LOG2) : 0;
    pause = first.multipliedBy(1L << level);
    until = now + pause.toNanos();
    String reason = ejected
        ? "its trial request failed: " + why
        : failures + " requests in a row failed, the last: " + why;
    ejected = true;
    trial = false;
    failures = 0;
    ejections++;
    show(reason + "; a trial in " + pause.toMillis() + " ms");
  }

  synchronized boolean isEjected() {
    return ejected;
  }

  private void show(String reason) {
    State state = checked == State.UP && ejected ? State.EJECTED : checked;
    status = new Status(state, reason, Instant.now());
    LOG.log(state == State.UP ? Level.INFO : Level.WARNING, "{0} is {1}: {2}", new Object[] {
      name, Ascii.toLowerCase(state.name()), reason
    });
  }
}
