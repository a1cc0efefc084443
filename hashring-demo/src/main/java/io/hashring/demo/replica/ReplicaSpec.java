package io.hashring.demo.replica;

import com.google.common.net.InetAddresses;
import io.vertx.core.net.SocketAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A replica that somebody asks for.
 *
 * @param address where it runs already; null if it is to be started, or known by its name
 * @param weight null if nobody said one
 */
public record ReplicaSpec(
    String name, @Nullable SocketAddress address, @Nullable Double weight) {

  /** With 160 points for weight 1, the least has 2 of them and the most 16,000. */
  private static final double LEAST_WEIGHT = 0.01;

  private static final double MOST_WEIGHT = 100;

  public static final String WEIGHT_RULE = "must be 0, or from 0.01 to 100";

  private static final Pattern WEIGHT = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,6})?");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})");

  public ReplicaSpec(String name) {
    this(name, null, null);
  }

  public static boolean isWeight(double weight) {
    return weight == 0 || (weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT);
  }

  /**
   * Reads {@code host:port} or {@code name=host:port}, each with {@code *weight} or without.
   *
   * @param nameless the name where there is none
   * @throws IllegalArgumentException that says what is wrong
   */
  public static ReplicaSpec parse(String text, String nameless) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? nameless : text.substring(0, equals);
    if (!ReplicaNames.isValid(name)) {
      throw new IllegalArgumentException("a replica's name " + ReplicaNames.RULE + ": " + name);
    }
    String place = text.substring(equals + 1);
    int star = place.indexOf('*');
    return star < 0
        ? new ReplicaSpec(name, address(place), null)
        : new ReplicaSpec(
            name, address(place.substring(0, star)), weight(place.substring(star + 1)));
  }

  private static double weight(String text) {
    if (WEIGHT.matcher(text).matches() && isWeight(Double.parseDouble(text))) {
      return Double.parseDouble(text);
    }
    throw new IllegalArgumentException("a replica's weight " + WEIGHT_RULE + ": " + text);
  }

  private static SocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    String host = text.substring(0, Math.max(colon, 0)).replaceAll("^\\[(.*)]$", "$1");
    if (PORT.matcher(port).matches() && isHost(host)) {
      int number = Integer.parseInt(port);
      if (number >= 1 && number <= 65_535) {
        return SocketAddress.inetSocketAddress(number, host);
      }
    }
    throw new IllegalArgumentException("a replica's address must be host:port: " + text);
  }

  private static boolean isHost(String host) {
    return InetAddresses.isInetAddress(host) || HOST_NAME.matcher(host).matches();
  }
}
