/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A server with all its processes, as {@code /proc} shows it (proc(5)).
 *
 * @param pid the first process
 */
public record ProcessTree(long pid) {
  /** USER_HZ, which is 100 on every Linux that Java runs on. */
  private static final double TICKS_PER_SECOND = 100;

  /** The field after the command's name is number 3; these are utime, stime, cutime, cstime. */
  private static final int FIRST_TIME = 14 - 3;

  private static final int TIMES = 4;

  /** CPU time of all processes, those that have ended included. */
  public double cpuSeconds() {
    return pids().map(p -> read(p, "stat")).mapToDouble(ProcessTree::cpuSecondsOf).sum();
  }

  /**
   * CPU time of one process, exact to the nanosecond, so that it shows what is far below a tick a
   * second.
   */
  public static double runSeconds(long process) {
    String times = read(process, "schedstat");
    return times.isEmpty() ? 0 : Long.parseLong(times.split(" ")[0]) / 1e9;
  }

  /** Memory in use: what each process has for itself, and what they share, once. */
  double megabytes() {
    List<String> all = pids().map(p -> read(p, "status")).toList();
    double own = all.stream().mapToDouble(status -> kilobytes(status, "RssAnon:")).sum();
    double shared =
        all.stream().mapToDouble(status -> kilobytes(status, "RssShmem:")).max().orElse(0);
    double files =
        all.stream().mapToDouble(status -> kilobytes(status, "RssFile:")).max().orElse(0);
    return (own + shared + files) / 1024;
  }

  private Stream<Long> pids() {
    return ProcessHandle.of(pid).stream()
        .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
        .map(ProcessHandle::pid);
  }

  private static String read(long process, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process), file));
    } catch (NoSuchFileException e) {
      return ""; // It has just ended; its parent has its times.
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * @param stat the content of {@code /proc/<pid>/stat}: the command's name may hold anything
   */
  static double cpuSecondsOf(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ");
    double ticks = 0;
    for (int i = 0; i < TIMES && fields.length >= FIRST_TIME + TIMES; i++) {
      ticks += Long.parseLong(fields[FIRST_TIME + i]);
    }
    return ticks / TICKS_PER_SECOND;
  }

  /**
   * @param status the content of {@code /proc/<pid>/status}
   */
  static double kilobytes(String status, String name) {
    return status
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }
}
