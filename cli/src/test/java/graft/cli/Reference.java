package graft.cli;

import graft.cli.container.ContainerVerbs;
import graft.cli.image.ImageVerbs;
import graft.cli.network.NetworkVerbs;
import graft.cli.rollout.RolloutVerbs;
import graft.cli.system.SystemVerbs;
import graft.cli.tree.TreeVerbs;
import graft.cli.ui.UiVerbs;
import graft.cli.verb.HelpText;
import graft.cli.verb.Option;
import graft.cli.verb.Options;
import graft.cli.volume.VolumeVerbs;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// `docs/reference.md`: an introduction, and a section for each verb made from its table.
final class Reference {
  private static final String HEAD =
      """
      # graft(1)

      This file is made from the tables of the verbs; the test of it says how to make it again.

      ## Synopsis

      `graft [--host URL] [--debug] VERB [OPTIONS] [ARGUMENTS]`

      ## Description

      Graft runs containers and keeps their images as a tree. The verbs and options are those of the
      `docker` command wherever it has them, in the short form (`graft ps`) and in the long one
      (`graft container ls`); what Graft has beyond it works on the tree and on the files of images.

      Options may stand before, between and behind arguments, but for `run`, `create`, `exec` and
      `top`, where all that follows the first argument belongs to the command. `--name=value` and
      `--name value`, `-n 5` and `-n5`, `-it` for `-i -t` and `--rm=false` mean what they mean to
      docker; `--` ends the options.

      ## Global options

      | option | meaning |
      | --- | --- |
      | `-H`, `--host URL` | the engine: `unix:///path/to/socket`, or `tcp://NAME[:2376]`, which is reached by TLS with certificates on both sides |
      | `--tlscacert`, `--tlscert`, `--tlskey FILE` | whose certificate the engine must have, and ours; see [tls.md](tls.md) |
      | `-D`, `--debug` | print where an error comes from |
      | `-v`, `--version` | as `graft version` |
      | `-h`, `--help` | the verbs in short; behind a verb, its help |

      ## Output

      Lists are tables for people. For programs there are, coherently:

      - `-q`, `--quiet`: one name or ID a line.
      - `--format TEMPLATE`: a line for each thing from a Go template, as
        `--format '{{.Names}}\\t{{.Status}}'`. `table TEMPLATE` adds headers, `json` prints an object
        a line with the columns of the table. The functions are docker's: `json`, `join`, `split`,
        `upper`, `lower`, `title`, `len`, `index`, `printf`, `pad`, `truncate`, comparisons.
      - `--json`: one JSON document, exactly what the engine answered: sizes in bytes, times in full.

      Bars and colour are only for terminals; `NO_COLOR` in the environment turns colour off. Verbs
      that remove much ask first unless `--force` is given; no answer means no.

      ## Exit codes

      | code | meaning |
      | --- | --- |
      | 0 | it worked |
      | 1 | it did not; one line on standard error says what, why, and what to do |
      | 125 | an option is wrong, or the engine refused to `run` |
      | 126 | the command of `run` or `exec` cannot be executed |
      | 127 | the command of `run` or `exec` cannot be found |
      | other | `run`, `exec`, `start -a`, `attach`: what the command in the container ended with |

      ## Environment

      | variable | meaning |
      | --- | --- |
      | `GRAFT_HOST` | the engine's socket or address, if `--host` is not given |
      | `GRAFT_CERT_PATH` | where `ca.pem`, `cert.pem` and `key.pem` lie for TCP, instead of `~/.docker`; see [tls.md](tls.md) |
      | `DOCKER_CONFIG` | where logins are kept, instead of `~/.docker` |
      | `NO_COLOR` | no colour |

      `DOCKER_HOST` is not read: whoever has it set for another engine does not mean Graft, and
      `graft system prune` must not tidy up there.

      ## Files

      | file | what it is |
      | --- | --- |
      | `/run/graft.sock` | where the engine listens |
      | `/var/lib/graft` | images, containers, volumes |
      | `/var/lib/graft/graft.log` | what the engine said, if a verb started it |
      | `/etc/graft/daemon.json` | configuration of the engine, see [configuration.md](configuration.md) |
      | `~/.docker/config.json` | logins to registries, shared with docker |

      ## What docker has and graft has not

      `build`, `builder`, `buildx` and `compose`, `search`, `context`, `manifest`, `trust`, `plugin`,
      `checkpoint`, and all of swarm (`swarm`, `node`, `service`, `stack`, `secret`, `config`). The
      `docker` command works with Graft's engine: `docker -H unix:///run/graft.sock`.

      ## Verbs

      """;

  private Reference() {}

  static String text() {
    StringBuilder out = new StringBuilder(HEAD);
    StringBuilder sections = new StringBuilder();
    room(out, sections, "Containers", ContainerVerbs.NAMES);
    room(out, sections, "Images", ImageVerbs.NAMES);
    room(out, sections, "The tree", TreeVerbs.NAMES);
    room(out, sections, "Other bases", RolloutVerbs.NAMES);
    room(out, sections, "The tree in a browser", UiVerbs.NAMES);
    room(out, sections, "Volumes", VolumeVerbs.NAMES);
    room(out, sections, "Networks", NetworkVerbs.NAMES);
    List<String> system = new ArrayList<>(SystemVerbs.NAMES);
    system.add("completion");
    room(out, sections, "The engine", system);
    return out.append(sections).toString();
  }

  private static void room(
      StringBuilder contents, StringBuilder sections, String title, List<String> names) {
    contents.append("**").append(title).append("**: ");
    List<String> links = new ArrayList<>();
    for (String name : names) {
      links.add("[" + name + "](#graft-" + name.replace(' ', '-') + ")");
      verb(sections, name);
    }
    contents.append(String.join(", ", links)).append("\n\n");
  }

  private static void verb(StringBuilder out, String name) {
    Options options = Objects.requireNonNull(Verbs.find(name), name).options();
    out.append("### graft ").append(name).append("\n\n");
    out.append(options.summary()).append(".\n\n```\n");
    for (String form : options.forms()) {
      out.append(HelpText.synopsis(options, form)).append('\n');
    }
    out.append("```\n\n");
    if (!options.details().isEmpty()) {
      out.append(options.details()).append("\n\n");
    }
    List<String> others = Verbs.alsoCalled(name);
    if (!others.isEmpty()) {
      out.append("Also `graft ").append(String.join("`, `graft ", others)).append("`.\n\n");
    }
    if (!options.options().isEmpty()) {
      out.append("| option | meaning |\n| --- | --- |\n");
      for (Option option : options.options()) {
        String label = option.takesValue() ? " " + option.label() : "";
        String names = String.join("`, `", option.names()) + label;
        out.append("| `").append(cell(names)).append("` | ").append(cell(option.help()));
        out.append(" |\n");
      }
      out.append('\n');
    }
    if (!options.examples().isEmpty()) {
      out.append("```sh\n");
      for (Options.Example example : options.examples()) {
        out.append(example.line()).append("   # ").append(example.what()).append('\n');
      }
      out.append("```\n\n");
    }
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
