FROM base:1
COPY scripts/healthcheck.sh /usr/local/bin/
RUN touch /tmp/healthy
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --start-interval=1s --retries=5 \
  CMD ["healthcheck.sh"]
CMD ["sleep", "infinity"]
