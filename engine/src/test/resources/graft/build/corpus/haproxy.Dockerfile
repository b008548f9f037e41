FROM debian:1
RUN set -eux; groupadd --gid 99 --system haproxy; \
	useradd --gid haproxy --home-dir /var/lib/haproxy --no-create-home --system --uid 99 haproxy; \
	mkdir -p /var/lib/haproxy /usr/local/etc; \
	chown haproxy:haproxy /var/lib/haproxy || true
ENV HAPROXY_VERSION 3.0.3
STOPSIGNAL SIGUSR1
COPY scripts/docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
USER haproxy
WORKDIR /var/lib/haproxy
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
