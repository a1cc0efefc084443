package io.hashring.demo.replica.docker;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;

/**
 * The health check of the image: a process that ends with 0 if {@code /heartbeat} is answered on
 * port 5000 of its own container. A replica answers itself, and a balancer if it has one that does.
 * It loads nothing but the JDK, because it is started again and again.
 */
final class ContainerHealthcheck {

  private static final String URL = "http://127.0.0.1:5000/heartbeat";
  private static final int OK = 200;
  private static final int TIMEOUT_MILLIS = 2_000;

  private ContainerHealthcheck() {}

  public static void main(String[] args) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(URL).toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    System.exit(connection.getResponseCode() == OK ? 0 : 1);
  }
}
