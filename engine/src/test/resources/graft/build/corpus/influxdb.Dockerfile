FROM base:1
RUN mkdir -p /etc && echo 'hosts: files dns' >> /etc/nsswitch.conf && mkdir -p /etc/influxdb /var/lib/influxdb
ENV INFLUXDB_VERSION=1.11.6
RUN ARCH= && case "$(uname -m)" in x86_64) ARCH='amd64';; aarch64) ARCH='arm64';; *) echo "Unsupported: $(uname -m)"; exit 1;; esac && \
    echo "influxdb-${INFLUXDB_VERSION}_linux_${ARCH}" > /bin/influxd
COPY conf/app.ini /etc/influxdb/influxdb.conf
EXPOSE 8086
VOLUME /var/lib/influxdb
CMD ["influxd"]
