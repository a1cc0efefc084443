package io.hashring.demo.admin;

import io.hashring.demo.Balancer;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/** Reads a stream of events as strictly as this balancer writes it. */
final class EventReader implements Closeable {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final HttpResponse<InputStream> answer;
  private final BufferedReader lines;

  private EventReader(HttpResponse<InputStream> answer) {
    this.answer = answer;
    this.lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
  }

  /** An event; of a comment the name is empty. */
  record Event(String name, JsonObject data) {}

  static EventReader of(Balancer balancer, String... headers) throws Exception {
    return of(balancer.port(), "/_lb/events", headers);
  }

  static EventReader of(int port, String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return new EventReader(CLIENT.send(request.build(), BodyHandlers.ofInputStream()));
  }

  int status() {
    return answer.statusCode();
  }

  String header(String name) {
    return answer.headers().firstValue(name).orElse("none");
  }

  /** All that is left, for an answer that is no stream. */
  String body() throws IOException {
    return new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
  }

  Event next() throws IOException {
    String first = line();
    if (first.equals(":")) {
      expect("", line());
      return new Event("", new JsonObject());
    }
    expect("event: ", first.substring(0, Math.min(7, first.length())));
    String data = line();
    expect("data: ", data.substring(0, Math.min(6, data.length())));
    expect("", line());
    return new Event(first.substring(7), new JsonObject(data.substring(6)));
  }

  /** The data of the next event of that name that is as wanted. */
  JsonObject next(String name, Predicate<JsonObject> wanted) throws IOException {
    while (true) {
      Event event = next();
      if (event.name.equals(name) && wanted.test(event.data)) {
        return event.data;
      }
    }
  }

  private String line() throws IOException {
    String line = lines.readLine();
    if (line == null) {
      throw new EOFException("the end of the stream");
    }
    return line;
  }

  private static void expect(String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError("expected '" + expected + "', not '" + actual + "'");
    }
  }

  @Override
  public void close() throws IOException {
    answer.body().close();
  }
}
