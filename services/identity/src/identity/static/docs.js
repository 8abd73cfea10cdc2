"use strict";

const SERVICES = ["identity", "providers", "booking", "payments", "notifications", "analytics"];

// The bundled Swagger UI reads OpenAPI 3.0; the services publish 3.1. What differs is put into the older words here, so
// that the published documents stay as they are.
function asOlderSchema(node) {
  if (Array.isArray(node)) return node.map(asOlderSchema);
  if (node === null || typeof node !== "object") return node;
  let older = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, asOlderSchema(value)]));
  for (const choice of ["anyOf", "oneOf"]) {
    if (!Array.isArray(older[choice])) continue;
    const rest = older[choice].filter((one) => one.type !== "null");
    if (rest.length === older[choice].length) continue;
    const { [choice]: _, ...others } = older;
    older = rest.length === 1 ? { ...rest[0], ...others, nullable: true } : { ...others, [choice]: rest, nullable: true };
  }
  if ("const" in older && !("enum" in older)) older.enum = [older.const];
  for (const [bound, inclusive] of [["exclusiveMinimum", "minimum"], ["exclusiveMaximum", "maximum"]]) {
    if (typeof older[bound] === "number") older = { ...older, [inclusive]: older[bound], [bound]: true };
  }
  return older;
}

function asOlderDocument(text) {
  const document = JSON.parse(text);
  if (!String(document.openapi).startsWith("3.1")) return text;
  return JSON.stringify({ ...asOlderSchema(document), openapi: "3.0.3" });
}

function readOlder(response) {
  if (response.ok && new URL(response.url, location.href).pathname.startsWith("/openapi/")) {
    response.text = asOlderDocument(response.text);
  }
  return response;
}

SwaggerUIBundle({
  dom_id: "#docs",
  urls: SERVICES.map((name) => ({ name, url: `/openapi/${name}.json` })),
  responseInterceptor: readOlder,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
  deepLinking: true,
  validatorUrl: null,
});
