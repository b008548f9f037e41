FROM base:1 AS build-base
RUN mkdir -p /usr/local/src
FROM build-base AS openssl-builder
ENV OPENSSL_VERSION 3.1.6
RUN mkdir -p /opt/openssl/lib && echo "$OPENSSL_VERSION" > /opt/openssl/lib/version
FROM build-base AS erlang-builder
COPY --from=openssl-builder /opt/openssl /opt/openssl
RUN mkdir -p /opt/erlang && cat /opt/openssl/lib/version > /opt/erlang/openssl
FROM base:1
COPY --from=erlang-builder /opt/erlang /opt/erlang
COPY --from=openssl-builder /opt/openssl /opt/openssl
ENV RABBITMQ_DATA_DIR /var/lib/rabbitmq
RUN set -eux; \
	mkdir -p /etc /root; echo rabbitmq:x:101: >> /etc/group; echo "rabbitmq:x:100:101::$RABBITMQ_DATA_DIR:/bin/sh" >> /etc/passwd; \
	mkdir -p "$RABBITMQ_DATA_DIR" /etc/rabbitmq /etc/rabbitmq/conf.d /tmp/rabbitmq-ssl /var/log/rabbitmq; \
	chown -fR rabbitmq:rabbitmq "$RABBITMQ_DATA_DIR" /etc/rabbitmq /etc/rabbitmq/conf.d /tmp/rabbitmq-ssl /var/log/rabbitmq; \
	chmod 1777 "$RABBITMQ_DATA_DIR" /etc/rabbitmq /etc/rabbitmq/conf.d /tmp/rabbitmq-ssl /var/log/rabbitmq; \
	ln -sf "$RABBITMQ_DATA_DIR/.erlang.cookie" /root/.erlang.cookie
COPY --chown=rabbitmq:rabbitmq conf.d/10-log.conf conf.d/20-cache.conf /etc/rabbitmq/conf.d/
VOLUME $RABBITMQ_DATA_DIR
EXPOSE 4369 5671 5672 15691 15692 25672
CMD ["rabbitmq-server"]
