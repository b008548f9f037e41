FROM base:1 AS bin
RUN echo '#!/bin/sh' > /deno && chmod 755 /deno
FROM base:1
RUN mkdir -p /etc \
  && echo 'deno:x:1993:' >> /etc/group \
  && echo 'deno:x:1993:1993::/home/deno:/bin/false' >> /etc/passwd \
  && mkdir /deno-dir/ \
  && chown deno:deno /deno-dir/
ENV DENO_USE_CGROUPS=1 DENO_DIR=/deno-dir/ DENO_INSTALL_ROOT=/usr/local
ARG DENO_VERSION
ENV DENO_VERSION=${DENO_VERSION}
COPY --from=bin /deno /bin/deno
ENTRYPOINT ["/bin/deno"]
CMD ["eval", "console.log('Welcome to Deno!')"]
