package io.hashring.demo.command;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.Replication;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** How many copies, and over which failure domains. */
final class CopiesOptions {

  @Option(
      names = {"--copies", "--replicas"},
      paramLabel = "N",
      description = "How many copies each key has (default: ${DEFAULT-VALUE}).")
  int copies = 1;

  @Option(
      names = "--domain",
      paramLabel = "REGEX",
      description = "Which part of an id is its failure domain: what the expression finds first, or"
          + " its group if it has one; given twice, a domain within the first."
          + " '^[^-]*' makes eu of eu-1.")
  List<Pattern> domains = List.of();

  Replication<String> replication() {
    checkArgument(copies >= 1, "--copies must be at least 1: %s", copies);
    Replication<String> replication = Replication.of(copies);
    for (Pattern domain : domains) {
      replication = replication.across((String id) -> domain(domain, id));
    }
    return replication;
  }

  /** Whether a list is more than the owner. */
  boolean areSeveral() {
    return copies > 1;
  }

  private static String domain(Pattern pattern, String id) {
    Matcher matcher = pattern.matcher(id);
    checkArgument(matcher.find(), "--domain must be found in every id: %s in %s", pattern, id);
    String domain = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
    checkArgument(domain != null, "--domain must be found in every id: %s in %s", pattern, id);
    return domain;
  }
}
