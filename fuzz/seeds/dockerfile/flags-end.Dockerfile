FROM a
RUN -- --not-a-flag
COPY -- a b
