FROM scratch
COPY main.go /traefik
EXPOSE 80
VOLUME ["/tmp"]
ENTRYPOINT ["/traefik"]
LABEL org.opencontainers.image.vendor="Traefik Labs" \
    org.opencontainers.image.documentation="https://docs.example.com"
