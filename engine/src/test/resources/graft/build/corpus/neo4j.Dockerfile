FROM debian:1
ENV NEO4J_SHA256=abc123 \
    NEO4J_TARBALL=neo4j-community-5.22.0-unix.tar.gz \
    NEO4J_EDITION=community \
    NEO4J_HOME="/var/lib/neo4j" \
    LANG=C.UTF-8
ARG NEO4J_URI=https://dist.example.com/neo4j-community-5.22.0-unix.tar.gz
RUN groupadd --gid 7474 --system neo4j && useradd --uid 7474 --system --no-create-home --home "${NEO4J_HOME}" --gid neo4j neo4j
COPY ./conf.d /startup/
RUN mkdir -p "${NEO4J_HOME}/data" "${NEO4J_HOME}"/logs \
    && echo "${NEO4J_URI##*/}" > "${NEO4J_HOME}/${NEO4J_TARBALL%%-unix*}" \
    && ln -s "${NEO4J_HOME}"/data /data \
    && ln -s /var/lib/neo4j/logs /logs
ENV PATH="${NEO4J_HOME}"/bin:$PATH
WORKDIR "${NEO4J_HOME}"
VOLUME /data /logs
EXPOSE 7474 7473 7687
ENTRYPOINT ["tini", "-g", "--", "/startup/docker-entrypoint.sh"]
CMD ["neo4j"]
