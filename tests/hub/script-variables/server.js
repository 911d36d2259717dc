require("node:http").createServer((_, res) => res.end("ready")).listen(process.env.PORT);
