FROM debian:1
RUN groupadd -r mysql && useradd -r -g mysql mysql --home-dir /var/lib/mysql
ENV GOSU_VERSION 1.17
ARG GPG_KEYS=177F4010FE56CA3336300305F1656F24C74CD1D8
ENV LANG C.UTF-8
ARG MARIADB_VERSION=1:11.4.3+maria~deb12
ENV MARIADB_VERSION $MARIADB_VERSION
RUN set -ex; \
	{ \
		echo "mariadb-server" mysql-server/root_password password 'unused'; \
	} > /debconf; \
	rm -rf /var/lib/mysql /etc/mysql/mariadb.conf.d/50-mysqld_safe.cnf; \
	mkdir -p /var/lib/mysql /var/run/mysqld /docker-entrypoint-initdb.d; \
	chown -R mysql:mysql /var/lib/mysql /var/run/mysqld; \
	chmod 1777 /var/run/mysqld
VOLUME /var/lib/mysql
COPY scripts/healthcheck.sh /usr/local/bin/healthcheck.sh
COPY scripts/docker-entrypoint.sh /usr/local/bin/
COPY sql/*.sql /docker-entrypoint-initdb.d/
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 3306
CMD ["mariadbd"]
