FROM a AS one
FROM one AS two
COPY --from=0 a b
COPY --from=ONE a b
FROM two AS One
COPY --from=image:1 a b
