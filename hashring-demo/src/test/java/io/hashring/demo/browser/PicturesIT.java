package io.hashring.demo.browser;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The pictures of the dashboard in the documents, which {@code hashring-demo/pictures} takes anew:
 * that is this test, with {@code -Dhashring.update=true}. Without it they go to {@code target}.
 */
@ExtendWith(Chromium.Extension.class)
final class PicturesIT {

  private static final Path PICTURES =
      Boolean.getBoolean("hashring.update") ? Path.of("../docs/images") : Path.of("target/images");
  private static final long SEED = 42;

  private final Chromium chromium;

  PicturesIT(Chromium chromium) {
    this.chromium = chromium;
  }

  private void take(String name, int width, int height, boolean dark) throws Exception {
    chromium.look(width, height, dark);
    chromium.run("document.activeElement.blur(); scrollTo(0, 0)");
    Path picture = Files.write(PICTURES.resolve("dashboard-" + name + ".png"), chromium.picture());
    BufferedImage read = ImageIO.read(picture.toFile());
    assertThat(read.getWidth()).isEqualTo(width);
    assertThat(new Color(read.getRGB(3, read.getHeight() - 3)).getRed() < 128).isEqualTo(dark);
  }

  @Test
  void pictures() throws Exception {
    Files.createDirectories(PICTURES);
    try (Balancer balancer = Balancer.start("--key", "header:X-User", "--max-load", "1.25")) {
      assertThat(balancer.add("{\"hostnames\":[\"server4\"],\"weight\":2}").statusCode())
          .isEqualTo(200);
      Dashboard page = Dashboard.open(chromium, balancer);
      Random random = new Random(SEED);
      for (int i = 0; i < 300; i++) {
        String user = i % 5 == 0 ? "anna" : "user-" + (int) Math.abs(20 * random.nextGaussian());
        balancer.get("/", "X-User", user);
      }
      page.lookUp("anna");
      page.remove("server2");
      page.awaitPlan();
      chromium.awaitText("#top-table tbody", "anna");
      chromium.awaitText("#key-answer", "anna is on");
      take("wide-light", 1600, 1000, false);
      take("wide-dark", 1600, 1000, true);
      take("narrow-light", 360, 800, false);
      take("narrow-dark", 360, 800, true);
    }
  }
}
