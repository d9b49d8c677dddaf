// What the C2PA project's library says of files: node read.mjs ANCHORS.pem|- FILE...; a line of JSON a file.
import { readFileSync } from 'node:fs';
import { initSync, WasmReader } from '@contentauth/c2pa-wasm';

const formats = { png: 'image/png', jpg: 'image/jpeg', c2pa: 'application/c2pa' };
const [anchors, ...files] = process.argv.slice(2);
initSync({ module: readFileSync(new URL(import.meta.resolve('@contentauth/c2pa-wasm/c2pa.wasm'))) });
const settings = anchors === '-' ? undefined
  : JSON.stringify({ trust: { trust_anchors: readFileSync(anchors, 'utf8') }, verify: { verify_trust: true } });
for (const file of files) {
  try {
    const reader = await WasmReader.fromBytes(formats[file.split('.').pop()], readFileSync(file), settings);
    const store = JSON.parse(reader.json());
    const found = store.validation_results.activeManifest;
    const actions = store.manifests[store.active_manifest].assertions.find(a => a.label.startsWith('c2pa.actions'));
    console.log(JSON.stringify({
      state: store.validation_state,
      success: found.success.map(s => s.code),
      failure: found.failure.map(s => s.code),
      source: actions?.data.actions[0].digitalSourceType,
    }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error) }));
  }
}
