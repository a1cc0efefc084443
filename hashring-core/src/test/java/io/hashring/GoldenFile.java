package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table of golden values: UTF-8, no quoting, the first row names the columns. */
public record GoldenFile(List<String> columns, List<Map<String, String>> rows) {

  public static GoldenFile read(String name) {
    try (var stream = GoldenFile.class.getResourceAsStream("/golden/" + name)) {
      assertThat(stream).as(name).isNotNull();
      String text = new String(stream.readAllBytes(), UTF_8);
      List<List<String>> rows =
          text.lines().map(line -> Arrays.asList(line.split(",", -1))).toList();
      return new GoldenFile(
          rows.get(0),
          rows.stream().skip(1).map(row -> byColumn(rows.get(0), row)).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> byColumn(List<String> columns, List<String> row) {
    assertThat(row).hasSameSizeAs(columns);
    return IntStream.range(0, row.size()).boxed().collect(Collectors.toMap(columns::get, row::get));
  }
}
