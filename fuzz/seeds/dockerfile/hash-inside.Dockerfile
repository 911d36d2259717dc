FROM a
RUN echo a # b
ENV a=#b
RUN x \
  y # z
