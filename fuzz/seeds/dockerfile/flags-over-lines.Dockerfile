FROM a
RUN --mount=type=cache,target=/x \
    --mount=type=tmpfs,target=/y \
    z
