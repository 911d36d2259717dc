FROM a
COPY --from=x ["a b", "c d", "/e f/"]
ADD ["a", "/b"]
