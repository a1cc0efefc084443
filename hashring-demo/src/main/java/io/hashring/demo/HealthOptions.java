package io.hashring.demo;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.collect.Comparators;
import io.hashring.demo.http.StatusCodes;
import io.hashring.demo.membership.CheckRules;
import io.hashring.demo.membership.Ejection;
import io.hashring.demo.replica.Heartbeat;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What the command line says of who is sent requests; the fields are set by picocli only. */
final class HealthOptions {

  // What a check may take where nobody says how long.

  private static final Duration SHORTEST_CHECK = Duration.ofSeconds(1);

  private static final Duration LONGEST_CHECK = Duration.ofSeconds(5);

  @Option(
      names = "--check",
      paramLabel = "KIND",
      converter = KindConverter.class,
      description =
          "What a replica has to pass: 'http' is a GET of --check-path, 'tcp' a connection;"
              + " with 'none' it is up until its requests fail (default: http).")
  CheckRules.Kind check = CheckRules.Kind.HTTP;

  @Option(
      names = "--check-path",
      paramLabel = "PATH",
      description = "What a health check GETs (default: " + Heartbeat.PATH + ").")
  @Nullable
  String checkPath;

  @Option(
      names = "--check-status",
      paramLabel = "CODES",
      converter = StatusConverter.class,
      description = "The answers that pass a check, such as 200 or 200,401 (default: 200-399).")
  @Nullable
  StatusCodes checkStatus;

  @Option(
      names = "--check-port",
      paramLabel = "PORT",
      description = "Port of every replica to check at (default: that of its requests).")
  int checkPort;

  @Option(
      names = "--check-interval",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time between two health checks of a replica (default: 1s).")
  Duration checkInterval = Duration.ofSeconds(1);

  @Option(
      names = "--check-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time a replica has to accept a check, and then to answer it"
          + " (default: --check-interval, but from 1s to 5s).")
  @Nullable
  Duration checkTimeout;

  @Option(
      names = "--rise",
      paramLabel = "N",
      description = "Checks in a row to pass before a replica is up (default: ${DEFAULT-VALUE}).")
  int rise = 2;

  @Option(
      names = "--fall",
      paramLabel = "N",
      description = "Checks in a row to fail before a replica is down (default: ${DEFAULT-VALUE}).")
  int fall = 3;

  @Option(
      names = "--eject-after",
      paramLabel = "N",
      description = "Requests in a row to fail before a replica is ejected, though its checks pass;"
          + " 0 for never (default: ${DEFAULT-VALUE}).")
  int ejectAfter = 5;

  @Option(
      names = "--eject-status",
      paramLabel = "CODES",
      converter = StatusConverter.class,
      description =
          "Answers that are failures, such as 500,502-504, beside connections that break and"
              + " answers that are late (default: none).")
  StatusCodes ejectStatus = StatusCodes.NONE;

  @Option(
      names = "--eject-time",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time before an ejected replica gets a request on trial; doubled, up to 32"
          + " times that, each time it fails (default: 10s).")
  Duration ejectTime = Duration.ofSeconds(10);

  @Option(
      names = "--eject-most",
      paramLabel = "PERCENT",
      description = "Part of the replicas that may be out before one more is ejected, it included"
          + " (default: ${DEFAULT-VALUE}).")
  int ejectMost = 50;

  @Option(
      names = "--slow-start",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time in which the weight of a replica that is added rises from a tenth to the"
          + " whole (default: at once).")
  Duration slowStart = Duration.ZERO;

  /** @throws IllegalArgumentException that names the option, its rule and the value */
  void check() {
    boolean http = check == CheckRules.Kind.HTTP;
    checkArgument(http || checkPath == null, "--check-path is for --check http: %s", checkPath);
    checkArgument(
        http || checkStatus == null, "--check-status is for --check http: %s", checkStatus);
    checkArgument(
        path().matches("/[!-\"$-~]*"),
        "--check-path must begin with '/' and be of visible ASCII, without '#': %s",
        path());
    checkArgument(
        checkPort >= 0 && checkPort <= 65_535,
        "--check-port must be between 1 and 65535: %s",
        checkPort);
    checkArgument(
        checkPort == 0 || check != CheckRules.Kind.NONE,
        "--check-port is for --check http or tcp: %s",
        checkPort);
    checkArgument(rise >= 1, "--rise must be positive: %s", rise);
    checkArgument(fall >= 1, "--fall must be positive: %s", fall);
    checkArgument(ejectAfter >= 0, "--eject-after must not be negative: %s", ejectAfter);
    checkArgument(
        ejectMost >= 0 && ejectMost <= 100,
        "--eject-most must be between 0 and 100: %s",
        ejectMost);
  }

  private String path() {
    return Objects.requireNonNullElse(checkPath, Heartbeat.PATH);
  }

  CheckRules checks() {
    return new CheckRules(
        check,
        path(),
        checkStatus == null ? StatusCodes.parse("200-399") : checkStatus,
        checkPort,
        checkInterval,
        checkTimeout == null ? usualTimeout() : checkTimeout);
  }

  private Duration usualTimeout() {
    return Comparators.max(SHORTEST_CHECK, Comparators.min(checkInterval, LONGEST_CHECK));
  }

  boolean hasChecks() {
    return check != CheckRules.Kind.NONE;
  }

  Ejection.Rules ejection() {
    return new Ejection.Rules(ejectAfter, ejectTime, ejectMost / 100.0, ejectStatus, hasChecks());
  }

  /** Reads {@code http}, {@code tcp} and {@code none}. */
  static final class KindConverter implements ITypeConverter<CheckRules.Kind> {
    @Override
    public CheckRules.Kind convert(String text) {
      for (CheckRules.Kind kind : CheckRules.Kind.values()) {
        if (text.equals(Ascii.toLowerCase(kind.name()))) {
          return kind;
        }
      }
      throw new IllegalArgumentException("a check must be http, tcp or none: " + text);
    }
  }

  /** Reads {@code 200,300-399} and its like. */
  static final class StatusConverter implements ITypeConverter<StatusCodes> {
    @Override
    public StatusCodes convert(String text) {
      return StatusCodes.parse(text);
    }
  }
}
