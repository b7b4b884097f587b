/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.ProviderServers;
import org.pgqconnect.benchmarks.workload.CatchUp;
import org.pgqconnect.benchmarks.workload.Idle;
import org.pgqconnect.benchmarks.workload.InsertBacklog;
import org.pgqconnect.benchmarks.workload.Latency;
import org.pgqconnect.benchmarks.workload.LongTransaction;
import org.pgqconnect.benchmarks.workload.Overhead;
import org.pgqconnect.benchmarks.workload.ProviderWorkload;
import org.pgqconnect.benchmarks.workload.ReadRate;
import org.pgqconnect.benchmarks.workload.TpcBBacklog;
import org.pgqconnect.benchmarks.workload.Workload;
import org.pgqconnect.local.kafka.JvmOptions;
import org.pgqconnect.local.process.ProjectHome;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code benchmarks/run}. */
@Command(
    name = "benchmarks/run",
    description = {
      "Measures replication end to end on this machine, each run on fresh servers.",
      "w1: time to catch up with 100,000 transactions of TPC-B (400,000 events).",
      "w2: time to catch up with 1,000,000 inserted rows of about 200 bytes.",
      "w4: latency from commit on the provider to visible on the subscriber.",
      "w5: what capture costs the application, beside no trigger and PgQ's C trigger.",
      "read: events per second that one connection reads from the queue.",
      "long: the batch query at the end of 10,000,000 events, with an old transaction open.",
      "idle: CPU that the connector costs a provider on which nothing happens.",
      "Every run compares the tables by content and fails when they differ."
    },
    mixinStandardHelpOptions = true,
    subcommands = ServeCommand.class)
final class Benchmarks implements Callable<Integer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "WORKLOAD",
      description = "Of w1, w2, w4, w5, read, long, idle. Default: w1, w2 and w4.")
  private List<String> workloads = List.of("w1", "w2", "w4");

  @Option(names = "--runs", defaultValue = "3", description = "Runs. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--postgres",
      defaultValue = "18",
      description =
          "18 or 17: embedded, with our engine; debian15: with the pgq extension. Default:"
              + " ${DEFAULT-VALUE}.")
  private String postgres;

  @Option(
      names = "--rows",
      description =
          "Rows of w2 (default 1000000) and of a bulk statement of w5 (100000), transactions of w1"
              + " (100000), events of read (1000000) and long (10000000).")
  private Integer rows;

  @Option(
      names = "--seconds",
      description =
          "How long w4 writes and idle waits (default 60), and each rate of pgbench in w5 is"
              + " measured (default 9).")
  private Integer seconds;

  @Option(
      names = "--load-tps",
      defaultValue = "0",
      description = "Transactions per second of TPC-B beside w4. Default: none.")
  private int loadTps;

  @Option(
      names = "--heap",
      defaultValue = "1g",
      description = "The worker's heap. Default: ${DEFAULT-VALUE}.")
  private String heap;

  @Option(names = "--jvm", description = "One more argument of the worker's JVM; repeatable.")
  private List<String> jvm = List.of();

  @Option(
      names = "--source",
      paramLabel = "KEY=VALUE",
      description = "Overrides config/source.json; repeatable.")
  private List<String> source = List.of();

  @Option(
      names = "--sink",
      paramLabel = "KEY=VALUE",
      description = "Overrides config/sink.json; repeatable.")
  private List<String> sink = List.of();

  @Spec private CommandSpec command;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Benchmarks()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    List<Workload> chosen =
        workloads.stream().filter(name -> provider(name) == null).map(this::workload).toList();
    BenchStack.Settings settings =
        new BenchStack.Settings(
            postgres, jvmOptions(), overrides("--source", source), overrides("--sink", sink));
    Path file = ProjectHome.file("benchmarks").resolve("target/results.tsv");
    Report report = new Report(command.commandLine().getOut(), file);
    // The workloads take turns, so that a disturbance of the machine does not hit one of them only.
    for (int run = 1; run <= runs; run++) {
      for (Workload workload : chosen) {
        try (BenchStack stack = BenchStack.start(settings)) {
          report.add(run, workload.run(stack));
        }
      }
    }
    for (String name : workloads) {
      ProviderWorkload workload = provider(name);
      if (workload != null) {
        run(name, workload, report);
      }
    }
    report.medians();
    return 0;
  }

  private void run(String name, ProviderWorkload workload, Report report) throws Exception {
    if (workload.unavailable().isPresent()) {
      report.skipped(name, workload.unavailable().get());
      return;
    }
    try (ProviderServers servers = ProviderServers.start(workload.servers())) {
      workload.prepare(servers);
      for (int run = 1; run <= runs; run++) {
        for (Figures figures : workload.run()) {
          report.add(run, figures);
        }
      }
    }
    report.summary(workload);
  }

  /** Null when it is not a workload of providers alone. */
  private ProviderWorkload provider(String name) {
    switch (name) {
      case "w5":
        return new Overhead(seconds == null ? 9 : seconds, rows == null ? 100_000 : rows);
      case "read":
        return new ReadRate(BenchStack.postgres(postgres), rows == null ? 1_000_000 : rows);
      case "long":
        return new LongTransaction(BenchStack.postgres(postgres), rows == null ? 10_000_000 : rows);
      default:
        return null;
    }
  }

  private Workload workload(String name) {
    switch (name) {
      case "w1":
        return new CatchUp(new TpcBBacklog(rows == null ? 100_000 : rows));
      case "w2":
        return new CatchUp(new InsertBacklog(rows == null ? 1_000_000 : rows));
      case "w4":
        return new Latency(seconds == null ? 60 : seconds, loadTps);
      case "idle":
        return new Idle(seconds == null ? 60 : seconds);
      default:
        throw new ParameterException(
            command.commandLine(),
            "There is no workload " + name + "; there are w1, w2, w4, w5, read, long and idle");
    }
  }

  private JvmOptions jvmOptions() {
    JvmOptions options = JvmOptions.heap(heap);
    for (String argument : jvm) {
      options = options.with(argument);
    }
    return options;
  }

  private List<String[]> overrides(String option, List<String> given) {
    return given.stream()
        .map(
            text -> {
              int equals = text.indexOf('=');
              if (equals < 1) {
                throw new ParameterException(
                    command.commandLine(), option + " takes KEY=VALUE, not " + text);
              }
              return new String[] {text.substring(0, equals), text.substring(equals + 1)};
            })
        .toList();
  }
}
