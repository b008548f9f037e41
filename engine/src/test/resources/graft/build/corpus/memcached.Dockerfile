FROM base:1
RUN mkdir -p /etc && echo 'memcache:x:11211:' >> /etc/group && echo 'memcache:x:11211:11211::/:/bin/sh' >> /etc/passwd
ENV MEMCACHED_VERSION 1.6.31
COPY scripts/docker-entrypoint.sh /usr/local/bin/
RUN ln -s usr/local/bin/docker-entrypoint.sh /entrypoint.sh # backwards compat
ENTRYPOINT ["docker-entrypoint.sh"]
USER memcache
EXPOSE 11211
CMD ["memcached"]
