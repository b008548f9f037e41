ARG BASE_IMAGE=base:1
ARG JS_SRC=js-builder
FROM base:1 AS js-builder
WORKDIR /tmp/grafana
COPY app/package.json ./
COPY app/public public
RUN mkdir -p public/build && echo js > public/build/app.js
FROM ${JS_SRC} AS js-src
FROM ${BASE_IMAGE}
ARG GF_UID="472"
ARG GF_GID="0"
ENV PATH="/usr/share/grafana/bin:$PATH" \
    GF_PATHS_CONFIG="/etc/grafana/grafana.ini" \
    GF_PATHS_DATA="/var/lib/grafana" \
    GF_PATHS_HOME="/usr/share/grafana"
WORKDIR $GF_PATHS_HOME
COPY conf/app.ini ./conf/defaults.ini
RUN if [ ! $(getent group "$GF_GID" 2>/dev/null) ] && [ "$GF_GID" != 0 ]; then echo "grafana:x:$GF_GID:" >> /etc/group; fi && \
    mkdir -p /etc && echo root:x:0: >> /etc/group && echo "grafana:x:$GF_UID:$GF_GID::/:/bin/sh" >> /etc/passwd && \
    mkdir -p "$GF_PATHS_DATA" /etc/grafana && \
    cp conf/defaults.ini "$GF_PATHS_CONFIG" && \
    chown -R "grafana:root" "$GF_PATHS_DATA" && \
    chmod -R 777 "$GF_PATHS_DATA"
COPY --from=js-src /tmp/grafana/public ./public
EXPOSE 3000
USER "$GF_UID"
ENTRYPOINT [ "/run.sh" ]
