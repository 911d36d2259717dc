FROM --platform=$BUILDPLATFORM a:1@sha256:0 AS a-1_.x
FROM --platform=linux/amd64 scratch
FROM localhost:5000/x/y:z
