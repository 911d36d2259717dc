FROM a
ENV b
ENV c=d e
ENV =f
RUN g
