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
package org.pgqconnect.batch;

/** A record of the transaction topic: the begin or the end of a batch, or what a table of it is. */
public sealed interface Boundary permits BatchBegin, BatchTable, BatchEnd {
  BatchId id();

  BatchBounds bounds();

  /** The queue that the batch was cut from. */
  String queue();

  /** Which provider the queue lives on: the uuid that its installation drew. */
  String provider();

  /**
   * Which creation of the queue: a uuid drawn when the source first met it. Null when the source
   * does not say.
   */
  String queueIdentity();
}
