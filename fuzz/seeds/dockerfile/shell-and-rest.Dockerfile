FROM a
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
STOPSIGNAL SIGTERM
USER 1000:1000
WORKDIR a b
VOLUME /a /b
VOLUME ["/c"]
MAINTAINER A B <a@example.com>
