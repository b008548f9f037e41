FROM debian:1 AS builder
RUN mkdir -p /usr/share/elasticsearch
WORKDIR /usr/share/elasticsearch
RUN mkdir -p config config/jvm.options.d data logs plugins
COPY conf/app.ini config/elasticsearch.yml
RUN find config -type d -exec chmod 0775 {} \; && find config -type f -exec chmod 0664 {} \;
FROM debian:1
RUN groupadd -g 1000 elasticsearch && useradd -u 1000 -g 1000 -G 0 -d /usr/share/elasticsearch elasticsearch && mkdir -p /usr/share/elasticsearch && chown -R 0:0 /usr/share/elasticsearch
ENV ELASTIC_CONTAINER true
WORKDIR /usr/share/elasticsearch
COPY --from=builder --chown=0:0 /usr/share/elasticsearch /usr/share/elasticsearch
ENV PATH /usr/share/elasticsearch/bin:$PATH
RUN chmod g=u /etc/passwd && chmod 0775 /usr/share/elasticsearch
EXPOSE 9200 9300
LABEL org.label-schema.build-date="2026-01-01T00:00:00Z" \
  org.label-schema.schema-version="1.0" \
  org.opencontainers.image.vendor="Elastic"
USER 1000:0
ENTRYPOINT ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["eswrapper"]
