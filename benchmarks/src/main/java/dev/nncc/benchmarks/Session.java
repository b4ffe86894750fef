package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Change;
import dev.nncc.benchmarks.Results.Comparison;
import dev.nncc.benchmarks.Results.Compilation;
import dev.nncc.benchmarks.Results.Convolutions;
import dev.nncc.benchmarks.Results.Ladder;
import dev.nncc.benchmarks.Results.Origin;
import dev.nncc.benchmarks.Results.Peak;
import dev.nncc.benchmarks.Results.Timed;
import dev.nncc.compiler.measure.PeakKernels;
import dev.nncc.compiler.measure.Peaks;
import dev.nncc.compiler.measure.Processor;
import dev.nncc.compiler.peer.OnnxRuntime;
import dev.nncc.compiler.peer.Peer;
import dev.nncc.compiler.peer.PeerJar;
import dev.nncc.graph.ModelException;
import dev.nncc.models.zoo.Zoo;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Carries out one command. A model that fails leaves a line in the results and the next begins. */
final class Session {
  static final String ZOO = "zoo";
  static final String REAL = "real";
  static final String COMPILE = "compile";
  static final String PEAK = "peak";
  static final String CONVOLUTIONS = "convolutions";
  static final String BEFORE = "before";
  static final String LADDER_ZOO = "ladder-zoo";
  static final String LADDER_REAL = "ladder-real";

  private static final double PEAK_SECONDS = 0.5;

  /** Of all algorithms, for each second asked for. */
  private static final int ROUNDS = 8;

  private final Arguments arguments;
  private final Store store;
  private final PrintStream out;
  private final Origin origin;
  private final long start = System.nanoTime();
  private boolean good = true;

  Session(Arguments arguments, Store store, PrintStream out) throws IOException {
    this.arguments = arguments;
    this.store = store;
    this.out = out;
    this.origin = new Origin(commit(arguments.root()), arguments.date(), load());
  }

  /** Whether all went well. */
  boolean run() throws IOException {
    out.printf(Locale.ROOT, "nncc %s, load of the machine %.2f%n", origin.commit(), origin.load());
    switch (arguments.command()) {
      case TABLE -> compare(ZOO, Subject.zoo());
      case REAL -> compare(REAL, Subject.REAL);
      case COMPILE -> compile();
      case LADDER -> ladder();
      case BEFORE -> before();
      case PEAK -> peak();
      case CONVOLUTIONS -> convolutions();
      case ALGORITHMS -> {
        int rounds = (int) Math.max(2, arguments.seconds() * ROUNDS);
        List<String> models = names(AlgorithmCommand.MODELS, Zoo.names());
        good = new AlgorithmCommand(arguments.work(), rounds, out).measure(models) == 0;
      }
      case WRITE -> {}
    }
    return good;
  }

  private void compare(String kind, List<String> all) throws IOException {
    if (store.get(PEAK, PEAK, Peak.class).isEmpty()) {
      peak();
    }
    Peer peer = peer();
    for (String name : names(all, known(kind))) {
      Optional<Comparison> known = store.get(kind, name, Comparison.class);
      boolean done = known.filter(c -> c.failure().isEmpty() && same(c.origin())).isPresent();
      if (begins(name, done)) {
        Comparison c = compare(kind, name, peer);
        store.put(kind, name, c);
        out.println(line(c));
      }
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // the table goes on; whoever reads it wants to know
  private Comparison compare(String kind, String name, Peer peer) {
    try {
      Subject subject =
          kind.equals(ZOO)
              ? Subject.ofZoo(name, arguments.work().resolve("models"))
              : Subject.ofFolder(name, arguments.data());
      Path libraries = arguments.work().resolve("libraries").resolve(kind);
      return new Duel(subject, peer, arguments.threads(), arguments.seconds(), libraries)
          .run(origin);
    } catch (IOException | RuntimeException | LinkageError | StackOverflowError e) {
      e.printStackTrace(out);
      good = false;
      return Comparison.failed(name, origin, reason(e));
    }
  }

  private List<String> known(String kind) throws IOException {
    return kind.equals(ZOO) ? Subject.known() : Subject.folders(arguments.data());
  }

  /** The models that the user named, else the usual ones. */
  private List<String> names(List<String> usual, List<String> known) {
    for (String name : arguments.models()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "there is no model " + name + "; there are " + String.join(", ", known));
      }
    }
    return arguments.models().isEmpty() ? usual : arguments.models();
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  private void compile() throws IOException {
    for (String name : names(CompileCost.MODELS, Zoo.names())) {
      Optional<Compilation> known = store.get(COMPILE, name, Compilation.class);
      boolean done = known.filter(c -> c.failure().isEmpty() && same(c.origin())).isPresent();
      if (begins(name, done)) {
        Compilation c;
        try {
          Subject subject = Subject.ofZoo(name, arguments.work().resolve("models"));
          Path launcher = arguments.root().resolve("nncc");
          Path folder = arguments.work().resolve("libraries/compile");
          c = new CompileCost(subject, launcher, folder).measure(origin);
        } catch (IOException | RuntimeException e) {
          e.printStackTrace(out);
          good = false;
          c = Compilation.failed(name, origin, reason(e));
        }
        store.put(COMPILE, name, c);
        out.println(c);
      }
    }
  }

  /** All models of the zoo and all trained ones. */
  private void ladder() throws IOException {
    List<String> real = Subject.folders(arguments.data());
    List<String> all = new ArrayList<>(Zoo.names());
    all.addAll(real);
    for (String name : names(all, all)) {
      String kind = real.contains(name) ? LADDER_REAL : LADDER_ZOO;
      Optional<Ladder> known = store.get(kind, name, Ladder.class);
      boolean done = known.filter(l -> l.failure().isEmpty() && same(l.origin())).isPresent();
      if (begins(name, done)) {
        Ladder l = ladder(kind, name);
        store.put(kind, name, l);
        out.println(line(l));
      }
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  private Ladder ladder(String kind, String name) {
    try {
      Subject subject =
          kind.equals(LADDER_ZOO)
              ? Subject.ofZoo(name, arguments.work().resolve("models"))
              : Subject.ofFolder(name, arguments.data());
      Path folder = arguments.work().resolve("libraries").resolve("ladder-" + name);
      return new Optimised(subject, folder).measure(origin);
    } catch (ModelException e) {
      // Operators that are refused are a limit that is known, no fault.
      return Ladder.failed(name, origin, reason(e));
    } catch (IOException | RuntimeException | LinkageError | StackOverflowError e) {
      e.printStackTrace(out);
      good = false;
      return Ladder.failed(name, origin, reason(e));
    }
  }

  /** All models of the tables, by this checkout and another. */
  @SuppressWarnings("CatchAndPrintStackTrace")
  private void before() throws IOException {
    List<String> all = new ArrayList<>(Subject.zoo());
    all.addAll(Subject.REAL);
    for (String name : names(all, all)) {
      Optional<Change> known = store.get(BEFORE, name, Change.class);
      boolean done = known.filter(c -> c.failure().isEmpty() && same(c.origin())).isPresent();
      if (begins(name, done)) {
        Change c;
        try {
          Subject subject =
              Subject.known().contains(name)
                  ? Subject.ofZoo(name, arguments.work().resolve("models"))
                  : Subject.ofFolder(name, arguments.data());
          Path folder = arguments.work().resolve("libraries").resolve("before-" + name);
          c =
              new Before(
                      subject, arguments.other(), arguments.threads(), arguments.seconds(), folder)
                  .measure(origin);
        } catch (IOException | RuntimeException | LinkageError e) {
          e.printStackTrace(out);
          good = false;
          c = Change.failed(name, origin, reason(e));
        }
        store.put(BEFORE, name, c);
        out.println(
            c.model() + " " + c.intervals().stream().map(ChangeText::line).toList() + c.failure());
      }
    }
  }

  private static String line(Ladder l) {
    if (!l.failure().isEmpty()) {
      return l.model() + ": " + l.failure();
    }
    return String.format(
        Locale.ROOT,
        "%-28s %4d -> %4d -> %4d -> %4d kernels, %4d launches, %3d copies, %2d conversions,"
            + " arena %.3f (small %.3f) of the bound, optimiser %.2f s of %.2f s",
        l.model(),
        l.kernels().imported(),
        l.kernels().vertical(),
        l.kernels().concat(),
        l.kernels().horizontal(),
        l.launches(),
        l.kernels().copies(),
        l.kernels().conversions(),
        LadderText.ratio(l.arenaBytes(), l.lowerBoundBytes()),
        LadderText.ratio(l.smallArenaBytes(), l.lowerBoundBytes()),
        l.optimiserSeconds(),
        l.seconds());
  }

  private void convolutions() throws IOException {
    List<String> models = names(ConvCommand.MODELS, Zoo.names());
    ConvCommand command = new ConvCommand(arguments.work(), arguments.seconds() / 10, out);
    for (String name : models) {
      Optional<Convolutions> known = store.get(CONVOLUTIONS, name, Convolutions.class);
      if (begins(name, known.filter(c -> same(c.origin())).isPresent())) {
        store.put(CONVOLUTIONS, name, command.measure(name, origin));
      }
    }
  }

  private void peak() throws IOException {
    Path folder = arguments.work().resolve("libraries/peak");
    Peaks p =
        new PeakKernels(folder, Processor.read(), arguments.threads(), PEAK_SECONDS)
            .measure((what, done, total) -> {});
    store.put(PEAK, PEAK, new Peak(origin, p));
    out.print(p.text());
  }

  private boolean begins(String name, boolean done) {
    if (arguments.resume() && done) {
      return false;
    }
    if (System.nanoTime() - start > arguments.minutes() * 60e9) {
      out.println(name + ": no time left; go on with --resume");
      good = false;
      return false;
    }
    return true;
  }

  private boolean same(Origin other) {
    return other.commit().equals(origin.commit());
  }

  private static String line(Comparison c) {
    if (!c.failure().isEmpty()) {
      return c.model() + ": " + c.failure();
    }
    StringBuilder s = new StringBuilder(String.format(Locale.ROOT, "%-24s", c.model()));
    for (Timed t : c.timed()) {
      s.append(
          String.format(
              Locale.ROOT,
              " [%d thread%s: %.3f ms, %.3f ms, ratio %.2f]",
              t.threads(),
              t.threads() == 1 ? "" : "s",
              t.ours(),
              t.theirs(),
              t.ratio()));
    }
    return s.append(String.format(Locale.ROOT, " L2 %.1e", c.relativeL2())).toString();
  }

  private static String reason(Throwable e) {
    String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return text.lines().findFirst().orElse("").strip();
  }

  private Peer peer() throws IOException {
    Path home = Path.of(System.getProperty("user.home"));
    PeerJar jar = new PeerJar(home.resolve(".m2/repository"), home.resolve(".cache/nncc"));
    return OnnxRuntime.load(jar.find(out::println));
  }

  /** How many processes were running or waiting on average in the last minute. */
  private static double load() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
  }

  /** The commit of a checkout, with a plus when it has changes; {@code unknown} without git. */
  static String commit(Path root) {
    try {
      String head = git(root, "rev-parse", "--short=10", "HEAD");
      String changes = git(root, "status", "--porcelain", "--", ".", ":!benchmarks/RESULTS.md");
      return changes.isEmpty() ? head : head + "+";
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String git(Path root, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("git", "-C", root.toString() + "/."));
    all.addAll(List.of(words));
    Process p = new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (p.waitFor() != 0) {
        throw new IOException("git fails in " + root);
      }
      return text;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
