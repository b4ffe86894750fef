package dev.nncc.frontend.importing;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Shape;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Einsum, two operands at a time: axes nobody asks for any more are summed, shared axes that stay
 * are the batch of a matrix product, shared axes that go are its inner extent.
 */
public final class Einsum {
  /** Labels of axes: letters as they are, axes of an ellipsis from here on, innermost first. */
  private static final int ELLIPSIS = 1 << 16;

  private Einsum() {}

  /** An operand with a label for each of its axes. */
  private record Term(List<Integer> labels, Operand value) {
    long extent(int label) {
      return value.dim(labels.indexOf(label));
    }
  }

  /**
   * The sum of products that an equation such as {@code "bij,bjk->bik"} describes.
   *
   * @throws dev.nncc.graph.ModelException if it does not fit the operands
   */
  public static Operand of(ImportedNode n, String text) {
    String equation = text.replace(" ", "");
    int arrow = equation.indexOf("->");
    String[] texts = (arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1);
    require(texts.length == n.inputs(), "equation '%s' for %d operands", equation, n.inputs());
    List<Term> terms = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      terms.add(diagonal(n, new Term(labels(texts[i], n.in(i).rank()), n.in(i))));
    }
    List<Integer> result =
        arrow < 0 ? implied(terms, texts) : asked(equation.substring(arrow + 2), terms);
    Term all = terms.get(0);
    for (int i = 1; i < terms.size(); i++) {
      Set<Integer> later = new LinkedHashSet<>(result);
      terms.subList(i + 1, terms.size()).forEach(t -> later.addAll(t.labels()));
      all = combine(n, all, terms.get(i), later);
    }
    all = keep(n, all, new LinkedHashSet<>(result));
    return arrange(n, all, result).value();
  }

  private static List<Integer> labels(String text, int rank) {
    List<Integer> out = new ArrayList<>();
    int dots = text.indexOf("...");
    String letters = text.replaceFirst("\\.\\.\\.", "");
    int hidden = dots < 0 ? 0 : rank - letters.length();
    require(hidden >= 0 && letters.length() + hidden == rank, "'%s' for rank %d", text, rank);
    for (int i = 0; i <= letters.length(); i++) {
      for (int k = hidden - 1; i == dots && k >= 0; k--) {
        out.add(ELLIPSIS + k);
      }
      if (i < letters.length()) {
        char c = letters.charAt(i);
        require(Character.isLetter(c), "'%s' has an axis '%s'", text, c);
        out.add((int) c);
      }
    }
    return out;
  }

  private static List<Integer> asked(String text, List<Term> terms) {
    int hidden = 0;
    for (Term t : terms) {
      for (int l : t.labels()) {
        hidden = Math.max(hidden, l - ELLIPSIS + 1);
      }
    }
    int letters = text.replace(".", "").length();
    List<Integer> out = labels(text, text.contains("...") ? letters + hidden : letters);
    require(new LinkedHashSet<>(out).size() == out.size(), "result '%s' repeats an axis", text);
    for (int l : out) {
      require(
          terms.stream().anyMatch(t -> t.labels().contains(l)), "no operand has all of '%s'", text);
    }
    return out;
  }

  /** Without an arrow: the ellipsis, then the letters that occur once, sorted. */
  private static List<Integer> implied(List<Term> terms, String[] texts) {
    TreeMap<Integer, Integer> counts = new TreeMap<>();
    for (String text : texts) {
      text.replace(".", "").chars().forEach(c -> counts.merge(c, 1, Integer::sum));
    }
    Set<Integer> hidden = new LinkedHashSet<>();
    terms.forEach(t -> t.labels().stream().filter(l -> l >= ELLIPSIS).forEach(hidden::add));
    List<Integer> out = new ArrayList<>(hidden);
    out.sort((a, b) -> Integer.compare(b, a));
    counts.forEach(
        (label, count) -> {
          if (count == 1) {
            out.add(label);
          }
        });
    return out;
  }

  /** An axis named twice in one operand stands for the diagonal of both. */
  private static Term diagonal(ImportedNode n, Term t) {
    for (int i = 0; i < t.labels().size(); i++) {
      int label = t.labels().get(i);
      int twin = t.labels().lastIndexOf(label);
      if (twin != i) {
        List<Integer> perm = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int k = 0; k < t.labels().size(); k++) {
          if (k != i && k != twin) {
            perm.add(k);
            labels.add(t.labels().get(k));
          }
        }
        perm.add(i);
        perm.add(twin);
        labels.add(label);
        Operand x = n.transpose(t.value(), perm);
        long size = x.dim(x.rank() - 1);
        require(x.dim(x.rank() - 2) == size, "%s has no diagonal", x.type());
        List<Long> flat = extents(x).subList(0, x.rank() - 2);
        List<Long> joined = new ArrayList<>(flat);
        joined.add(Math.multiplyExact(size, size));
        Operand y = n.reshape(x, Shape.of(joined));
        Operand cut = everyNth(n, y, size, size + 1);
        return diagonal(n, new Term(labels, cut));
      }
    }
    return t;
  }

  /** Elements of the last axis. */
  private static Operand everyNth(ImportedNode n, Operand x, long count, long step) {
    List<Long> sizes = extents(x);
    List<Long> steps = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
    sizes.set(x.rank() - 1, count);
    steps.set(x.rank() - 1, count <= 1 ? 1 : step);
    return n.emit(new Slice(Collections.nCopies(x.rank(), 0L), sizes, steps), x);
  }

  private static List<Long> extents(Operand x) {
    List<Long> out = new ArrayList<>();
    for (long d : x.shape().toArray()) {
      out.add(d);
    }
    return out;
  }

  /** Sums all axes whose labels are not in the set. */
  private static Term keep(ImportedNode n, Term t, Set<Integer> wanted) {
    List<Integer> axes = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < t.labels().size(); i++) {
      if (wanted.contains(t.labels().get(i))) {
        left.add(t.labels().get(i));
      } else {
        axes.add(i);
      }
    }
    return new Term(left, n.reduce(ReduceKind.SUM, t.value(), axes, false));
  }

  private static Term arrange(ImportedNode n, Term t, List<Integer> labels) {
    List<Integer> perm = labels.stream().map(t.labels()::indexOf).toList();
    return new Term(labels, n.transpose(t.value(), perm));
  }

  private static Term combine(ImportedNode n, Term left, Term right, Set<Integer> later) {
    Set<Integer> forLeft = new LinkedHashSet<>(later);
    forLeft.addAll(right.labels());
    Set<Integer> forRight = new LinkedHashSet<>(later);
    forRight.addAll(left.labels());
    Term a = broadcast(n, keep(n, left, forLeft), right);
    Term b = broadcast(n, keep(n, right, forRight), a);
    List<Integer> batch = new ArrayList<>();
    List<Integer> inner = new ArrayList<>();
    List<Integer> onlyA = new ArrayList<>();
    for (int l : a.labels()) {
      if (!b.labels().contains(l)) {
        onlyA.add(l);
      } else {
        (later.contains(l) ? batch : inner).add(l);
      }
    }
    List<Integer> onlyB = new ArrayList<>(b.labels());
    onlyB.removeAll(a.labels());
    return inner.isEmpty()
        ? product(n, a, b, batch, onlyA, onlyB)
        : contract(n, a, b, batch, onlyA, onlyB, inner);
  }

  /** Axes of extent 1 that the other operand has longer. */
  private static Term broadcast(ImportedNode n, Term t, Term other) {
    List<Long> extents = extents(t.value());
    for (int i = 0; i < extents.size(); i++) {
      int label = t.labels().get(i);
      if (other.labels().contains(label) && extents.get(i) != other.extent(label)) {
        long wide = other.extent(label);
        require(extents.get(i) == 1 || wide == 1, "extents %d and %d differ", extents.get(i), wide);
        extents.set(i, extents.get(i) == 1 ? wide : extents.get(i));
      }
    }
    return new Term(t.labels(), n.expand(t.value(), Shape.of(extents)));
  }

  private static List<Integer> joined(List<Integer> a, List<Integer> b, List<Integer> c) {
    List<Integer> out = new ArrayList<>(a);
    out.addAll(b);
    out.addAll(c);
    return out;
  }

  /** Nothing is summed: a product of elements. */
  private static Term product(
      ImportedNode n,
      Term a,
      Term b,
      List<Integer> batch,
      List<Integer> onlyA,
      List<Integer> onlyB) {
    Term x = arrange(n, a, joined(batch, onlyA, List.of()));
    Term y = arrange(n, b, joined(batch, onlyB, List.of()));
    List<Long> extents = extents(x.value());
    onlyB.forEach(l -> extents.add(1L));
    List<Long> other = new ArrayList<>(extents(y.value()));
    onlyA.forEach(l -> other.add(batch.size(), 1L));
    Operand value =
        n.apply(
            ElementwiseKind.MUL,
            n.reshape(x.value(), Shape.of(extents)),
            n.reshape(y.value(), Shape.of(other)));
    return new Term(joined(batch, onlyA, onlyB), value);
  }

  private static Term contract(
      ImportedNode n,
      Term a,
      Term b,
      List<Integer> batch,
      List<Integer> onlyA,
      List<Integer> onlyB,
      List<Integer> inner) {
    Term x = arrange(n, a, joined(batch, onlyA, inner));
    Term y = arrange(n, b, joined(batch, inner, onlyB));
    List<Long> rows = onlyA.stream().map(a::extent).toList();
    List<Long> columns = onlyB.stream().map(b::extent).toList();
    List<Long> batches = batch.stream().map(a::extent).toList();
    long between = inner.stream().mapToLong(a::extent).reduce(1, Math::multiplyExact);
    Operand p =
        n.emit(
            new MatMul(false, false),
            n.reshape(x.value(), matrix(batches, product(rows), between)),
            n.reshape(y.value(), matrix(batches, between, product(columns))));
    List<Long> extents = new ArrayList<>(batches);
    extents.addAll(rows);
    extents.addAll(columns);
    return new Term(joined(batch, onlyA, onlyB), n.reshape(p, Shape.of(extents)));
  }

  private static long product(List<Long> extents) {
    return extents.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }

  private static Shape matrix(List<Long> batches, long rows, long columns) {
    List<Long> out = new ArrayList<>(batches);
    out.add(rows);
    out.add(columns);
    return Shape.of(out);
  }
}
