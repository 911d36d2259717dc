FROM a AS unused
ENV x=${y:bad}
FROM b
