package io.hashring.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;

/** What a running balancer answers to a key: the name of the backend it chose. */
final class HttpBalancer {

  private HttpBalancer() {}

  /** The body, which a backend has written. */
  static String choice(int port, String path, String key) {
    try {
      HttpURLConnection connection = ask(port, path, key);
      assertThat(connection.getResponseCode()).as("status for %s", key).isEqualTo(200);
      try (var body = connection.getInputStream()) {
        return new String(body.readAllBytes(), US_ASCII);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(key, e);
    }
  }

  /** The header X-Server, which the balancer has written, whether the backend was there or not. */
  static String server(int port, String path, String key) {
    try {
      HttpURLConnection connection = ask(port, path, key);
      int status = connection.getResponseCode();
      String server = connection.getHeaderField("X-Server");
      connection.disconnect();
      assertThat(server).as("server for %s, with status %s", key, status).isNotNull();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(key, e);
    }
  }

  private static HttpURLConnection ask(int port, String path, String key) throws IOException {
    var connection = (HttpURLConnection)
        URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    connection.setConnectTimeout(5000);
    connection.setReadTimeout(5000);
    connection.setRequestProperty("X-Key", key);
    return connection;
  }
}
