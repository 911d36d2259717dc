#!/bin/sh
echo "a demonstration"
