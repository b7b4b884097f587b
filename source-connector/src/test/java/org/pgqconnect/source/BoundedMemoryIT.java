/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.source.copy.ChunkReader;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.EventCursor;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** Rows that grow from one character to a megabyte are read in a heap that holds few of them. */
class BoundedMemoryIT {
  private static final int SHORT_ROWS = 20_000;
  private static final int LONG_ROWS = 200;

  @TempDir private Path directory;

  /** What runs in the small heap. */
  public static final class Reader {
    private Reader() {}

    public static void main(String[] arguments) throws Exception {
      try (Connection connection =
          DriverManager.getConnection(arguments[0], arguments[1], arguments[2])) {
        if (arguments[3].equals("events")) {
          readEvents(new Queue(connection, "q", "c"));
        } else {
          readCopy(connection);
        }
      }
    }

    private static void readEvents(Queue queue) throws Exception {
      OpenBatch batch = queue.nextBatch(queue.subscription().orElseThrow(), 1, 0).orElseThrow();
      long found = 0;
      long chars = 0;
      try (EventCursor cursor = queue.events(batch, 0, 2_000)) {
        for (List<Event> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
          found += some.size();
          chars += some.stream().mapToLong(Event::chars).sum();
        }
      }
      report(found, chars);
    }

    private static void readCopy(Connection connection) throws Exception {
      Queue queue = new Queue(connection, "q", "c");
      queue.beginSession(true);
      TableCopies copies = new TableCopies(connection, "q", Remedy.ofQueue("q"));
      ChunkReader chunks =
          new ChunkReader(connection, "q", 20_000, Remedy.ofQueue("q"), NanoClock.SYSTEM);
      Tick tick = queue.lastTick().orElseThrow();
      long found = 0;
      long chars = 0;
      boolean ended = false;
      while (!ended) {
        CopyRequest request = copies.nextRequest(table -> true).orElseThrow();
        Optional<CopyChunk> chunk = chunks.read(request, tick);
        if (chunk.isPresent()) {
          found += chunk.get().rows().size();
          for (Object[] row : chunk.get().rows()) {
            chars += ((String) row[1]).length();
          }
          copies.published(chunk.get(), tick);
          ended = chunk.get().progress().last();
        } else {
          try (Statement statement = connection.createStatement()) {
            statement.execute("select pgq.force_tick('q'); select pgq.ticker('q')");
          }
          tick = queue.lastTick().orElseThrow();
        }
      }
      report(found, chars);
    }

    private static void report(long rows, long chars) {
      System.out.println(rows + " rows of " + (chars >> 20) + " MB");
    }
  }

  @Test
  void eventsThatGrowAreReadInASmallHeap() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      session.text("select pgq_connect.add_table('q', 't', false)::text");
      session.text("select pgq.register_consumer('q', 'c')");
      fill(session);
      session.run("select pgq.force_tick('q'); select pgq.ticker('q')");
      assertThat(run(database, "events"))
          .contains((SHORT_ROWS + LONG_ROWS) + " rows of " + LONG_ROWS + " MB");
    }
  }

  @Test
  void chunksOfACopyWhoseRowsGrowAreReadInASmallHeap() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      fill(session);
      session.text("select pgq_connect.add_table('q', 't', true)::text");
      assertThat(run(database, "copy"))
          .contains((SHORT_ROWS + LONG_ROWS) + " rows of " + LONG_ROWS + " MB");
    }
  }

  private static void fill(TestSession session) {
    session.run("insert into t select n, 'v' from generate_series(1, %d) n".formatted(SHORT_ROWS));
    session.run(
        "insert into t select n, repeat('v', 1 << 20) from generate_series(%d, %d) n"
            .formatted(SHORT_ROWS + 1, SHORT_ROWS + LONG_ROWS));
  }

  private String run(TestDatabase database, String what) throws IOException, InterruptedException {
    Path output = directory.resolve(what);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx112m", "-cp", System.getProperty("java.class.path")));
    Map<String, String> keys = database.connectorKeys();
    command.add(Reader.class.getName());
    command.add(
        "jdbc:postgresql://%s:%s/%s"
            .formatted(keys.get("database.hostname"), keys.get("database.port"), database.name()));
    command.addAll(List.of(keys.get("database.user"), keys.get("database.password"), what));
    Process reader =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File(output.toString()))
            .start();
    int code = reader.waitFor();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(code).as(text).isZero();
    return text;
  }
}
