#!/bin/sh -e
sandbox-api & 
exec su-exec node:node node index.js
