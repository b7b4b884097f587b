/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypeCompatibilityTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "integer > integer",
        "smallint > bigint",
        "bigint > numeric",
        "integer > numeric(10,0)",
        "integer > double precision",
        "real > double precision",
        "numeric(10,2) > numeric",
        "numeric(10,2) > numeric(12,2)",
        "numeric(10,2) > numeric(14,4)",
        "character varying(10) > character varying(20)",
        "character varying(10) > text",
        "text > character varying",
        "character(5) > character varying(5)",
        "timestamp(3) without time zone > timestamp without time zone",
        "timestamp without time zone > timestamp(6) without time zone",
        "date > timestamp without time zone",
        "json > jsonb",
        "jsonb > json",
        "interval > text",
        "integer[] > text",
        "integer[] > bigint[]",
        "mood > text",
        "mood > public.mood",
        "citext > character varying(10)",
        "uuid > character varying(36)",
        "cidr > inet",
        "bit(3) > bit varying(8)",
        "bytea > text"
      })
  void holds(String provider, String subscriber) {
    assertThat(TypeCompatibility.holds(provider, subscriber)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "bigint > integer",
        "numeric > integer",
        "numeric > numeric(10,2)",
        "numeric(10,2) > numeric(10,4)",
        "numeric(10,4) > numeric(12,2)",
        "bigint > double precision",
        "bigint > numeric(10,0)",
        "double precision > real",
        "double precision > numeric",
        "character varying(20) > character varying(10)",
        "text > character varying(10)",
        "text > integer",
        "timestamp with time zone > timestamp without time zone",
        "timestamp without time zone > timestamp with time zone",
        "timestamp without time zone > date",
        "timestamp without time zone > timestamp(3) without time zone",
        "bit(3) > bit(4)",
        "bigint[] > integer[]",
        "integer[] > integer",
        "boolean > integer",
        "time with time zone > time without time zone",
        "bytea > uuid"
      })
  void doesNotHold(String provider, String subscriber) {
    assertThat(TypeCompatibility.holds(provider, subscriber)).isFalse();
  }
}
