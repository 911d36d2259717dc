FROM a
ENV b=it's
LABEL c="d
