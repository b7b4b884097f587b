/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class LondisteAttributesTest {
  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "handler=bulk",
        "handler=bulk%28method%3D0%29",
        "handler=londiste",
        "copy_node=n1",
        "local_only=1&handler=bulk"
      })
  void plainTablesAreTakenOver(String attributes) {
    assertThat(LondisteAttributes.problem(attributes)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "obfuscate(a=skip)",
        "shard(key=id)",
        "part(key=id)",
        "dispatch",
        "hourly_event",
        "bulk_hourly_event",
        "qtable",
        "fake_local",
        "vtable",
        "noop",
        "multimaster",
        "applyfn",
        "of_somebodys_own",
        ""
      })
  void aTableWithAHandlerIsRefusedWithItsName(String handler) {
    assertThat(
            LondisteAttributes.problem(
                "copy_node=n1&handler=" + handler.replace("(", "%28").replace("=", "%3D")))
        .contains("Londiste writes it through the handler \"" + handler + "\"")
        .contains("the sink would write every row as it is on the provider");
  }

  @Test
  void otherAttributesThatChooseRowsAreRefused() {
    assertThat(LondisteAttributes.problem("copy_condition=country%3D%27DE%27"))
        .contains("copy_condition=country='DE'")
        .contains("may hold other rows than the provider's table");
    assertThat(LondisteAttributes.problem("merge_all=1")).contains("merge_all=1");
  }
}
