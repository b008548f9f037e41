FROM base:1 AS build
ARG TARGETARCH
ARG RELEASE
RUN echo "minio ${RELEASE:-dev} ${TARGETARCH:-none}" > /minio && chmod +x /minio
FROM scratch
ARG RELEASE
LABEL name="MinIO" release="${RELEASE}"
ENV MINIO_ACCESS_KEY_FILE=access_key \
    MINIO_ROOT_USER_FILE=access_key \
    MC_CONFIG_DIR=/tmp/.mc
COPY --from=build /minio /usr/bin/minio
COPY docs/COPYING /licenses/LICENSE
EXPOSE 9000
VOLUME ["/data"]
ENTRYPOINT ["/usr/bin/minio"]
CMD ["server", "/data"]
