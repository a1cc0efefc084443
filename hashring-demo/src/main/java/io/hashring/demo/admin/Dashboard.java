package io.hashring.demo.admin;

import com.google.common.base.Splitter;
import com.google.common.io.ByteStreams;
import io.hashring.hash.HashFunctions;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of the page at {@code /_lb/}, out of the folder {@code dashboard} beside this class. A
 * browser keeps them, and asks whether they are still the same.
 */
final class Dashboard {

  /** It takes scripts and styles from here alone, and is in nobody's frame. */
  private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
      + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
      + " frame-ancestors 'none'";

  private static final String PAGE = "/_lb/";
  private static final Pattern FILE =
      Pattern.compile("/_lb/dashboard(\\.css|\\.js|/[a-z0-9-]+\\.(?:js|css|svg))");

  private static final Map<String, String> TYPES = Map.of(
      "html", "text/html; charset=utf-8",
      "css", "text/css; charset=utf-8",
      "js", "text/javascript; charset=utf-8",
      "svg", "image/svg+xml");

  /** Of those that are there. */
  private final Map<String, Asset> assets = new ConcurrentHashMap<>();

  /** The file at that path, or null if there is none. */
  @Nullable
  Asset asset(String path) {
    Asset known = assets.get(path);
    if (known != null) {
      return known;
    }
    String resource = resource(path);
    byte[] bytes = resource == null ? null : read("dashboard/" + resource);
    if (resource == null || bytes == null) {
      return null;
    }
    String extension = resource.substring(resource.lastIndexOf('.') + 1);
    Asset asset = new Asset(bytes, String.valueOf(TYPES.get(extension)));
    assets.put(path, asset);
    return asset;
  }

  private static @Nullable String resource(String path) {
    if (path.equals(PAGE)) {
      return "index.html";
    }
    Matcher file = FILE.matcher(path);
    if (!file.matches()) {
      return null;
    }
    String name = file.group(1);
    return name.startsWith("/") ? name.substring(1) : "dashboard" + name;
  }

  private static byte @Nullable [] read(String resource) {
    try (InputStream in = Dashboard.class.getResourceAsStream(resource)) {
      return in == null ? null : ByteStreams.toByteArray(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file, and how it is sent. */
  static final class Asset implements Handler<HttpServerRequest> {

    private final Buffer bytes;
    private final String type;
    private final String tag;

    Asset(byte[] bytes, String type) {
      this.bytes = Buffer.buffer(bytes);
      this.type = type;
      this.tag = '"' + HexFormat.of().toHexDigits(HashFunctions.xxh3_64().hash(bytes)) + '"';
    }

    @Override
    public void handle(HttpServerRequest request) {
      HttpServerResponse response = request
          .response()
          .putHeader("Content-Security-Policy", POLICY)
          .putHeader("X-Content-Type-Options", "nosniff")
          .putHeader("Referrer-Policy", "no-referrer")
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
          .putHeader(HttpHeaders.ETAG, tag);
      if (isKnown(request.getHeader(HttpHeaders.IF_NONE_MATCH))) {
        response.setStatusCode(304).end();
        return;
      }
      response
          .putHeader(HttpHeaders.CONTENT_TYPE, type)
          .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(bytes.length()));
      if (request.method().equals(HttpMethod.HEAD)) {
        response.end();
      } else {
        response.end(bytes);
      }
    }

    /** Whether the client has one of these: a list of tags, or any (RFC 9110, section 13.1.2). */
    private boolean isKnown(@Nullable String tags) {
      if (tags == null) {
        return false;
      }
      for (String one : Splitter.on(',').trimResults().split(tags)) {
        if (one.equals("*") || one.equals(tag) || one.equals("W/" + tag)) {
          return true;
        }
      }
      return false;
    }
  }
}
