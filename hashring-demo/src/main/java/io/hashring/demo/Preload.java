package io.hashring.demo;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Opens what classes are loaded from, while it can be opened. A class whose file cannot be opened
 * for want of a descriptor is not found, and stays so for the life of the process.
 */
final class Preload {

  private static final Logger LOG = Logger.getLogger(Preload.class.getName());
  private static final String CLASS = ".class";

  private Preload() {}

  /** Every jar, which stays open, and every class that lies in a folder. */
  static void run() {
    ClassLoader loader = Preload.class.getClassLoader();
    try {
      Collections.list(loader.getResources("META-INF/MANIFEST.MF")); // looks into each jar
      for (URL folder : Collections.list(loader.getResources(""))) {
        if (folder.getProtocol().equals("file")) {
          load(Path.of(URI.create(folder.toString())), loader);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the class path: " + e.getMessage(), e);
    }
  }

  private static void load(Path folder, ClassLoader loader) throws IOException {
    List<String> names;
    try (Stream<Path> files = Files.walk(folder)) {
      names = files
          .map(file -> folder.relativize(file).toString())
          .filter(file -> file.endsWith(CLASS) && !file.contains("-info"))
          .map(file -> file.substring(0, file.length() - CLASS.length()).replace('/', '.'))
          .filter(name -> name.startsWith("io.hashring."))
          .toList();
    }
    for (String name : names) {
      try {
        Class.forName(name, false, loader);
      } catch (ClassNotFoundException | LinkageError e) {
        LOG.log(Level.FINE, e, () -> "not loaded: " + name); // whoever needs it will say so
      }
    }
  }
}
