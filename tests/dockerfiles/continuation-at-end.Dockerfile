FROM a
RUN x \
