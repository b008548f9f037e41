FROM debian:1
LABEL maintainer="CouchDB Developers <dev@example.com>"
RUN set -ex; groupadd -g 5984 -r couchdb && useradd -u 5984 -d /opt/couchdb -g couchdb couchdb
RUN mkdir -p /opt/couchdb/etc/local.d /opt/couchdb/data
COPY --chown=couchdb:couchdb <<10-docker-default.ini <<vm.args /opt/couchdb/etc/
[chttpd]
bind_address = any
10-docker-default.ini
-name couchdb@127.0.0.1
vm.args
RUN find /opt/couchdb \! \( -user couchdb -group couchdb \) -exec chown -f couchdb:couchdb '{}' +
VOLUME /opt/couchdb/data
EXPOSE 5984 4369 9100
CMD ["/opt/couchdb/bin/couchdb"]
