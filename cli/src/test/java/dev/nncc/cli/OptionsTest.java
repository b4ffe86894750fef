package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.ShapeChoice;
import dev.nncc.compiler.run.PictureFormat;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What the words of a command line become. */
class OptionsTest {
  @TempDir Path folder;

  @Command(name = "all")
  private static final class All {
    @Mixin private ImportFlags imports;
    @Mixin private TargetFlags target;
    @Mixin private PictureFlags pictures;
  }

  private static All parse(String... args) {
    All all = new All();
    new CommandLine(all).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(args);
    return all;
  }

  @Test
  void nothingSaidMeansTheDefaults() {
    All all = parse();
    assertThat(all.imports.options()).isEqualTo(ImportOptions.NONE);
    assertThat(all.target.apply(CompileOptions.DEFAULT)).isEqualTo(CompileOptions.DEFAULT);
    assertThat(all.pictures.format(Map.of())).isEqualTo(PictureFormat.PIXELS);
  }

  @Test
  void shapesDimsAndOutputs() {
    ImportOptions o =
        parse(
                "--dim=batch=4",
                "--input-shape=a=b:0=1x3x8",
                "--input-shape=s=scalar",
                "--overridable=w1,w2",
                "--outputs=y,z",
                "--inputs=h")
            .imports
            .options();
    assertThat(o.dims()).isEqualTo(Map.of("batch", 4L));
    assertThat(o.inputShapes()).isEqualTo(Map.of("a=b:0", List.of(1L, 3L, 8L), "s", List.of()));
    assertThat(o.overridable()).containsExactly("w1", "w2");
    assertThat(o.outputs()).containsExactly("y", "z");
    assertThat(o.inputs()).containsExactly("h");
    assertThat(parse("--overridable=all").imports.options().allOverridable()).isTrue();
  }

  @Test
  void severalValuesMakeProfilesOfAllCombinations() {
    ImportFlags flags = parse("--dim=batch=1,4", "--dim=seq=128,384", "--dim=k=7").imports;
    assertThat(flags.shared().dims()).isEqualTo(Map.of("k", 7L));
    assertThat(flags.profiles().stream().map(ShapeChoice::name))
        .containsExactly(
            "batch=1,seq=128", "batch=1,seq=384", "batch=4,seq=128", "batch=4,seq=384");
    assertThat(flags.profiles().get(2).dims()).isEqualTo(Map.of("batch", 4L, "seq", 128L));
    assertThat(parse("--dim=batch=4").imports.profiles()).containsExactly(ShapeChoice.NONE);
  }

  @Test
  void shapesOfSeveralInputsGoTogether() {
    ImportFlags flags =
        parse("--input-shape=a=1x8,2x8", "--input-shape=b=1x3", "--input-shape=b=2x3").imports;
    assertThat(flags.profiles().stream().map(ShapeChoice::name))
        .containsExactly("a=1x8,b=1x3", "a=2x8,b=2x3");
    ImportFlags uneven = parse("--input-shape=a=1x8,2x8,3x8", "--input-shape=b=1x3,2x3").imports;
    assertThatThrownBy(uneven::profiles)
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("equally many shapes");
  }

  @Test
  void commandsForOneSetOfShapesSayWhoMakesProfiles() {
    assertThatThrownBy(() -> parse("--dim=batch=1,4").imports.options())
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining("--dim batch takes one value here; 'nncc compile' makes profiles");
  }

  @Test
  void boundInputsAreNumbersOrFiles() throws IOException {
    Path file = folder.resolve("b.npy");
    TensorFiles.writeNpy(file, Tensor.ofFloats(Shape.of(2), 1, 2));
    Map<String, Tensor> binds =
        parse("--bind=k=-3", "--bind=r=0.5", "--bind=flag=true", "--bind=b=" + file)
            .imports
            .options()
            .binds();
    assertThat(binds).containsOnlyKeys("k", "r", "flag", "b");
    assertThat(binds.get("k").toLongs()).containsExactly(-3);
    assertThat(binds.get("r").toDoubles()).containsExactly(0.5);
    assertThat(binds.get("flag").dtype()).isEqualTo(DType.BOOL);
    assertThat(binds.get("b").toDoubles()).containsExactly(1, 2);
  }

  @ParameterizedTest
  @CsvSource({
    "--input-shape=x, --input-shape takes NAME=VALUE",
    "--input-shape=x=, --input-shape takes NAME=VALUE",
    "--input-shape=x=1x-3, --input-shape takes extents like 1x3x224x224",
    "--bind==3, --bind takes NAME=VALUE",
    "--dim=batch=x, --dim takes different values",
    "--dim=batch=-1, --dim takes different values",
  })
  void badValuesAreUsageErrors(String word, String message) {
    assertThatThrownBy(() -> parse(word).imports.options())
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining(message);
  }

  @Test
  void targetFlagsAlsoSpeakToAnotherProcess() {
    TargetFlags flags =
        parse(
                "--cpu=x86-64-v3",
                "--target=x86_64-linux",
                "--plain-kernels",
                "--fast-math",
                "--disable=cse,strip")
            .target;
    CompileOptions o = flags.apply(CompileOptions.DEFAULT);
    assertThat(o.cpu()).isEqualTo("x86-64-v3");
    assertThat(o.machine()).isEqualTo(Optional.of("x86_64-linux"));
    assertThat(o.kernels().scheduled()).isFalse();
    assertThat(o.passes().disabled()).containsExactly("cse", "strip");
    assertThat(o.passes().fastMath()).isTrue();
    assertThat(CompileOptions.DEFAULT.passes().fastMath()).isFalse();
    String[] again = flags.arguments().toArray(String[]::new);
    assertThat(parse(again).target.apply(CompileOptions.DEFAULT)).isEqualTo(o);
  }

  @Test
  void pictureFlagsOverruleTheModel() {
    Map<String, String> model = Map.of("nncc.image.mean", "5", "nncc.image.layout", "NCHW");
    PictureFormat f =
        parse("--layout=nhwc", "--scale=1/4,1,2", "--resize=crop").pictures.format(model);
    assertThat(f.layout()).isEqualTo(Optional.of(PictureFormat.Layout.NHWC));
    assertThat(f.mean()).containsExactly(5.0);
    assertThat(f.scale()).containsExactly(0.25, 1.0, 2.0);
    assertThat(f.resize()).isEqualTo(PictureFormat.Resize.CROP);
  }
}
