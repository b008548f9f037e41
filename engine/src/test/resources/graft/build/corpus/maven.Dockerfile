FROM debian:1 AS maven
ENV MAVEN_HOME=/usr/share/maven
RUN mkdir -p /usr/share/maven/ref /usr/share/maven/bin \
  && printf '#!/bin/sh\nmkdir -p target && cp pom.xml target/app.jar\n' > $MAVEN_HOME/bin/mvn \
  && chmod 755 $MAVEN_HOME/bin/mvn && ln -s $MAVEN_HOME/bin/mvn /usr/bin/mvn
ENV MAVEN_CONFIG=/root/.m2
FROM maven AS build
WORKDIR /build
COPY pom.xml .
RUN --mount=type=cache,target=/root/.m2 mvn -B dependency:go-offline
COPY app/src src
RUN --mount=type=cache,id=m2,target=/root/.m2,sharing=locked mvn -B -o package
FROM debian:1
COPY --from=build /build/target/*.jar /app.jar
ENTRYPOINT exec java $JAVA_OPTS -jar /app.jar
