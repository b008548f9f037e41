package graft.cli.command;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// The options and arguments of one verb, for picocli without its annotations.
public final class Options {
  private final CommandSpec spec;

  public Options(String name, String summary) {
    spec = CommandSpec.create().name("graft " + name);
    spec.usageMessage().description(summary).abbreviateSynopsis(true).sortOptions(false);
    spec.parser()
        .expandAtFiles(false)
        .overwrittenOptionsAllowed(true)
        .allowOptionsAsOptionParameters(true);
    spec.interpolateVariables(false);
    flag("Print this help", "--help");
  }

  public Options flag(String help, String... names) {
    spec.addOption(
        OptionSpec.builder(names).type(boolean.class).arity("0").description(help).build());
    return this;
  }

  public Options value(String label, String help, String... names) {
    spec.addOption(
        OptionSpec.builder(names)
            .type(String.class)
            .arity("1")
            .paramLabel(label)
            .description(help)
            .build());
    return this;
  }

  public Options list(String label, String help, String... names) {
    spec.addOption(
        OptionSpec.builder(names)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .arity("1")
            .paramLabel(label)
            .description(help)
            .build());
    return this;
  }

  public Options arguments(String label) {
    spec.addPositional(
        PositionalParamSpec.builder()
            .type(List.class)
            .auxiliaryTypes(String.class)
            .arity("0..*")
            .index("0..*")
            .paramLabel(label)
            .hideParamSyntax(true)
            .build());
    return this;
  }

  /// What follows the first argument belongs to the command in the container.
  public Options stopAtArgument() {
    spec.parser().stopAtPositional(true);
    return this;
  }

  public CommandSpec spec() {
    return spec;
  }
}
