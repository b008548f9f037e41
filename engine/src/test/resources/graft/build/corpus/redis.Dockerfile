FROM base:1
RUN set -eux; \
# alpine already has a gid 999, so we'll use the next id
	mkdir -p /etc; \
	echo 'redis:x:1000:' >> /etc/group; \
	echo 'redis:x:999:1000::/data:/bin/false' >> /etc/passwd
ENV GOSU_VERSION 1.17
ENV REDIS_VERSION 7.4.0
ENV REDIS_DOWNLOAD_URL http://download.example.com/releases/redis-7.4.0.tar.gz
ENV REDIS_DOWNLOAD_SHA 57b47c2c6682636d697dbf5d66d8d495b4e653afc9cd32b7adf9da3e433b8aaf
RUN set -eux; \
	\
	extraJemallocConfigureFlags="--with-lg-page=12"; \
	printf '%s %s\n' "$REDIS_DOWNLOAD_SHA" "*redis.tar.gz" > /redis.sum; \
	sed -i "s/redis/&-${REDIS_VERSION}/" /redis.sum; \
	grep -q 7.4.0 /redis.sum
RUN mkdir /data && chown redis:redis /data
VOLUME /data
WORKDIR /data
COPY conf/redis.conf /usr/local/etc/redis/
COPY scripts/docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 6379
CMD ["redis-server"]
