FROM base:1
ADD vendor/tool-1.0.tar.gz vendor/data.tar /opt/
ADD --unpack=false vendor/data.tar /kept/
COPY vendor/data.tar /copied/
RUN ls -R /opt > /listing
