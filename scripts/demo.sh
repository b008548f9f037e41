#!/usr/bin/env bash
# The founding idea in a minute: an image is a class, a container its instance, and commit makes a
# child. Uses nothing but Graft's own verbs, and Debian's docker-registry on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
graft=$PWD/graft
bold= plain=
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
show() {
  printf '  $ graft %s\n' "$*"
  "$graft" "$@" 2>&1 | sed 's/^/  /'
}

if [[ $EUID -ne 0 ]]; then
  say "the demo needs root: it mounts file systems and starts containers"
  exit 1
fi
need_jdk
need_commands "${ENGINE_COMMANDS[@]}" busybox=busybox-static docker-registry=docker-registry

work=$(mktemp -d)
registry_pid=
cleanup() {
  [[ -z $registry_pid ]] || kill "$registry_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# What an earlier run left; its registry is gone.
"$graft" images --format '{{.Repository}}:{{.Tag}}' |
  { grep -E '^127\.0\.0\.1:[0-9]+/demo/greeter:1$' || true; } |
  xargs -r "$graft" rmi >/dev/null

step "1. A base image: the files of Debian's busybox-static, as one read-only layer."
root=$work/root
mkdir -p "$root"/{bin,etc,tmp,root,proc,sys,dev}
chmod 1777 "$root/tmp"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do
  [[ -e $root/bin/$applet ]] || ln -s busybox "$root/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
tar -C "$root" --numeric-owner --sort=name --mtime=@0 -cf "$work/busybox.tar" .
if "$graft" image inspect busybox:latest >/dev/null 2>&1; then
  printf '  busybox:latest is here already\n'
else
  show import -c 'CMD ["sh"]' -c 'ENV PATH=/bin' "$work/busybox.tar" busybox:latest
fi

step "2. An instance: a container adds one writable layer, in which it changes files."
"$graft" rm -f greeter >/dev/null 2>&1 || true
show run --name greeter --network none busybox sh -c 'echo "hello from the child" > /greeting'
show diff greeter

step "3. A child: commit turns that writable layer into a read-only layer of a new, named image."
show commit -m 'greets' -c 'CMD ["cat","/greeting"]' greeter greeter:1
show rm greeter

step "4. Push it to a registry (Debian's docker-registry, on loopback), and remove it here."
port=$((20000 + RANDOM % 20000))
cat >"$work/registry.yml" <<Y
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:$port"}
Y
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
registry_pid=$!
for _ in $(seq 50); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
remote=127.0.0.1:$port/demo/greeter:1
show tag greeter:1 "$remote"
show push "$remote"
show rmi greeter:1 "$remote"

step "5. Pull it back and run it: the base's layer is here already, only the child's comes over."
show pull "$remote"
show run --rm --network none "$remote"

step "6. The tree: who inherits from whom, what each adds (own) and what it shares."
show tree
step "7. The child's layers, bottom first."
show layers "$remote"
step "8. In which layer did a file come in? No container is made for this."
show blame "$remote:/greeting"

step "That was it; base and child stay. Go on with: graft run -it busybox sh"
