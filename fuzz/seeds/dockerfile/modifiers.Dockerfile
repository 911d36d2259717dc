FROM a
ARG v=1.2.3
ENV a=${v} b=${v:-x} c=${v-x} d=${v:+x} e=${v+x} f=${v:?m} g=${v?m} h=${v#1.} i=${v##*.} j=${v%.*} k=${v%%.*} l=${v/./-} m=${v//./-} n=\${v:x} o='${v:x}' p=${v:-${a:-$b}}
