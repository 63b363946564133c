// Runs the examples of /docs/api. The key is read from its field for each request and kept nowhere.
const key = document.getElementById("key");

function addressOf(form, data) {
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const [field, value] of data) {
    const [place, name] = field.split(":");
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    if (place === "query" && value !== "") query.set(name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

async function send(form) {
  const data = new FormData(form);
  const headers = key.value ? { authorization: `Bearer ${key.value}` } : {};
  const body = data.get("body");
  if (body !== null) headers["content-type"] = "application/json";
  const began = performance.now();
  // No cookie goes along: an example shows what an app would get.
  const answer = await fetch(addressOf(form, data), {
    method: form.dataset.method, headers, body, credentials: "omit",
  });
  const raw = await answer.text();
  const took = Math.round(performance.now() - began);
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  const request = answer.headers.get("x-request-id");
  const line = [`${answer.status} ${answer.statusText}`.trim(), `${took} ms`, request && `request ${request}`];
  return [line.filter(Boolean).join(" · "), isJson ? JSON.stringify(JSON.parse(raw), null, 2) : raw];
}

function show(output, line, body) {
  const status = document.createElement("p");
  status.className = "strong";
  status.textContent = line;
  const text = document.createElement("pre");
  text.textContent = body;
  output.replaceChildren(status, text);
}

for (const hidden of document.querySelectorAll(".try[hidden]")) hidden.hidden = false;
for (const form of document.querySelectorAll("form[data-method]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const output = form.querySelector("output");
    try {
      show(output, ...(await send(form)));
    } catch (error) {
      show(output, "No answer", `The request could not be sent or its answer not be read: ${error.message}`);
    }
  });
}
