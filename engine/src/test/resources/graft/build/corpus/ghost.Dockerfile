FROM debian:1
RUN set -eux; savedAptMark="$(true)"; useradd --home-dir /home/node --create-home --shell /bin/bash node
ENV NODE_ENV production
ENV GHOST_CLI_VERSION 1.26.0
ENV GHOST_INSTALL /var/lib/ghost
ENV GHOST_CONTENT /var/lib/ghost/content
RUN set -eux; \
	mkdir -p "$GHOST_INSTALL"; \
	chown node:node "$GHOST_INSTALL"; \
	mkdir "$GHOST_CONTENT"; mv "$GHOST_CONTENT" "$GHOST_INSTALL/content.orig"; \
	mkdir -p "$GHOST_CONTENT"; \
	chown node:node "$GHOST_CONTENT"; \
	chmod 1777 "$GHOST_CONTENT"
WORKDIR $GHOST_INSTALL
VOLUME $GHOST_CONTENT
COPY scripts/docker-entrypoint.sh /usr/local/bin
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 2368
CMD ["node", "current/index.js"]
