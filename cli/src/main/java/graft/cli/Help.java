package graft.cli;

import graft.cli.verb.Verb;
import org.jspecify.annotations.Nullable;

/// What `graft --help` says, and the lists of the groups.
final class Help {
  static final String TEXT =
      """
      Graft runs containers and keeps their images as a tree.

      Usage: graft [--host URL] [--debug] VERB ...

      Start here
        run        make a container and run a command in it   graft run --rm -it busybox sh
        ps         list containers                            graft ps -a
        images     list images                                graft images
        tree       show images as a tree                      graft tree

      Containers
        create start stop restart kill pause unpause wait rm  graft stop web
        exec attach         a command in it, or its own       graft exec -it web sh
        logs top stats      what it wrote, does and uses      graft logs -f --tail 20 web
        cp diff port rename update inspect                    graft cp web:/etc/motd .

      Images
        pull push           from and to a registry            graft pull busybox
        search tags         what there is to pull             graft tags busybox
        build               by a Dockerfile                   graft build -t my/web .
        commit              an image of a container's changes graft commit web my/web:2
        tag rmi history inspect                               graft rmi my/web:1
        save load import export  images and files as tars     graft save -o web.tar my/web

      Looking into images, without making a container
        tree layers         who derives from whom, of what    graft layers my/web
        ls cat cp           files                             graft cat busybox:/etc/passwd
        blame diff          which layer made it, what changed graft blame my/web:/etc/motd
        recipe sbom         how it was made, of which packages graft recipe my/web

      What is wrong with images, and whose doing it is
        db        import status rm   advisories on packages   graft db import osv.zip
        scan why            findings, and how they came in    graft scan my/web
        tree --cve outdated over all images                   graft tree --cve
        ui                  all of it in a browser            graft ui --open

      Other bases for all that stands on an image
        rebase              layers stay, bases change         graft rebase web --onto debian:new
        fix                 at the image that carries it      graft fix CVE-2026-45447 --dry-run
        rollback generations   the way back                   graft rollback
        follow              whenever a name moves             graft follow debian:bookworm
        recreate            containers, of where names are    graft recreate

      Keeping the disk in order
        prune               by a plan that you have seen      graft prune --plan
        pin unpin pins      what no prune takes               graft pin db-data
        undo                bring back what was removed       graft undo
        trash     ls empty                                    graft trash ls

      The engine
        daemon              run it in the foreground          graft daemon
        version info events login logout                      graft info
        verify              is all as it was stored?          graft verify
        volume    ls create inspect rm prune                  graft volume ls
        network   ls create inspect rm connect disconnect prune
        system    df prune info events                        graft system df
        container image     docker's longer names of verbs    graft image prune
        completion          of words in your shell            source <(graft completion bash)
        demo                what Graft is, in a minute        graft demo

      'graft VERB --help' explains a verb, its options, and shows examples.
      The engine is that of --host, or of GRAFT_HOST, or the one at unix:///run/graft.sock, which is
      started if it does not run.
      """;

  private Help() {}

  /// The verbs of a group, a line each.
  static String group(String group) {
    StringBuilder out = new StringBuilder("Usage: graft " + group + " VERB ...\n\nVerbs:\n");
    for (String word : Verbs.words(group)) {
      @Nullable Verb verb = Verbs.find(Verbs.inGroup(group, word));
      if (verb != null) {
        out.append("  ").append(word).append(" ".repeat(Math.max(1, 13 - word.length())));
        out.append(verb.options().summary()).append('\n');
      }
    }
    return out.append("\n'graft ").append(group).append(" VERB --help' explains one.\n").toString();
  }
}
