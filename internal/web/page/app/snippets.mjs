// What to paste into a program so that it logs here. Addresses are the server's real ones.

/**
 * @param {{network: string, address: string}[]} listening
 * @returns {{tab: string, lines: string, note: string, network: string}[]}
 */
export function snippets(listening) {
  const at = (...networks) => listening.find((l) => networks.includes(l.network));
  const tcp = at('tcp');
  const unix = at('unix');
  const found = [];
  if (tcp) {
    const { host, port } = parts(tcp.address);
    const address = written(host, port);
    found.push(
      { tab: 'Python', network: 'tcp', note: 'Nothing to install. The last line matters: by default Python drops everything below WARNING.', lines: python(host, port) },
      { tab: 'dictConfig', network: 'tcp', note: 'For programs that configure logging with a dict.', lines: dictConfig(host, port) },
      { tab: 'No code', network: 'tcp', note: 'Not one line of the program changes.', lines: `jackdaw run ${address === USUAL ? '' : `--tcp ${address} `}-- python app.py\n` },
      { tab: 'Go', network: 'tcp', note: 'slog as you know it; the queue and the sender are behind it.', lines: goLines(address) },
    );
  } else if (unix) {
    found.push({ tab: 'Python', network: 'unix', note: 'Nothing to install. The last line matters: by default Python drops everything below WARNING.', lines: python(unix.address, 'None') });
  }
  const web = at('web');
  if (web) found.push({ tab: 'curl', network: 'web', note: 'A JSON object a line. It is answered when the record is safe.', lines: curl(web.address) });
  const syslog = at('syslog-udp', 'syslog-tcp');
  if (syslog) found.push({ tab: 'syslog', network: syslog.network, note: 'From anything that speaks syslog.', lines: `logger ${syslog.network === 'syslog-tcp' ? '--tcp' : '--udp'} -n ${parts(syslog.address).host} -P ${parts(syslog.address).port} -t myapp "hello"\n` });
  const otlp = at('otlp');
  if (otlp) found.push({ tab: 'OpenTelemetry', network: 'otlp', note: 'Where its SDKs look by default.', lines: `export OTEL_LOGS_EXPORTER=otlp\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_ENDPOINT=http://${written(parts(otlp.address).host, parts(otlp.address).port)}\n` });
  return found;
}

/** @param {string} address */
export function parts(address) {
  const at = address.lastIndexOf(':');
  let host = address.slice(0, at).replace(/^\[|\]$/g, '');
  if (host === '' || host === '0.0.0.0' || host === '::') host = 'localhost';
  return { host, port: address.slice(at + 1) };
}

const USUAL = '127.0.0.1:9020'; // what is meant where no address is given

function written(host, port) {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function python(host, port) {
  return `import logging, logging.handlers

logging.getLogger().addHandler(logging.handlers.SocketHandler("${host}", ${port}))
logging.getLogger().setLevel(logging.DEBUG)
`;
}

function dictConfig(host, port) {
  return `import logging.config

logging.config.dictConfig({
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "jackdaw": {
            "class": "logging.handlers.SocketHandler",
            "host": "${host}",
            "port": ${port},
        },
    },
    "root": {"level": "DEBUG", "handlers": ["jackdaw"]},
})
`;
}

function goLines(address) {
  const plain = address === USUAL ? '' : `Address: "${address}"`;
  return `defer jackdaw.Shutdown(5 * time.Second)

socket, err := jackdaw.NewSocket(jackdaw.SocketOptions{${plain}})
if err != nil {
	log.Fatal(err)
}
jackdaw.AddHandler("", socket, jackdaw.HandlerOptions{})
jackdaw.Logger("myapp").Info("hello", "user_id", 42)
`;
}

function curl(address) {
  const { host, port } = parts(address);
  return `curl -sS http://${written(host, port)}/ingest \\
  --data-binary '{"level":"INFO","logger":"myapp","message":"hello"}'
`;
}
