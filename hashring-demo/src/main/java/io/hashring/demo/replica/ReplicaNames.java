package io.hashring.demo.replica;

import java.util.regex.Pattern;

/** What a replica may be called: a name that also works as a host name and in a URL. */
public final class ReplicaNames {

  public static final String RULE =
      "must have 1 to 63 letters, digits, '.', '_' or '-', and begin with a letter or digit";

  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  private ReplicaNames() {}

  public static boolean isValid(String name) {
    return VALID.matcher(name).matches();
  }
}
