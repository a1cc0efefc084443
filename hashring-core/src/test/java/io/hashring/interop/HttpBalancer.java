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

  static String choice(int port, String path, String key) {
    try {
      var connection = (HttpURLConnection)
          URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
      connection.setConnectTimeout(5000);
      connection.setReadTimeout(5000);
      connection.setRequestProperty("X-Key", key);
      assertThat(connection.getResponseCode()).as("status for %s", key).isEqualTo(200);
      try (var body = connection.getInputStream()) {
        return new String(body.readAllBytes(), US_ASCII);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(key, e);
    }
  }
}
