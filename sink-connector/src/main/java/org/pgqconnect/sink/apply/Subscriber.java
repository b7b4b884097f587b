/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.TopicOrigin;
import org.pgqconnect.sink.position.ChainGuard;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.position.PositionCheck;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.sink.store.PositionStore;
import org.pgqconnect.sink.store.StatusReport;
import org.pgqconnect.sink.store.TableStateStore;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.write.BatchWriter;
import org.pgqconnect.time.NanoClock;
import org.pgqconnect.wire.TopicNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscriber: the session on it, and where it stood when that was last known. Not thread safe.
 */
public final class Subscriber {
  private static final Logger LOG = LoggerFactory.getLogger(Subscriber.class);

  private final SubscriberSession.Settings settings;
  private final TopicNames names;
  private final Ownership ownership;
  private final NanoClock clock;
  private final Remedy remedy;
  private SubscriberSession session;
  private ChainGuard guard;
  private Position position = Position.NONE;
  private TableStates tables;
  private TableStates known;
  private Set<TableId> filled = Set.of();
  private Set<TableId> repeated = Set.of();

  /**
   * @param names the topics that are read
   * @param ownership the tables that the subscription takes
   * @param clock says how long a session is waited for that ends
   */
  public Subscriber(
      SubscriberSession.Settings settings, TopicNames names, Ownership ownership, NanoClock clock) {
    this.settings = settings;
    this.names = names;
    this.ownership = ownership;
    this.clock = clock;
    this.remedy = Remedy.ofPrefix(names.prefix());
    this.tables = new TableStates(Map.of(), remedy);
    this.known = tables;
    this.guard = guard(null);
  }

  /**
   * Opens a session, and reads where the subscriber stands. None is open.
   *
   * @return false when it does not stand where it was left
   * @throws StopException when tables are not those that were copied
   */
  boolean open() throws SQLException {
    SubscriberSession opened = SubscriberSession.open(settings, ownership);
    try {
      Position stored = opened.store().takeOver(names.prefix(), clock);
      guard = guard(opened.store().ownIdentity().orElse(null));
      TableStates storedTables = opened.tables().load(remedy);
      opened.tables().requireHeld(storedTables, ownership::owns);
      storedTables.warnings().forEach(LOG::warn);
      repeated = opened.repeatedCopies().load();
      opened.begin();
      boolean stayed = stored.isAt(position);
      position = stored;
      stand(storedTables);
      session = opened;
      return stayed;
    } finally {
      if (session == null) {
        opened.close();
      }
    }
  }

  private ChainGuard guard(String ownIdentity) {
    return new ChainGuard(
        settings.subscription(),
        names,
        new ChainGuard.SubscriberDatabase(settings.connection().address(), ownIdentity));
  }

  /** Gives up the session and what it has not committed. */
  void close() {
    if (session != null) {
      session.close();
      session = null;
    }
  }

  /** Is there a session? */
  public boolean isOpen() {
    return session != null;
  }

  /**
   * Locks the position, as the first act of a transaction.
   *
   * @throws ReadAgainException when the subscriber does not stand where it was left
   */
  Position lock() throws SQLException {
    session.writer().begin();
    Position stored = session.store().lock();
    if (!stored.isAt(position)) {
      throw new ReadAgainException();
    }
    return stored;
  }

  void commit() throws SQLException {
    session.connection().commit();
  }

  void rollback() throws SQLException {
    session.connection().rollback();
  }

  BatchWriter writer() {
    return session.writer();
  }

  PositionStore store() {
    return session.store();
  }

  TableStateStore tableStore() {
    return session.tables();
  }

  /** Stores which copies are repeated now. */
  void saveRepeated(Set<TableId> now) throws SQLException {
    session.repeatedCopies().save(repeated, now);
  }

  /** A transaction has left the subscriber so. */
  void committed(Position newPosition, TableStates newTables, Set<TableId> newRepeated) {
    position = newPosition;
    stand(newTables);
    repeated = newRepeated;
  }

  private void stand(TableStates now) {
    tables = now.copy();
    filled = tables.filled();
  }

  /** The subscriber stands elsewhere in the same history than was known. */
  void standsAt(Position stored) {
    position = stored;
  }

  /** Where the subscriber stood when that was last known. */
  public Position position() {
    return position;
  }

  /** The tables as the last transaction left them. */
  TableStates tables() {
    return tables;
  }

  /** The tables as the transaction under way knows them, or the last that was tried. */
  TableStates known() {
    return known;
  }

  /** The transaction under way knows the tables so. */
  void know(TableStates now) {
    known = now;
  }

  /** Tables that are copied again while their rows stay. */
  Set<TableId> repeated() {
    return repeated;
  }

  /** The tables that the subscription takes. */
  Ownership ownership() {
    return ownership;
  }

  Remedy remedy() {
    return remedy;
  }

  String subscription() {
    return settings.subscription();
  }

  /** Is it a table that the subscription takes, and whose definition it has? */
  boolean isReplicated(TableId table) {
    return ownership.owns(table) && known.all().containsKey(table);
  }

  /** The tables that had rows or were being copied when the last transaction left them. */
  public Set<TableId> filled() {
    return filled;
  }

  /** Are rows of the table skipped until its copy starts? */
  boolean expectsCopy(TableId table) {
    return tables.expectsCopy(table);
  }

  /**
   * Whether a boundary belongs to the history that the subscriber follows.
   *
   * @param offset where it stands in the transaction topic
   * @return false when it belongs to the one that was followed before
   * @throws StopException when it belongs to another one
   */
  public boolean follows(Boundary boundary, long offset) {
    return guard.follows(boundary, position, offset);
  }

  /**
   * Stops when batches before this one are missing.
   *
   * @throws StopException then
   */
  public void requireNoGap(Boundary boundary) {
    check(boundary, position);
  }

  /**
   * Whether to apply a batch to a subscriber that stands there.
   *
   * @throws StopException when the chain has a gap, or is another one
   */
  PositionCheck check(Boundary boundary, Position at) {
    return guard.check(boundary, at);
  }

  /** The queue that the subscriber follows; null before its first batch. */
  public String queue() {
    return position.queue();
  }

  /** From where the partitions are to be read. */
  public Map<PartitionId, Long> storedOffsets() throws SQLException {
    Map<PartitionId, Long> offsets = session.store().offsets();
    commit();
    return offsets;
  }

  /** What the stored offsets belong to. */
  public TopicOrigin storedOrigin() throws SQLException {
    TopicOrigin origin = session.store().origin();
    commit();
    return origin;
  }

  /** Stores from where partitions are read, and what these offsets belong to. */
  public void storeOrigin(Map<PartitionId, Long> offsets, TopicOrigin origin) throws SQLException {
    session.store().saveOrigin(offsets, origin);
    commit();
  }

  /** Stores what status shows. */
  void report(StatusReport report) throws SQLException {
    session.store().report(report);
    commit();
  }
}
