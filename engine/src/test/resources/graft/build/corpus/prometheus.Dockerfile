ARG ARCH="amd64"
ARG OS="linux"
FROM base:1
LABEL maintainer="The Prometheus Authors <prometheus-developers@example.com>"
LABEL org.opencontainers.image.source="https://example.com/prometheus/prometheus"
ARG ARCH="amd64"
ARG OS="linux"
COPY main.go /bin/prometheus-${OS}-${ARCH}
COPY conf/app.ini /etc/prometheus/prometheus.yml
COPY docs/COPYING /LICENSE
WORKDIR /prometheus
RUN chown -R 65534:65534 /etc/prometheus /prometheus
USER 65534
EXPOSE 9090
VOLUME [ "/prometheus" ]
ENTRYPOINT [ "/bin/prometheus" ]
CMD        [ "--config.file=/etc/prometheus/prometheus.yml", \
             "--storage.tsdb.path=/prometheus" ]
