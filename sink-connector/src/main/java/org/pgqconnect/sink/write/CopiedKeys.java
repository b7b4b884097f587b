/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.statements.ArrayLiteral;
import org.pgqconnect.sink.statements.Binding;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.TargetTable;

/**
 * The keys of the rows that repeated copies, and the changes since they began, have brought. Kept
 * on the subscriber, in the transactions that write the rows. By keys and not by who wrote a row
 * when, for others may write to the table, too.
 */
final class CopiedKeys {
  private static final int MOST_ROWS = 5_000;
  private static final int MOST_CHARS = 1 << 20;

  private final Session session;
  private final String subscription;

  CopiedKeys(Session session, String subscription) {
    this.session = session;
    this.subscription = subscription;
  }

  /**
   * A copy begins. What only the subscriber has of rows that were set aside comes back with them.
   */
  void forgetBrought(TableId table) throws SQLException {
    session.update(CopiedKeysSql.FORGET_BROUGHT, values(table));
  }

  /** What the copy brought is not needed any more. */
  void forget(TableId table) throws SQLException {
    session.update(CopiedKeysSql.FORGET, values(table));
  }

  /** Takes in what was written, after what was written before. */
  void add(TableWriter writer, NetEffect effect) throws SQLException {
    if (effect.truncates()) {
      forget(writer.target().id());
    }
    add(writer, effect.deletes(), false);
    forgetAside(writer, effect.deletes());
    add(writer, effect.brought(), true);
  }

  /** What only the subscriber has of a row goes with the row. */
  private void forgetAside(TableWriter writer, List<Image> deletes) throws SQLException {
    TableId table = writer.target().id();
    if (deletes.isEmpty() || !session.test(CopiedKeysSql.HAS_ASIDE, values(table))) {
      return;
    }
    ArrayLiteral[] keys = arrays(writer.key().size());
    for (Image image : deletes) {
      add(keys, writer.keyBinding(image.layout()), image);
    }
    List<Object> values = new ArrayList<>(List.of(values(table)));
    values.add(Values.texts(writer.key()));
    for (ArrayLiteral key : keys) {
      values.add(Values.untyped(key.finish()));
    }
    values.addAll(List.of(values(table)));
    session.update(CopiedKeysSql.forgetAside(writer.target(), writer.key()), values.toArray());
  }

  private void add(TableWriter writer, List<Image> images, boolean held) throws SQLException {
    ArrayLiteral[] keys = arrays(writer.key().size());
    int rows = 0;
    Binding binding = null;
    Image before = null;
    for (Image image : images) {
      if (before == null || image.layout() != before.layout()) {
        binding = writer.keyBinding(image.layout());
      }
      before = image;
      int chars = add(keys, binding, image);
      if (++rows == MOST_ROWS || chars > MOST_CHARS) {
        insert(writer, held, keys);
        rows = 0;
      }
    }
    if (rows > 0) {
      insert(writer, held, keys);
    }
  }

  private static ArrayLiteral[] arrays(int count) {
    return Stream.generate(ArrayLiteral::new).limit(count).toArray(ArrayLiteral[]::new);
  }

  /**
   * @return how many characters the arrays have by now
   */
  private static int add(ArrayLiteral[] keys, Binding binding, Image image) {
    int chars = 0;
    for (int i = 0; i < keys.length; i++) {
      keys[i].add(binding.value(image, i), binding.isBinary(i));
      chars += keys[i].length();
    }
    return chars;
  }

  private void insert(TableWriter writer, boolean held, ArrayLiteral[] keys) throws SQLException {
    TableId table = writer.target().id();
    session.update(
        CopiedKeysSql.ADD,
        subscription,
        table.schema(),
        table.table(),
        held,
        Values.texts(writer.key()),
        Values.texts(Stream.of(keys).map(ArrayLiteral::finish).toList()));
  }

  /** Are all rows there that the copy brought? Others may have deleted some since. */
  boolean areHeld(TableWriter writer) throws SQLException {
    TargetTable target = writer.target();
    TableId table = target.id();
    if (session.test(
        CopiedKeysSql.HAS_OTHER_KEY,
        subscription,
        table.schema(),
        table.table(),
        Values.texts(writer.key()))) {
      return false;
    }
    session.execute(CopiedKeysSql.READ_ALL);
    return !session.test(CopiedKeysSql.lacksRow(target, writer.key()), values(table));
  }

  /**
   * Deletes the rows that the copy did not bring.
   *
   * @return false when rows that stay refer to them; then all are there
   */
  boolean sweep(TableWriter writer) throws SQLException {
    session.execute(CopiedKeysSql.READ_ALL);
    TargetTable target = writer.target();
    boolean swept =
        session
            .attempt(
                e -> Clash.of(e) != null,
                () -> {
                  session.update(CopiedKeysSql.sweep(target, writer.key()), values(target.id()));
                  requireSwept(writer);
                })
            .isEmpty();
    if (swept) {
      forget(target.id());
    }
    return swept;
  }

  /** That is looked at only where something could have kept rows, for it reads the whole table. */
  private void requireSwept(TableWriter writer) throws SQLException {
    if (writer.mayLeaveOutRows()) {
      TargetTable target = writer.target();
      session.each(
          CopiedKeysSql.unswept(target, writer.key()), writer::requireNone, values(target.id()));
    }
  }

  private Object[] values(TableId table) {
    return new Object[] {subscription, table.schema(), table.table()};
  }
}
