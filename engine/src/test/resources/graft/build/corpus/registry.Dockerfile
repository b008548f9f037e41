FROM base:1
RUN set -eux; mkdir -p /etc/docker/registry; \
    printf 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /var/lib/registry\n' > /etc/docker/registry/config.yml
VOLUME ["/var/lib/registry"]
EXPOSE 5000
ENTRYPOINT ["/entrypoint.sh"]
CMD ["/etc/docker/registry/config.yml"]
