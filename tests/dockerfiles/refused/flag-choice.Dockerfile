FROM node:24
RUN --network=nne true
RUN --network=bridge true
RUN --security=none true
COPY --chmod=9999 a /
COPY --chmod=u+q a /
HEALTHCHECK --interval=30 CMD true
