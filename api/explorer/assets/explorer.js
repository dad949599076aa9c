// Starts GraphiQL. Nothing that is typed here is stored: queries name people, and a browser's storage outlives
// the desk's next user.
"use strict";

(() => {
  const kept = new Map();
  const storage = {
    get length() {
      return kept.size;
    },
    getItem: (key) => (kept.has(key) ? kept.get(key) : null),
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };

  const ask = async ({ query, variables, operationName }, { headers } = {}) => {
    const response = await fetch("/graphql", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
      body: JSON.stringify({ query, variables, operationName }),
    });
    return response.json();
  };

  const { createElement } = React;
  const logo = createElement(GraphiQL.Logo, null, createElement("span", { className: "weinao-logo" }, "微脑"));
  ReactDOM.createRoot(document.getElementById("explorer")).render(
    createElement(
      GraphiQL,
      {
        fetcher: ask,
        storage,
        defaultTabs: WEINAO_EXAMPLES,
        shouldPersistHeaders: false,
        showPersistHeadersSettings: false,
        inputValueDeprecation: false,
      },
      logo,
    ),
  );
})();
