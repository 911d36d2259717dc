FROM a
ENV b=${c:x}
WORKDIR ${d
