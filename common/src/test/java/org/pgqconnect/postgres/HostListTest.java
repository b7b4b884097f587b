/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.config.ConnectionKeys;

class HostListTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "db1|db1:5432|-h db1 -p 5432",
        "10.0.0.5|10.0.0.5:5432|-h 10.0.0.5 -p 5432",
        "db1:5433|db1:5433|-h db1 -p 5433",
        "::1|[::1]:5432|-h ::1 -p 5432",
        "[::1]|[::1]:5432|-h ::1 -p 5432",
        "[::1]:5433|[::1]:5433|-h ::1 -p 5433",
        "2001:db8::5432|[2001:db8::5432]:5432|-h 2001:db8::5432 -p 5432",
        "::ffff:10.0.0.5|[::ffff:10.0.0.5]:5432|-h ::ffff:10.0.0.5 -p 5432",
        "fe80::1%eth0|[fe80::1%eth0]:5432|-h fe80::1%eth0 -p 5432",
        "'db1, [::1]:5433 ,10.0.0.5:5434,::1'|db1:5432,[::1]:5433,10.0.0.5:5434,[::1]:5432|-h"
            + " db1,::1,10.0.0.5,::1 -p 5432,5433,5434,5432"
      })
  void namesAndAddressesAreRead(String text, String hosts, String options) {
    HostList list = HostList.parse(text, 5432);
    assertThat(list).hasToString(hosts);
    assertThat(list.libpqOptions()).isEqualTo(options);
    assertThat(list.isFailover()).isEqualTo(text.contains(","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "db1,|nothing between two commas, or beside the first or last one",
        ",db1|nothing between two commas",
        "db1,,db2|nothing between two commas",
        "' '|it is empty",
        "/var/run/postgresql|Unix socket, and Java reaches a server by TCP only",
        "@abstract|Unix socket",
        "db1/bank?socketFactory=x|names more than hosts",
        "db1?socketFactory=x|names more than hosts",
        "jdbc:postgresql://db1/bank|names more than hosts",
        "app@db1|names more than hosts",
        "db1&x=y|not the name of a host",
        "db 1|not the name of a host",
        "db1#|not the name of a host",
        "-h|not the name of a host",
        "db1:|not a port",
        "db1:0|not a port",
        "db1:65536|not a port",
        "[::1|no closing bracket",
        "[::1]5433|no closing bracket",
        "[db1]:5433|not an IPv6 address",
        "1:2:3|not an IPv6 address",
        "::1:99999|not an IPv6 address",
        "::1%a/b|names more than hosts"
      })
  void everythingElseIsRefused(String text, String why) {
    assertThatThrownBy(() -> HostList.parse(text, 5432))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("database.hostname \"" + text + "\" cannot be used")
        .hasMessageContaining(why)
        .hasMessageContaining("as db1, 10.0.0.5, ::1 or [::1]:5433");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "socketFactory",
        "socketFactoryArg",
        "sslfactory",
        "sslfactoryarg",
        "sslhostnameverifier",
        "sslpasswordcallback",
        "authenticationPluginClassName",
        "xmlFactoryFactory",
        "connectExecutor",
        "connectExecutorArg",
        "classLoaderStrategy",
        "loggerFile",
        "loggerLevel",
        "service",
        "jaasApplicationName",
        "jaasLogin",
        "gsslib",
        "replication",
        "user",
        "PGHOST",
        "PGDBNAME",
        "somethingNew"
      })
  void propertiesThatCouldDoMoreAreRefused(String property) {
    Properties driver = new Properties();
    driver.setProperty(property, "x");
    assertThatThrownBy(() -> new ConnectionConfig("h", 5432, "d", "u", null, "prefer", driver))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("database.jdbc." + property + " is not allowed")
        .hasMessageContaining("Allowed properties: cancelSignalTimeout, channelBinding");
    String key = "database.jdbc." + property;
    assertThat(DriverProperties.problems(Map.of(key, "x", "topic.prefix", "p")))
        .containsOnlyKeys(key);
    assertThatThrownBy(() -> ConnectionKeys.of(config(Map.of(key, "x"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key);
  }

  @Test
  void theHostsKeyIsCheckedByTheDefinition() {
    assertThatThrownBy(() -> config(Map.of("database.hostname", "h/d?socketFactory=x")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("names more than hosts");
  }

  private static AbstractConfig config(Map<String, String> more) {
    Map<String, String> keys =
        new java.util.HashMap<>(
            Map.of("database.hostname", "h", "database.dbname", "d", "database.user", "u"));
    keys.putAll(more);
    return new AbstractConfig(ConnectionKeys.define(new ConfigDef(), "g"), keys, false);
  }
}
