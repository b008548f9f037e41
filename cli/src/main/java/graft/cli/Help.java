package graft.cli;

/// What `graft --help` says.
final class Help {
  static final String TEXT =
      """
      Graft runs containers and keeps their images as a tree.

      Usage: graft [--host unix:///run/graft.sock] [--debug] VERB ...

      Containers
        run        make a container and run a command in it   graft run --rm -it busybox sh
        create     make a container without starting it       graft create --name web busybox
        ps         list containers                            graft ps -a
        start stop restart kill pause unpause wait rm         graft stop web
        exec       run a command in a running container       graft exec -it web sh
        attach     connect to a running container             graft attach web
        logs       what a container wrote                     graft logs -f --tail 20 web
        top port diff rename inspect                          graft diff web

      Images
        images     list images                                graft images
        pull push  from and to a registry                     graft pull busybox
        commit     make an image of a container's changes     graft commit web my/web:2
        tag rmi history                                       graft rmi my/web:1
        save load import export   images and trees as tars    graft save -o web.tar my/web

      The tree
        tree       images as a tree, sizes own and shared     graft tree busybox
        layers     the layers of an image                     graft layers my/web
        ls cat     look into an image, no container needed    graft cat busybox:/etc/passwd
        blame      which layer made a file                    graft blame my/web:/etc/motd
        diff       what differs between two images            graft diff busybox my/web

      The engine
        version info events                                   graft info
        volume ls|create|inspect|rm|prune    network ls|inspect
        container prune    image prune    volume prune
        daemon     run the engine in the foreground           graft daemon

      'graft VERB --help' explains a verb and its options.
      """;

  private Help() {}
}
