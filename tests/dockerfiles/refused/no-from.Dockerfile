# nothing
ARG a
