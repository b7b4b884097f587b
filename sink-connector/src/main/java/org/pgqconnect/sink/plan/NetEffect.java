/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowChange;

/**
 * The one change per key that the changes of a table amount to. Rows are deleted first, then
 * written, so a key that was deleted and inserted again is simply written.
 */
public final class NetEffect {
  private final KeyReader keys;
  private final Map<Object, Entry> byKey = new HashMap<>();
  private final List<Entry> entries = new ArrayList<>();
  private boolean truncate;
  private boolean expecting;
  private boolean bringing = true;

  NetEffect(KeyReader keys) {
    this.keys = keys;
  }

  /**
   * Whether the rows that the changes added from now on are of must be on the subscriber, as far as
   * these did not put them there.
   */
  void expectRows(boolean is) {
    expecting = is;
  }

  /** A copy begins that leaves the table's rows: it has brought none of those added so far. */
  void copyBegins() {
    entries.forEach(entry -> entry.brought = false);
  }

  /** Whether rows that are added from now on are rows of the copy, or newer than it. */
  void bringRows(boolean is) {
    bringing = is;
  }

  /** Forgets what came before: the table is emptied. */
  void truncate() {
    byKey.clear();
    entries.clear();
    truncate = true;
  }

  /**
   * Adds a change that happened after those added before.
   *
   * @param isNew the row of a {@code c} or {@code r} is believed not to be on the subscriber yet
   */
  void add(RowChange change, boolean isNew) {
    switch (change.operation()) {
      case TRUNCATE:
        truncate();
        break;
      case DELETE:
        delete(change.before());
        break;
      case UPDATE:
        update(change);
        break;
      default:
        write(change.after(), isNew ? Kind.INSERT : Kind.UPSERT, false, true);
    }
  }

  private void update(RowChange change) {
    Image before = change.before();
    Image after = change.after();
    boolean moved =
        before != null && keys.covers(before) && !keys.of(before).equals(keys.of(after));
    if (moved) {
      delete(before);
    }
    write(after, Kind.UPSERT, expecting && !moved, false);
  }

  /**
   * @param created the row is created. What a trigger does to a row of the statement that it fires
   *     for is captured before the row itself, so one that was changed before it was created need
   *     not have been there
   */
  private void write(Image image, Kind kind, boolean expected, boolean created) {
    Object key = keys.of(image);
    Entry entry = byKey.get(key);
    if (entry == null) {
      entry = new Entry(kind, image, expected && !truncate);
      byKey.put(key, entry);
      entries.add(entry);
    } else if (entry.kind == Kind.DELETE) {
      entry.kind = Kind.UPSERT;
      // Another spelling of the key may have deleted the row meanwhile.
      entry.expected &= keys.knowsEquals();
      entry.recreated |= created;
    } else {
      entry.expected &= !created;
    }
    entry.image = image;
    entry.brought |= bringing;
  }

  private void delete(Image image) {
    Object key = keys.of(image);
    Entry entry = byKey.get(key);
    if (entry == null) {
      entry = new Entry(Kind.DELETE, image, expecting && !truncate);
      byKey.put(key, entry);
      entries.add(entry);
      return;
    }
    // Even a row that this batch inserted: a batch that overlaps an earlier one may find it there.
    entry.kind = Kind.DELETE;
    entry.image = image;
    entry.expected &= !entry.recreated;
  }

  /** The table is emptied first. */
  public boolean truncates() {
    return truncate;
  }

  /** Are there rows to delete? */
  public boolean hasDeletes() {
    return !truncate && entries.stream().anyMatch(entry -> entry.kind == Kind.DELETE);
  }

  /** Are there rows that may be there already? */
  public boolean hasUpserts() {
    return entries.stream().anyMatch(entry -> entry.kind == Kind.UPSERT);
  }

  /** Images that hold the keys to delete; none where the table is emptied anyway. */
  public List<Image> deletes() {
    return truncate ? List.of() : images(Kind.DELETE);
  }

  /** Those of {@link #deletes} whose rows must be there, or the others. */
  public List<Image> deletes(boolean expected) {
    return truncate ? List.of() : images(Kind.DELETE, expected);
  }

  /** Rows that may be there already. */
  public List<Image> upserts() {
    return images(Kind.UPSERT);
  }

  /** Those of {@link #upserts} that must be there, or the others. */
  public List<Image> upserts(boolean expected) {
    return images(Kind.UPSERT, expected);
  }

  /** Rows that are believed not to be there. */
  public List<Image> inserts() {
    return images(Kind.INSERT);
  }

  /**
   * Of the {@link #upserts} and {@link #inserts} those that a copy, or a change since, has brought.
   */
  public List<Image> brought() {
    List<Image> images = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.kind != Kind.DELETE && entry.brought) {
        images.add(entry.image);
      }
    }
    return images;
  }

  private List<Image> images(Kind kind) {
    List<Image> images = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.kind == kind) {
        images.add(entry.image);
      }
    }
    return images;
  }

  private List<Image> images(Kind kind, boolean expected) {
    List<Image> images = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.kind == kind && entry.expected == expected) {
        images.add(entry.image);
      }
    }
    return images;
  }

  private enum Kind {
    INSERT,
    UPSERT,
    DELETE
  }

  private static final class Entry {
    private Kind kind;
    private Image image;
    private boolean expected;
    private boolean recreated;
    private boolean brought;

    Entry(Kind kind, Image image, boolean expected) {
      this.kind = kind;
      this.image = image;
      this.expected = expected;
    }
  }
}
