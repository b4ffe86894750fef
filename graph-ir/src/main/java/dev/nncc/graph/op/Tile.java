package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Repeats the operand along each axis. */
public record Tile(List<Long> repeats) implements MovementOp {
  public Tile {
    repeats = Checks.atLeast("repeats", repeats, 0);
  }

  @Override
  public String name() {
    return "Tile";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer().put("repeats", repeats).done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    require(x.rank() == repeats.size(), "%s of %s", this, x);
    List<Dim> out = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      out.add(x.shape().dims().get(i).times(Dim.of(repeats.get(i))));
    }
    return List.of(x.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    Tensor x = operands.get(0);
    int[][] maps = new int[repeats.size()][];
    for (int i = 0; i < maps.length; i++) {
      int n = Math.toIntExact(x.shape().dim(i));
      maps[i] = new int[Math.toIntExact(n * repeats.get(i))];
      for (int j = 0; j < maps[i].length; j++) {
        maps[i][j] = j % n;
      }
    }
    return List.of(Moves.byMaps(x, maps));
  }
}
