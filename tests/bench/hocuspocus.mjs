/** The peer: Hocuspocus with its SQLite extension, as its documentation starts it. `node hocuspocus.mjs PEERS PORT FOLDER` */

import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [peers, port, folder] = process.argv.slice(2);
const installed = createRequire(path.join(path.resolve(peers), "package.json"));
const load = (name) => import(pathToFileURL(installed.resolve(name)));
const { Server } = await load("@hocuspocus/server");
const { SQLite } = await load("@hocuspocus/extension-sqlite");
const database = path.join(folder, "hocuspocus.sqlite");
await new Server({
  port: Number(port),
  address: "127.0.0.1",
  quiet: true,
  extensions: [new SQLite({ database })],
}).listen();
