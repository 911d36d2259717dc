#!/bin/bash
sandbox-api &
exec "$@"
