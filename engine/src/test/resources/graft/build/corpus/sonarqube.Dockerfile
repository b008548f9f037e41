FROM debian:1
LABEL org.opencontainers.image.url=https://example.com/SonarSource/docker-sonarqube
ENV LANG='en_US.UTF-8' \
    LANGUAGE='en_US:en' \
    LC_ALL='C.UTF-8'
ARG SONARQUBE_VERSION=10.6.0.92116
ARG SONARQUBE_ZIP_URL=https://binaries.example.com/sonarqube-${SONARQUBE_VERSION}.zip
ENV JAVA_HOME='/opt/java/openjdk' \
    SONARQUBE_HOME=/opt/sonarqube \
    SONAR_VERSION="${SONARQUBE_VERSION}" \
    SQ_DATA_DIR="/opt/sonarqube/data"
RUN set -eux; \
    groupadd --system --gid 1000 sonarqube; \
    useradd --system --uid 1000 --gid sonarqube sonarqube; \
    mkdir --parents "${SONARQUBE_HOME}" "${SQ_DATA_DIR}"; \
    echo "networkaddress.cache.ttl=5" >> "${SONARQUBE_HOME}/java.security"; \
    echo "${SONARQUBE_ZIP_URL}" > "${SONARQUBE_HOME}/url"; \
    chmod -R 550 "${SONARQUBE_HOME}"; \
    chmod -R 770 "${SQ_DATA_DIR}"
VOLUME ["${SQ_DATA_DIR}"]
WORKDIR ${SONARQUBE_HOME}
EXPOSE 9000
USER sonarqube
STOPSIGNAL SIGINT
ENTRYPOINT ["/opt/sonarqube/docker/entrypoint.sh"]
