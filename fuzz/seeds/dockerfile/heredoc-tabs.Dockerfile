FROM a
RUN <<-EOF
	a
		EOF
RUN b
