FROM node:24
RUN <<EOF
npm ci
COPY a
RUN npm test
RNU x
