package io.hashring.demo.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.common.net.InetAddresses;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.lang.reflect.Proxy;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Any text is a routing key or is refused; any request then has a key, which is that of a plain
 * model, and the same in however many pieces the body comes. To look for others: {@code ./mvnw
 * -Pfuzz test -pl hashring-core,hashring-demo -Dtest=RoutingKeyFuzzTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dhashring.fuzz.seconds=600}.
 *
 * <p>An input is the routing key, the target, the lines of the head, an empty line and the body.
 */
final class RoutingKeyFuzzTest {

  private static final TrustedProxies ANYBODY = TrustedProxies.parse(List.of("0.0.0.0/0", "::/0"));

  /** A request as far as its key depends on it. */
  private record Request(String target, List<String[]> headers, byte[] body) {

    static Request of(List<String> lines, byte[] body) {
      List<String[]> headers = lines.stream()
          .skip(2)
          .map(line -> line.split(":", 2))
          .filter(header -> header.length == 2 && header[0].matches(KeySyntax.TOKEN))
          .map(header -> new String[] {header[0], header[1].strip()})
          .toList();
      return new Request(lines.size() < 2 ? "/" : lines.get(1), headers, body);
    }

    /** As far as a key asks for it. */
    HttpServerRequest asVertx() {
      MultiMap all = MultiMap.caseInsensitiveMultiMap();
      headers.forEach(header -> all.add(header[0], header[1]));
      SocketAddress peer = SocketAddress.inetSocketAddress(1234, "127.0.0.1");
      return (HttpServerRequest) Proxy.newProxyInstance(
          getClass().getClassLoader(),
          new Class<?>[] {HttpServerRequest.class},
          (proxy, method, arguments) -> switch (method.getName()) {
            case "uri" -> target;
            case "path" -> target.replaceFirst("(?s)\\?.*", "");
            case "method" -> HttpMethod.POST;
            case "headers" -> all;
            case "remoteAddress" -> peer;
            default -> throw new UnsupportedOperationException(method.toString());
          });
    }

    List<String> values(String name) {
      return headers.stream()
          .filter(header -> header[0].equalsIgnoreCase(name))
          .map(header -> header[1])
          .toList();
    }
  }

  @FuzzTest
  void anyRequest_hasTheKeyOfTheModel(byte[] input) {
    String text = new String(input, ISO_8859_1);
    int end = text.indexOf("\n\n");
    List<String> lines = (end < 0 ? text : text.substring(0, end)).lines().toList();
    byte[] body = (end < 0 ? "" : text.substring(end + 2)).getBytes(ISO_8859_1);
    String syntax = lines.isEmpty() ? "" : new String(lines.get(0).getBytes(ISO_8859_1), UTF_8);
    Request request = Request.of(lines, body);
    if (!request.target.matches("(/|http://)[!-~\\x80-\\xff]*")) {
      return; // which no request has
    }
    RoutingKey key;
    try {
      key = RoutingKey.parse(syntax);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("the routing key");
      return;
    }
    assertThat(key).hasToString(syntax);

    HttpServerRequest vertx = request.asVertx();
    Key whole = find(key, vertx, body, body.length);
    assertThat(InetAddresses.isInetAddress(ANYBODY.client(vertx))).isTrue();
    if (syntax.matches("(?s).*\\b(random|sticky).*")) {
      assertThat(whole.bytes()).isNotEmpty();
      return;
    }
    for (int piece : List.of(1, 2, 7, 1000)) {
      assertThat(find(key, vertx, body, piece).bytes()).isEqualTo(whole.bytes());
    }
    Stream.of(syntax.split(","))
        .map(String::strip)
        .filter(part -> part.matches("(header|cookie|query):[A-Za-z0-9_-]+|path:[1-9]|path|uri"))
        .forEach(part -> {
          byte[] expected = modelOf(part, request);
          Key found = find(RoutingKey.parse(part), vertx, body, body.length);
          byte[] otherwise = path(request).getBytes(ISO_8859_1);
          assertThat(found.bytes())
              .as(part)
              .isEqualTo(expected == null || expected.length == 0 ? otherwise : expected);
        });
  }

  /** The key when the body comes in pieces of that length. */
  private static Key find(RoutingKey key, HttpServerRequest request, byte[] body, int piece) {
    BodyPrefix prefix = new BodyPrefix();
    KeySource source = new KeySource(request, ANYBODY, prefix);
    for (int at = 0; at < body.length; at += piece) {
      Key found = key.find(source);
      if (found != null) {
        return found;
      }
      prefix.append(Buffer.buffer(body).getBuffer(at, Math.min(body.length, at + piece)));
    }
    prefix.end();
    return key.find(source);
  }

  // The model

  private static String target(Request request) {
    String target = request.target.replaceFirst("^(?i)http://[^/?]+", "");
    return (target.startsWith("/") ? target : "/" + target).substring(1);
  }

  private static String path(Request request) {
    return target(request).replaceFirst("(?s)\\?.*", "");
  }

  /** Null or empty if it is not there. */
  private static byte[] modelOf(String part, Request request) {
    String name = part.substring(part.indexOf(':') + 1);
    return switch (part.replaceFirst(":.*", "")) {
      case "uri" -> target(request).getBytes(ISO_8859_1);
      case "path" ->
        part.equals("path") ? path(request).getBytes(ISO_8859_1) : segments(name, request);
      case "header" -> {
        List<String> values = request.values(name);
        boolean isThere = values.stream().anyMatch(value -> !value.isEmpty());
        yield isThere ? String.join(", ", values).getBytes(ISO_8859_1) : null;
      }
      case "cookie" ->
        request.values("Cookie").stream()
            .flatMap(line -> Stream.of(line.split(";")))
            .map(pair -> pair.split("=", 2))
            .filter(pair -> pair.length == 2 && pair[0].strip().equals(name))
            .map(pair -> pair[1].strip().getBytes(ISO_8859_1))
            .filter(value -> value.length > 0)
            .findFirst()
            .orElse(null);
      default -> query(name, request);
    };
  }

  private static byte[] segments(String count, Request request) {
    List<String> segments = new ArrayList<>(List.of(path(request).split("/", -1)));
    int most = Math.min(Integer.parseInt(count), segments.size());
    return String.join("/", segments.subList(0, most)).getBytes(ISO_8859_1);
  }

  private static byte[] query(String name, Request request) {
    String target = target(request);
    if (!target.contains("?")) {
      return null;
    }
    for (String pair : target.substring(target.indexOf('?') + 1).split("&")) {
      String[] both = pair.split("=", 2);
      try {
        if (both.length == 2 && URLDecoder.decode(both[0], ISO_8859_1).equals(name)) {
          byte[] value = URLDecoder.decode(both[1], ISO_8859_1).getBytes(ISO_8859_1);
          if (value.length > 0) {
            return value;
          }
        }
      } catch (IllegalArgumentException e) {
        continue; // it cannot be decoded
      }
    }
    return null;
  }
}
