"""docker-py, unmodified, against the engine that DOCKER_HOST names. Prints the name of each check that
passed; ends at the first that does not. Needs the image busybox:latest."""

import io
import json
import os
import socket
import sys
import tarfile
import tempfile
import threading
import time

import docker
from docker.errors import APIError, BuildError, ContainerError, ImageNotFound, NotFound

client = docker.from_env()
api = client.api
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def until(what, condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not come to be: " + what
        time.sleep(0.02)


def raises(kind, status, text, call):
    try:
        call()
    except kind as error:
        assert error.response.status_code == status, error
        assert text in error.explanation, error
        return
    raise AssertionError(f"no {kind.__name__}")


def sleeper(**options):
    return client.containers.run("busybox", ["sleep", "1000"], detach=True, **options)


def tar(name, content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@check
def system():
    assert client.ping()
    assert client.version()["ApiVersion"] == "1.51"
    info = client.info()
    assert info["OSType"] == "linux" and info["Driver"]
    assert client.df()["Images"]


@check
def lifecycle():
    c = sleeper(name="py-life", labels={"py": "life"}, environment={"A": "1"}, tty=True)
    assert c.status == "created"
    c.reload()
    assert c.status == "running"
    assert c.attrs["Config"]["Env"][0] == "A=1"
    assert [x.id for x in client.containers.list(filters={"label": "py=life"})] == [c.id]
    c.pause()
    c.reload()
    assert c.status == "paused"
    c.unpause()
    c.rename("py-other")
    assert client.containers.get("py-other").id == c.id
    c.restart(timeout=0)
    assert c.top()["Processes"]
    c.update(mem_limit="32m", memswap_limit="32m")
    c.reload()
    assert c.attrs["HostConfig"]["Memory"] == 32 << 20
    c.stop(timeout=0)
    assert c.wait()["StatusCode"] == 137
    c.start()
    c.kill()
    c.reload()
    assert c.status == "exited"
    c.remove()
    raises(NotFound, 404, "No such container", c.reload)


@check
def run():
    assert client.containers.run("busybox", "echo out", remove=True) == b"out\n"
    assert client.containers.run("busybox", ["sh", "-c", "echo e >&2"], remove=True, stderr=True) == b"e\n"
    try:
        client.containers.run("busybox", ["sh", "-c", "echo why >&2; exit 4"], remove=True)
        raise AssertionError("no ContainerError")
    except ContainerError as error:
        assert error.exit_status == 4 and error.stderr == b"why\n"


@check
def execute():
    c = sleeper()
    assert c.exec_run("echo hello") == (0, b"hello\n")
    code, (out, err) = c.exec_run(["sh", "-c", "echo o; echo e >&2; exit 6"], demux=True)
    assert (code, out, err) == (6, b"o\n", b"e\n")
    assert c.exec_run(["id", "-u"], user="65534")[1] == b"65534\n"
    assert c.exec_run("pwd", workdir="/tmp")[1] == b"/tmp\n"
    assert c.exec_run(["sh", "-c", "echo $X"], environment={"X": "y"})[1] == b"y\n"
    stream = c.exec_run(["sh", "-c", "for i in 1 2 3; do echo $i; done"], stream=True).output
    assert b"".join(stream) == b"1\n2\n3\n"
    for _ in range(20):
        exec_id = api.exec_create(c.id, ["sh", "-c", "cat; exit 5"], stdin=True)["Id"]
        s = api.exec_start(exec_id, socket=True)
        s._sock.sendall(b"through\n")
        s._sock.shutdown(socket.SHUT_WR)
        answer = b""
        while part := s._sock.recv(4096):
            answer += part
        assert answer == b"\x01\0\0\0\0\0\0\x08through\n", answer
        # Right after the stream has ended the code is there.
        assert api.exec_inspect(exec_id)["ExitCode"] == 5
    c.remove(force=True)


@check
def attach():
    c = client.containers.create("busybox", "cat", stdin_open=True)
    s = c.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    c.start()
    s._sock.sendall(b"in and out\n")
    assert s._sock.recv(4096) == b"\x01\0\0\0\0\0\0\x0bin and out\n"
    s._sock.shutdown(socket.SHUT_WR)
    s.close()
    c.remove(force=True)


@check
def logs():
    c = client.containers.run(
        "busybox", ["sh", "-c", "echo one; echo two >&2; read x; echo three"], detach=True, stdin_open=True)
    until("both lines are there", lambda: c.logs().count(b"\n") == 2)
    assert c.logs(stdout=False) == b"two\n"
    assert c.logs(stderr=False, timestamps=True)[:4].isdigit()
    follow = c.logs(stream=True, follow=True)
    assert sorted([next(follow), next(follow)]) == [b"one\n", b"two\n"]
    s = c.attach_socket(params={"stdin": 1, "stream": 1})
    s._sock.sendall(b"\n")
    assert list(follow) == [b"three\n"]
    assert c.logs(tail=1) == b"three\n"
    c.remove(force=True)


@check
def archives():
    c = sleeper()
    assert c.put_archive("/tmp", tar("file", b"content"))
    assert c.exec_run("cat /tmp/file")[1] == b"content"
    bits, stat = c.get_archive("/tmp/file")
    assert stat["name"] == "file" and stat["size"] == 7
    with tarfile.open(fileobj=io.BytesIO(b"".join(bits))) as archive:
        assert archive.extractfile("file").read() == b"content"
    assert {"Path": "/tmp/file", "Kind": 1} in c.diff()
    raises(NotFound, 404, "/nowhere", lambda: c.get_archive("/nowhere"))
    assert len(b"".join(c.export())) > 1_000_000
    c.remove(force=True)


@check
def events():
    seen = []
    stream = client.events(decode=True, filters={"label": "py=events"})
    reader = threading.Thread(target=lambda: seen.extend(e["Action"] for e in stream))
    reader.start()
    since = int(time.time())
    c = sleeper(labels={"py": "events"})
    c.remove(force=True)
    wanted = ["create", "start", "kill", "die", "destroy"]
    until("the events have come", lambda: seen == wanted)
    stream.close()
    past = client.events(since=since, until=int(time.time()) + 1, decode=True, filters={"label": "py=events"})
    assert [e["Action"] for e in past] == wanted


@check
def stats():
    c = sleeper(mem_limit="64m")
    once = c.stats(stream=False)
    assert once["memory_stats"]["limit"] == 64 << 20 and once["pids_stats"]["current"] == 1
    stream = c.stats(decode=True)
    first, second = next(stream), next(stream)
    assert second["read"] > first["read"]
    c.remove(force=True)


@check
def networks():
    n = client.networks.create("py-net", labels={"py": "net"}, internal=True)
    server = sleeper(name="py-server", network="py-net")
    other = sleeper()
    n.connect(other, aliases=["alias"])
    assert server.exec_run("ping -c 1 -W 5 alias")[0] == 0
    n.reload()
    assert {x.id for x in n.containers} == {server.id, other.id}
    n.disconnect(other)
    raises(APIError, 403, "has active endpoints", n.remove)
    server.remove(force=True)
    other.remove(force=True)
    n.remove()
    raises(NotFound, 404, "network py-net not found", lambda: client.networks.get("py-net"))


@check
def volumes():
    v = client.volumes.create("py-vol", labels={"py": "vol"})
    client.containers.run("busybox", ["sh", "-c", "echo kept >/d/f"], volumes={"py-vol": {"bind": "/d"}}, remove=True)
    read = client.containers.run("busybox", "cat /d/f", volumes={"py-vol": {"bind": "/d", "mode": "ro"}}, remove=True)
    assert read == b"kept\n"
    assert [x.name for x in client.volumes.list(filters={"label": "py=vol"})] == ["py-vol"]
    v.remove()
    raises(NotFound, 404, "no such volume", lambda: client.volumes.get("py-vol"))


@check
def images():
    answer = api.import_image_from_data(tar("only", b"file"), repository="py/imported", tag="1")
    assert json.loads(answer.splitlines()[-1])["status"].startswith("sha256:")
    image = client.images.get("py/imported:1")
    assert image.tag("py/tagged", "2")
    saved = b"".join(client.images.get("py/tagged:2").save(named="py/tagged:2"))
    client.images.remove("py/tagged:2")
    client.images.remove("py/imported:1")
    (loaded,) = client.images.load(saved)
    assert loaded.id == image.id and loaded.tags == ["py/tagged:2"]
    assert loaded.history()[0]["Size"] == 4
    c = client.containers.create("busybox", "true")
    made = c.commit("py/made", "1", changes=["ENV MADE=1"], message="why")
    assert "MADE=1" in made.attrs["Config"]["Env"] and made.attrs["Comment"] == "why"
    c.remove()
    client.images.remove("py/made:1")
    client.images.remove("py/tagged:2")
    assert not client.images.list("py/tagged")
    client.images.prune()


@check
def builds():
    with tempfile.TemporaryDirectory() as d:
        def file(name, text):
            with open(os.path.join(d, name), "w") as f:
                f.write(text)

        file("Dockerfile", "FROM busybox AS one\nARG A=none\nCOPY a.txt /a\nRUN echo $A >>/a\nFROM one\nRUN echo two >>/a\nCMD cat /a\n")
        file("a.txt", "of the context\n")
        file("b.log", "ignored\n")
        file(".dockerignore", "*.log\n")
        image, log = client.images.build(path=d, tag="py/built:1", buildargs={"A": "arg"}, labels={"py": "build"}, rm=True, forcerm=True)
        assert image.tags == ["py/built:1"] and image.labels == {"py": "build"}
        said = "".join(line.get("stream", "") for line in log)
        assert "Step 4/7 : RUN echo $A >>/a" in said and "Successfully tagged py/built:1" in said, said
        assert client.containers.run("py/built:1", remove=True) == b"of the context\narg\ntwo\n"
        again, log = client.images.build(path=d, tag="py/built:2", buildargs={"A": "arg"}, labels={"py": "build"})
        assert again.id == image.id and any("Using cache" in line.get("stream", "") for line in log)
        one, _ = client.images.build(path=d, target="one", nocache=True, network_mode="none", extra_hosts={"h": "1.2.3.4"}, shmsize=1 << 20)
        assert client.containers.run(one.id, "cat /a", remove=True) == b"of the context\nnone\n"
        file("Other", "FROM busybox\nCOPY . /all\nRUN ls /all >/names\n")
        other, _ = client.images.build(path=d, dockerfile="Other", pull=False)
        names = client.containers.run(other.id, "cat /names", remove=True).decode().split()
        assert "a.txt" in names and "b.log" not in names, names
        file("Bad", "FROM busybox\nRUN echo said && exit 4\n")
        try:
            client.images.build(path=d, dockerfile="Bad")
            raise AssertionError("a build that fails did not")
        except BuildError as e:
            assert "returned a non-zero code: 4" in e.msg, e.msg
            assert any("said" in line.get("stream", "") for line in e.build_log)
    image, _ = client.images.build(fileobj=io.BytesIO(b"FROM busybox\nCMD echo alone\n"), tag="py/alone")
    assert client.containers.run("py/alone", remove=True) == b"alone\n"
    raises(APIError, 400, "unknown instruction: RUNN", lambda: client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUNN x\n")))
    assert "CachesDeleted" in client.api.prune_builds()
    for name in ("py/built:1", "py/built:2", "py/alone"):
        client.images.remove(name)
    client.images.prune()


@check
def errors():
    raises(ImageNotFound, 404, "No such image: nope:1", lambda: client.images.get("nope:1"))
    raises(NotFound, 404, "No such container: nope", lambda: client.containers.get("nope"))
    raises(NotFound, 404, "No such exec instance", lambda: api.exec_inspect("nope"))
    c = sleeper(name="py-taken")
    raises(APIError, 409, "is already in use by container", lambda: sleeper(name="py-taken"))
    raises(APIError, 409, "container is running", c.remove)
    raises(APIError, 400, "unknown capability", lambda: client.containers.create("busybox", cap_add=["nosuchcap"]))
    raises(APIError, 400, "executable file not found", lambda: client.containers.run("busybox", "nosuchcommand"))
    c.remove(force=True)
    client.containers.prune()


for one in CHECKS:
    if len(sys.argv) < 2 or one.__name__ in sys.argv[1:]:
        one()
        print("passed", one.__name__, flush=True)
