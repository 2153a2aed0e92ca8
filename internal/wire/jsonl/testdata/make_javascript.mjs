// Prints what loggers of Node.js write as JSON, for producers.txt. Run it where npm has installed them, then
// "go test -update" here. It was made with pino 10, bunyan 1.8 and winston 3.
import { PassThrough } from "node:stream"
import pino from "pino"
import bunyan from "bunyan"
import winston from "winston"

const out = new PassThrough()
let text = ""
out.on("data", part => { text += part })

async function show(name) {
  await new Promise(done => setTimeout(done, 50))
  text.trim().split("\n").forEach((line, i) => console.log(`# ${name} ${i + 1}\n${line.replace(/file:\/\/[^\\"]*testdata|\/[^\\" (]*node_modules/g, "/srv/shop").replace(/\/[^\\" (]*make_javascript/g, "/srv/shop/make_javascript")}\n----\n`))
  text = ""
}

const failure = new RangeError("no paper")
failure.stack = "RangeError: no paper\n    at print (/srv/shop/print.js:3:9)"
failure.code = "E42"

const p = pino({ level: "trace", name: "shop" }, out)
p.info({ pages: 3, user: "bob" }, "printed")
p.error(failure, "failed")
p.fatal("end")
p.trace("detail")
pino({ timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: label => ({ level: label }) } }, out).warn("low")
pino({ messageKey: "message", base: null }, out).info("of nobody")
await show("pino")

const b = bunyan.createLogger({ name: "shop", stream: out, serializers: bunyan.stdSerializers })
b.info({ pages: 3 }, "printed")
b.error({ err: failure }, "failed")
await show("bunyan")

const w = winston.createLogger({ level: "silly", defaultMeta: { service: "shop" }, transports: [new winston.transports.Stream({ stream: out })],
  format: winston.format.combine(winston.format.timestamp(), winston.format.errors({ stack: true }), winston.format.json()) })
w.info("printed", { pages: 3 })
w.error(failure)
w.log("silly", "detail")
await show("winston")
