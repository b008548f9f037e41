FROM busybox
CMD echo hi
CMD ["a", "b"]
CMD []
CMD
ENTRYPOINT exec top -b
ENTRYPOINT ["top", "-b"]
ENTRYPOINT []
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
HEALTHCHECK NONE
healthcheck none
HEALTHCHECK CMD curl -f http://localhost/ || exit 1
HEALTHCHECK --interval=1m30s --timeout=5s --start-period=1.5s --start-interval=500ms --retries=3 CMD ["curl", "x"]
HEALTHCHECK --interval=0 --retries=0 cmd x
EXPOSE 80
EXPOSE 8080/tcp 53/udp 8000-8010/sctp $P
EXPOSE 9 10 8
VOLUME /data
VOLUME /a /b
VOLUME ["/a b", " /c "]
USER me
USER me:you  
USER $U
WORKDIR /a
WORKDIR a b/$C
STOPSIGNAL SIGTERM
STOPSIGNAL 9
ONBUILD RUN make
onbuild  COPY --from=x a b
ONBUILD ENV a b
ONBUILD FOO bar
MAINTAINER Some Body <some@example.com>
