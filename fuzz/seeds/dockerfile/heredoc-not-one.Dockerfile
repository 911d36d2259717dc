FROM a
RUN cat <<<word
RUN echo "<<EOF"
RUN echo $((1<<2))
RUN echo it's <<EOF
CMD x <<EOF
RUN ["a", "<<EOF"]
