FROM base:1
ENV TELEGRAF_VERSION 1.31.2
RUN set -ex && \
    for key in \
        9D539D90D3328DC7D6C8D3B9D8FF8E1F7DF8B07E ; \
    do \
        echo "$key" >> /keys ; \
    done && \
    mkdir -p /etc/telegraf && \
    rm -f /keys
RUN echo "kernel.x = 1" > /etc/telegraf/telegraf.conf
EXPOSE 8125/udp 8092/udp 8094
CMD ["telegraf"]
