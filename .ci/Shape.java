/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
import com.sun.source.doctree.DocTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Measures the shape of the code, as tables in Markdown: {@code java .ci/Shape.java}. */
final class Shape {
  private static final int LONG_METHOD = 40;
  private static final int MANY_PARAMETERS = 7;

  /** What the sources of a module, or of all, amount to. */
  private static final class Measures {
    final List<Integer> files = new ArrayList<>();
    final List<Integer> methods = new ArrayList<>();
    final List<String> longMethods = new ArrayList<>();
    int types;
    int describedTypes;
    int publicMethods;
    int describedMethods;
    int manyParameters;
    int records;
    int sealedTypes;
    int logs;
    int nulls;
    int testLines;

    int lines() {
      return files.stream().mapToInt(Integer::intValue).sum();
    }
  }

  private Shape() {}

  public static void main(String[] args) throws IOException {
    List<Path> modules;
    try (Stream<Path> children = Files.list(Path.of("."))) {
      modules =
          children.filter(c -> Files.exists(c.resolve("src/main/java"))).map(Path::normalize).sorted().toList();
    }
    TreeMap<String, Measures> byModule = new TreeMap<>();
    Measures all = new Measures();
    for (Path module : modules) {
      Measures measures = new Measures();
      byModule.put(module.toString(), measures);
      measure(sources(module.resolve("src/main/java"), ".java"), measures, all);
      int tests = 0;
      for (Path test : sources(module.resolve("src/test/java"), ".java")) {
        tests += count(test);
      }
      measures.testLines = tests;
      all.testLines += tests;
    }
    if (Files.exists(Path.of("integration-tests"))) {
      for (Path test : sources(Path.of("integration-tests"), ".java")) {
        all.testLines += count(test);
      }
    }
    byModule.put("**all main**", all);
    print(byModule);
    System.out.println("\nMethods over " + LONG_METHOD + " lines: " + String.join(", ", all.longMethods) + ".\n");
    printSql();
  }

  private static void measure(List<Path> sources, Measures... into) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, manager, d -> {}, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(sources));
      DocTrees docs = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        String text = unit.getSourceFile().getCharContent(true).toString();
        for (Measures measures : into) {
          measures.files.add((int) text.lines().count());
          measures.logs += matches(text, "\\bLOG\\.(trace|debug|info|warn|error)\\(|\\bLOG::");
          measures.nulls += matches(text, "\\breturn null;");
          new Scanner(unit, docs, measures).scan(unit, null);
        }
      }
    }
  }

  /** Types and methods of one file. */
  private static final class Scanner extends TreePathScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final DocTrees docs;
    private final Measures measures;

    Scanner(CompilationUnitTree unit, DocTrees docs, Measures measures) {
      this.unit = unit;
      this.docs = docs;
      this.measures = measures;
    }

    @Override
    public Void visitClass(ClassTree type, Void none) {
      boolean topLevel = getCurrentPath().getParentPath().getLeaf() == unit;
      if (topLevel) {
        measures.types++;
        measures.describedTypes += docs.getDocComment(getCurrentPath()) == null ? 0 : 1;
      }
      measures.records += type.getKind() == Tree.Kind.RECORD ? 1 : 0;
      measures.sealedTypes += type.getModifiers().getFlags().contains(Modifier.SEALED) ? 1 : 0;
      return super.visitClass(type, none);
    }

    @Override
    public Void visitMethod(MethodTree method, Void none) {
      if (method.getBody() != null && docs.getSourcePositions().getEndPosition(unit, method) > 0) {
        LineMap lines = unit.getLineMap();
        long start = docs.getSourcePositions().getStartPosition(unit, method);
        int length =
            (int)
                (lines.getLineNumber(docs.getSourcePositions().getEndPosition(unit, method))
                    - lines.getLineNumber(start)
                    + 1);
        measures.methods.add(length);
        if (length > LONG_METHOD) {
          measures.longMethods.add(
              "`%s.%s` %d"
                  .formatted(
                      unit.getSourceFile().getName().replaceAll(".*/|\\.java", ""), method.getName(), length));
        }
      }
      boolean constructor = method.getReturnType() == null;
      measures.manyParameters += !constructor && method.getParameters().size() > MANY_PARAMETERS ? 1 : 0;
      boolean overrides =
          method.getModifiers().getAnnotations().stream().anyMatch(a -> a.toString().startsWith("@Override"));
      if (!constructor && !overrides && method.getModifiers().getFlags().contains(Modifier.PUBLIC)) {
        measures.publicMethods++;
        measures.describedMethods += docs.getDocComment(getCurrentPath()) == null ? 0 : 1;
      }
      return super.visitMethod(method, none);
    }
  }

  private static void print(TreeMap<String, Measures> byModule) {
    System.out.println(
        "| module | files / lines | file median / p90 / max | method median / p90 / p99 / max | methods > 40 | methods > 7 parameters"
            + " | test / main lines | types / public methods with javadoc | log / kLOC | `return null` / kLOC | records / sealed |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
    byModule.forEach(
        (name, m) -> {
          double kilo = m.lines() / 1000.0;
          System.out.printf(
              Locale.ROOT,
              "| %s | %d / %,d | %d / %d / %d | %d / %d / %d / %d | %.1f %% (%d of %,d) | %d | %.2f | %.0f %% / %.0f %% | %.1f | %.2f | %d / %d |%n",
              name, m.files.size(), m.lines(),
              part(m.files, 0.5), part(m.files, 0.9), part(m.files, 1),
              part(m.methods, 0.5), part(m.methods, 0.9), part(m.methods, 0.99), part(m.methods, 1),
              100.0 * m.longMethods.size() / m.methods.size(), m.longMethods.size(), m.methods.size(),
              m.manyParameters,
              m.testLines / (double) m.lines(),
              100.0 * m.describedTypes / Math.max(1, m.types),
              100.0 * m.describedMethods / Math.max(1, m.publicMethods),
              m.logs / kilo, m.nulls / kilo, m.records, m.sealedTypes);
        });
  }

  /** Functions of SQL and PL/pgSQL by the lines from CREATE to the end of the body. */
  private static void printSql() throws IOException {
    int lines = 0;
    int files = 0;
    int several = 0;
    List<Integer> functions = new ArrayList<>();
    List<String> longOnes = new ArrayList<>();
    Pattern create =
        Pattern.compile(
            "(?im)^create (?:or replace )?(?:function|procedure) (?<name>[\\w.\"]+)(?s:.*?)(?<quote>\\$\\w*\\$)(?s:.*?)\\k<quote>");
    for (Path file : sources(Path.of("."), ".sql")) {
      if (!file.toString().contains("src/main/resources")) {
        continue;
      }
      String text = Files.readString(file);
      files++;
      lines += (int) text.lines().count();
      Matcher function = create.matcher(text);
      int here = 0;
      while (function.find()) {
        int length = (int) function.group().lines().count();
        functions.add(length);
        here++;
        if (length > LONG_METHOD) {
          longOnes.add("`%s` %d".formatted(function.group("name"), length));
        }
      }
      several += here > 1 ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT,
        "SQL: %d files, %,d lines, %d functions; %d (%.0f %%) over %d lines; %d files with more than one.%nOver %d lines: %s.%n",
        files, lines, functions.size(), longOnes.size(), 100.0 * longOnes.size() / functions.size(), LONG_METHOD,
        several, LONG_METHOD, String.join(", ", longOnes));
  }

  private static int part(List<Integer> values, double share) {
    int[] sorted = values.stream().mapToInt(Integer::intValue).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
  }

  private static int matches(String text, String pattern) {
    return (int) Pattern.compile(pattern).matcher(text).results().count();
  }

  private static int count(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return (int) lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> sources(Path folder, String ending) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    // A module's own, not a package of that name.
    Predicate<Path> built =
        p -> p.normalize().getNameCount() > 1 && p.normalize().getName(1).toString().equals("target");
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(p -> p.toString().endsWith(ending)).filter(built.negate()).sorted().toList();
    }
  }
}
