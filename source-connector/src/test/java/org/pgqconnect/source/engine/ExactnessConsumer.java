/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.pgqconnect.source.testing.TestSession;

/**
 * Reads batches, keeps a copy of the tables up to date with them, and compares: every event once,
 * every transaction in one batch, every change possible, the sum kept after each batch, and the
 * exact content where the ticker looked.
 */
final class ExactnessConsumer implements Callable<Void> {

  /** How a consumer behaves. */
  enum Kind {
    /** Every tick makes a batch. */
    EAGER,
    /** Several ticks make a batch. */
    MERGING,
    /** Pauses, and merges then. */
    SLOW,
    /** Is set back to an older tick now and then, in the midst of a batch, too. */
    RETURNING
  }

  private static final int REMEMBERED = 40;

  private final Exactness run;
  private final Kind kind;
  private final Random random;
  private final Map<String, Long> delivered = new HashMap<>();
  private final Map<String, Long> transactions = new HashMap<>();
  private final Deque<Place> places = new ArrayDeque<>();
  private Map<String, Long> content;
  private long position;

  /** Where the consumer was, with the tables' content there. */
  private record Place(long tick, Map<String, Long> content) {}

  ExactnessConsumer(Exactness run, Kind kind, long start) {
    this.run = run;
    this.kind = kind;
    this.random = new Random(run.seed() * 41 + kind.ordinal());
    this.content = new HashMap<>(run.contentAt(start));
    this.position = start;
  }

  @Override
  public Void call() throws Exception {
    try (TestSession session = run.database().open()) {
      while (!run.isWrong()) {
        boolean last = !run.mayComeMore();
        if (!last && kind == Kind.RETURNING && random.nextInt(25) == 0) {
          goBack(session);
        }
        if (!consume(session, last)) {
          if (last) {
            break;
          }
          Thread.sleep(1 + random.nextInt(8));
        }
        if (!last && kind == Kind.SLOW) {
          Thread.sleep(random.nextInt(300));
        }
      }
    }
    if (!run.isWrong()) {
      compareWithCommitted();
    }
    return null;
  }

  private boolean consume(TestSession session, boolean last) {
    boolean merge = !last && kind != Kind.EAGER;
    String row =
        session
            .rows(
                "select batch_id, prev_tick_id, cur_tick_id from pgq.next_batch_custom('q', ?,"
                    + " null, ?, ?::interval)",
                kind.name(),
                merge && kind != Kind.SLOW && random.nextBoolean() ? 1 + random.nextInt(60) : null,
                merge ? random.nextInt(kind == Kind.SLOW ? 2000 : 200) + " ms" : null)
            .get(0);
    if (row.startsWith("null")) {
      return false;
    }
    String[] fields = row.split("\\|");
    long batch = Long.parseLong(fields[0]);
    long prev = Long.parseLong(fields[1]);
    long cur = Long.parseLong(fields[2]);
    if (prev != position) {
      run.fault("%s is at tick %d and gets a batch after %d", kind, position, prev);
    }
    if (!last && kind == Kind.RETURNING && random.nextInt(20) == 0) {
      return goBack(session);
    }
    places.addLast(new Place(position, new HashMap<>(content)));
    if (places.size() > REMEMBERED) {
      places.removeFirst();
    }
    Set<Long> own = new HashSet<>();
    long eventId = 0;
    for (String event :
        session.rows(
            "select ev_id, ev_txid, ev_type, ev_extra1, ev_data from pgq.get_batch_events(?)",
            batch)) {
      String[] parts = event.split("\\|", 5);
      long id = Long.parseLong(parts[0]);
      if (id <= eventId) {
        run.fault("%s: event %d comes after event %d", kind, id, eventId);
      }
      eventId = id;
      long transaction = Long.parseLong(parts[1]);
      if (own.add(transaction)) {
        Long other = transactions.put(Long.toString(transaction), cur);
        if (other != null) {
          run.fault(
              "%s: transaction %d is in the batches to %d and %d", kind, transaction, other, cur);
        }
      }
      apply(parts, prev, cur);
    }
    compare(cur);
    session.run("select pgq.finish_batch(" + batch + ")");
    position = cur;
    run.count("batches");
    return true;
  }

  private void apply(String[] event, long prev, long cur) {
    String type = event[2];
    String data = event[4];
    if (type.equals("test")) {
      run.delivered(data, prev, cur);
      if (delivered.put(data, cur) != null) {
        run.fault("%s: %s was delivered twice", kind, data);
      }
      return;
    }
    String[] values = data.substring(1, data.length() - 1).split(",");
    String key = event[3].substring("public.".length()) + "/" + values[0];
    Long old = type.equals("d") ? content.remove(key) : content.put(key, Long.parseLong(values[1]));
    if ((old != null) == type.equals("c")) {
      run.fault(
          "%s: event %s %s %s of batch (%d, %d] meets %s",
          kind, event[0], type, key + data, prev, cur, old);
    }
    if (type.equals("d") && old != null && old != Long.parseLong(values[1])) {
      run.fault("%s: event %s deletes %s, which is %d", kind, event[0], data, old);
    }
    run.count("row events");
  }

  private void compare(long tick) {
    long total = content.values().stream().mapToLong(Long::longValue).sum();
    if (total != AccountTables.TOTAL) {
      run.fault("%s: the total at tick %d is %d", kind, tick, total);
    }
    Map<String, Long> expected = run.contentAt(tick);
    if (expected == null) {
      return;
    }
    run.count("contents compared");
    if (!expected.equals(content)) {
      Map<String, Long> missing = new HashMap<>(expected);
      missing.entrySet().removeAll(content.entrySet());
      Map<String, Long> wrong = new HashMap<>(content);
      wrong.entrySet().removeAll(expected.entrySet());
      run.fault("%s: at tick %d, expected %s, found %s", kind, tick, missing, wrong);
    }
  }

  /** Returns true, so that the caller goes on. */
  private boolean goBack(TestSession session) {
    if (places.isEmpty()) {
      return true;
    }
    int steps = 1 + random.nextInt(places.size());
    Iterator<Place> backwards = places.descendingIterator();
    Place place = backwards.next();
    for (int i = 1; i < steps; i++) {
      place = backwards.next();
    }
    long tick = place.tick;
    try {
      run.exclusive(
          () -> session.text("select pgq.register_consumer_at('q', ?, ?)", kind.name(), tick));
    } catch (IllegalStateException e) {
      if (!e.getMessage().contains("tick not found")) {
        throw e;
      }
      run.count("returns to a tick that is gone");
      return true;
    }
    run.count("returns");
    position = tick;
    content = place.content;
    places.removeIf(later -> later.tick >= tick);
    delivered.values().removeIf(at -> at > tick);
    transactions.values().removeIf(at -> at > tick);
    return true;
  }

  private void compareWithCommitted() {
    Set<String> lost = new HashSet<>(run.committed());
    lost.removeAll(delivered.keySet());
    Set<String> extra = new HashSet<>(delivered.keySet());
    extra.removeAll(run.committed());
    if (!lost.isEmpty() || !extra.isEmpty()) {
      run.fault("%s: never delivered %s, delivered without commit %s", kind, lost, extra);
    }
    if (run.contentAt(position) == null) {
      run.fault("the test itself is wrong: nobody looked at the last tick");
    }
  }
}
