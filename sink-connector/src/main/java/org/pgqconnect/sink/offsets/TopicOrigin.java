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
package org.pgqconnect.sink.offsets;

import java.util.Map;

/**
 * What stored offsets belong to.
 *
 * @param cluster the id of the Kafka cluster; null when it is not known
 * @param ids the ids that the topics had, drawn when each was created
 */
public record TopicOrigin(String cluster, Map<String, String> ids) {
  public TopicOrigin {
    ids = Map.copyOf(ids);
  }
}
