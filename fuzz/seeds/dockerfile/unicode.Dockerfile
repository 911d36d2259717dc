FROM a
RUN echo "日本" \
  && echo é
LABEL ü="ß"
