FROM base:1 AS build-env
ARG GOPROXY=direct
ENV GOPROXY=${GOPROXY}
ARG GITEA_VERSION
ARG TAGS="sqlite sqlite_unlock_notify"
ENV TAGS="bindata timetzdata $TAGS"
ARG CGO_EXTRA_CFLAGS
COPY . /go/src/code.gitea.io/gitea
WORKDIR /go/src/code.gitea.io/gitea
RUN if [ -n "${GITEA_VERSION}" ]; then echo "${GITEA_VERSION}"; fi \
 && echo "$TAGS" > gitea
FROM base:1
EXPOSE 22 3000
RUN mkdir -p /etc && echo 'git:x:1000:' >> /etc/group && echo 'git:x:1000:1000::/data/git:/bin/sh' >> /etc/passwd
ENV USER=git
ENV GITEA_CUSTOM=/data/gitea
VOLUME ["/data"]
ENTRYPOINT ["/usr/bin/entrypoint"]
CMD ["/bin/s6-svscan", "/etc/s6"]
COPY --from=build-env /go/src/code.gitea.io/gitea/gitea /app/gitea/gitea
RUN chmod 755 /app/gitea/gitea
