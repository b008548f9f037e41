FROM base:1
ARG kafka_version=3.8.0
ARG scala_version=2.13
ARG vcs_ref=unspecified
ARG build_date=unspecified
LABEL org.label-schema.name="kafka" \
      org.label-schema.build-date="${build_date}" \
      org.label-schema.vcs-ref="${vcs_ref}" \
      org.label-schema.version="${scala_version}_${kafka_version}" \
      maintainer="somebody"
ENV KAFKA_VERSION=$kafka_version \
    SCALA_VERSION=$scala_version \
    KAFKA_HOME=/opt/kafka
ENV PATH=${PATH}:${KAFKA_HOME}/bin
RUN mkdir -p "/opt/kafka_${scala_version}-${kafka_version}" && ln -s "/opt/kafka_${SCALA_VERSION}-${KAFKA_VERSION}" "$KAFKA_HOME"
COPY conf.d /opt/overrides
VOLUME ["/kafka"]
CMD ["start-kafka.sh"]
