FROM a
COPY --from d e
COPY --link=maybe f g
