FROM debian:1
RUN useradd -m -u 1234 worker
COPY --chown=worker:worker --chmod=750 scripts/ /home/worker/bin/
COPY --chown=1:2 README.md /one-two
COPY --chown=worker pom.xml /home/worker/
COPY --chmod=u=rw,go=r go.mod /go.mod
ADD --chown=0:root --chmod=0400 vendor/data.tar /data/
