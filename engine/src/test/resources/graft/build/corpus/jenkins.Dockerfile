FROM debian:1
ARG http_port=8080
ARG agent_port=50000
ARG JENKINS_HOME=/var/jenkins_home
ARG REF=/usr/share/jenkins/ref
ARG user=jenkins
ARG group=jenkins
ARG uid=1000
ARG gid=1000
ENV JENKINS_HOME $JENKINS_HOME
ENV JENKINS_SLAVE_AGENT_PORT ${agent_port}
ENV REF $REF
RUN mkdir -p $JENKINS_HOME \
  && chown ${uid}:${gid} $JENKINS_HOME \
  && groupadd -g ${gid} ${group} \
  && useradd -d "$JENKINS_HOME" -u ${uid} -g ${gid} -l -m -s /bin/bash ${user}
VOLUME $JENKINS_HOME
RUN mkdir -p ${REF}/init.groovy.d
ENV COPY_REFERENCE_FILE_LOG $JENKINS_HOME/copy_reference_file.log
EXPOSE ${http_port}
EXPOSE ${agent_port}
USER ${user}
