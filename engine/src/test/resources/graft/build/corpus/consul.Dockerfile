FROM base:1
ARG VERSION=1.19.0
ENV HASHICORP_RELEASES=https://releases.example.com
RUN mkdir -p /etc && echo 'consul:x:1000:' >> /etc/group && echo 'consul:x:100:1000::/:/bin/sh' >> /etc/passwd
RUN set -eux && \
    mkdir -p /tmp/build && \
    cd /tmp/build && \
    echo "consul ${VERSION}" > consul && \
    install -m 755 consul /bin/consul 2>/dev/null || cp consul /bin/consul && \
    cd /tmp && rm -rf /tmp/build
RUN mkdir -p /consul/data && mkdir -p /consul/config && chown -R consul:consul /consul
RUN test -e /etc/nsswitch.conf || echo 'hosts: files dns' > /etc/nsswitch.conf
VOLUME /consul/data
EXPOSE 8300
EXPOSE 8301 8301/udp 8302 8302/udp
EXPOSE 8500 8600 8600/udp
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["agent", "-dev", "-client", "0.0.0.0"]
