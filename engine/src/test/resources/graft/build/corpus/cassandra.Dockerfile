FROM debian:1
RUN groupadd -r cassandra --gid=999; useradd -r -g cassandra --uid=999 cassandra
ENV CASSANDRA_HOME /opt/cassandra
ENV CASSANDRA_CONF /etc/cassandra
ENV PATH $CASSANDRA_HOME/bin:$PATH
RUN set -eux; \
	mkdir -p "$CASSANDRA_HOME/bin" "$CASSANDRA_CONF"; \
	echo 'num_tokens: 16' > "$CASSANDRA_CONF/cassandra.yaml"; \
	dir=/var/lib/cassandra; \
	mkdir -p "$dir"; \
	chown -R cassandra:cassandra "$dir" "$CASSANDRA_CONF"; \
	chmod 1777 "$dir"; \
	[ -L "$CASSANDRA_HOME/data" ] || ln -svT "$dir" "$CASSANDRA_HOME/data"
VOLUME /var/lib/cassandra
COPY scripts/docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
# 7000 between nodes, 7001 the same with TLS, 9042 CQL
EXPOSE 7000 7001 7199 9042 9160
CMD ["cassandra", "-f"]
