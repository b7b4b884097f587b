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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.sink.PgqSinkConnector;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.tables.SubscribedTable;
import org.pgqconnect.source.PgqSourceConnector;
import org.pgqconnect.source.metrics.SourceMetrics;

/** What the documents say is there, is there. */
class DocumentationTest {
  private static final Path HOME = ProjectHome.file("README.md").getParent();
  private static final ConfigDef SOURCE = new PgqSourceConnector().config();
  private static final ConfigDef SINK = new PgqSinkConnector().config();
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

  @Test
  void everyLinkedFileExists() throws IOException {
    for (Path document : documents()) {
      Matcher links = LINK.matcher(Files.readString(document));
      while (links.find()) {
        assertThat(document.resolveSibling(links.group(1)))
            .as("linked from " + document.getFileName())
            .exists();
      }
    }
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(HOME.resolve("README.md")));
    try (var docs = Files.list(HOME.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
    }
    return documents;
  }

  /** To bring the page up to date: mvn -pl cli -am test -Dpgqconnect.write.docs=true. */
  @Test
  void thePageOfPrivilegesHasWhatGrantToRuns() throws IOException {
    Path page = HOME.resolve("docs/privileges.md");
    String expected = PrivilegesReference.update(Files.readString(page));
    if (Boolean.getBoolean("pgqconnect.write.docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page).hasContent(expected);
  }

  /** To bring the page up to date: mvn -pl cli -am test -Dpgqconnect.write.docs=true. */
  @Test
  void thePageOfErrorsIsWrittenFromTheirCatalogue() throws IOException {
    Path page = HOME.resolve("docs/troubleshooting.md");
    String expected = ErrorCatalogue.update(Files.readString(page));
    if (Boolean.getBoolean("pgqconnect.write.docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page).hasContent(expected);
  }

  private static String text(String file) throws IOException {
    return Files.readString(HOME.resolve(file));
  }

  private static final String PREFIX_KEYS =
      """

      ## Keys with a variable part

      | key | connector | example | meaning |
      |---|---|---|---|
      | `database.jdbc.<property>` | both | `"database.jdbc.sslrootcert": "/etc/ssl/ca.pem"` | A property of the PostgreSQL JDBC driver. Properties that choose classes, files to write or the meaning of values are refused; the message lists the allowed ones. |
      | `row.filter.condition.<schema>.<table>` | source | `"row.filter.condition.public.orders": "region = 'EU'"` | The SQL condition of a table that `row.filter.tables` names. |
      | `producer.override.<key>` | source | `"producer.override.max.request.size": "8388608"` | Kafka Connect's own: settings of the producer of this connector. |
      | `consumer.override.<key>` | sink | `"consumer.override.max.partition.fetch.bytes": "8388608"` | Kafka Connect's own: settings of the consumer of this connector. |
      | `topic.creation.<group>.<key>` | source | `"topic.creation.default.replication.factor": "3"` | Kafka Connect's own: how new topics are created. |
      """;

  /** To bring the page up to date: mvn -pl cli -am test -Dpgqconnect.write.docs=true. */
  @Test
  void theConfigurationPageIsWhatTheConnectorsDefine() throws IOException {
    String expected =
        "# Configuration\n\n"
            + "Written from the connectors' own definitions; a test fails when it differs.\n"
            + "Converters, topics, transforms and error handling are Kafka Connect's own keys.\n\n"
            + ConfigurationReference.of("Source connector", SOURCE)
            + "\n"
            + ConfigurationReference.of("Sink connector", SINK)
            + PREFIX_KEYS;
    Path page = HOME.resolve("docs/configuration.md");
    if (Boolean.getBoolean("pgqconnect.write.docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page).hasContent(expected);
  }

  @Test
  void eachKeyHasAnExampleThatIsAcceptedAndIsNotTheDefault() {
    Properties examples = ConfigurationReference.examples();
    Set<String> keys = new TreeSet<>(SOURCE.names());
    keys.addAll(SINK.names());
    assertThat(examples.stringPropertyNames()).isEqualTo(keys);
    for (ConfigDef definition : List.of(SOURCE, SINK)) {
      Map<String, String> config = new HashMap<>();
      definition.names().forEach(key -> config.put(key, examples.getProperty(key)));
      assertThat(definition.validate(config))
          .allSatisfy(value -> assertThat(value.errorMessages()).as(value.name()).isEmpty());
      Map<String, Object> parsed = definition.parse(config);
      definition
          .defaultValues()
          .forEach((key, value) -> assertThat(parsed.get(key)).as(key).isNotEqualTo(value));
    }
  }

  /** To bring the page up to date: mvn -pl cli -am test -Dpgqconnect.write.docs=true. */
  @Test
  void thePageOfMetricsIsWhatTheSourceTells() throws IOException {
    StringBuilder expected =
        new StringBuilder(
            """
            # Metrics

            Written from the metrics' own definitions; a test fails when it differs.

            ## Source connector

            JMX, in the worker's JVM: `pgq-connect:type=source,connector=<name>,queue=<queue>`, from the start of the
            task to its end. A name with other characters than letters, digits, `_`, `.` and `-` is quoted as JMX has it.

            | attribute | type | meaning |
            |---|---|---|
            """);
    for (SourceMetrics.Description metric : SourceMetrics.descriptions()) {
      expected.append(
          "| `%s` | %s | %s |%n".formatted(metric.name(), metric.type(), metric.meaning()));
    }
    Path page = HOME.resolve("docs/metrics.md");
    if (Boolean.getBoolean("pgqconnect.write.docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page).hasContent(expected.toString());
  }

  @Test
  void everyStateOfATableIsExplained() throws IOException {
    String sink = text("docs/sink.md");
    for (SubscribedTable.Stage stage : SubscribedTable.Stage.values()) {
      assertThat(sink).contains("\n| `" + stage.label() + "` | ");
    }
  }

  @Test
  void everyReasonForNotApplyingARecordIsExplained() throws IOException {
    String guarantees = text("docs/guarantees.md");
    for (NotApplied.Reason reason : NotApplied.Reason.values()) {
      assertThat(guarantees).containsPattern("\n\\| .*`" + reason.label() + "`.* \\| ");
    }
  }

  @Test
  void theShippedConnectorFilesNameOnlyKnownKeys() {
    ConnectorConfig source = ConnectorConfig.load(HOME.resolve("config/source.json"));
    ConnectorConfig sink = ConnectorConfig.load(HOME.resolve("config/sink.json"));
    assertThat(unknown(source, SOURCE.names())).isEmpty();
    for (String other : List.of("config/source-londiste.json", "config/source-events.json")) {
      assertThat(unknown(ConnectorConfig.load(HOME.resolve(other)), SOURCE.names())).isEmpty();
    }
    assertThat(unknown(sink, SINK.names())).isEmpty();
  }

  private static List<String> unknown(ConnectorConfig connector, Set<String> ours) {
    Pattern framework =
        Pattern.compile(
            "connector\\.class|tasks\\.max|topics(\\.regex)?|(key|value)\\.converter.*|(producer|consumer)\\.override\\..+"
                + "|topic\\.creation\\..+|exactly\\.once\\.support|transaction\\.boundary|errors\\..+");
    return connector.config().keySet().stream()
        .filter(key -> !ours.contains(key) && !framework.matcher(key).matches())
        .toList();
  }

  @Test
  void theComposeFileMountsWhatTheBuildMakes() throws IOException {
    Matcher mounts =
        Pattern.compile("\\./([^:\"]+):")
            .matcher(Files.readString(HOME.resolve("docker-compose.yml")));
    int found = 0;
    while (mounts.find()) {
      found++;
      assertThat(HOME.resolve(mounts.group(1))).exists();
    }
    assertThat(found).isEqualTo(5);
  }
}
