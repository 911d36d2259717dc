FROM a
ARG a
ARG b= c=d e="f g"
ARG h=${c:-$e}
