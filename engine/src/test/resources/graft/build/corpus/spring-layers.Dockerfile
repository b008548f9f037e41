FROM debian:1 AS builder
WORKDIR /application
ARG JAR_FILE=pom.xml
COPY ${JAR_FILE} application.jar
RUN for l in dependencies spring-boot-loader snapshot-dependencies application; do mkdir $l; echo $l > $l/content; done
FROM debian:1
RUN useradd -r spring
USER spring
WORKDIR /application
COPY --from=builder /application/dependencies/ ./
COPY --from=builder /application/spring-boot-loader/ ./
COPY --from=builder /application/snapshot-dependencies/ ./
COPY --from=builder /application/application/ ./
ENTRYPOINT ["java", "org.springframework.boot.loader.launch.JarLauncher"]
