/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgqconnect.connect.ConnectorConfig;

class FileValuesTest {
  private static FileValues values(String password, Map<String, String> environment) {
    return new FileValues(
        new ConnectorConfig(
            "bank-source",
            password == null
                ? Map.of("database.user", "connect")
                : Map.of("database.user", "connect", "database.password", password)),
        environment::get);
  }

  @Test
  void whatTheConnectorWillUseGoesBeforeTheEnvironment() {
    FileValues.Secret secret = values("own", Map.of("PGPASSWORD", "other")).password("connect");
    assertThat(secret.value()).isEqualTo("own");
    assertThat(secret.origin())
        .isEqualTo(
            "database.password of connector \"bank-source\" (which the connector will use, and so"
                + " $PGPASSWORD was not)");
  }

  @Test
  void ofAnotherRoleTheFileKnowsNothing() {
    assertThat(values("own", Map.of("PGPASSWORD", "other")).password("postgres").value())
        .isEqualTo("other");
    assertThat(values("own", Map.of()).password("postgres").value()).isNull();
    assertThat(values(null, Map.of("PGPASSWORD", "other")).password("connect").value())
        .isEqualTo("other");
  }

  @Test
  void providersOfTheUsualNamesAreResolved(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("s.properties"), "pw = from file\n");
    Files.writeString(directory.resolve("pw"), "from directory");
    assertThat(values("${file:%s:pw}".formatted(file), Map.of()).password("connect").value())
        .isEqualTo("from file");
    assertThat(values("${dir:%s:pw}".formatted(directory), Map.of()).password("connect").value())
        .isEqualTo("from directory");
    assertThat(values("a${env:PW}c", Map.of("PW", "b")).password("connect").value())
        .isEqualTo("abc");
  }

  @Test
  void namesAreResolvedAsWellAsPasswords() {
    FileValues values =
        new FileValues(
            new ConnectorConfig(
                "bank-source",
                Map.of(
                    "queue.name", "${env:QN}",
                    "consumer.name", "${env:CN}",
                    "subscription.name", " ",
                    "topic.prefix", "eu_${env:QN}",
                    "mode", "${env:MODE}")),
            Map.of("QN", "shop", "CN", "reader", "MODE", "events")::get);
    assertThat(values.given("queue.name")).contains("shop");
    assertThat(values.consumer()).isEqualTo("reader");
    assertThat(values.subscription()).isEqualTo("bank-source");
    assertThat(values.is("mode", "events")).isTrue();
    assertThat(values.some("topic.prefix", "absent")).isEqualTo(Map.of("topic.prefix", "eu_shop"));
  }

  @Test
  void whatCannotBeResolvedHereIsSaid(@TempDir Path directory) throws IOException {
    assertThatThrownBy(() -> values("${vault:secret/x:pw}", Map.of()).password("connect"))
        .hasMessage(
            "database.password of connector \"bank-source\" is ${vault:secret/x:pw}, which only the"
                + " worker's config provider \"vault\" can resolve; this command knows file, env"
                + " and dir. Or give the password: --password, or $PGPASSWORD");
    assertThatThrownBy(() -> values("${env:PW}", Map.of()).password("connect"))
        .hasMessageContaining("there is no variable PW here");
    Path missing = directory.resolve("missing");
    assertThatThrownBy(
            () -> values("${file:%s:pw}".formatted(missing), Map.of()).password("connect"))
        .hasMessageContaining(missing + " cannot be read here: NoSuchFileException");
    Path file = Files.writeString(directory.resolve("s.properties"), "x = y\n");
    assertThatThrownBy(() -> values("${file:%s:pw}".formatted(file), Map.of()).password("connect"))
        .hasMessageContaining("there is no pw in " + file);
    assertThat(values("${vault:x:pw}", Map.of("PGPASSWORD", "other")).password("connect").value())
        .isEqualTo("other");
  }
}
