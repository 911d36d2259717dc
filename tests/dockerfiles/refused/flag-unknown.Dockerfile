FROM a
COPY --chwon=b c d
RUN --mnt=type=cache x
RUN y
