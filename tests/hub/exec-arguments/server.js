require("node:http").createServer((_, res) => res.end("ready")).listen(3000);
