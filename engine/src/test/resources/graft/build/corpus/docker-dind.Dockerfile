FROM base:1 AS cli
RUN mkdir -p /usr/local/bin && echo cli > /usr/local/bin/docker
FROM cli
RUN set -eux; \
	mkdir -p /etc; \
	echo 'dockremap:x:101:' >> /etc/group; \
	echo 'dockremap:x:100:101::/:/bin/false' >> /etc/passwd; \
	echo 'dockremap:165536:65536' >> /etc/subuid; \
	echo 'dockremap:165536:65536' >> /etc/subgid
VOLUME /var/lib/docker
EXPOSE 2375 2376
ENTRYPOINT ["dockerd-entrypoint.sh"]
CMD []
