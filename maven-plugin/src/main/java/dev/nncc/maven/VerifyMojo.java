package dev.nncc.maven;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.Parts;
import dev.nncc.compiler.ShapeChoice;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.compiler.verify.Verification;
import dev.nncc.compiler.verify.WrongKernel;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Compares each kernel of the project's models with the reference evaluator on the operands that it
 * really reads, and the graph before and after the passes, on random inputs. Fails the build when
 * one is wrong.
 */
@Mojo(name = "verify", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true)
public final class VerifyMojo extends ModelsMojo {
  /** Makes other random inputs. */
  @Parameter(property = "nncc.seed", defaultValue = "1")
  private long seed;

  @Override
  void use(ModelBuilds.Result compiled) throws IOException, MojoFailureException {
    List<String> wrong = new ArrayList<>();
    for (ModelJob job : compiled.libraries().keySet()) {
      for (TargetParameters machine : job.machines()) {
        CompileOptions options = job.parameters().options(machine, base());
        String platform = "linux-" + Compiler.target(options).machine().arch();
        if (!runsHere(platform)) {
          getLog().info(job.source().getFileName() + " for " + platform + " cannot run here");
        } else if (!options.memory().states().isEmpty()) {
          getLog().info(job.source().getFileName() + " keeps states, which verify cannot check");
        } else {
          for (ShapeChoice shapes : options.profiles()) {
            verify(job, options, shapes, wrong);
          }
        }
      }
    }
    if (!wrong.isEmpty()) {
      throw new MojoFailureException(String.join("\n", wrong));
    }
  }

  private void verify(ModelJob job, CompileOptions options, ShapeChoice shapes, List<String> wrong)
      throws IOException {
    Graph graph = Compiler.read(job.source(), options, shapes).graph();
    List<Tensor> inputs = new ArrayList<>();
    for (Value v : graph.inputs()) {
      inputs.add(TensorInputs.random(v.type(), seed, inputs.size()));
    }
    CompileOptions one = options.withProfiles(List.of(ShapeChoice.NONE));
    Path scratch = workFolder().resolve("verify").resolve(job.className());
    Verification.Result r =
        new Verification(graph, inputs, one, Parts.STANDARD, Verification.Listener.NONE)
            .run(scratch);
    String what =
        job.source().getFileName() + (shapes.name().isEmpty() ? "" : " " + shapes.name()) + ": ";
    r.wrongKernel().ifPresent(k -> wrong.add(what + text(k)));
    r.wrongPass().ifPresent(p -> wrong.add(what + "wrong pass " + p.text()));
    if (r.isRight()) {
      getLog()
          .info(
              String.format(
                  Locale.ROOT,
                  "%s%d kernels are right, at worst %.2g of the error bound",
                  what,
                  r.kernels(),
                  r.worst()));
    }
  }

  private static String text(WrongKernel k) {
    return "wrong kernel " + k.name() + " [" + k.nodes() + "], " + k.problem();
  }
}
