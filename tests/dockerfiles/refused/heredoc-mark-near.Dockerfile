FROM node:24
RUN <<EOF
npm ci
  EOF 
RUN <<-A
	true
	a
RNU x
