package io.hashring.demo.analysis;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.stream.Stream;

/** A folder that comes to be with all that is in it, or not at all. */
final class NewFolder implements AutoCloseable {

  private final Path target;
  private final Path draft;

  private NewFolder(Path target, Path draft) {
    this.target = target;
    this.draft = draft;
  }

  /**
   * Makes a draft of it beside where it is to be.
   *
   * @throws IllegalArgumentException if something is there, or it would be in no folder
   */
  static NewFolder at(Path path) throws IOException {
    Path target = path.toAbsolutePath().normalize();
    Path parent = target.getParent();
    checkArgument(
        parent != null && Files.isDirectory(parent),
        "DIR must be in a folder that is there: %s",
        path);
    checkArgument(isFree(target), "DIR must be an empty folder, or not there yet: %s", path);
    String name = Objects.requireNonNull(target.getFileName()).toString();
    Path draft = parent.resolve("." + name + "-" + Long.toHexString(System.nanoTime()));
    return new NewFolder(target, Files.createDirectory(draft));
  }

  private static boolean isFree(Path target) throws IOException {
    if (!Files.exists(target)) {
      return true;
    }
    if (!Files.isDirectory(target)) {
      return false;
    }
    try (Stream<Path> files = Files.list(target)) {
      return files.findAny().isEmpty();
    }
  }

  /** Where to write. */
  Path draft() {
    return draft;
  }

  /** What was written is the folder from now on. */
  void publish() throws IOException {
    Files.deleteIfExists(target);
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Drops the draft, if it was not published. */
  @Override
  public void close() throws IOException {
    if (Files.exists(draft)) {
      MoreFiles.deleteRecursively(draft, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
