package graft.cli.verb;

import graft.cli.verb.Option.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All that is known of a verb's line: what it does in a sentence, its forms, its options, and how
/// it is used. The parser, `--help`, the reference in `docs/` and the completion of the shells read
/// this table and nothing else.
public final class Options {
  /// A line to type, and what it does.
  public record Example(String line, String what) {}

  private final String verb;
  private final String summary;
  private final List<String> forms = new ArrayList<>();
  private final Map<String, Option> byName = new LinkedHashMap<>();
  private final List<Option> all = new ArrayList<>();
  private final List<Example> examples = new ArrayList<>();
  private String details = "";
  private int least;
  private int most;
  private boolean stops;

  public Options(String verb, String summary) {
    this.verb = verb;
    this.summary = summary;
  }

  /// One form of the arguments, as `CONTAINER...`.
  public Options form(String arguments) {
    forms.add(arguments);
    return this;
  }

  /// How many arguments there may be; -1 for no upper bound.
  public Options arguments(int least, int most, String... forms) {
    this.least = least;
    this.most = most;
    this.forms.addAll(List.of(forms));
    return this;
  }

  /// What follows the first argument belongs to the command in the container.
  public Options stopAtArgument() {
    stops = true;
    return this;
  }

  /// Paragraphs for who wants to know more than the summary says.
  public Options details(String text) {
    details = text.strip();
    return this;
  }

  public Options example(String line, String what) {
    examples.add(new Example(line, what));
    return this;
  }

  public Options flag(String help, String... names) {
    return add(new Option(Kind.FLAG, List.of(names), "", help));
  }

  public Options value(String label, String help, String... names) {
    return add(new Option(Kind.VALUE, List.of(names), label, help));
  }

  public Options number(String label, String help, String... names) {
    return add(new Option(Kind.NUMBER, List.of(names), label, help));
  }

  public Options list(String label, String help, String... names) {
    return add(new Option(Kind.LIST, List.of(names), label, help));
  }

  /// A flag of docker's that scripts give and that changes nothing here.
  public Options ignored(String... names) {
    return add(new Option(Kind.IGNORED, List.of(names), "", ""));
  }

  public Options filter() {
    return list(
        "KEY=VALUE", "Only those that match; may be given more than once", "-f", "--filter");
  }

  /// The ways in which every list can be printed.
  public Options listed(String quiet) {
    return flag(quiet, "-q", "--quiet").formatted();
  }

  public Options formatted() {
    return value(
            "FORMAT",
            "table, json (one object a line), a Go template, or 'table TEMPLATE'",
            "--format")
        .flag("Print what the engine answered, as one JSON document", "--json");
  }

  private Options add(Option option) {
    all.add(option);
    for (String name : option.names()) {
      byName.put(name, option);
    }
    return this;
  }

  public String verb() {
    return verb;
  }

  public String summary() {
    return summary;
  }

  public String details() {
    return details;
  }

  public List<String> forms() {
    return forms.isEmpty() ? List.of("") : forms;
  }

  public List<Option> options() {
    return all.stream().filter(o -> !o.hidden()).toList();
  }

  public List<Example> examples() {
    return examples;
  }

  /// The option of this name, which may be any of its names.
  @Nullable Option find(String name) {
    return byName.get(name);
  }

  Iterable<String> names() {
    return byName.keySet();
  }

  int least() {
    return least;
  }

  int most() {
    return most;
  }

  boolean stops() {
    return stops;
  }
}
