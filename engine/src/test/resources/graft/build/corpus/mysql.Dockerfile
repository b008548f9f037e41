FROM base:1
RUN set -eux; mkdir -p /etc; echo 'mysql:x:999:' >> /etc/group; echo 'mysql:x:999:999::/var/lib/mysql:/bin/sh' >> /etc/passwd
ENV MYSQL_MAJOR innovation
ENV MYSQL_VERSION 9.0.1-1.el9
RUN set -eu; \
	test ! -e /etc/profile || . /etc/profile; \
	{ \
		echo '[mysqld]'; \
		echo 'host-cache-size=0'; \
		echo 'skip-name-resolve'; \
	} | tee /etc/my.cnf
VOLUME /var/lib/mysql
COPY --chmod=755 scripts/docker-entrypoint.sh /usr/local/bin/
RUN ln -sf usr/local/bin/docker-entrypoint.sh /entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 3306 33060
CMD ["mysqld"]
