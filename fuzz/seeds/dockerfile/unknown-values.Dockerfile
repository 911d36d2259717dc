ARG TAG
FROM a:${TAG:?give-one}
ENV a=${FROM_BASE:?x}
