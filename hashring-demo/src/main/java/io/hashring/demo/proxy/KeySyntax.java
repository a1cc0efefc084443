package io.hashring.demo.proxy;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads a {@link RoutingKey}, and refuses what no request could ever have, or what is never asked
 * for.
 */
final class KeySyntax {

  /** The most of a body that a key is made of, in bytes. */
  static final int BODY_LIMIT = 64 * 1024;

  private static final int MOST_SEGMENTS = 100;

  private static final Splitter COMMA = Splitter.on(',').trimResults();
  private static final Splitter PLUS = Splitter.on('+').trimResults();
  /** A name of a header (RFC 9110, section 5.6.2). */
  static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

  /** What a pointer may not have (RFC 6901, section 3). */
  private static final Pattern BARE_TILDE = Pattern.compile("~(?![01])");

  private final String text;
  private final List<List<KeyPart>> alternatives = new ArrayList<>();
  private final Set<String> known = new HashSet<>();
  private Function<KeySource, Key> otherwise = source -> Key.of(source.path());

  /** What is there in every request, so that nothing behind it is asked for; empty if not yet. */
  private String always = "";

  KeySyntax(String text) {
    this.text = text;
  }

  RoutingKey read() {
    for (String alternative : COMMA.split(text)) {
      checkArgument(
          always.isEmpty(),
          "the routing key must end with %s, which every request has: %s",
          always,
          text);
      List<String> parts = PLUS.splitToList(alternative);
      checkArgument(
          known.add(canonical(parts)), "the routing key has %s twice: %s", alternative, text);
      if (parts.stream().allMatch(KeySyntax::isAlwaysThere)) {
        always = alternative;
      }
      if (alternative.equals("random")) {
        otherwise = source -> Key.random();
      } else {
        alternatives.add(
            parts.stream().map(part -> part(part, parts.size() > 1)).toList());
      }
    }
    return new RoutingKey(text, List.copyOf(alternatives), otherwise);
  }

  /** Names of headers have no case. */
  private static String canonical(List<String> parts) {
    return String.join(
        "+",
        parts.stream()
            .map(part -> part.startsWith("header:") ? Ascii.toLowerCase(part) : part)
            .toList());
  }

  private static boolean isAlwaysThere(String part) {
    return part.equals("client-ip") || part.equals("random") || part.startsWith("sticky:");
  }

  private KeyPart part(String part, boolean joined) {
    int colon = part.indexOf(':');
    if (colon < 0) {
      return switch (part) {
        case "path" -> KeyPart.path();
        case "uri" -> KeyPart.target();
        case "client-ip" -> KeyPart.clientIp();
        case "random" -> throw alone(part);
        default -> throw unknown(part);
      };
    }
    String name = part.substring(colon + 1);
    return switch (part.substring(0, colon)) {
      case "header" -> KeyPart.header(token("header", name));
      case "cookie" -> KeyPart.cookie(cookie(name));
      case "query" -> KeyPart.query(decoded("query", name));
      case "path" -> KeyPart.segments(number("path", name, MOST_SEGMENTS));
      case "body" -> KeyPart.body(number("body", name, BODY_LIMIT));
      case "json" -> KeyPart.json(pointer(name));
      case "sticky" -> sticky(token("sticky", name), joined);
      default -> throw unknown(part);
    };
  }

  private KeyPart sticky(String name, boolean joined) {
    if (joined) {
      throw alone("sticky:" + name);
    }
    otherwise = source -> Key.issued(name);
    return KeyPart.cookie(name);
  }

  // Rules

  private static IllegalArgumentException unknown(String part) {
    return new IllegalArgumentException("the routing key must be " + RoutingKey.SYNTAX
        + ", with ',' between alternatives and '+'" + " between parts: " + part);
  }

  private static IllegalArgumentException alone(String part) {
    return new IllegalArgumentException(
        "the routing key may have " + part + " only as its last alternative, without '+'");
  }

  private static String token(String kind, String name) {
    String token = decoded(kind, name);
    checkArgument(
        token.matches(TOKEN),
        "the routing key's %s must be a name of letters, digits and !#$%&'*+-.^_`|~"
            + " (RFC 9110, 5.6.2): %s",
        kind,
        name);
    return token;
  }

  private static String cookie(String name) {
    String decoded = decoded("cookie", name);
    checkArgument(
        decoded.matches("[^\\x00-\\x20\\x7f=;]+"),
        "the routing key's cookie must be a name without spaces, '=' and ';' (RFC 6265, 4.1.1): %s",
        name);
    return decoded;
  }

  private static int number(String kind, String number, int most) {
    checkArgument(
        number.matches("[1-9][0-9]{0,5}") && Integer.parseInt(number) <= most,
        "the routing key's %s must have a number from 1 to %s: %s",
        kind,
        most,
        number);
    return Integer.parseInt(number);
  }

  /** The names on the way to a value (RFC 6901). */
  private static List<String> pointer(String pointer) {
    String decoded = decoded("json", pointer);
    checkArgument(
        decoded.startsWith("/") && !BARE_TILDE.matcher(decoded).find(),
        "the routing key's json must be a pointer such as /user/id, with ~0 for ~ and ~1 for /"
            + " (RFC 6901): %s",
        pointer);
    return Splitter.on('/')
        .splitToStream(decoded.substring(1))
        .map(name -> name.replace("~1", "/").replace("~0", "~"))
        .toList();
  }

  /** A name as it stands in the option: what means something there is written as %XX. */
  private static String decoded(String kind, String name) {
    checkArgument(
        !name.isEmpty() && name.chars().noneMatch(c -> c <= ' ' || c == 0x7f),
        "the routing key's %s must have a name, without spaces (',' is written %2C, '+' %2B,"
            + " '%' %25): %s",
        kind,
        name);
    try {
      return URLDecoder.decode(name, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the routing key's " + kind + " must have two hexadecimal digits after each '%': " + name,
          e);
    }
  }
}
