package graft.cli.command;

/// The options of run and create.
final class CreateOptions {
  private CreateOptions() {}

  static Options of(String name) {
    Options options =
        new Options(
                name,
                name.equals("run")
                    ? "Make a container of an image and run a command in it"
                    : "Make a container of an image without starting it")
            .stopAtArgument()
            .flag("Keep standard input open", "-i", "--interactive")
            .flag("Give the command a terminal", "-t", "--tty")
            .flag("Remove the container when it ends", "--rm")
            .value("NAME", "Name of the container", "--name")
            .list("KEY=VALUE", "Set an environment variable", "-e", "--env")
            .list("FILE", "Environment variables from a file", "--env-file")
            .list("SOURCE:TARGET[:ro]", "Mount a directory or volume", "-v", "--volume")
            .list("KEY=VALUE,...", "Mount, in long words", "--mount")
            .list("TARGET[:OPTIONS]", "Mount a tmpfs", "--tmpfs")
            .list("[IP:][PORT:]PORT[/PROTOCOL]", "Publish a port", "-p", "--publish")
            .flag("Publish all exposed ports", "-P", "--publish-all")
            .list("PORT", "Expose a port", "--expose")
            .value("USER[:GROUP]", "Run as this user", "-u", "--user")
            .value("DIRECTORY", "Working directory", "-w", "--workdir")
            .value("NAME", "Host name", "-h", "--hostname")
            .value("COMMAND", "Instead of the image's entrypoint", "--entrypoint")
            .list("KEY[=VALUE]", "Label", "-l", "--label")
            .list("FILE", "Labels from a file", "--label-file")
            .list("KEY=VALUE", "Annotation for the OCI runtime", "--annotation")
            .value("MODE", "Network: bridge, host, none, container:NAME", "--network", "--net")
            .list("NAME:IP", "Entry of /etc/hosts", "--add-host")
            .list("IP", "DNS server", "--dns")
            .list("DOMAIN", "DNS search domain", "--dns-search")
            .list("OPTION", "DNS option", "--dns-option", "--dns-opt")
            .value("SIZE", "Memory limit", "-m", "--memory")
            .value("SIZE", "Memory soft limit", "--memory-reservation")
            .value("SIZE", "Memory and swap limit, -1 for none", "--memory-swap")
            .value("N", "Number of CPUs, as 0.5", "--cpus")
            .value("N", "Relative weight", "-c", "--cpu-shares")
            .value("LIST", "CPUs to run on", "--cpuset-cpus")
            .value("LIST", "Memory nodes", "--cpuset-mems")
            .value("N", "Limit of processes, -1 for none", "--pids-limit")
            .list("NAME=SOFT[:HARD]", "Limit of the process", "--ulimit")
            .value("SIZE", "Size of /dev/shm", "--shm-size")
            .list("KEY=VALUE", "Kernel setting", "--sysctl")
            .list("CAPABILITY", "Add a capability", "--cap-add")
            .list("CAPABILITY", "Drop a capability", "--cap-drop")
            .list("OPTION", "Security option", "--security-opt")
            .flag("All capabilities and devices", "--privileged")
            .flag("Read-only root file system", "--read-only")
            .flag("Run an init that reaps processes", "--init")
            .list("HOST[:TARGET[:rwm]]", "Give a device", "--device")
            .list("GROUP", "Additional group", "--group-add")
            .value("MODE", "IPC namespace", "--ipc")
            .value("MODE", "PID namespace", "--pid")
            .value("MODE", "UTS namespace", "--uts")
            .value("MODE", "User namespace", "--userns")
            .value("POLICY", "no, on-failure[:N], always, unless-stopped", "--restart")
            .value("DRIVER", "Log driver", "--log-driver")
            .list("KEY=VALUE", "Option of the log driver", "--log-opt")
            .value("SIGNAL", "Signal that stops it", "--stop-signal")
            .value("SECONDS", "Time to stop before it is killed", "--stop-timeout")
            .value("POLICY", "missing, always or never", "--pull")
            .flag("No progress of the pull", "-q", "--quiet")
            .value("OS/ARCH", "Platform", "--platform")
            .value("FILE", "Write the ID to a file", "--cidfile")
            .arguments("IMAGE [COMMAND [ARG...]]");
    return name.equals("run")
        ? options.flag("Run in the background and print the ID", "-d", "--detach")
        : options;
  }
}
