import fc from "fast-check";
import t from "tap";
import { readAlertTemplate } from "../../../src/alerts/template.ts";
import { exampleAlert, exampleRestart, exampleSource } from "../../helpers/example-restart.ts";

const alert = exampleAlert({ workloads: [exampleRestart("web").workload, exampleRestart("cart").workload] });

function render(text: string, about = alert): string {
  const read = readAlertTemplate(text);
  if ("problem" in read) throw new Error(read.problem);
  return read.template(about);
}

t.test("readAlertTemplate() fills in every placeholder, escaped", async (t) => {
  const cases = [
    { text: '{"a": "{{text}}"}', body: { a: 'prod "1" : ConfigMap shop/app changed: restarted Deployment shop/web' } },
    { text: '{"a":"{{markdown}}"}', body: { a: alert.text } },
    { text: '["{{ additionalInfo }}!"]', body: ['prod "1"!'] },
    { text: '"at {{time}}"', body: "at 2026-11-21T08:00:00.000Z" },
    {
      text: '"{{source.kind}} {{source.namespace}} {{source.name}}, {{workload.kind}} {{workload.namespace}} {{workload.name}}"',
      body: "ConfigMap shop app, Deployment shop web",
    },
    { text: '"{{workloads}}; {{sources}}"', body: "Deployment shop/web, Deployment shop/cart; ConfigMap shop/app" },
    { text: '{"w":"{{workloads}}", "s": "{{ sources }}"}', body: { w: alert.workloads, s: [exampleSource] } },
    { text: '"\\"{{workload.name}}\\\\"', body: '"web\\' },
    { text: String.raw`"\u007b{text}} and {text}"`, body: "{{text}} and {text}" },
    { text: '"{{{workload.name}}}"', body: "{web}" },
  ];
  for (const { text, body } of cases) t.same(JSON.parse(render(text)), body, text);
});

t.test("readAlertTemplate() keeps the rest as it is written", async (t) => {
  const text = ' { "id" : 12345678901234567890,\n "{": "}", "t": "{{workload.name}}" }\n';
  t.equal(render(text), text.replace("{{workload.name}}", "web"));
});

t.test("readAlertTemplate() says what is wrong", async (t) => {
  const cases = [
    { text: "", problem: /not valid JSON/ },
    { text: '{"text": {{text}}}', problem: /placeholders stand inside of strings/ },
    { text: "{{text}}", problem: /not valid JSON/ },
    { text: '{"a": "{{txt}}"}', problem: /unknown placeholder "txt": use text, markdown, .*workloads/ },
    { text: '{"a": "{{constructor}}"}', problem: /unknown placeholder "constructor"/ },
    { text: '{"a": "{{}}"}', problem: /unknown placeholder ""/ },
    { text: '{"a": "{{text}"}', problem: /"\{\{" without its "\}\}"/ },
    { text: '{"a": "{{#workloads}}"}', problem: /unknown placeholder "#workloads"/ },
    { text: '{"{{workloads}}" : 1}', problem: /in the name of a member/ },
    { text: '{"token": "hunter2", }', problem: /^(?!.*hunter2).*not valid JSON/ },
  ];
  for (const { text, problem } of cases) t.match(readAlertTemplate(text), { problem }, text);
});

t.test("a body is valid JSON, whatever the names and the information are", async (t) => {
  const template = '{"a":"{{text}} \\"{{additionalInfo}}\\"","b":["{{workloads}}"],"c":"{{workloads}} {{markdown}}"}';
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, (info, name) => {
      const about = exampleAlert({ text: name, additionalInfo: info, workloads: [exampleRestart(name).workload] });
      const body = JSON.parse(render(template, about));
      t.equal(body.a, `${name.replaceAll("*", "")} "${info}"`);
      t.same(body.b, [about.workloads]);
      t.equal(body.c, `Deployment shop/${name} ${name}`);
    }),
  );
});
