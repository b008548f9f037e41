FROM base:1 AS default
ARG BIN_NAME=vault
ARG NAME=vault
ARG PRODUCT_VERSION
ARG TARGETOS TARGETARCH
LABEL name="Vault" \
      version=${PRODUCT_VERSION} \
      summary="Vault is a tool for securely accessing secrets."
ENV NAME=$NAME
RUN mkdir -p /etc && echo "${NAME}:x:1000:" >> /etc/group && echo "${NAME}:x:100:1000::/:/bin/sh" >> /etc/passwd
COPY main.go /bin/$BIN_NAME-$TARGETOS-$TARGETARCH
RUN mkdir -p /vault/logs && mkdir -p /vault/file && mkdir -p /vault/config && chown -R ${NAME}:${NAME} /vault
VOLUME /vault/logs
VOLUME /vault/file
EXPOSE 8200
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["server", "-dev"]
FROM default AS fips
ENV FIPS=1
FROM default
