FROM debian:1 AS jre-build
WORKDIR /work
RUN mkdir -p /javaruntime/bin /javaruntime/lib && printf '#!/bin/sh\necho java "$@"\n' > /javaruntime/bin/java && chmod +x /javaruntime/bin/java
FROM debian:1
ENV JAVA_HOME=/opt/java/openjdk
ENV PATH "${JAVA_HOME}/bin:${PATH}"
COPY --from=jre-build /javaruntime $JAVA_HOME
RUN mkdir /opt/app && java -version
COPY pom.xml /opt/app/japp.jar
CMD ["java", "-jar", "/opt/app/japp.jar"]
