/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lines, words and links of the documents that are written by hand. */
class DocumentationStyleTest {
  private static final Path HOME = ProjectHome.file("README.md").getParent();
  private static final int WIDTH = 120;
  private static final String WORDING = "<!-- wording -->";
  private static final Pattern CODE = Pattern.compile("`[^`]*`");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#: ]*)#([^)]+)\\)");
  private static final Pattern NAMED_LINK = Pattern.compile("(?m)^\\[[^]]+]: ([^#: ]*)#(\\S+)$");

  /** Their texts come from the code. */
  private static final Set<String> GENERATED = Set.of("configuration.md", "metrics.md");

  private static List<Path> documents() throws IOException {
    List<Path> documents =
        new ArrayList<>(List.of(HOME.resolve("README.md"), HOME.resolve("CONTRIBUTING.md")));
    try (Stream<Path> docs = Files.list(HOME.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    }
    return documents;
  }

  /** The lines that are no code. */
  private static void eachTextLine(Path document, Consumer<String> line) throws IOException {
    boolean fenced = false;
    boolean paragraph = false;
    for (String text : Files.readAllLines(document)) {
      fenced ^= text.startsWith("```");
      boolean indented = text.startsWith("    ") && !paragraph;
      if (!fenced && !indented && !text.startsWith("```")) {
        line.accept(text);
      }
      // Code that is indented follows an empty line; what is indented beside text continues it.
      paragraph = !text.isBlank() && !indented;
    }
  }

  @Test
  void textIsWrapped() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path document : written()) {
      eachTextLine(
          document,
          line -> {
            if (line.length() > WIDTH && !line.startsWith("|") && line.strip().contains(" ")) {
              tooLong.add(document.getFileName() + ": " + line);
            }
          });
    }
    assertThat(tooLong).isEmpty();
  }

  private static List<Path> written() throws IOException {
    return documents().stream()
        .filter(document -> !GENERATED.contains(document.getFileName().toString()))
        .toList();
  }

  @Test
  void wordsAreThoseOfTheGlossary() throws IOException {
    List<String> banned = banned();
    assertThat(banned).hasSizeGreaterThan(20);
    Pattern words = Pattern.compile("(?i)\\b(" + String.join("|", banned) + ")\\b");
    List<String> found = new ArrayList<>();
    for (Path document : written()) {
      eachTextLine(
          document,
          line -> {
            Matcher word = words.matcher(CODE.matcher(line).replaceAll("`"));
            if (word.find()) {
              found.add(document.getFileName() + ": \"" + word.group() + "\" in: " + line);
            }
          });
    }
    assertThat(found).isEmpty();
  }

  /** Messages, logs, help texts and comments: what is code itself is no word. */
  @Test
  void sourcesUseTheWordsOfTheGlossary() throws IOException {
    Pattern words = Pattern.compile("\\b(" + String.join("|", bothCases(banned())) + ")\\b");
    List<String> found = new ArrayList<>();
    for (Path source : sources()) {
      String text = Files.readString(source);
      words
          .matcher(text)
          .results()
          .forEach(word -> found.add(HOME.relativize(source) + ": \"" + word.group() + "\""));
    }
    // PostgreSQL may run as the system's user of that name.
    assertThat(found).allMatch(word -> word.endsWith("ServiceUser.java: \"nobody\""));
  }

  private static List<String> bothCases(List<String> words) {
    return words.stream()
        .map(
            word ->
                "[%s%s]%s"
                    .formatted(
                        word.charAt(0),
                        Character.toUpperCase(word.charAt(0)),
                        word.substring(1).replace(" ", "[\\s*+\"-]+")))
        .toList();
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>(List.of(HOME.resolve("pgq-connect")));
    try (Stream<Path> files = Files.list(HOME.resolve("config"))) {
      files.forEach(sources::add);
    }
    try (Stream<Path> modules = Files.list(HOME)) {
      for (Path main : modules.map(module -> module.resolve("src/main")).toList()) {
        if (Files.isDirectory(main)) {
          try (Stream<Path> files = Files.walk(main)) {
            files
                .filter(file -> file.toString().matches(".*\\.(java|sql|properties)"))
                .forEach(sources::add);
          }
        }
      }
    }
    assertThat(sources).hasSizeGreaterThan(400);
    return sources;
  }

  private static List<String> banned() throws IOException {
    String page = Files.readString(HOME.resolve("CONTRIBUTING.md"));
    return page.substring(page.indexOf(WORDING))
        .lines()
        .filter(line -> line.startsWith("|"))
        .flatMap(line -> CODE.matcher(line).results())
        .map(code -> code.group().replace("`", ""))
        .toList();
  }

  @Test
  void everyLinkedHeadingExists() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      String text = Files.readString(document);
      for (Pattern pattern : List.of(LINK, NAMED_LINK)) {
        Matcher link = pattern.matcher(text);
        while (link.find()) {
          Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
          if (!Files.exists(target) || !headings(target).contains(link.group(2))) {
            broken.add(document.getFileName() + ": " + link.group(1) + "#" + link.group(2));
          }
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** The anchors that GitHub gives to the headings. */
  private static Set<String> headings(Path document) throws IOException {
    Set<String> anchors = new HashSet<>();
    eachTextLine(
        document,
        line -> {
          if (line.matches("#+ .*")) {
            anchors.add(
                line.replaceFirst("#+ ", "")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\w\\- ]", "")
                    .replace(' ', '-'));
          }
        });
    return anchors;
  }

  @Test
  void theIndexNamesEveryPage() throws IOException {
    String index = Files.readString(HOME.resolve("docs/README.md"));
    for (Path document : documents()) {
      String name = document.getFileName().toString();
      if (document.getParent().endsWith("docs") && !name.equals("README.md")) {
        assertThat(index).contains("](" + name);
      }
    }
  }
}
