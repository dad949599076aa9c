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

  const { createElement, useEffect, useState } = React;

  // The templates, in a panel of their own; one that is chosen goes into the open tab.
  const LIST = "{ templates { label description document parameters { name default required } } }";
  const chosen = { listener: () => {} };

  // A default as GraphQL writes it is JSON, but for enums and input objects: those are left to the document.
  const literal = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };

  const opened = ({ label, description, document, parameters }) => ({
    query: `# ${label}：${description}\n${document}`,
    variables: JSON.stringify(
      Object.fromEntries(parameters.map((one) => [one.name, one.default === null ? null : literal(one.default)])),
      null,
      2,
    ),
  });

  const Templates = () => {
    const [told, tell] = useState({ templates: [], note: "正在取查询模板……" });
    useEffect(() => {
      ask({ query: LIST })
        .then(({ data, errors }) =>
          tell({ templates: data ? data.templates : [], note: errors ? errors[0].message : "" }),
        )
        .catch(() => tell({ templates: [], note: "没有取到查询模板，请检查服务是否在运行。" }));
    }, []);
    return createElement(
      "div",
      null,
      createElement("div", { className: "graphiql-doc-explorer-title" }, "查询模板"),
      told.note && createElement("p", null, told.note),
      ...told.templates.map((one) =>
        createElement(
          "button",
          { key: one.label, type: "button", className: "weinao-template", onClick: () => chosen.listener(opened(one)) },
          createElement("strong", null, one.label),
          createElement("span", null, one.description),
        ),
      ),
    );
  };

  const plugins = [
    { title: "查询模板", icon: () => createElement("span", { className: "weinao-icon" }, "模"), content: Templates },
  ];
  const logo = createElement(GraphiQL.Logo, null, createElement("span", { className: "weinao-logo" }, "微脑"));

  const Explorer = () => {
    const [content, open] = useState({});
    chosen.listener = open;
    return createElement(
      GraphiQL,
      {
        fetcher: ask,
        storage,
        plugins,
        defaultTabs: WEINAO_EXAMPLES,
        shouldPersistHeaders: false,
        showPersistHeadersSettings: false,
        inputValueDeprecation: false,
        ...content,
      },
      logo,
    );
  };

  ReactDOM.createRoot(document.getElementById("explorer")).render(createElement(Explorer));
})();
