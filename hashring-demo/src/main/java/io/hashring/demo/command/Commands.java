package io.hashring.demo.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import picocli.CommandLine;

/** The commands that ask about rings, beside the balancer. */
public final class Commands {

  private Commands() {}

  /**
   * Adds them to a command line, which must have its settings already: what variables say of the
   * balancer's options is not for them.
   *
   * @param main the command line
   * @return the same
   */
  public static CommandLine addTo(CommandLine main) {
    PrintWriter out = new PrintWriter(System.out, true, UTF_8); // whatever the locale
    PrintWriter err = new PrintWriter(System.err, true, UTF_8);
    for (RingCommand command : new RingCommand[] {
      new Locate(), new Balance(), new Advise(), new Plan(), new Diff(), new Verify(), new Save()
    }) {
      CommandLine line =
          new CommandLine(command).setOut(out).setErr(err).setUsageHelpAutoWidth(true);
      main.addSubcommand(line);
    }
    return main;
  }
}
