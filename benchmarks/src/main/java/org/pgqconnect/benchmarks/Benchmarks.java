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
package org.pgqconnect.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.pgqconnect.local.JvmOptions;
import org.pgqconnect.local.ProjectHome;
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
      "Every run compares the tables by content and fails when they differ."
    },
    mixinStandardHelpOptions = true,
    subcommands = ServeCommand.class)
final class Benchmarks implements Callable<Integer> {
  @Parameters(arity = "0..*", paramLabel = "WORKLOAD", description = "Of w1, w2, w4. Default: all.")
  private List<String> workloads = List.of("w1", "w2", "w4");

  @Option(names = "--runs", defaultValue = "3", description = "Runs. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--postgres",
      defaultValue = "18",
      description =
          "18 or 17: embedded, with our engine; debian15: with the pgq extension. Default: ${DEFAULT-VALUE}.")
  private String postgres;

  @Option(
      names = "--rows",
      description = "Rows of w2 (default 1000000) and transactions of w1 (default 100000).")
  private Integer rows;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "How long w4 writes. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--load-tps",
      defaultValue = "0",
      description = "Transactions a second of TPC-B beside w4. Default: none.")
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
    List<Workload> chosen = workloads.stream().map(this::workload).toList();
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
    report.medians();
    return 0;
  }

  private Workload workload(String name) {
    switch (name) {
      case "w1":
        return new CatchUp(new TpcBBacklog(rows == null ? 100_000 : rows));
      case "w2":
        return new CatchUp(new InsertBacklog(rows == null ? 1_000_000 : rows));
      case "w4":
        return new Latency(seconds, loadTps);
      default:
        throw new ParameterException(
            command.commandLine(), "There is no workload " + name + "; there are w1, w2 and w4");
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
