package graft.cli.container;

import graft.cli.verb.Options;

/// The options of run and create, in the order in which people need them.
final class CreateOptions {
  private CreateOptions() {}

  static Options of(String name) {
    boolean run = name.equals("run");
    Options options =
        new Options(
                name,
                run
                    ? "Make a container of an image and run a command in it"
                    : "Make a container of an image without starting it")
            .arguments(1, -1, "IMAGE [COMMAND [ARG...]]")
            .stopAtArgument();
    if (run) {
      options
          .flag("Run it in the background and print its ID", "-d", "--detach")
          .value("KEYS", "Keys that leave it running (ctrl-p,ctrl-q)", "--detach-keys")
          .flag("Pass signals on to the container (true)", "--sig-proxy");
    }
    everyday(options);
    surroundings(options);
    ResourceLimits.options(options);
    confinement(options);
    rest(options);
    return run ? run(options) : create(options);
  }

  private static void everyday(Options options) {
    options
        .flag("Send standard input to it", "-i", "--interactive")
        .flag("Give it a terminal", "-t", "--tty")
        .list("STREAM", "Attach only to stdin, stdout or stderr", "-a", "--attach")
        .flag("Remove the container when it ends", "--rm")
        .value("NAME", "Name of the container", "--name")
        .list("KEY[=VALUE]", "Set an environment variable", "-e", "--env")
        .list("FILE", "Environment variables from a file", "--env-file")
        .list("SOURCE:TARGET[:ro]", "Mount a directory, or a volume by its name", "-v", "--volume")
        .list(
            "KEY=VALUE,...",
            "Mount, in long words: type=bind,source=/a,target=/b,readonly",
            "--mount")
        .list("TARGET[:OPTIONS]", "Mount a directory in memory", "--tmpfs")
        .list("CONTAINER[:ro]", "Mount the volumes of another container", "--volumes-from")
        .list("[[IP:]PORT:]PORT[/PROTOCOL]", "Publish a port, as 8080:80", "-p", "--publish")
        .flag("Publish all exposed ports", "-P", "--publish-all")
        .list("PORT", "Expose a port, or some: 8000-8010", "--expose")
        .value("USER[:GROUP]", "Run as this user", "-u", "--user")
        .value("DIRECTORY", "Working directory", "-w", "--workdir")
        .value("COMMAND", "Instead of the image's entrypoint", "--entrypoint")
        .list("KEY[=VALUE]", "Label", "-l", "--label")
        .list("FILE", "Labels from a file", "--label-file")
        .flag("An init that reaps processes and passes signals on", "--init")
        .value("POLICY", "When to pull the image: missing, always or never", "--pull")
        .flag("No progress of the pull", "-q", "--quiet")
        .value("OS/ARCH", "Platform of the image", "--platform")
        .value("FILE", "Write the ID to a file", "--cidfile");
  }

  private static void surroundings(Options options) {
    options
        .value("NAME", "Host name", "-h", "--hostname")
        .value("NAME", "Domain name", "--domainname")
        .value(
            "MODE",
            "Network: bridge, host, none, container:NAME or one of your own",
            "--network",
            "--net")
        .list("NAME", "One more name on that network", "--network-alias", "--net-alias")
        .value("IP", "IPv4 address", "--ip")
        .value("IP", "IPv6 address", "--ip6")
        .list("IP", "Link-local address", "--link-local-ip")
        .value("MAC", "MAC address", "--mac-address")
        .list("CONTAINER[:ALIAS]", "Link to another container", "--link")
        .list("NAME:IP", "Entry of /etc/hosts", "--add-host")
        .list("IP", "DNS server", "--dns")
        .list("DOMAIN", "DNS search domain", "--dns-search")
        .list("OPTION", "DNS option", "--dns-option", "--dns-opt")
        .value("DRIVER", "Log driver: json-file, local or none", "--log-driver")
        .list("KEY=VALUE", "Option of the log driver", "--log-opt")
        .value("SIGNAL", "Signal that asks it to stop", "--stop-signal")
        .number("SECONDS", "How long stopping may take before it is killed", "--stop-timeout")
        .value("COMMAND", "Command that tells whether it is healthy", "--health-cmd")
        .value("DURATION", "Time between checks", "--health-interval")
        .number("N", "Failures that make it unhealthy", "--health-retries")
        .value("DURATION", "Time between checks while it starts", "--health-start-interval")
        .value("DURATION", "Time to start, in which failures do not count", "--health-start-period")
        .value("DURATION", "How long a check may take", "--health-timeout")
        .flag("No health checks, even if the image has some", "--no-healthcheck");
  }

  private static void confinement(Options options) {
    options
        .list("CAPABILITY", "Add a capability", "--cap-add")
        .list("CAPABILITY", "Drop a capability", "--cap-drop")
        .list("OPTION", "no-new-privileges, seccomp=FILE, apparmor=PROFILE", "--security-opt")
        .flag("All capabilities and devices", "--privileged")
        .flag("A root file system that cannot be written to", "--read-only")
        .list("HOST[:TARGET[:rwm]]", "Give a device", "--device")
        .list("RULE", "Rule for devices, as 'c 1:3 r'", "--device-cgroup-rule")
        .list("DEVICE:RATE", "Bytes read a second", "--device-read-bps")
        .list("DEVICE:RATE", "Reads a second", "--device-read-iops")
        .list("DEVICE:RATE", "Bytes written a second", "--device-write-bps")
        .list("DEVICE:RATE", "Writes a second", "--device-write-iops")
        .list("DEVICE:N", "Relative weight on a device", "--blkio-weight-device")
        .value("REQUEST", "GPUs: all or a number", "--gpus")
        .list("GROUP", "Additional group", "--group-add")
        .list("NAME=SOFT[:HARD]", "Limit of the process, as nofile=1024:2048", "--ulimit")
        .list("KEY=VALUE", "Kernel setting, as net.core.somaxconn=1024", "--sysctl")
        .value("MODE", "IPC namespace: private, shareable, host, container:NAME", "--ipc")
        .value("MODE", "PID namespace: host or container:NAME", "--pid")
        .value("MODE", "UTS namespace: host", "--uts")
        .value("MODE", "User namespace: host", "--userns")
        .value("MODE", "Cgroup namespace: private or host", "--cgroupns")
        .value("CGROUP", "Cgroup above the container's", "--cgroup-parent");
  }

  private static void rest(Options options) {
    options
        .list("KEY=VALUE", "Annotation for the OCI runtime", "--annotation")
        .value("SIZE", "Size of /dev/shm (64m)", "--shm-size")
        .number("N", "Tendency to swap, 0 to 100", "--memory-swappiness")
        .flag("Not killed when memory runs out", "--oom-kill-disable")
        .number("N", "How soon it is killed when memory runs out, -1000 to 1000", "--oom-score-adj")
        .value("NAME", "OCI runtime", "--runtime")
        .list("KEY=VALUE", "Option of the storage", "--storage-opt")
        .value("NAME", "Driver of the volumes that -v makes", "--volume-driver")
        .ignored("--disable-content-trust");
  }

  private static Options run(Options options) {
    return options
        .details(
            """
            An image is a class, a container its instance: it adds one writable layer on top of the
            image's read-only ones, and runs the image's command, or the one given. An image that is
            not here is pulled first.

            The exit code is the command's; 125 if the engine refused, 126 if the command cannot be
            run, 127 if it cannot be found.\
            """)
        .example("graft run --rm -it busybox sh", "a shell; the container goes when you leave")
        .example("graft run -d --name web -p 8080:80 httpd", "a server; its port 80 is 8080 here")
        .example("graft run --rm -v ./data:/data busybox ls /data", "with a directory of yours");
  }

  private static Options create(Options options) {
    return options
        .details("As 'graft run', but the container waits for 'graft start'. Prints its ID.")
        .example("graft create --name web -p 8080:80 httpd", "make it")
        .example("graft start web", "and start it later");
  }
}
