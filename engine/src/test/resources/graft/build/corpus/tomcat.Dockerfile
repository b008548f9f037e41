FROM debian:1
ENV CATALINA_HOME /usr/local/tomcat
ENV PATH $CATALINA_HOME/bin:$PATH
RUN mkdir -p "$CATALINA_HOME"
WORKDIR $CATALINA_HOME
# let "Tomcat Native" live somewhere isolated
ENV TOMCAT_NATIVE_LIBDIR $CATALINA_HOME/native-jni-lib
ENV LD_LIBRARY_PATH ${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$TOMCAT_NATIVE_LIBDIR
ENV TOMCAT_MAJOR 10
ENV TOMCAT_VERSION 10.1.26
RUN set -eux; mkdir -p bin webapps; \
	ls -d webapps; mv webapps webapps.dist; mkdir webapps; \
	echo '#!/usr/bin/env sh' > bin/catalina.sh; \
	find ./bin/ -name '*.sh' -exec sed -ri 's|^#!/bin/sh$|#!/usr/bin/env bash|' '{}' +; \
	chmod -R +rX .; \
	chmod 1777 webapps
EXPOSE 8080
ENTRYPOINT []
CMD ["catalina.sh", "run"]
